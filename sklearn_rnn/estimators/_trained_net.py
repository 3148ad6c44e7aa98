"""What every estimator has that trains a net: building, training, undoing, pickling."""

from abc import abstractmethod
from contextlib import contextmanager
from typing import Any

import torch
from torch import nn

from sklearn_rnn._saving import SavingMixin
from sklearn_rnn._sklearn import breaks_lines
from sklearn_rnn.estimators._building import build_net
from sklearn_rnn.estimators._history import record_training
from sklearn_rnn.estimators._training_summary import TrainingSummaryMixin
from sklearn_rnn.training import SequenceNet, check_precision, resolve_device

__all__ = ["TrainedNetMixin"]

_OF_TRAINING = ("net_", "interrupted_")


class _NoOptimizer:
    """Stands for the optimiser of a net that only predicts: torch's own load its compiler."""

    def __init__(self, parameters, **options):
        pass


class TrainedNetMixin(TrainingSummaryMixin, SavingMixin):
    """Keeps a net as ``net_``, the plan of its module as ``_architecture``; not public.

    A subclass says what its module is (``_make_module``), what it is trained on (``_as_dataset``)
    and which of its parameters "auto" resolves (``_auto_parameters``).
    """

    # What ``fit`` gives, for editors and type checkers.
    net_: SequenceNet
    history_: list[dict[str, Any]]
    best_epoch_: int
    interrupted_: bool
    hidden_size_: int
    dropout_: float
    batch_size_: int
    lr_: float
    max_epochs_: int
    early_stopping_: bool

    _trains_distributed = False  # whether several processes can share its batches
    _rise_of_lr = 0.3  # the part of training in which "one_cycle" rises

    @property
    def module_(self) -> nn.Module:
        """The torch module."""
        return getattr(self.net_.module_, "_orig_mod", self.net_.module_)  # compiled, or as it is

    @breaks_lines
    def __repr__(self, N_CHAR_MAX=700):
        """Show the parameters and, once fitted, what "auto" has chosen."""
        text = super().__repr__(N_CHAR_MAX)
        chosen = [f"{name}={value!r}" for name, value in self._chosen().items()]
        return f"{text} with {', '.join(chosen)}" if chosen else text

    def _chosen(self):
        """Give what "auto" has become, by the name of the parameter."""
        if not hasattr(self, "net_"):
            return {}
        names = [name for name in self._auto_parameters if getattr(self, name) == "auto"]
        return {name: getattr(self, f"{name}_") for name in names}

    @property
    def n_iter_(self) -> int:
        """How many epochs were run, over all calls of fit that went on from each other."""
        return len(self.history_)

    def _plain_state(self):
        """Keep parameters, plain attributes and the weights as numpy arrays."""
        state = super()._plain_state().copy()
        if state.pop("net_", None) is not None:
            state["_settings"] = None
            weights = self.module_.state_dict()
            state["_weights"] = {name: w.detach().cpu().numpy() for name, w in weights.items()}
        return state

    def _set_plain_state(self, state):
        """Build the module again and fill it with the weights, on the device there is."""
        state = dict(state)
        weights = state.pop("_weights", None)
        super()._set_plain_state(state)
        if weights is None:
            return
        module = self._make_module(self._architecture, torch.Generator())
        module.load_state_dict({name: torch.from_numpy(w.copy()) for name, w in weights.items()})
        self._use_module(module)

    def _use_module(self, module):
        """Predict with a module that has its weights, on the device there is."""
        self.net_ = SequenceNet(
            module,
            shuffle_generator=None,
            precision=self.precision,  # it was trained in, for the summary
            optimizer=_NoOptimizer,
            device=self._device(True),
        ).initialize()
        self.module_.eval()

    def __sklearn_is_fitted__(self):
        return hasattr(self, "net_")

    @contextmanager
    def _as_before_if_it_fails(self, goes_on, keeps_epochs=False):
        """Undo what fails: nothing is fitted then, or, if training went on, all is as before.

        With ``keeps_epochs``, what whole epochs have learned until Ctrl-C stays (``interrupted_``).
        The state of an optimiser that has moved the weights does not come back: ``partial_fit``
        begins it anew.
        """
        if not goes_on:
            try:
                for name in _OF_TRAINING:
                    self.__dict__.pop(name, None)
                yield
            except BaseException as error:
                if not (keeps_epochs and self._was_interrupted(error)):
                    for name in _OF_TRAINING:
                        self.__dict__.pop(name, None)
                raise
            return
        before, net, module = vars(self).copy(), self.net_, self.module_
        weights = {name: weight.clone() for name, weight in module.state_dict().items()}
        n_epochs = len(net.history)
        try:
            self.__dict__.pop("interrupted_", None)
            yield
        except BaseException as error:
            if keeps_epochs and self._was_interrupted(error):
                raise
            self.__dict__ = before
            del net.history[n_epochs:]
            moved = module.to(net.device).state_dict()
            if not all(torch.equal(moved[name], weight) for name, weight in weights.items()):
                module.load_state_dict(weights)
                self._settings = None
            raise

    def _was_interrupted(self, error):
        """Tell whether an error is Ctrl-C, with something to keep; note that it came."""
        if not isinstance(error, KeyboardInterrupt) or not hasattr(self, "interrupted_"):
            return False
        self.interrupted_ = True
        return True

    @abstractmethod
    def _make_module(self, architecture, generator):
        """Build the network."""

    @abstractmethod
    def _as_dataset(self, data, device):
        """Give what the net is trained or validated on."""

    def _device(self, lenient=False):
        try:
            return resolve_device(self.device)
        except ValueError:
            if lenient:
                return torch.device("cpu")
            raise

    def _build(self, seed, goes_on, *, max_epochs, validated, scheduled=True):
        """Build the skorch net around the module there is, or around a new one."""
        module = self.module_ if goes_on else None
        device = self._device()
        check_precision(self.precision, device)
        if not goes_on:
            self.history_ = []
        self.net_ = build_net(
            self,
            lambda generator: module or self._make_module(self._architecture, generator),
            seed=seed,
            device=device,
            max_epochs=max_epochs,
            validated=validated,
            scheduled=scheduled,
        )

    def _train(self, train, valid):
        """Run the net over the data and keep what it recorded."""
        net, device = self.net_, self.net_.device
        datasets = [
            None if part is None else self._as_dataset(part, device) for part in (train, valid)
        ]
        net.train_split = None if valid is None else lambda dataset, y=None: datasets
        before, earlier = len(net.history), self.history_
        try:
            net.partial_fit(datasets[0])
            self.history_, self.best_epoch_ = record_training(net, earlier, before)
            self.interrupted_ = False
        except KeyboardInterrupt:
            self._keep_whole_epochs(earlier)
            raise
        finally:
            net.train_split = net.checkpoint = None  # the one holds the data, the other writes

    def _keep_whole_epochs(self, earlier):
        """Undo the epoch in which ``fit`` was interrupted; those before it, if any, stay."""
        hooks, history = dict(self.net_.callbacks_), self.net_.history
        keeper = hooks.get("best_epoch", hooks.get("last_epoch"))
        n_whole = 0 if keeper is None else keeper.go_back(self.net_)
        if n_whole == 0:
            return
        del history[n_whole:]
        for record in history:
            record["batches"].clear()
        self.net_.module_.eval()
        self.history_, self.best_epoch_ = record_training(self.net_, earlier)
        self.interrupted_ = True
