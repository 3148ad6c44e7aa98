"""From what holds an estimator to the estimator."""

from sklearn.pipeline import Pipeline
from sklearn.utils.validation import check_is_fitted

__all__ = ["fitted_network", "transformed_for_network"]


def fitted_network(estimator, attribute="history_"):
    """Give the fitted estimator of this library in a pipeline or a search, or the one given.

    Raises
    ------
    TypeError
        If what is found has no ``attribute`` even though it is fitted.
    NotFittedError
        If it is not fitted.
    """
    check_is_fitted(estimator)
    found = estimator
    while True:
        if hasattr(found, "best_estimator_"):
            found = found.best_estimator_
        elif isinstance(found, Pipeline):
            found = found[-1]
        else:
            break
    if not hasattr(found, attribute):
        raise TypeError(
            f"expected a fitted estimator of sklearn_rnn with {attribute}, or a pipeline or a "
            f"search of one, but {type(found).__name__} has none."
        )
    return found


def transformed_for_network(estimator, X):
    """Give X as it reaches the last step of a pipeline, or of that which a search has found."""
    while True:
        if hasattr(estimator, "best_estimator_"):
            estimator = estimator.best_estimator_
        elif isinstance(estimator, Pipeline):
            X = estimator[:-1].transform(X) if len(estimator) > 1 else X
            estimator = estimator[-1]
        else:
            return X
