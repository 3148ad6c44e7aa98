"""A picture of what a conditional random field holds of its labels' neighbours."""

from typing import Self

import numpy as np

from sklearn_rnn.inspection._matplotlib import axes_of, write_columns, write_rows
from sklearn_rnn.inspection._unwrapping import fitted_network

__all__ = ["TransitionDisplay"]

_WRITTEN = 12  # with so many labels the figures are written into the picture


class TransitionDisplay:
    """The scores of a conditional random field, from each label to the one after it.

    Parameters
    ----------
    transitions : ndarray of shape (n_classes, n_classes)
        Entry ``[i, j]``: from label i to label j; -inf where that is not allowed.
    labels : sequence
        The labels.

    Attributes
    ----------
    transitions, labels
        As given.
    ax_ : matplotlib Axes
    figure_ : matplotlib Figure

    See Also
    --------
    TagDisplay : What a tagger says of one sequence.

    Examples
    --------
    >>> from sklearn_rnn import RNNTagger
    >>> from sklearn_rnn.inspection import TransitionDisplay
    >>> X = [["to", "New", "York"], ["from", "Rome"]] * 10
    >>> y = [["O", "B-city", "I-city"], ["O", "B-city"]] * 10
    >>> tagger = RNNTagger(output="crf", hidden_size=8, max_epochs=2, random_state=0).fit(X, y)
    >>> display = TransitionDisplay.from_estimator(tagger)
    >>> display.transitions.shape
    (3, 3)
    """

    def __init__(self, *, transitions, labels):
        self.transitions = transitions
        self.labels = labels

    @classmethod
    def from_estimator(cls, estimator, *, ax=None) -> Self:
        """Draw the scores of a fitted tagger.

        Parameters
        ----------
        estimator : RNNTagger, Pipeline or search
            Fitted with ``output="crf"``.
        ax : matplotlib Axes or None, default=None
            None makes a figure.

        Returns
        -------
        TransitionDisplay

        Raises
        ------
        TypeError
            If it has no conditional random field.
        """
        tagger = fitted_network(estimator, "output_", "RNNTagger with output='crf'")
        if tagger.output_ != "crf":
            raise TypeError(
                f"expected a tagger with output='crf', but its output is {tagger.output_!r}, "
                "which has no scores from label to label; fit one with output='crf'."
            )
        return cls(
            transitions=tagger.transitions_.to_numpy(), labels=tagger.transitions_.index.tolist()
        ).plot(ax)

    def plot(self, ax=None, *, cmap="RdBu") -> Self:
        """Draw a square a pair of labels.

        Parameters
        ----------
        ax : matplotlib Axes or None, default=None
            None makes a figure.
        cmap : str or matplotlib Colormap, default="RdBu"
            Zero is in its middle. Pairs that are not allowed stay grey.

        Returns
        -------
        self : TransitionDisplay
            The display itself, with its axes and figure.
        """
        n = len(self.labels)
        side = min(max(3.2, 0.45 * n + 1.6), 12)
        (self.ax_,) = axes_of(ax, width=side + 0.8, height=side)
        self.figure_ = self.ax_.figure
        finite = np.where(np.isfinite(self.transitions), self.transitions, np.nan)
        largest = np.nanmax(np.abs(finite), initial=1e-3)
        self.ax_.set_facecolor("0.85")
        image = self.ax_.imshow(finite, cmap=cmap, vmin=-largest, vmax=largest)
        self.figure_.colorbar(image, ax=self.ax_, label="score", shrink=0.8)
        write_rows(self.ax_, self.labels)
        write_columns(self.ax_, self.labels)
        self.ax_.set(xlabel="label after", ylabel="label before")
        if n <= _WRITTEN:
            self._write(finite, largest)
        return self

    def _write(self, scores, largest):
        digits = 1 if largest >= 1 else 2
        rounded = np.round(scores, digits) + 0.0  # never -0.0
        for (i, j), score in np.ndenumerate(rounded):
            if not np.isnan(score):
                color = "white" if abs(score) > 0.6 * largest else "black"
                text = f"{score:.{digits}f}"
                self.ax_.text(j, i, text, ha="center", va="center", color=color, fontsize="small")
