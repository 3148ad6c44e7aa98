"""scikit-learn's callbacks, those of ``set_callbacks``: each epoch of ``fit`` is a task."""

import copy

from sklearn_rnn._sklearn import has_callbacks, with_callbacks
from sklearn_rnn.estimators._history import record_training
from sklearn_rnn.training import StopTraining, TrainingCallback

__all__ = ["train_in_tasks"]


def train_in_tasks(estimator, train, valid, *, X, y, sample_weight):
    """Train the net that an estimator has built, and tell its scikit-learn callbacks, if any.

    ``fit`` is the root task and each epoch a subtask. Callbacks are handed X and y as ``fit`` got
    them, ``{"sample_weight": sample_weight}`` as metadata where there are weights (scikit-learn
    hands all metadata on to scorers, so ``X_val`` cannot be among it), and, if they ask for it,
    the estimator as it would be if training stopped there.

    Parameters
    ----------
    estimator : BaseRNN
    train, valid : TrainingData
        What the net is trained and validated on; ``valid`` may be None.
    X, y, sample_weight
        What ``fit`` got.
    """
    if has_callbacks(estimator):
        metadata = None if sample_weight is None else {"sample_weight": sample_weight}
        _train_in_tasks(estimator, train, valid, {"X": X, "y": y, "metadata": metadata})
    else:
        estimator._train(train, valid)


@with_callbacks
def _train_in_tasks(estimator, train, valid, given):
    fit_task = estimator._init_callback_context(max_subtasks=estimator.max_epochs_)
    given = {"estimator": estimator, **given}
    hook = ("scikit_callbacks", EpochTasks(fit_task, given))
    net = estimator.net_
    fit_task.call_on_fit_task_begin(**given, reconstruction_attributes=lambda: _kept(estimator, 0))
    net.callbacks_.append(hook)  # after all others, so that the epoch's record is complete
    try:
        estimator._train(train, valid)
    finally:
        net.callbacks_.remove(hook)  # it holds the data
    fit_task.call_on_fit_task_end(**given, reconstruction_attributes={})


class EpochTasks(TrainingCallback):
    """Reports each epoch as a task, and ends training where a callback asks for that.

    Parameters
    ----------
    fit_task : sklearn.callback.CallbackContext
        The root task.
    given : dict
        What is handed to all hooks.
    """

    def __init__(self, fit_task, given):
        self.fit_task = fit_task
        self.given = given

    def on_epoch_begin(self, net, **kwargs):
        self.task_ = self.fit_task.subcontext(task_name="epoch")
        n_over = len(net.history) - 1  # the new epoch has its record already
        self.task_.call_on_fit_task_begin(**self._arguments(n_over))

    def on_epoch_end(self, net, **kwargs):
        if self.task_.call_on_fit_task_end(**self._arguments(len(net.history))):
            raise StopTraining

    def _arguments(self, n_epochs):
        estimator = self.given["estimator"]
        return self.given | {"reconstruction_attributes": lambda: _kept(estimator, n_epochs)}


def _kept(estimator, n_epochs):
    """Give what an estimator would keep if training stopped after so many epochs.

    scikit-learn sets it on a copy of the estimator. The copy has a net of its own with the weights
    of now, which stay where no earlier epoch was better.
    """
    net = estimator.net_
    history, best_epoch = record_training(net, estimator.history_, n_epochs=n_epochs)
    kept = {"history_": history, "best_epoch_": best_epoch, "interrupted_": False}
    if best_epoch < len(history):
        weights = dict(net.callbacks_)["best_epoch"].best_weights_
        kept["net_"] = copy.copy(estimator).net_
        kept["net_"].module_.load_state_dict(
            {name.removeprefix("_orig_mod."): weight for name, weight in weights.items()}
        )
    return kept
