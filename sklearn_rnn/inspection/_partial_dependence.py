"""How predictions depend on the value of a feature at a step."""

from numbers import Integral, Real

import numpy as np
from scipy.stats.mstats import mquantiles
from sklearn.base import is_classifier
from sklearn.utils import Bunch, check_scalar
from sklearn.utils.validation import check_is_fitted

from sklearn_rnn.data import InputKind, input_kind
from sklearn_rnn.inspection._exchangeable_steps import check_reads_sequences, read_steps
from sklearn_rnn.inspection._unwrapping import final_step

__all__ = ["partial_dependence"]


def partial_dependence(
    estimator,
    X,
    feature,
    *,
    step=-1,
    grid_resolution=100,
    percentiles=(0.05, 0.95),
    grid_values=None,
) -> Bunch:
    """Average predictions over sequences, with a feature at a step set to one value after another.

    The partial dependence of Friedman ("Greedy Function Approximation: A Gradient Boosting
    Machine", 2001, section 8.2); before they are averaged, the predictions of a sequence are its
    individual conditional expectation (Goldstein et al., "Peeking Inside the Black Box", 2015).

    Parameters
    ----------
    estimator : classifier, regressor, Pipeline or search of one
        Fitted, on anything that predicts from sequences.
    X : list of arrays, 3-D array, table or Sequences of numbers
        The n sequences.
    feature : int or str
        The number of a feature, or its name where X has names; 0 for sequences of one feature.
    step : int or slice, default=-1
        Where the feature is set: at one step, counted from the beginning or, if negative, from the
        end of each sequence; or at all steps of a slice, ``slice(None)`` for the whole sequence.
    grid_resolution : int, default=100
        The number of values. If fewer are found at these steps, they are taken as they are.
    percentiles : tuple of float, default=(0.05, 0.95)
        Between which quantiles, from 0 to 1, of the values at these steps the grid is laid.
    grid_values : array-like of shape (n_values,) or None, default=None
        A grid of your own.

    Returns
    -------
    Bunch
        As scikit-learn's function gives it: ``average`` of shape (n_outputs, n_values),
        ``individual`` of shape (n_outputs, n, n_values), ``grid_values`` a list of one array.
        Outputs are the probability of the second of two classes, or of each class or label, or the
        targets of a regressor. A sequence that has none of these steps is NaN in
        ``individual``, and left out of the average.

    Raises
    ------
    TypeError
        If the estimator is no classifier or regressor, or predicts several columns of labels.
    ValueError
        If there is no such feature, no sequence has such a step, no value is there, or the
        percentiles or the grid are none.

    See Also
    --------
    permutation_importance : What a model needs.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_rnn import RNNRegressor
    >>> from sklearn_rnn.inspection import partial_dependence
    >>> rng = np.random.default_rng(0)
    >>> X = [rng.normal(size=(rng.integers(3, 7), 2)) for _ in range(100)]
    >>> y = [x[-1, 0] for x in X]
    >>> model = RNNRegressor(hidden_size=16, max_epochs=20, random_state=0).fit(X, y)
    >>> found = partial_dependence(model, X, 0, grid_resolution=5)
    >>> found.average.shape, found.individual.shape
    ((1, 5), (1, 100, 5))
    >>> bool((np.diff(found.average[0]) > 0).all())
    True
    """
    check_is_fitted(estimator)
    check_reads_sequences(estimator)
    if not hasattr(estimator, "predict"):
        raise TypeError(
            f"expected a classifier or a regressor, but {type(final_step(estimator)).__name__} "
            "predicts nothing of a sequence."
        )
    check_scalar(grid_resolution, "grid_resolution", Integral, min_val=2)
    _check_percentiles(percentiles)
    if input_kind(X) is InputKind.TEXT:
        raise ValueError("X holds texts, which have no numeric feature that could be set.")
    steps = read_steps(X)
    column = _find_column(steps, feature)
    chosen = _chosen_steps(steps, step)
    if grid_values is None:
        found = steps.parts["values"][chosen, column].astype(np.float64)
        grid = _grid(found[~np.isnan(found)], grid_resolution, percentiles)
    else:
        grid = _read_grid(grid_values)
    predict = _predictor(estimator, X)
    predicted = [predict(steps.set_values(chosen, column, value)) for value in grid]
    individual = np.stack(predicted, axis=-1).transpose(1, 0, 2)  # (n_outputs, n, n_values)
    has_step = np.isin(np.arange(len(steps.lengths)), steps.rows[chosen])
    individual[:, ~has_step] = np.nan
    return Bunch(
        average=individual[:, has_step].mean(axis=1), individual=individual, grid_values=[grid]
    )


