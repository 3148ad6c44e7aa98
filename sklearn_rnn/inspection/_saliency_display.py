"""A picture of what in a sequence speaks for a prediction, and what against it."""

import warnings
from numbers import Real
from typing import Self

import numpy as np
from sklearn.exceptions import ConvergenceWarning
from sklearn.utils import check_scalar

from sklearn_rnn.inspection._attributed_network import attribute_steps
from sklearn_rnn.inspection._attributed_score import EXPLAINED, find_score
from sklearn_rnn.inspection._matplotlib import (
    axes_of,
    count_in_whole_numbers,
    cut,
    import_pyplot,
    write_rows,
    write_steps,
)
from sklearn_rnn.inspection._unwrapping import (
    fitted_network,
    one_sequence,
    tokens_of,
    transformed_for_network,
)

__all__ = ["SaliencyDisplay"]

# A gap is told above the picture if it is a larger share of the attributions' absolute values.
_NEGLIGIBLE = 0.01
_LONGEST_TARGET = 32  # characters that find room above the narrowest figure


class SaliencyDisplay:
    """How much each step and feature of one sequence has added to a prediction.

    Integrated gradients (Sundararajan, Taly and Yan, "Axiomatic Attribution for Deep Networks",
    2017): what is red raises the score, what is blue lowers it, and all together add up to the
    difference from the score of a baseline that says nothing.

    Parameters
    ----------
    attributions : ndarray of shape (n_steps, n_columns)
        What each step and column has added to the score.
    columns : sequence of str
        What the columns are: the features, or the one "token".
    output, baseline_output : float
        The score of the sequence, and that of the baseline.
    target : str
        Which score that is.
    steps : sequence of str or None, default=None
        What stands at the steps, such as tokens; None means that they are numbered.
    signal : ndarray of shape (n_steps, n_features) or None, default=None
        The numbers of the steps, which are drawn over the first columns.

    Attributes
    ----------
    attributions, columns, output, baseline_output, target, steps, signal
        As given.
    gap : float
        What the attributions lack of ``output - baseline_output``: the error of the numerical
        integral.
    ax_ : matplotlib Axes
    figure_ : matplotlib Figure

    See Also
    --------
    permutation_importance : What a model needs of all sequences.
    AttentionDisplay : Where a network looks, which need not be what it decides by.

    Notes
    -----
    The score is that of ``decision_function`` (of two classes, by how much the logit of the target
    exceeds that of the other), of ``predict`` in the units of y, or of one label at one step before
    a conditional random field reads it.

    The path goes through what the recurrent layers read. For numbers the baseline is the mean of
    the training data, and a feature that is filled in has the marks of its gaps with it; for
    tokens and categories it is the vector of zeros, and the parts of a token, its word and its
    n-grams, count together. Static columns stay as they are.

    ``cell="layer_norm_lstm"`` reads of a step only its direction, which leaps where the path leaves
    a baseline of zeros, also that of the training mean: its attributions are then many times larger
    than their sum, and cancel each other. Give it a sequence of as many steps as ``baseline``, such
    as one of another class, or the mean of the figures from several.

    The path is looked at in single precision where that suffices, and at as many points as ``tol``
    asks for: until the attributions add up, and all together change by less than ten times that
    share when the path is cut finer. They are those that ``captum.attr.IntegratedGradients`` comes
    to with many steps.

    Examples
    --------
    >>> from sklearn_rnn import RNNClassifier
    >>> from sklearn_rnn.inspection import SaliencyDisplay
    >>> texts = ["a good film", "a bad film", "good", "bad"] * 5
    >>> model = RNNClassifier(hidden_size=8, max_epochs=4, random_state=0)
    >>> model = model.fit(texts, [1, 0, 1, 0] * 5)
    >>> display = SaliencyDisplay.from_estimator(model, "a good film", target=1)
    >>> display.steps, display.attributions.shape
    (['a', 'good', 'film'], (3, 1))
    >>> total = display.output - display.baseline_output
    >>> bool(abs(display.attributions.sum() - total) < 1e-2 * abs(total))
    True
    """

    def __init__(
        self,
        *,
        attributions,
        columns,
        output,
        baseline_output,
        target,
        steps=None,
        signal=None,
    ):
        self.attributions = attributions
        self.columns = columns
        self.output = output
        self.baseline_output = baseline_output
        self.target = target
        self.steps = steps
        self.signal = signal

    @property
    def gap(self) -> float:
        """What the attributions lack of ``output - baseline_output``."""
        return float(self.output - self.baseline_output - self.attributions.sum())

    @classmethod
    def from_estimator(
        cls,
        estimator,
        sequence,
        target=None,
        *,
        step=None,
        baseline=None,
        steps=None,
        tol=1e-3,
        ax=None,
    ) -> Self:
        """Explain what is predicted for one sequence, and draw it.

        Parameters
        ----------
        estimator : RNNClassifier, RNNRegressor, RNNTagger, Pipeline or search
            Fitted; it stays as it is. In a pipeline the steps are those that its last step gets.
        sequence : str, list of str or array of shape (n_steps[, n_features])
            One sequence, as an element of the X of ``fit``; or ``Sequences``, of which the first is
            taken.
        target : label, int, tuple or None, default=None
            What is explained. For a classifier a label, for several labels a sequence the number
            or the name of one, for several columns of labels a pair of the column and a label; for
            a regressor the number of a column of y; for a tagger a label. None means what is
            predicted.
        step : int or None, default=None
            Of a tagger, the step whose label is explained; negative ones count from the end.
        baseline : as ``sequence``, or None, default=None
            A sequence of as many steps that says nothing. None means the training mean of numbers,
            and no vector at all for tokens and categories.
        steps : sequence of str or None, default=None
            What to write at the steps; None means the tokens.
        tol : float, default=1e-3
            How large ``gap`` may be, as a share of the sum of the attributions' absolute values.
            1e-2 takes a fraction of the time for recordings of thousands of steps.
        ax : matplotlib Axes or None, default=None
            None makes a figure.

        Returns
        -------
        SaliencyDisplay

        Raises
        ------
        TypeError
            If the estimator is none of those.
        ValueError
            If there is no such target or step, the baseline has other steps, there are not as many
            ``steps`` as the sequence has, or a score or a gradient on the path is not finite.

        Warns
        -----
        ConvergenceWarning
            If the gap is larger than ``tol`` allows after 8192 points of the path, or fewer for
            sequences of more than 128 steps.
        """
        check_scalar(tol, "tol", Real, min_val=0, include_boundaries="neither")
        network = fitted_network(estimator, "module_", EXPLAINED)
        X = transformed_for_network(estimator, one_sequence(sequence))
        if baseline is not None:
            baseline = transformed_for_network(estimator, one_sequence(baseline))
        score = find_score(network, X, target, step)
        found = attribute_steps(network, X, score.select, baseline=baseline, tol=tol)
        steps = _names(found.sequences, sequence) if steps is None else list(steps)
        if steps is not None and len(steps) != len(found.values):
            raise ValueError(
                f"there are {len(steps)} steps to write, but the network reads "
                f"{len(found.values)}; give one for each."
            )
        signal = found.sequences.values
        display = cls(
            attributions=found.values,
            columns=found.columns,
            output=found.output,
            baseline_output=found.baseline_output,
            target=score.name,
            steps=steps,
            signal=signal if signal.ndim == 2 and signal.shape[1] else None,
        )
        _warn_of_gap(display, tol)
        return display.plot(ax)

    def plot(self, ax=None, *, cmap="RdBu_r") -> Self:
        """Draw bars for tokens, and for features a square for each step, with the signal over it.

        Parameters
        ----------
        ax : matplotlib Axes or None, default=None
            None makes a figure.
        cmap : str or matplotlib Colormap, default="RdBu_r"
            Its middle stands for 0.

        Returns
        -------
        self : SaliencyDisplay
            The display itself, with its axes and figure.
        """
        n_steps, n_columns = self.attributions.shape
        as_bars = self.signal is None and n_columns == 1
        width = min(max(4, 0.4 * n_steps + 1.5), 16) if self.steps is not None else 8
        height = 3.2 if as_bars else min(max(2.2, 0.7 * n_columns + 1.2), 12)
        (self.ax_,) = axes_of(ax, width=width, height=height)
        self.figure_ = self.ax_.figure
        if as_bars:
            self._draw_bars(cmap)
        else:
            self._draw_map(cmap)
        if self.steps is not None:
            write_steps(self.ax_, self.steps)
        else:
            self.ax_.set_xlabel("step")
            count_in_whole_numbers(self.ax_)
        way = f"{self.baseline_output:.3g} \N{RIGHTWARDS ARROW} {self.output:.3g}"
        name = f"score of {cut(self.target, _LONGEST_TARGET)}:"
        title = f"{name}{' ' if len(name) + len(way) < _LONGEST_TARGET else chr(10)}{way}"
        if abs(self.gap) > _NEGLIGIBLE * np.abs(self.attributions).sum():
            title += f"\nof which {self.gap:.2g} is attributed to nothing"
        self.ax_.set_title(title, fontsize="medium", loc="left", parse_math=False)
        return self

    def _draw_bars(self, cmap):
        added = self.attributions[:, 0]
        # Not the palest colours: a bar tells its size by its length.
        shades = np.where(added > 0, 0.85, 0.15)
        self.ax_.bar(range(len(added)), added, color=import_pyplot().get_cmap(cmap)(shades))
        self.ax_.axhline(0, color="0.4", lw=0.8)
        self.ax_.set_xlim(-0.6, len(added) - 0.4)
        self.ax_.set_ylabel("has added")

    def _draw_map(self, cmap):
        largest = np.abs(self.attributions).max() or 1.0
        image = self.ax_.imshow(
            self.attributions.T, cmap=cmap, vmin=-largest, vmax=largest, aspect="auto",
            interpolation="nearest",
        )  # fmt: skip
        self.figure_.colorbar(image, ax=self.ax_, label="has added")
        write_rows(self.ax_, self.columns)
        if self.signal is not None:
            self.ax_.set_ylabel("feature")
            for row, track in enumerate(self.signal.T):
                marker = "." if len(track) == 1 else None
                self.ax_.plot(row - _within_row(track), color="0.15", lw=1, marker=marker)


