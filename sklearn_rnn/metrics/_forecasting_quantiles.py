"""How good forecasts of quantiles are."""

from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from sklearn_rnn.metrics._forecasting_input import (
    check_observed,
    check_same_rows,
    read_numbers,
    read_weights,
)

__all__ = ["check_quantiles", "mean_quantile_loss", "weighted_quantile_loss"]


def mean_quantile_loss(
    y_true, y_quantiles, *, quantiles, sample_weight=None, per_quantile=False
) -> float | Any:
    r"""Pinball loss of several quantiles at once, the mean over rows and quantiles.

    For a quantile q of y that was forecast as z it is :math:`\max(q (y - z), (q - 1) (y - z))`
    [1]_. Over evenly spaced quantiles the mean is half the continuous ranked probability score,
    but for the spacing.

    Parameters
    ----------
    y_true : array-like of shape (n,) or (n, n_targets)
        The true values. NaN is left out.
    y_quantiles : array-like of shape (n, n_quantiles) or (n, n_targets, n_quantiles)
        The forecast quantiles of each row, in the order of `quantiles`.
    quantiles : float or array-like of shape (n_quantiles,)
        Which they are, each between 0 and 1.
    sample_weight : array-like of shape (n,) or None, default=None
        Weights of the rows.
    per_quantile : bool, default=False
        True gives the loss of each quantile.

    Returns
    -------
    loss : float, or Series
        0 is best, in the unit of y. With ``per_quantile`` a Series by quantile.

    Raises
    ------
    ValueError or TypeError
        If shapes or indices disagree, a quantile is not between 0 and 1, or nothing is observed.

    See Also
    --------
    sklearn.metrics.mean_pinball_loss : The loss of one quantile.
    weighted_quantile_loss : Relative to the size of y.

    References
    ----------
    .. [1] Koenker and Bassett, "Regression quantiles", Econometrica 46(1), 1978.

    Examples
    --------
    >>> from sklearn_rnn.metrics import mean_quantile_loss
    >>> y_quantiles = [[1, 2, 3], [2, 3, 6]]
    >>> round(mean_quantile_loss([2, 4], y_quantiles, quantiles=[0.1, 0.5, 0.9]), 3)
    0.183
    """
    rows = _read_rows(y_true, y_quantiles, quantiles, sample_weight)
    losses = (rows.losses * rows.weights[:, None]).sum(axis=0) / rows.weights.sum()
    return pd.Series(losses, index=rows.quantiles) if per_quantile else float(losses.mean())


def weighted_quantile_loss(
    y_true, y_quantiles, *, quantiles, sample_weight=None, per_quantile=False
) -> float | Any:
    r"""Twice the sum of pinball losses over the sum of :math:`|y|`, the mean over quantiles.

    This is the normalised quantile loss, or rho-risk, of DeepAR [1]_ and what GluonTS calls
    ``mean_wQuantileLoss``: all rows of all series go into one sum, so that large series count for
    more. That of the median alone is the sum of absolute errors over that of absolute values.

    Parameters
    ----------
    y_true : array-like of shape (n,) or (n, n_targets)
        The true values. NaN is left out.
    y_quantiles : array-like of shape (n, n_quantiles) or (n, n_targets, n_quantiles)
        The forecast quantiles of each row, in the order of `quantiles`.
    quantiles : float or array-like of shape (n_quantiles,)
        Which they are, each between 0 and 1.
    sample_weight : array-like of shape (n,) or None, default=None
        Weights of the rows, above and below the line.
    per_quantile : bool, default=False
        True gives the loss of each quantile.

    Returns
    -------
    loss : float, or Series
        0 is best. With ``per_quantile`` a Series by quantile.

    Raises
    ------
    ValueError or TypeError
        If shapes or indices disagree, a quantile is not between 0 and 1, nothing is observed, or
        all true values are 0.

    See Also
    --------
    mean_quantile_loss : In the unit of y.

    References
    ----------
    .. [1] D. Salinas, V. Flunkert, J. Gasthaus and T. Januschowski, "DeepAR: probabilistic
       forecasting with autoregressive recurrent networks", International Journal of Forecasting
       36(3), 2020.

    Examples
    --------
    >>> from sklearn_rnn.metrics import weighted_quantile_loss
    >>> y_quantiles = [[1, 2, 3], [2, 3, 6]]
    >>> round(weighted_quantile_loss([2, 4], y_quantiles, quantiles=[0.1, 0.5, 0.9]), 3)
    0.122
    """
    rows = _read_rows(y_true, y_quantiles, quantiles, sample_weight)
    size = float((np.abs(rows.true) * rows.weights).sum())
    if size == 0:
        raise ValueError(
            "a weighted quantile loss is relative to the sum of |y_true|, but that is 0; take "
            "mean_quantile_loss."
        )
    losses = 2 * (rows.losses * rows.weights[:, None]).sum(axis=0) / size
    return pd.Series(losses, index=rows.quantiles) if per_quantile else float(losses.mean())


class _QuantileRows(NamedTuple):
    """The observed values, one below the other, targets too."""

    true: np.ndarray  # (observed,)
    losses: np.ndarray  # (observed, n_quantiles), the pinball loss of each
    weights: np.ndarray  # (observed,)
    quantiles: np.ndarray  # (n_quantiles,)


def _read_rows(y_true: Any, y_quantiles: Any, quantiles: Any, sample_weight: Any) -> _QuantileRows:
    """Check what the user gave, and compute the losses of what is observed."""
    levels = check_quantiles(quantiles)
    check_same_rows("y_true", y_true, "y_quantiles", y_quantiles)
    true = read_numbers("y_true", y_true)
    if true.ndim > 2:
        raise ValueError(
            f"y_true must have the shape (n,) or (n, n_targets), but came with {true.shape}."
        )
    forecast = _align(true, read_numbers("y_quantiles", y_quantiles), levels)
    true = true.reshape(len(true), -1)
    check_observed(true, forecast, y_true, "y_quantiles")
    observed = ~np.isnan(true)
    weights = np.broadcast_to(read_weights(sample_weight, len(true))[:, None], true.shape)
    if not weights[observed].any():
        raise ValueError("sample_weight gives no weight to any observed row; give it to one.")
    errors = true[observed][:, None] - forecast[observed]  # (observed, n_quantiles)
    return _QuantileRows(
        true=true[observed],
        losses=np.maximum(levels * errors, (levels - 1) * errors),
        weights=weights[observed],
        quantiles=levels,
    )


def check_quantiles(quantiles: Any) -> np.ndarray:
    """Quantiles as an array (n_quantiles,), each between 0 and 1."""
    levels = read_numbers("quantiles", np.atleast_1d(quantiles))
    if levels.ndim != 1 or not ((levels > 0) & (levels < 1)).all():
        raise ValueError(
            "quantiles must be a list of numbers between 0 and 1, both excluded, but is "
            f"{quantiles!r:.60}."
        )
    return levels


def _align(true: np.ndarray, forecast: np.ndarray, levels: np.ndarray) -> np.ndarray:
    """The forecasts as (n, n_targets, n_quantiles)."""
    n_targets = true[0].size
    wanted = (len(true), n_targets, len(levels))
    allowed = {wanted, (*true.shape, len(levels))}
    if n_targets == 1:
        allowed.add((len(true), len(levels)))
    if len(levels) == 1:
        allowed.add(true.shape)
    if forecast.shape not in allowed:
        raise ValueError(
            f"y_quantiles must have the shape {(*true.shape, len(levels))}, for y_true of shape "
            f"{true.shape} and {len(levels)} quantiles, but came with {forecast.shape}."
        )
    return forecast.reshape(wanted)