def _check_percentiles(percentiles):
    if (
        not isinstance(percentiles, tuple | list)
        or len(percentiles) != 2
        or not all(isinstance(share, Real) for share in percentiles)
        or not 0 <= percentiles[0] < percentiles[1] <= 1
    ):
        raise ValueError(
            "percentiles must be two numbers from 0 to 1, the smaller one first, such as "
            f"(0.05, 0.95), but they are {percentiles!r:.60}."
        )


def _read_grid(values):
    try:
        grid = np.asarray(values, dtype=np.float64).ravel()
    except (TypeError, ValueError):
        grid = np.empty(0)
    if not len(grid):
        raise ValueError(
            f"grid_values must be one number or more, but they are {values!r:.60}; leave them out "
            "for a grid between the percentiles."
        )
    return grid


def _find_column(steps, feature):
    """Give the column of a feature by its name or number."""
    names = [name for part, _, name in steps.features if part == "values"]
    if feature in names:
        return names.index(feature)
    if isinstance(feature, Integral) and 0 <= feature < len(names):
        return int(feature)
    raise ValueError(
        f"feature={feature!r} is none of the numeric features of X, {names!r:.200}; give the name "
        "or the number of one."
        if names
        else "X has no numeric features, but one of them is set to values."
    )


def _chosen_steps(steps, step):
    """Give the flat positions of the steps that are set."""
    if not isinstance(step, Integral | slice):
        raise TypeError(f"step must be an int or a slice, but it is {step!r}.")
    if isinstance(step, Integral):
        step = slice(step, step + 1 if step != -1 else None)
    where = [np.arange(length)[step] for length in steps.lengths]
    chosen = np.concatenate(
        [start + part for start, part in zip(steps.offsets, where, strict=False)]
    )
    if not len(chosen):
        raise ValueError(
            f"no sequence has the step {step!r}: the longest has {steps.lengths.max()} steps."
        )
    return chosen


def _grid(values, resolution, percentiles):
    """Give the distinct values if they are few, else points between two quantiles."""
    if not len(values):
        raise ValueError("all values at these steps are missing; give grid_values.")
    distinct = np.unique(values)
    if len(distinct) < resolution:
        return distinct
    low, high = mquantiles(values, prob=percentiles)  # as in scikit-learn
    if low == high:
        raise ValueError(
            f"the quantiles {percentiles} of the values at these steps are both {low}; give wider "
            "percentiles, or grid_values."
        )
    return np.linspace(low, high, resolution)


def _predictor(estimator, X):
    """Give a function from X to predictions ``(n, n_outputs)``, of two classes of the second.

    X is looked at to see whether what is predicted are numbers, or one label a sequence.
    """
    if not is_classifier(estimator):
        method, dropped = "predict", 0
    else:
        method = "predict_proba" if hasattr(estimator, "predict_proba") else "decision_function"
        single = np.ndim(estimator.predict(X)) == 1
        dropped = int(single and method == "predict_proba" and len(estimator.classes_) == 2)

    def predict(X):
        predicted = getattr(estimator, method)(X)
        if isinstance(predicted, list) or np.asarray(predicted).dtype.kind not in "fiu":
            raise TypeError(
                f"expected a classifier of one label a sequence or a regressor, but what "
                f"{type(estimator).__name__} predicts is no array of numbers."
            )
        columns = np.asarray(predicted, dtype=np.float64).reshape(len(predicted), -1)
        return columns[:, dropped:]

    return predict
