"""What all estimators with a network have in common in a model file."""

import re
from functools import cache
from os import PathLike

import numpy as np

from sklearn_rnn._sklearn import validate_values
from sklearn_rnn.nn import CELLS
from sklearn_rnn.persistence._array_codecs import Array, Tensors
from sklearn_rnn.persistence._codecs import (
    AnyOf,
    Bool,
    Codec,
    DictOf,
    Fields,
    Float,
    Int,
    ListOf,
    Nothing,
    OneOf,
    Optional,
    Record,
    Text,
)
from sklearn_rnn.persistence._plain_codec import Plain
from sklearn_rnn.training import OPTIMIZERS, StepScaler

__all__ = [
    "NET_OPTIONAL",
    "NET_PARAMETERS",
    "NET_STATE",
    "NUMBER",
    "PLAIN",
    "STEP_SCALER",
    "check_chosen",
    "chosen_codecs",
]

PLAIN = Plain()
NUMBER = AnyOf(Int(), Float())


class Device(Text):
    """The name of a device, which need not exist here."""

    what = "the name of a device: auto, cpu, cuda, cuda:1 or mps"
    _name = re.compile(r"auto|(cpu|cuda|mps|xpu)(:(0|[1-9]\d{0,2}))?")

    def __init__(self):
        self.longest = 10

    def takes(self, value):
        return isinstance(value, str) and self._name.fullmatch(value) is not None

    reads = takes


class RandomState(Codec):
    """A generator of numpy of the older kind, with all of its state."""

    what = "the state of a RandomState"
    _state = Fields(
        {
            "key": Array("uint32", shape=(624,)),
            "pos": Int(0, 624),
            "has_gauss": Int(0, 1),
            "gauss": Float(),
        }
    )

    def takes(self, value):
        is_one = type(value) is np.random.RandomState
        return is_one and value.get_state(legacy=False)["bit_generator"] == "MT19937"

    def reads(self, json):
        return self._state.reads(json)

    def _encode(self, value, where, store):
        state = value.get_state(legacy=False)
        parts = state["state"] | {name: state[name] for name in ("has_gauss", "gauss")}
        return self._state.encode(parts, where, store)

    def _decode(self, json, where, source):
        parts = self._state.decode(json, where, source)
        generator = np.random.RandomState(0)
        generator.set_state(("MT19937", *parts.values()))
        return generator


class Forgotten(Nothing):
    """A path, of which None is written: where a model comes from must not say what is written to.

    ``fit`` of a loaded model would write there, and remove files.
    """

    def takes(self, value):
        return value is None or isinstance(value, str | PathLike)

    def _encode(self, value, where, store):
        return None


NET_PARAMETERS = {
    "cell": OneOf(*CELLS),
    "checkpoint": Forgotten(),
    "optimizer": OneOf(*OPTIMIZERS),
    "device": Device(),
    "random_state": AnyOf(RandomState(), Optional(Int(0, 2**32 - 1))),
}


class History(ListOf):
    """The record of each epoch: "epoch", from 1, and whatever else was recorded."""

    def __init__(self):
        super().__init__(DictOf(PLAIN))
        self.what = 'a list of records whose "epoch" is 1, 2, 3 and so on'

    def _fits(self, value):
        rows = enumerate(value, start=1)
        return all(isinstance(row, dict) and row.get("epoch") == i for i, row in rows)


def _check_scaler(scaler):
    if scaler.mean.shape != scaler.scale.shape or not (scaler.scale > 0).all():
        raise ValueError("a scaler needs a positive scale for each mean.")


STEP_SCALER = Record(
    StepScaler,
    {name: Array("float64", shape=(None,)) for name in ("mean", "scale")},
    check=_check_scaler,
)

NET_STATE = {
    "n_features_in_": Int(0),
    "history_": History(),
    "best_epoch_": Int(0),
    "_weight_mean": Float(5e-324),
    "_weights": Tensors(),
}
NET_OPTIONAL = {
    "feature_names_in_": Array("object", shape=(None,)),
    "interrupted_": Bool(),
}


@cache
def chosen_codecs(cls) -> dict[str, Codec]:
    """Give the codecs of what "auto" was resolved to, by the names of the attributes."""
    return {f"{name}_": NET_PARAMETERS.get(name, PLAIN) for name in cls._auto_parameters}


def check_chosen(estimator, may_be_none=()) -> None:
    """Raise a ValueError if "auto" was resolved to what no parameter could be.

    Where the plan of the network has a field of that name, it has to say the same.
    """
    values = {name: getattr(estimator, f"{name}_") for name in estimator._auto_parameters}
    if estimator.best_epoch_ > len(estimator.history_):
        raise ValueError(f"best_epoch_ is {estimator.best_epoch_}, but not as many were run.")
    left = [name for name, value in values.items() if isinstance(value, str) and value == "auto"]
    if left:
        raise ValueError(f"{left[0]}_ is still 'auto'.")
    plan = estimator._architecture._asdict()
    for name in values.keys() & plan.keys():
        value = tuple(values[name]) if isinstance(values[name], list) else values[name]
        if plan[name] != value:
            raise ValueError(f"{name}_ is {values[name]!r}, but the plan has {plan[name]!r}.")
    given = {n: v for n, v in values.items() if not (v is None and n in may_be_none)}
    validate_values(estimator, given)
