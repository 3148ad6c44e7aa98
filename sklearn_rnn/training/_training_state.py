"""Everything that the next epoch of a training depends on."""

import functools
import inspect
import types

import torch
from skorch.callbacks import Callback, LRScheduler

from sklearn_rnn.training._packing import foreign_part

__all__ = ["TrainingCallback", "restore_training", "training_state"]

_CODE = (type, functools.partial, types.FunctionType, types.BuiltinFunctionType, types.MethodType)


class TrainingCallback(Callback):
    """A callback that says which of its attributes last from epoch to epoch.

    ``kept`` are their names; they hold numbers, texts, tensors, and lists or dicts of them.
    """

    kept: tuple[str, ...] = ()

    def state_dict(self) -> dict:
        """Give what lasts from epoch to epoch."""
        return {name: getattr(self, name) for name in self.kept}

    def load_state_dict(self, state: dict) -> None:
        """Go on from what ``state_dict`` gave."""
        vars(self).update(state)


def training_state(net) -> dict:
    """Collect the state of a net between two epochs.

    Parameters
    ----------
    net : SequenceNet

    Returns
    -------
    dict of plain values and tensors

    Raises
    ------
    TypeError
        If a callback keeps what is no plain data.
    """
    states = {name: _callback_state(name, hook) for name, hook in net.callbacks_}
    return {
        "module": dict(net.module_.state_dict()),
        "optimizer": net.optimizer_.state_dict(),
        "generators": [generator.get_state() for generator in _generators(net)],
        "history": [
            {name: value for name, value in record.items() if name != "batches"}
            for record in net.history
        ],
        "callbacks": {name: state for name, state in states.items() if state},
    }


def restore_training(net, state: dict) -> None:
    """Bring a net that is about to train to where another one was.

    Parameters
    ----------
    net : SequenceNet
        Built with the same parameters; its callbacks know that training begins.
    state : dict
        What ``training_state`` gave.
    """
    net.module_.load_state_dict(state["module"])
    net.optimizer_.load_state_dict(state["optimizer"])
    for generator, numbers in zip(_generators(net), state["generators"], strict=True):
        generator.set_state(numbers)
    net.history.clear()
    net.history.extend({"batches": [], **record} for record in state["history"])
    hooks = dict(net.callbacks_)
    for name, kept in state["callbacks"].items():
        _restore_callback(hooks[name], kept)


def _generators(net):
    """Give what batches and dropout are drawn from, each once."""
    layers = [getattr(layer, "generator", None) for layer in net.module_.modules()]
    found = [part for part in [net.shuffle_generator, *layers] if isinstance(part, torch.Generator)]
    return list({id(generator): generator for generator in found}.values())


def _callback_state(name, hook):
    if hasattr(hook, "state_dict") and hasattr(hook, "load_state_dict"):
        state = hook.state_dict()
    elif isinstance(hook, LRScheduler):
        state = {"scheduler": hook.lr_scheduler_.state_dict(), "batch_idx_": hook.batch_idx_}
    else:
        state = _plain_attributes(name, hook)
    _check_plain(name, "state_dict()", state)
    return state


def _plain_attributes(name, hook):
    """Give all attributes but functions, and parameters that are no plain data: these stay."""
    parameters = inspect.signature(type(hook).__init__).parameters
    state = {}
    for attribute, value in vars(hook).items():
        if foreign_part(value) is None:
            state[attribute] = value
        elif attribute not in parameters and not isinstance(value, _CODE):
            _check_plain(name, attribute, value)
    return state


def _check_plain(name, attribute, value):
    if (other := foreign_part(value)) is not None:
        raise TypeError(
            f"the callback {name!r} keeps {attribute} from epoch to epoch, which is or holds "
            f"{other}, but a checkpoint holds numbers, texts, arrays and tensors only: give the "
            "callback the methods state_dict() and load_state_dict(state), leave it out, or set "
            "checkpoint=None."
        )


def _restore_callback(hook, state):
    if hasattr(hook, "state_dict") and hasattr(hook, "load_state_dict"):
        hook.load_state_dict(state)
    elif isinstance(hook, LRScheduler):
        hook.lr_scheduler_.load_state_dict(state["scheduler"])
        hook.batch_idx_ = state["batch_idx_"]
    else:
        vars(hook).update(state)
