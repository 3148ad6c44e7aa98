"""Which estimators there are in model files, and how each is spelt.

A file says its estimator by a name of this closed registry and never by a path to code.
"""

from collections.abc import Callable
from typing import NamedTuple

from sklearn import config_context

from sklearn_rnn._sklearn import validate_values
from sklearn_rnn.exceptions import ModelFileError
from sklearn_rnn.persistence._codecs import (
    AnyOf,
    Bool,
    Codec,
    DictOf,
    Fields,
    Nothing,
    OneOf,
    Text,
    cannot_save,
    checked,
    made,
    refuse,
)
from sklearn_rnn.persistence._plain_codec import Plain

__all__ = ["Estimator", "EstimatorKind", "is_registered", "register", "registered_names"]

_REQUESTS = DictOf(DictOf(AnyOf(Nothing(), Bool(), Text(100))))
_OUTPUT = DictOf(OneOf("default", "pandas", "polars"), keys=OneOf("transform"))
# What belongs to a running training or to scikit-learn, and is no part of what was learned.
_LEFT_OUT = ("_settings", "_skl_callbacks", "_skl_callbacks_to_teardown", "_sklearn_version")
_APART = ("_metadata_request", "_sklearn_output_config")
_PLAIN = Plain()


class EstimatorKind(NamedTuple):
    """How one class of estimators is spelt.

    Attributes
    ----------
    name : str
        Its name in files, for ever.
    cls : type
        The class itself; a subclass is none of this kind.
    state : Codec
        Of the dict of its attributes that are no parameters.
    parameters : dict of str to Codec
        Of those parameters that are no plain data.
    derived : tuple of str
        Attributes that are not written, as ``finish`` finds them from the others.
    finish : callable or None
        Called with the estimator, its place and the source of tensors once its attributes are
        there: finds what is derived, builds a network, and raises ValueError where parts do not
        fit together.
    check : callable or None
        Called with the estimator once its parameters are there, fitted or not.
    shorten : callable or None
        Called with an estimator and the dict of its attributes: gives those to write, where
        ``finish`` finds what stands there otherwise.
    """

    name: str
    cls: type
    state: Codec
    parameters: dict[str, Codec] = {}
    derived: tuple[str, ...] = ()
    finish: Callable | None = None
    check: Callable | None = None
    shorten: Callable | None = None


_KINDS: dict[str, EstimatorKind] = {}


def register(*kinds: EstimatorKind) -> None:
    """Let files hold further kinds of estimators; each name once."""
    for kind in kinds:
        if kind.name in _KINDS:
            raise ValueError(f"{kind.name} is registered already.")
        _KINDS[kind.name] = kind


def registered_names() -> list[str]:
    """Give the names of all kinds."""
    return sorted(_KINDS)


def is_registered(estimator) -> bool:
    """Tell whether files hold estimators of just this class."""
    return any(type(estimator) is kind.cls for kind in _KINDS.values())


class Estimator(Codec):
    """An estimator, fitted or not, of one of the kinds named (none named: of any kind)."""

    def __init__(self, *names: str):
        self.names = names

    @property
    def what(self):
        return f"an estimator of the kinds {', '.join(self.names or registered_names())}"

    def takes(self, value):
        return self._kind(value) is not None

    def reads(self, json):
        required = {"estimator", "parameters", "state"}
        if not isinstance(json, dict) or not required <= json.keys():
            return False
        name = json["estimator"]
        is_known = isinstance(name, str) and name in _KINDS
        return is_known and self._allows(name) and json.keys() <= required | {"requests", "output"}

    def _allows(self, name):
        return not self.names or name in self.names

    def _kind(self, value):
        kinds = _KINDS.values()
        return next((k for k in kinds if type(value) is k.cls and self._allows(k.name)), None)

    def _encode(self, value, where, store):
        kind, parameters = self._kind(value), value.get_params(deep=False)
        if hasattr(value, "_parameter_constraints"):
            validate_values(value, parameters)  # what could not be loaded is not saved
        json = {
            "estimator": kind.name,
            "parameters": _parameter_codec(kind, parameters).encode(parameters, where, store),
            "state": None,
        }
        if _may_be_fitted(value):
            state = _state(value, kind, parameters)
            json["state"] = kind.state.encode(state, where, store)
        if hasattr(value, "_metadata_request"):
            json["requests"] = _REQUESTS.encode(_requests(value), where, store)
        if hasattr(value, "_sklearn_output_config"):
            json["output"] = _OUTPUT.encode(value._sklearn_output_config, where, store)
        return json

    def _decode(self, json, where, source):
        kind = _KINDS[json["estimator"]]
        estimator = _decode_unfitted(kind, json["parameters"], where, source)
        if json["state"] is not None:
            vars(estimator).update(kind.state.decode(json["state"], where, source))
            if kind.finish is not None:
                made(where, lambda: kind.finish(estimator, where, source))
        if "requests" in json:
            requests = _REQUESTS.decode(json["requests"], f"{where}.requests", source)
            made(where, lambda: _set_requests(estimator, requests))
        if "output" in json:
            output = _OUTPUT.decode(json["output"], f"{where}.output", source)
            estimator._sklearn_output_config = output
        return estimator


def _parameter_codec(kind, names):
    return Fields({name: kind.parameters.get(name, _PLAIN) for name in names})


def _decode_unfitted(kind, json, where, source):
    """Give the estimator with its parameters alone; one that the file lacks has its default."""
    if not isinstance(json, dict):
        raise refuse(f"{where}.parameters", "an object", json)
    known = kind.cls._get_param_names()
    for name in json:
        if name not in known:
            raise ModelFileError(
                f"{where} has the parameter {name!r:.60}, which {kind.name} does not know; a file "
                "of a later release needs that release."
            )
    parameters = _parameter_codec(kind, json).decode(json, where, source)
    estimator = made(where, lambda: kind.cls(**parameters))
    if hasattr(estimator, "_parameter_constraints"):
        checked(lambda _: validate_values(estimator, estimator.get_params(deep=False)), None, where)
    return estimator if kind.check is None else checked(kind.check, estimator, where)


def _may_be_fitted(estimator):
    """Tell whether there may be something to keep: a fit that failed leaves parts behind."""
    is_fitted = getattr(estimator, "__sklearn_is_fitted__", None)
    return is_fitted is None or is_fitted()


def _state(estimator, kind, parameters):
    state = vars(estimator) if not hasattr(estimator, "_plain_state") else estimator._plain_state()
    absent = {*parameters, *kind.derived, *_LEFT_OUT, *_APART}
    state = {name: value for name, value in state.items() if name not in absent}
    for name in state:
        if name not in getattr(kind.state, "codecs", state):  # somebody else set it
            raise cannot_save(f"{kind.name}.{name}", "no attribute of that name", state[name])
    return state if kind.shorten is None else kind.shorten(estimator, state)


def _methods_with_requests(estimator):
    names = (name for name in dir(type(estimator)) if name.endswith("_request"))
    return [name[4:-8] for name in names if name.startswith("set_")]


def _requests(estimator):
    routing = estimator.get_metadata_routing()
    found = {m: getattr(routing, m).requests for m in _methods_with_requests(estimator)}
    return {method: dict(requests) for method, requests in found.items() if requests}


def _set_requests(estimator, requests):
    known = _methods_with_requests(estimator)
    with config_context(enable_metadata_routing=True):
        for method, asked in requests.items():
            if method not in known:
                raise ValueError(f"{type(estimator).__name__} routes nothing to {method!r:.40}.")
            getattr(estimator, f"set_{method}_request")(**asked)
