"""The skorch net around a module, from the parameters of an estimator."""

import copy
import inspect
from collections.abc import MutableMapping, MutableSequence, MutableSet
from fnmatch import fnmatchcase
from functools import partial

import numpy as np
from sklearn.base import clone
from skorch.callbacks import LRScheduler

from sklearn_rnn.estimators._constraints import STRETCH_CONSTRAINTS
from sklearn_rnn.nn import set_dropout_generator
from sklearn_rnn.training import (
    OPTIMIZERS,
    SCHEDULES,
    AverageWeights,
    BestEpoch,
    ClipGradients,
    DistributedNet,
    EpochLog,
    EpochTime,
    LastEpoch,
    LearningRateCurve,
    Processes,
    ProgressBar,
    ScheduledSampling,
    SequenceNet,
    fingerprint,
    make_generators,
    optimizer_options,
)

__all__ = ["agreed_seed", "build_net", "check_alike", "joined_processes", "net_settings"]

_SAME_NAME = ("batch_size", "callbacks", "device", "lr", "max_epochs", "optimizer", "precision")
_SAME_NAME += ("verbose",)
# What processes that train one network together need not have in common.
_MAY_DIFFER = {"callbacks", "checkpoint", "device", "random_state", "verbose"}
_LOSS = (
    "the network has its own loss; use the parameters loss (RNNRegressor) or class_weight "
    "(RNNClassifier) instead"
)
_BATCHES = "batches are made without a DataLoader; use the parameter batch_size instead"
_CHANGES_IN_PLACE = (MutableSequence, MutableSet, MutableMapping, np.ndarray)
_NETWORK = "use the parameters cell, hidden_size, num_layers and so on instead"
_REFUSED = {name: f"use the parameter {name} of the estimator instead" for name in _SAME_NAME} | {
    "warm_start": "use the parameter warm_start of the estimator instead",
    "criterion": _LOSS,
    "criterion__*": _LOSS,
    "iterator_train*": _BATCHES,
    "iterator_valid*": _BATCHES,
    "dataset*": "X is read into the library's own dataset; leave it out",
    "train_split": "use the parameters early_stopping and validation_fraction, or X_val and y_val "
    "of fit, instead",
    "predict_nonlinearity": "use predict_proba or decision_function instead",
    "module": _NETWORK,
    "module__*": _NETWORK,
    "shuffle_generator": "use the parameter random_state instead",
}


def net_settings(estimator) -> dict:
    """Give what a net is built with beside its module; where it differs, so does the net."""
    names = ("optimizer", "weight_decay", "gradient_clip", "lr_", "batch_size_")
    names += ("device", "precision")
    return {name: getattr(estimator, name) for name in names} | {
        "stretches": _stretches(estimator),
        "rates": getattr(estimator, "_rates", None),
        "verbose": estimator.verbose,
        "callbacks": list(estimator.callbacks or []),
        "net_params": dict(estimator.net_params or {}),
    }


def build_net(
    estimator, make_module, *, seed: int, device, max_epochs: int, validated: bool, scheduled: bool
) -> SequenceNet:
    """Build and initialise the net of an estimator.

    Parameters
    ----------
    estimator : BaseRNN
        With its parameters resolved.
    make_module : callable
        Gives the module, new weights being drawn from the generator that it is called with.
    seed : int
        What weights, the order of the batches and dropout are drawn from.
    device : torch.device
    max_epochs : int
    validated : bool
        Whether there will be validation data.
    scheduled : bool
        Whether the learning rate changes and training may stop early, as in ``fit``.

    Returns
    -------
    SequenceNet
    """
    further = dict(_checked_net_params(estimator.net_params))
    processes = joined_processes(estimator)
    further.pop("distributed", None)
    prints = processes is None or processes.is_first
    callbacks = _callbacks(estimator, validated=validated, scheduled=scheduled, prints=prints)
    optimizer = _optimizer(estimator, device)
    generator, dropout_generator = make_generators(seed, device)
    module = make_module(generator)
    set_dropout_generator(module, dropout_generator)
    stretches = _stretches(estimator)
    if stretches:
        getattr(module, "body", module).recurrent.train_by_stretches(**stretches)
    options = {
        "lr": estimator.lr_,
        "max_epochs": max_epochs,
        "batch_size": estimator.batch_size_,
        "callbacks": callbacks,
        "device": device,
        "precision": estimator.precision,
        "verbose": estimator.verbose,
        "train_split": None,
    }
    rates = getattr(estimator, "_rates", None)
    if rates:
        options["optimizer__param_groups"] = rates
    options |= optimizer | further
    if processes is not None:
        net = DistributedNet(module, shuffle_generator=generator, seed=seed, **options)
        return net.initialize()
    return SequenceNet(module, shuffle_generator=generator, **options).initialize()


