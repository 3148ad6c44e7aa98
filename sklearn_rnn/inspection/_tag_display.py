"""A picture of how sure a tagger is of each label, and the same in HTML."""

from html import escape
from typing import Self

import numpy as np

from sklearn_rnn.data import Sequences
from sklearn_rnn.inspection._matplotlib import axes_of, write_rows, write_steps
from sklearn_rnn.inspection._unwrapping import fitted_network, one_sequence, tokens_of

__all__ = ["TagDisplay"]

# Hues far from each other; the label that stands for "nothing" has none.
_HUES = (210, 28, 145, 275, 345, 60, 185, 310, 100, 245)
_NOTHING = "O"


class TagDisplay:
    """The probability of each label at each step of one sequence.

    In a notebook it shows itself in HTML, where the tokens carry their labels.

    Parameters
    ----------
    tokens : sequence of str
        What stands at each step.
    probabilities : ndarray of shape (n_steps, n_classes)
        Of each label, at each step.
    predicted : sequence
        The label chosen at each step; under a conditional random field, that of the likeliest
        sequence, which need not be the likeliest label of its step.
    labels : sequence
        The labels in the order of the columns.

    Attributes
    ----------
    tokens, probabilities, predicted, labels
        As given.
    ax_ : matplotlib Axes
    figure_ : matplotlib Figure

    See Also
    --------
    TransitionDisplay : What a conditional random field says of labels that follow each other.

    Examples
    --------
    >>> from sklearn_rnn import RNNTagger
    >>> from sklearn_rnn.inspection import TagDisplay
    >>> X = [["to", "New", "York"], ["from", "Rome"]] * 10
    >>> y = [["O", "B-city", "I-city"], ["O", "B-city"]] * 10
    >>> tagger = RNNTagger(hidden_size=8, max_epochs=2, random_state=0).fit(X, y)
    >>> display = TagDisplay.from_estimator(tagger, ["to", "Rome"])
    >>> display.probabilities.shape
    (2, 3)
    >>> html = display.to_html()
    """

    def __init__(self, *, tokens, probabilities, predicted, labels):
        self.tokens = tokens
        self.probabilities = probabilities
        self.predicted = predicted
        self.labels = labels

    @classmethod
    def from_estimator(cls, estimator, sequence, *, tokens=None, ax=None) -> Self:
        """Tag one sequence and draw it.

        Parameters
        ----------
        estimator : RNNTagger, or a SeedEnsemble, Pipeline or search of one
            Fitted.
        sequence : list of str, list of dict or array of shape (n_steps[, n_features])
            One sequence, as an element of the X of ``fit``; or ``Sequences``, of which the first is
            taken.
        tokens : sequence of str or None, default=None
            What to write at the steps; None means the tokens themselves, or the steps' numbers.
        ax : matplotlib Axes or None, default=None
            None makes a figure.

        Returns
        -------
        TagDisplay

        Raises
        ------
        TypeError
            If the estimator is no tagger, or the sequence is a text that is not split yet.
        ValueError
            If there are not as many ``tokens`` as steps.
        """
        tagger = fitted_network(estimator, "scheme_", "RNNTagger")
        if isinstance(sequence, str):
            raise TypeError(
                f"expected one sequence of steps, but got the text {sequence!r:.60}; give its "
                "tokens, as fit had them."
            )
        X = one_sequence(sequence)
        (probabilities,), (predicted,) = estimator.predict_proba(X), estimator.predict(X)
        if tokens is None:
            tokens = _tokens(sequence, len(probabilities))
        if len(tokens) != len(probabilities):
            raise ValueError(
                f"there are {len(tokens)} tokens to write, but {len(probabilities)} steps; give "
                "one a step."
            )
        return cls(
            tokens=list(tokens),
            probabilities=probabilities,
            predicted=list(predicted),
            labels=list(tagger.classes_),
        ).plot(ax)

    def plot(self, ax=None, *, cmap="Blues") -> Self:
        """Draw a square for each label at each step; what is predicted has a frame.

        Parameters
        ----------
        ax : matplotlib Axes or None, default=None
            None makes a figure.
        cmap : str or matplotlib Colormap, default="Blues"
            The colours of the probabilities, from 0 to 1.

        Returns
        -------
        self : TagDisplay
            The display itself, with its axes and figure.
        """
        n_steps, n_classes = self.probabilities.shape
        width, height = min(max(4, 0.5 * n_steps + 2), 16), min(max(2, 0.35 * n_classes + 1.2), 10)
        (self.ax_,) = axes_of(ax, width=width, height=height)
        self.figure_ = self.ax_.figure
        image = self.ax_.imshow(self.probabilities.T, cmap=cmap, vmin=0, vmax=1, aspect="auto")
        self.figure_.colorbar(image, ax=self.ax_, label="probability")
        write_steps(self.ax_, self.tokens)
        write_rows(self.ax_, self.labels)
        rows = [self.labels.index(label) for label in self.predicted]
        side = min(9, 700 / n_steps)  # frames of many steps stand beside each other
        self.ax_.plot(
            range(n_steps), rows, "s", ms=side, mfc="none", mec="C1", mew=1.5, label="predicted"
        )
        return self

    def to_html(self) -> str:
        """Give the sequence in HTML, each token on the colour of its label, paler if less sure.

        Returns
        -------
        str
            Complete in itself, without script; all text is escaped. A token's tooltip holds the
            three likeliest labels.
        """
        hues = {label: _HUES[i % len(_HUES)] for i, label in enumerate(_kinds(self.labels))}
        spans = [self._span(i, hues) for i in range(len(self.tokens))]
        return f'<div style="line-height: 2.6">{" ".join(spans)}</div>'

    def _repr_html_(self):
        return self.to_html()

    def _span(self, i, hues):
        label = self.predicted[i]
        sure = float(self.probabilities[i, self.labels.index(label)])
        likeliest = np.argsort(-self.probabilities[i], kind="stable")[:3]
        title = ", ".join(f"{self.labels[j]} {self.probabilities[i, j]:.2f}" for j in likeliest)
        token, kind = escape(str(self.tokens[i])), _kind(label)
        color = "transparent"
        if kind != _NOTHING:
            color = f"hsla({hues[kind]}, 70%, 50%, {0.1 + 0.4 * sure:.2f})"
        name = "" if kind == _NOTHING else f"<sub>&nbsp;{escape(str(label))}</sub>"
        style = f"background: {color}; border-radius: 4px; padding: 2px 4px; white-space: nowrap"
        return f'<span style="{style}" title="{escape(title)}">{token}{name}</span>'


def _tokens(sequence, n_steps):
    """Give the tokens of a sequence; a step that is none has its number."""
    if isinstance(sequence, Sequences):
        sequence = tokens_of(sequence) or range(n_steps)
    return [x if isinstance(x, str) else str(i) for i, x in enumerate(sequence)]


def _kind(label):
    """Give the type of span that a label belongs to, or the label itself."""
    text = str(label)
    return text[2:] if len(text) > 2 and text[0] in "BIESLU" and text[1] == "-" else text


def _kinds(labels):
    return [kind for kind in dict.fromkeys(map(_kind, labels)) if kind != _NOTHING]
