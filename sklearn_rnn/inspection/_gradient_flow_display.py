"""A picture of how far back a gradient reaches."""

from typing import Self

import numpy as np

from sklearn_rnn.inspection._gradient_flow import GradientFlow, gradient_flow
from sklearn_rnn.inspection._matplotlib import axes_of, count_in_whole_numbers

__all__ = ["GradientFlowDisplay"]


class GradientFlowDisplay:
    """How far back in time the gradient of a fitted network reaches.

    For each layer and direction: what is left, at the end of a sequence, of a change of the state
    so many steps before, and the norm of the gradient that arrives there. See
    :func:`~sklearn_rnn.inspection.gradient_flow`.

    Parameters
    ----------
    flow : GradientFlow
        What :func:`~sklearn_rnn.inspection.gradient_flow` measures.

    Attributes
    ----------
    flow : GradientFlow
    axes_ : list of matplotlib Axes
        One for each layer and direction.
    figure_ : matplotlib Figure

    See Also
    --------
    gradient_flow : The figures without the picture.

    Examples
    --------
    >>> from sklearn_rnn import RNNClassifier
    >>> from sklearn_rnn.datasets import make_waves
    >>> from sklearn_rnn.inspection import GradientFlowDisplay
    >>> X, y = make_waves(60, random_state=0)
    >>> model = RNNClassifier(hidden_size=8, max_epochs=2, random_state=0).fit(X, y)
    >>> display = GradientFlowDisplay.from_estimator(model, X, y)
    >>> display.plot()
    <...GradientFlowDisplay object at ...>
    """

    def __init__(self, flow: GradientFlow):
        self.flow = flow

    @classmethod
    def from_estimator(cls, estimator, X, y, *, max_sequences=4, max_steps=200, ax=None) -> Self:
        """Measure the flow through a fitted estimator, and draw it.

        Parameters
        ----------
        estimator : RNNClassifier, RNNRegressor or RNNTagger
            Fitted; it stays as it is.
        X, y : as in ``fit``
            Sequences and targets. The longest of them are looked at.
        max_sequences : int, default=4
            How many sequences are looked at, at most.
        max_steps : int, default=200
            How many steps back, at most.
        ax : list of matplotlib Axes, or None, default=None
            As ``plot`` takes it.

        Returns
        -------
        GradientFlowDisplay
        """
        flow = gradient_flow(estimator, X, y, max_sequences=max_sequences, max_steps=max_steps)
        return cls(flow).plot(ax)

    def plot(self, ax=None) -> Self:
        """Draw one axes for each layer and direction.

        Parameters
        ----------
        ax : list of matplotlib Axes, or None, default=None
            As many as there are layers and directions; None makes a figure.

        Returns
        -------
        self : GradientFlowDisplay
            The display itself, with its axes and figure.
        """
        self.axes_ = axes_of(ax, len(self.flow.layers))
        self.figure_ = self.axes_[0].figure
        for axes, layer in zip(self.axes_, self.flow.layers, strict=True):
            _draw(axes, layer)
        self.axes_[-1].set_xlabel("steps before the end")
        self.axes_[0].legend(loc="lower left", fontsize="small")
        return self


def _draw(axes, layer):
    """Draw one layer, on a scale that shows factors; what is zero falls off its lower end."""
    kept = np.concatenate([layer.largest, layer.gradient_norm])
    kept = kept[np.isfinite(kept) & (kept > 0)]
    bottom = max(kept.min(initial=1.0), 1e-9) / 3
    axes.set_yscale("log")
    axes.set_ylim(bottom, min(max(kept.max(initial=1.0), 1.0) * 3, 1e12))
    lower = np.maximum(np.nan_to_num(layer.smallest), 1e-30)  # below any limit that is set later
    axes.fill_between(
        layer.lags, lower, np.maximum(layer.largest, lower), alpha=0.2, lw=0, color="C0",
        label="between the smallest and the largest singular value",
    )  # fmt: skip
    axes.plot(layer.lags, layer.largest, color="C0", label="largest singular value")
    axes.plot(layer.steps_back, layer.gradient_norm, color="C1", label="norm of the gradient")
    axes.axhline(1, color="0.6", lw=0.8, zorder=0)
    axes.set_xlim(1, max(2, layer.steps_back[-1]))
    count_in_whole_numbers(axes)
    axes.set_title(str(layer), fontsize="medium", loc="left")
    axes.set_ylabel("what is left")