def joined_processes(estimator) -> Processes | None:
    """Give the processes that train together, or None where this one trains alone.

    Raises
    ------
    ValueError
        If ``net_params`` ask for several processes, and the estimator cannot be trained so, or
        this process belongs to no group.
    """
    given = estimator.net_params
    wanted = given.get("distributed", False) if isinstance(given, dict) else False
    if not isinstance(wanted, bool):
        raise ValueError(f'net_params["distributed"] must be True or False, but is {wanted!r}.')
    if not wanted:
        return None
    if not estimator._trains_distributed:
        raise ValueError(
            f'net_params={{"distributed": True}}, but {type(estimator).__name__} is trained in one '
            "process: RNNClassifier, RNNRegressor and RNNTagger can share their batches among "
            "several. Leave distributed out."
        )
    return Processes.joined()


def check_alike(estimator, data, *, goes_on: bool, validates_on_other: bool = False) -> None:
    """See that the processes that train together have the same data and parameters.

    Raises
    ------
    ValueError
        The message names what differs.
    """
    processes = joined_processes(estimator)
    if processes is None:
        return
    parameters = estimator.get_params(deep=False)
    parts = {name: value for name, value in parameters.items() if name not in _MAY_DIFFER}
    parts |= {"X, y or sample_weight": data}
    parts |= {"start (fitted before or not)": goes_on, "X_val (given or not)": validates_on_other}
    marks = {name: _mark(part) for name, part in parts.items()}
    if not processes.count_others(_mark(marks)):
        return
    differing = [name for name, mark in marks.items() if processes.count_others(mark)]
    raise ValueError(
        f"the {processes.size} processes do not have the same {', '.join(differing)}: every one "
        "has to fit the same estimator on the same data, of which each takes its share by itself. "
        f"Process {processes.rank} has {len(data.target)} sequences."
    )


def _mark(value):
    """Give a number that tells values apart; 0 where nothing does."""
    try:
        return int(fingerprint(value)[:12], 16)  # a float holds it
    except TypeError:
        return 0


def agreed_seed(estimator, seed: int) -> int:
    """Give the seed of the first of the processes that train together."""
    processes = joined_processes(estimator)
    return seed if processes is None else int(processes.agree(seed).first)


def _stretches(estimator):
    """Give how training goes back through time, for those estimators that may be told."""
    return {
        name: getattr(estimator, name) for name in STRETCH_CONSTRAINTS if hasattr(estimator, name)
    }


def _checked_net_params(net_params):
    """Refuse what would do nothing, or undo what the estimator does."""
    for key in net_params or {}:
        for pattern, way_out in _REFUSED.items():
            if fnmatchcase(str(key), pattern):
                raise ValueError(f"net_params cannot hold {key!r}: {way_out}.")
    return net_params or {}


def _optimizer(estimator, device):
    optimizer = OPTIMIZERS.get(estimator.optimizer, estimator.optimizer)
    options = optimizer_options(optimizer, device)
    if _takes(optimizer, "weight_decay"):
        options = {"weight_decay": estimator.weight_decay} | options
    elif estimator.weight_decay not in (0, _default(estimator, "weight_decay")):
        raise ValueError(
            f"weight_decay={estimator.weight_decay!r}, but "
            f"{getattr(optimizer, '__name__', optimizer)} has no weight_decay; leave it at its "
            "default, which such an optimizer is not given, or take another optimizer."
        )
    return {"optimizer": optimizer} | {f"optimizer__{k}": v for k, v in options.items()}