def _within_row(track):
    """Give a track of numbers from -0.4 to 0.4; the gaps in it stay."""
    track = np.asarray(track, dtype=np.float64)
    seen = track[np.isfinite(track)]
    low, high = (seen.min(), seen.max()) if len(seen) else (0.0, 0.0)
    middle, width = low / 2 + high / 2, (high - low) or 1.0
    return np.where(np.isfinite(track), 0.8 * (track - middle) / width, np.nan)


def _names(sequences, given):
    """Give the tokens of a sequence, or None where its steps are numbers."""
    is_tokens = isinstance(given, list | tuple) and all(isinstance(token, str) for token in given)
    if is_tokens and len(given) == sequences.lengths[0]:  # not split further by a pipeline
        return list(given)
    numbers = None if sequences.values.ndim > 1 else list(map(str, sequences.values))
    return tokens_of(sequences) or numbers


def _warn_of_gap(display, tol):
    size = np.abs(display.attributions).sum()
    if abs(display.gap) > tol * size:
        warnings.warn(
            f"the attributions lack {display.gap:.3g} of the difference of the scores, "
            f"{display.output - display.baseline_output:.3g}: along the path the network changes "
            "too abruptly for the points that are looked at. Give a baseline that is closer to the "
            "sequence, or a larger tol.",
            ConvergenceWarning,
            stacklevel=3,
        )
