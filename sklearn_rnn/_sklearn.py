"""The one door to scikit-learn's private helpers.

Whatever the library needs of scikit-learn that is not public is imported here and nowhere else,
so that a new release of scikit-learn can break one file at most.
"""

from sklearn.utils._param_validation import (
    HasMethods,
    Interval,
    StrOptions,
    validate_parameter_constraints,
)
from sklearn.utils.validation import _check_sample_weight as check_sample_weight

__all__ = [
    "HasMethods",
    "Interval",
    "StrOptions",
    "check_sample_weight",
    "validate_parameters",
]


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
