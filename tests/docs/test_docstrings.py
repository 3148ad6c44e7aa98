"""Every name of the API reference, and every method, has a docstring by which it can be used.

The rules are numpydoc's. That the examples run is seen with the other doctests.
"""

import ast
import inspect
import re

import pytest
from numpydoc.docscrape import get_doc_object
from numpydoc.validate import validate

from tests.loading import load

# What numpydoc asks for and this library leaves out, each with its reason.
LEFT_OUT = {
    "ES01",  # a summary that says all needs no second sentence
    "RT02",  # a result may have a name, by which the text refers to it, as in scikit-learn
}
OF_MEMBERS = {
    "EX01",  # the example of the class shows its methods at work
    "SA01",  # the relatives of a method stand on the same page
}
OF_TUPLES = {
    "PR01",  # the fields of a named tuple are its attributes, and nobody else builds one
}
# A parameter that is told of elsewhere, or is nothing but None.
ELSEWHERE = re.compile(r"as in ``|as the estimator|None$")

API = load("docs/_api.py")  # which says what the reference lists
FOUND = {name: API.find(name) for name in API.reference()}
# The others are scorers and registries, of which their page tells.
NAMES = [name for name, what in FOUND.items() if inspect.isclass(what) or inspect.isfunction(what)]


def faults(what, left_out=frozenset()):
    """What numpydoc finds wrong with the docstring of an object."""
    errors = validate(get_doc_object(what))["errors"]
    return [f"{code}: {text}" for code, text in errors if code not in LEFT_OUT | left_out]


def all_faults(name):
    """What is wrong with a class and its members, or with a function, each with its name."""
    what = FOUND[name]
    is_tuple = inspect.isclass(what) and issubclass(what, tuple)
    yield from (f"{name}: {fault}" for fault in faults(what, OF_TUPLES if is_tuple else set()))
    if inspect.isclass(what):
        methods, properties, _ = API.members(what)
        for member in (*methods, *properties):
            for fault in faults(getattr(what, member), OF_MEMBERS):
                yield f"{name}.{member}: {fault}"


def test_docstrings_follow_numpydoc():
    assert [fault for name in NAMES for fault in all_faults(name)] == []


def members(name):
    """A class and its methods, or a function, by name."""
    what = FOUND[name]
    methods = API.members(what).methods if inspect.isclass(what) else []
    return {name: what} | {f"{name}.{method}": getattr(what, method) for method in methods}


def wrong_defaults(name, what):
    """Where a docstring says another default than the signature, or none."""
    parameters = get_doc_object(what)["Parameters"]
    signature = inspect.signature(what).parameters if parameters else {}
    for parameter in parameters:
        names = [each.lstrip("*") for each in parameter.name.split(", ")]
        _, is_said, said = parameter.type.partition("default=")
        if ELSEWHERE.match(parameter.type) or "..." in said:
            continue
        texts = said.split(" and ") if " and " in said else [said] * len(names)
        for each, text in zip(names, texts, strict=True):
            default = signature[each].default
            documented = ast.literal_eval(text) if is_said else inspect.Parameter.empty
            if (type(documented), documented) != (type(default), default):
                yield f"{name}: {each} is {default!r}, but documented as {documented!r}"


def test_documented_defaults_are_those_of_the_signature():
    documented = {key: what for name in NAMES for key, what in members(name).items()}
    faults = [fault for key, what in documented.items() for fault in wrong_defaults(key, what)]
    assert faults == []


def test_every_class_and_function_has_an_example_that_runs():
    assert [name for name in NAMES if ">>> " not in FOUND[name].__doc__] == []


# --- the checks above find what they look for ---------------------------------------------------


class WithoutSections:
    """A class that says nothing of its parameter."""

    def __init__(self, size):
        self.size = size

    def undocumented(self):
        return self.size

    @property
    def area(self):
        return self.size**2


def area(size):
    """give an area

    Parameters
    ----------
    sizes
        a number.
    """
    return size**2


@pytest.mark.parametrize(
    ("what", "codes"),
    [
        (WithoutSections, {"PR01", "SA01", "EX01"}),
        (WithoutSections.undocumented, {"GL08"}),
        (WithoutSections.area, {"GL08"}),
        (area, {"SS02", "SS03", "PR01", "PR02", "PR04", "PR08", "RT01", "SA01", "EX01"}),
    ],
    ids=["class", "method", "property", "function"],
)
def test_a_poor_docstring_is_found(what, codes):
    assert {fault.partition(":")[0] for fault in faults(what)} == codes


def test_a_wrong_default_is_found():
    def power(base, exponent=2, *, modulus=None):
        """Raise to a power.

        Parameters
        ----------
        base : int, default=1
            What is raised.
        exponent, modulus : int, default=3 and None
            The power, and what it is taken by.
        """

    found = [fault.split()[1] for fault in wrong_defaults("power", power)]
    assert found == ["base", "exponent"]


def test_members_are_those_that_the_package_defines():
    methods, properties, inherited = API.members(FOUND["sklearn_rnn.RNNClassifier"])
    assert {"fit", "predict", "save"} <= set(methods)
    assert "n_iter_" in properties
    assert {"get_params", "set_output"} <= set(inherited)
    assert "set_fit_request" not in {*methods, *inherited}
    assert "parameters" not in API.members(FOUND["sklearn_rnn.nn.LRU"]).methods  # of torch
    assert "forecast" in API.members(FOUND["sklearn_rnn.ensemble.SeedEnsemble"]).methods
