"""How wide windows are whose own values do not tell, as training windows teach it."""

import torch
from torch import Tensor

from sklearn_rnn.nn import Width, WindowMeasures, WindowWidths

__all__ = ["learn_widths"]

_ROUNDING = 10 * torch.finfo(torch.float64).eps
# So many windows of equal values tell how far the next ones may be from these.
_ENOUGH = 10
_NEARLY_NONE = 0.05


def learn_widths(measures: WindowMeasures, ahead: Tensor, window: int) -> WindowWidths | None:
    """Learn the widths of windows of few values, and of those of equal ones.

    Windows with values that vary have deviations, the median of which is usual. How far windows of
    equal values go is seen from what follows them; where all of it is equal too, the width is 0.
    Few values are fewer than nearly all of these windows have.

    Parameters
    ----------
    measures : WindowMeasures
    ahead : Tensor of shape (n, horizon), float64
        What follows each window, NaN where missing.
    window : int

    Returns
    -------
    WindowWidths, or None where nothing was observed
    """
    moves, magnitude = _moves(measures, ahead), measures.magnitude
    is_seen = (measures.count > 0) & ~moves.isnan()
    varies, is_still = measures.deviation > 0, measures.is_still(window) & is_seen
    usual = _width(measures.deviation[varies], magnitude[varies], torch.median)
    still = _width(moves[is_still], magnitude[is_still], torch.mean)
    if usual is not None and int(is_still.sum()) < _ENOUGH:
        still = usual
    if still is None:  # there are hardly any values in any window
        still = _width(moves[is_seen], magnitude[is_seen], torch.mean)
    if still is None:
        return None
    counts = measures.count[measures.count > 0].double()
    few = int(counts.quantile(_NEARLY_NONE).ceil())
    return WindowWidths(usual=usual or still, still=still, few=few)


def _moves(measures, ahead):
    """Give how far the values ahead of each window are from its centre, (n,); NaN if unknown."""
    centre = measures.centre[:, None]
    moves = (ahead - centre).abs()
    moves = torch.where(moves <= _ROUNDING * centre.abs(), 0, moves).nanmean(1)
    return torch.where(measures.count > 0, moves, torch.nan)


def _width(sizes, magnitudes, average):
    """Give the average of sizes, or of their shares of magnitudes, whichever differ less."""
    if not len(sizes):
        return None
    size, above = float(average(sizes)), sizes > 0
    sizes, magnitudes = sizes[above], magnitudes[above]
    if len(sizes) < 2 or not (magnitudes > 0).all():
        return Width(size)
    shares = sizes / magnitudes
    if sizes.log().std() <= shares.log().std():
        return Width(size)
    return Width(size, share=float(average(shares)) * len(sizes) / len(above))
