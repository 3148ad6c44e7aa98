"""The types that editors show say what is checked, and what the docstrings promise."""

import inspect
import re
import typing
from numbers import Integral, Real
from types import NoneType

import numpy as np
import pytest

import sklearn_rnn
from sklearn_rnn import inspection
from sklearn_rnn._sklearn import HasMethods, Interval, StrOptions
from sklearn_rnn.ensemble import SeedEnsemble

PUBLIC = [getattr(sklearn_rnn, name) for name in sklearn_rnn.__all__]
NETWORKS = [one for one in PUBLIC if hasattr(one, "_parameter_constraints")]
ESTIMATORS = [*NETWORKS, SeedEnsemble]
# Constraints of scikit-learn that are names, and the types that a value may have.
NAMED = {
    "boolean": {bool},
    "verbose": {int},
    "random_state": {int, np.random.RandomState, NoneType},
    "array-like": {"Sequence", np.ndarray},
}


def parts(annotation):
    """The members of a union; of literals their values, of generic types their origin."""
    if annotation is typing.Any or inspect.isclass(annotation):
        return {annotation}
    origin, arguments = typing.get_origin(annotation), typing.get_args(annotation)
    if origin is typing.Literal:
        return set(arguments)
    if origin is typing.Union or origin is type(int | str):
        return set().union(*map(parts, arguments))
    return {"Sequence"} if origin.__name__ == "Sequence" else {origin}


def allowed(constraint):
    """What of a constraint an annotation has to name."""
    if isinstance(constraint, StrOptions):
        return set(constraint.options)
    if isinstance(constraint, Interval):
        return {int} if constraint.type is Integral else {float}
    if constraint is None:
        return {NoneType}
    if constraint is Integral or constraint is Real:
        return {int} if constraint is Integral else {float}
    return NAMED[constraint] if isinstance(constraint, str) else {constraint}


def is_hidden(constraint):
    """Tell what annotations name in words of their own: objects with methods, callables."""
    return isinstance(constraint, HasMethods) or constraint is callable


@pytest.mark.parametrize("estimator", ESTIMATORS)
def test_the_type_of_each_parameter_is_what_fit_accepts(estimator):
    hints = typing.get_type_hints(estimator.__init__)
    constraints = estimator._parameter_constraints
    assert set(hints) == set(inspect.signature(estimator).parameters) == set(constraints)
    for name, hint in hints.items():
        if isinstance(constraints[name], str):  # "no_validation"
            continue
        shown = parts(hint)
        known = [one for one in constraints[name] if not is_hidden(one)]
        needed = set().union(*map(allowed, known))
        words = {value for value in shown if isinstance(value, str)} - {"Sequence"}
        assert words == {value for value in needed if isinstance(value, str)} - {"Sequence"}, name
        assert (NoneType in shown) == (NoneType in needed), name
        if typing.Any not in shown:
            missing = {one for one in needed - shown if not _stands_for(one, shown)}
            assert missing == set(), name


def _stands_for(needed, shown):
    """Tell whether a wider type is shown: an integer is a float to type checkers."""
    return (needed is int and float in shown) or any(
        inspect.isclass(one) and inspect.isclass(needed) and issubclass(needed, one)
        for one in shown
    )


@pytest.mark.parametrize("estimator", ESTIMATORS)
def test_every_public_method_says_what_it_gives(estimator):
    found = inspect.getmembers(estimator, callable)
    ours = [
        (name, method)
        for name, method in found
        if not name.startswith("_")
        and inspect.unwrap(method).__module__.startswith("sklearn_rnn")
        and name != "set_params"
    ]
    assert {"fit", "save"} <= {name for name, _ in ours}
    assert [name for name, method in ours if "return" not in annotations(method)] == []


def annotations(method):
    return inspect.unwrap(method).__annotations__


@pytest.mark.parametrize("estimator", ESTIMATORS)
def test_every_attribute_of_the_docstring_is_declared(estimator):
    text = re.search(r"\nAttributes\n-+\n(.*?)\nSee Also\n", inspect.getdoc(estimator), re.DOTALL)
    lines = re.findall(r"^(\w[\w, ]*_)(?: : .*)?$", text[1], re.MULTILINE)
    documented = {name.strip() for line in lines for name in line.split(",")}
    declared = set(typing.get_type_hints(estimator))
    assert {"interrupted_", "n_features_in_"} & documented
    properties = {name for name in documented if isinstance(getattr(estimator, name, 0), property)}
    assert documented - declared - properties == set()


def test_public_functions_say_what_they_give():
    folders = ["", ".metrics", ".datasets", ".model_selection", ".preprocessing", ".inspection"]
    modules = [__import__(f"sklearn_rnn{name}", fromlist=["*"]) for name in folders]
    functions = [
        getattr(module, name)
        for module in modules
        for name in module.__all__
        if inspect.isfunction(getattr(module, name))
    ]
    assert len(functions) > 20
    assert [one.__name__ for one in functions if "return" not in one.__annotations__] == []


def test_displays_say_that_they_give_themselves():
    found = [getattr(inspection, name) for name in inspection.__all__ if name.endswith("Display")]
    methods = [(one, one.__dict__[name]) for one in found for name in ("from_estimator", "plot")]
    wrong = [
        f"{one.__name__}.{method.__name__}"
        for one, method in methods
        if annotations(method).get("return") is not typing.Self
    ]
    assert len(found) == 8 and wrong == []