def _takes(function, name):
    parameters = inspect.signature(function).parameters
    return name in parameters or any(p.kind is p.VAR_KEYWORD for p in parameters.values())


def _default(estimator, name):
    return inspect.signature(type(estimator)).parameters[name].default


def _callbacks(estimator, *, validated, scheduled, prints):
    own = _own_callbacks(estimator.callbacks)
    callbacks = [EpochTime()]
    if estimator.gradient_clip is not None:
        callbacks.append(("clip_gradients", ClipGradients(estimator.gradient_clip)))
    if scheduled:
        if not any(_is_scheduler(callback) for callback in own):
            callbacks += _schedule(estimator, "valid_loss" if validated else "train_loss")
        if getattr(estimator, "scheduled_sampling", 0):
            rate = estimator.scheduled_sampling
            callbacks.append(("scheduled_sampling", ScheduledSampling(rate)))
        if getattr(estimator, "averaging", None):
            callbacks.append(("average_weights", AverageWeights(estimator.averaging)))
        if validated and estimator.early_stopping_:
            callbacks.append(("best_epoch", _best_epoch(estimator)))
        else:
            callbacks.append(("last_epoch", LastEpoch()))
    if estimator.verbose and prints:
        callbacks.append(ProgressBar() if estimator.verbose == 1 else EpochLog())
    return callbacks + own


def _schedule(estimator, monitor):
    if estimator.lr_schedule is None:
        return []
    if estimator.lr_schedule == "plateau":
        patience = max(1, estimator.n_iter_no_change // 2)
        return [LRScheduler("ReduceLROnPlateau", monitor=monitor, patience=patience, factor=0.3)]
    curve = SCHEDULES[estimator.lr_schedule]
    if estimator.lr_schedule == "one_cycle":
        curve = partial(curve, rise=estimator._rise_of_lr)
    return [("lr_schedule", LearningRateCurve(curve))]


def _best_epoch(estimator):
    return BestEpoch(
        "valid_loss",
        higher_is_better=False,
        patience=estimator.n_iter_no_change,
        tol=estimator.tol,
    )


def _own_callbacks(callbacks):
    """Copy the callbacks of the user, which are parameters and must stay as they are."""
    own = []
    for i, callback in enumerate(callbacks or []):
        *name, hook = callback if isinstance(callback, tuple) and callback else (callback,)
        if not hasattr(hook, "on_train_begin"):
            raise TypeError(
                f"callbacks must be skorch callbacks or pairs (name, callback), but "
                f"callbacks[{i}] is {callback!r:.40} of type {type(callback).__name__}."
            )
        own.append((*name, _copy(hook)) if name else _copy(hook))
    return own


def _copy(hook):
    """Copy a callback with the plain data that it holds.

    Whatever else it holds is a handle to something outside, such as a trial of a search, a run
    that is logged, a file or a lock. A copy of that would report to nobody.
    """
    if isinstance(hook, type):
        return hook
    if hasattr(hook, "__sklearn_clone__"):  # it says itself how it is copied
        return clone(hook)
    try:
        given = hook.get_params(deep=False)
        made = type(hook)(**given)
        is_same = all(made.get_params(deep=False).get(name) is given[name] for name in given)
    except (TypeError, ValueError, AttributeError):
        is_same = False
    if not is_same:  # it does not follow scikit-learn's rules
        made = copy.copy(hook)
    vars(made).update({name: _copy_data(value) for name, value in vars(made).items()})
    return made


def _copy_data(value):
    if type(value) in (list, set, tuple):
        return type(value)(map(_copy_data, value))
    if type(value) is dict:
        return {key: _copy_data(part) for key, part in value.items()}
    return copy.copy(value) if isinstance(value, _CHANGES_IN_PLACE) else value


def _is_scheduler(callback):
    hook = callback[-1] if isinstance(callback, tuple) else callback
    return issubclass(hook if isinstance(hook, type) else type(hook), LRScheduler)
