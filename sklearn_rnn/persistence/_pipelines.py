"""How pipelines of scikit-learn are spelt in a model file, and regressors of changed targets."""

import numpy as np
from sklearn.compose import TransformedTargetRegressor
from sklearn.pipeline import Pipeline

from sklearn_rnn._sklearn import validate_parameters
from sklearn_rnn.persistence._array_codecs import Array
from sklearn_rnn.persistence._codecs import (
    AnyOf,
    Bool,
    Codec,
    Fields,
    Int,
    ListOf,
    Nothing,
    OneOf,
    Optional,
    Text,
    TupleOfEach,
    cannot_save,
    checked,
    made,
)
from sklearn_rnn.persistence._label_columns import Texts
from sklearn_rnn.persistence._parts import PART
from sklearn_rnn.persistence._scikit_classes import UFUNCS

__all__ = ["PipelineCodec", "TransformedTargetCodec"]

# What scikit-learn puts there for a search that shows its progress; nothing that was learned.
_LEFT_OUT = ("_skl_callbacks", "_skl_callbacks_to_teardown", "_sklearn_version")


class _Attributes(Codec):
    """An object of scikit-learn by all of its attributes, which are parameters or learned.

    A subclass says what they are, and checks what came.
    """

    cls: type
    parameters: dict[str, Codec]
    learned: dict[str, Codec] = {}

    def takes(self, value):
        return type(value) is self.cls

    def reads(self, json):
        return self._fields().reads(json)

    def _fields(self):
        known = self.cls._get_param_names()  # not all releases have all of them
        parameters = {name: one for name, one in self.parameters.items() if name in known}
        return Fields({}, {**parameters, **self.learned})

    def _encode(self, value, where, store):
        attributes = {name: one for name, one in vars(value).items() if name not in _LEFT_OUT}
        for name in attributes.keys() - self._fields().codecs.keys():
            raise cannot_save(f"{where}.{name}", "no attribute of that name", attributes[name])
        return self._fields().encode(attributes, where, store)

    def _decode(self, json, where, source):
        attributes = self._fields().decode(json, where, source)
        parameters = {name: one for name, one in attributes.items() if name in self.parameters}
        value = made(where, lambda: self.cls(**parameters))
        vars(value).update(attributes)
        checked(validate_parameters, value, where)
        return checked(self.check, value, where)

    def check(self, value):
        """Raise a ValueError if attributes do not fit together."""


class PipelineCodec(_Attributes):
    """A Pipeline; ``memory``, a folder of pickles, is none that a file may name."""

    what = "a Pipeline without memory"
    cls = Pipeline
    _step = AnyOf(Nothing(), OneOf("passthrough"), PART)
    parameters = {
        "steps": ListOf(TupleOfEach(Text(200), _step), fewest=1),
        "transform_input": Optional(Texts()),
        "memory": Nothing(),
        "verbose": Bool(),
    }

    def check(self, value):
        """Raise a ValueError if names repeat, or a step that others follow transforms nothing."""
        names = [name for name, _ in value.steps]
        if len(set(names)) < len(names) or set(names) & self.parameters.keys():
            raise ValueError(f"the names of steps must differ, but are {names!r:.80}.")
        if any("__" in name or not name for name in names):
            raise ValueError(f"the names of steps must not hold two underscores: {names!r:.80}.")
        for name, step in value.steps[:-1]:
            if step not in (None, "passthrough") and not hasattr(step, "transform"):
                raise ValueError(f"the step {name!r:.40} transforms nothing, but others follow.")


class _Ufunc(Codec):
    """A function of numpy, by its name."""

    what = f"one of numpy's functions {', '.join(UFUNCS)}"

    def takes(self, value):
        name = getattr(value, "__name__", "")
        return isinstance(value, np.ufunc) and name in UFUNCS and getattr(np, name) is value

    def reads(self, json):
        return isinstance(json, str) and json in UFUNCS

    def _encode(self, value, where, store):
        return value.__name__

    def _decode(self, json, where, source):
        return getattr(np, json)


class TransformedTargetCodec(_Attributes):
    """A TransformedTargetRegressor around an estimator of the library or of scikit-learn."""

    what = "a TransformedTargetRegressor"
    cls = TransformedTargetRegressor
    parameters = {
        "regressor": Optional(PART),
        "transformer": Optional(PART),
        "func": Optional(_Ufunc()),
        "inverse_func": Optional(_Ufunc()),
        "check_inverse": Bool(),
    }
    learned = {
        "regressor_": PART,
        "transformer_": PART,
        "_training_dim": Int(1, 3),
        "feature_names_in_": Array("object", shape=(None,)),
    }

    def check(self, value):
        """Raise a ValueError if it is fitted in part."""
        learned = ("regressor_", "transformer_", "_training_dim")
        there = [name for name in learned if hasattr(value, name)]
        if len(there) not in (0, len(learned)):
            raise ValueError(f"it has {there[0]}, but not all of {', '.join(learned)}.")
        if there and not hasattr(value.regressor_, "predict"):
            raise ValueError("regressor_ predicts nothing.")
        if there and not hasattr(value.transformer_, "inverse_transform"):
            raise ValueError("transformer_ has no inverse.")
