"""The one door to scikit-learn's private helpers.

Whatever the library needs of scikit-learn that is not public is imported here and nowhere else,
so that a new release of scikit-learn can break one file at most. So is what only some of the
supported releases have: callbacks came with scikit-learn 1.9.
"""

import numpy as np
import sklearn
from sklearn.base import BaseEstimator
from sklearn.utils._param_validation import (
    HasMethods,
    Interval,
    StrOptions,
    validate_parameter_constraints,
)
from sklearn.utils._pprint import _EstimatorPrettyPrinter
from sklearn.utils.validation import _check_sample_weight

try:
    from sklearn.callback import CallbackSupportMixin as CallbackSupport
    from sklearn.callback import with_callbacks
except ImportError:

    class CallbackSupport:
        """Stands in for scikit-learn's mixin of that kind: an estimator takes no callbacks."""

        @property
        def set_callbacks(self):
            """Raise the AttributeError that makes ``hasattr`` say no."""
            raise AttributeError(
                f"{type(self).__name__}.set_callbacks needs scikit-learn 1.9 or newer, but "
                f"{sklearn.__version__} is installed; update it, or give skorch callbacks to the "
                "parameter callbacks instead."
            )

    def with_callbacks(method):
        """Give the method as it is: there are no callbacks to tear down after it."""
        return method


__all__ = [
    "CallbackSupport",
    "HasMethods",
    "Interval",
    "StrOptions",
    "breaks_lines",
    "check_sample_weight",
    "has_callbacks",
    "validate_parameters",
    "validate_values",
    "with_callbacks",
]


def has_callbacks(estimator) -> bool:
    """Tell whether ``set_callbacks`` was called, by the user or by a meta-estimator."""
    return hasattr(estimator, "_skl_callbacks")


def breaks_lines(method):
    """Decorate a ``__repr__`` that goes on from scikit-learn's, so that its lines are broken.

    scikit-learn breaks the lines of an estimator whose ``__repr__`` it knows.
    """
    printer = _EstimatorPrettyPrinter
    printer._dispatch[method] = printer._dispatch[BaseEstimator.__repr__]
    return method


def check_sample_weight(sample_weight, X, **options):
    """Do what scikit-learn's function of that name does, and refuse what numpy makes numbers of.

    These are dates and time differences, which would count from somewhere.
    """
    try:
        if hasattr(sample_weight, "detach"):
            sample_weight = np.asarray(sample_weight.detach().cpu())
        weights = np.asarray(sample_weight)
        kinds = {weights.dtype.type} if weights.dtype != object else set(map(type, weights.flat))
        if any(issubclass(kind, np.datetime64 | np.timedelta64) for kind in kinds):
            raise TypeError("a number is expected, not a date or a time difference")
        return _check_sample_weight(sample_weight, X, **options)
    except (OverflowError, RuntimeError, TypeError) as error:
        raise ValueError(f"sample_weight must be one number a sample: {error}.") from error


def validate_parameters(estimator):
    """Check the estimator's parameters against its ``_parameter_constraints``.

    Raises
    ------
    ValueError or TypeError
        ``InvalidParameterError`` of scikit-learn, which is both: it names the parameter, the
        values that are allowed and the value that came.
    """
    validate_parameter_constraints(
        estimator._parameter_constraints,
        estimator.get_params(deep=False),
        caller_name=type(estimator).__name__,
    )


def validate_values(estimator, values):
    """Check values as if they were the parameters of that name.

    Parameters
    ----------
    estimator : object with ``_parameter_constraints``
    values : dict of str to object

    Raises
    ------
    ValueError or TypeError
        As ``validate_parameters``; also where True or False stands for a number.
    """
    constraints = estimator._parameter_constraints
    for name, value in values.items():
        if isinstance(value, bool) and not {"boolean", "verbose"} & set(_texts(constraints, name)):
            raise ValueError(f"{name} is {value}, which stands for no number.")
    validate_parameter_constraints(constraints, values, caller_name=type(estimator).__name__)


def _texts(constraints, name):
    return [one for one in constraints.get(name, ["boolean"]) if isinstance(one, str)]
