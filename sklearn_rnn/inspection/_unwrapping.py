"""From what holds an estimator to the estimator."""

from sklearn.pipeline import Pipeline
from sklearn.utils.validation import check_is_fitted

from sklearn_rnn.data import Sequences

__all__ = ["final_step", "fitted_network", "one_sequence", "tokens_of", "transformed_for_network"]


def fitted_network(estimator, attribute="history_", expected="network of sklearn_rnn"):
    """Give the fitted estimator of this library in a pipeline or a search, or the one given.

    Raises
    ------
    TypeError
        If what is found has no ``attribute`` even though it is fitted, as what is ``expected`` has.
    NotFittedError
        If it is not fitted.
    """
    check_is_fitted(estimator)
    found = final_step(estimator)
    if not hasattr(found, attribute):
        raise TypeError(
            f"expected a fitted {expected}, or a pipeline or a search of one, but "
            f"{type(found).__name__} came{_way_out(found, attribute)}."
        )
    return found


def final_step(estimator):
    """Give the last step of pipelines and the best estimator of searches, or the one given."""
    while True:
        if hasattr(estimator, "best_estimator_"):
            estimator = estimator.best_estimator_
        elif isinstance(estimator, Pipeline):
            estimator = estimator[-1]
        else:
            return estimator


def one_sequence(sequence):
    """Give X of one sequence: of an element of X, or of ``Sequences``, whose first is taken."""
    return sequence[:1] if isinstance(sequence, Sequences) else [sequence]


def tokens_of(sequences):
    """Give the tokens of the first of sequences, or None where its steps are none."""
    if sequences.vocabulary is None or sequences.values.ndim > 1:
        return None
    n = sequences.lengths[0]
    if sequences.categories is not None and sequences.codes is not None:  # words as they are spelt
        return [str(sequences.categories[0][code]) for code in sequences.codes[:n, 0]]
    return [sequences.vocabulary.tokens[i] for i in sequences.values[:n]]


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


def _way_out(found, attribute):
    members = getattr(found, "estimators_", ())
    if len(members) and hasattr(final_step(members[0]), attribute):
        return "; of an ensemble, give one of its estimators_"
    return ""
