"""A picture of how training went."""

from typing import Self

from sklearn_rnn.inspection._matplotlib import axes_of, count_in_whole_numbers
from sklearn_rnn.inspection._unwrapping import fitted_network

__all__ = ["TrainingCurveDisplay"]

_SPLITS = {"train": "training", "valid": "validation"}


class TrainingCurveDisplay:
    """Loss and score of every epoch, on each split, and the epoch whose weights were kept.

    Parameters
    ----------
    history : DataFrame
        One row an epoch, with the columns "train_loss", "valid_loss" and "valid_<score>" as far as
        there are such, indexed by the epoch from 1.
    best_epoch : int or None, default=None
        The epoch whose weights were kept.

    Attributes
    ----------
    history : DataFrame
    best_epoch : int or None
    axes_ : list of matplotlib Axes
        One of the loss, and one for each score.
    figure_ : matplotlib Figure

    See Also
    --------
    GradientFlowDisplay : How far back the network that was trained can learn.

    Examples
    --------
    >>> from sklearn_rnn import RNNClassifier
    >>> from sklearn_rnn.datasets import make_waves
    >>> from sklearn_rnn.inspection import TrainingCurveDisplay
    >>> X, y = make_waves(60, random_state=0)
    >>> model = RNNClassifier(hidden_size=8, max_epochs=3, early_stopping=True, random_state=0)
    >>> display = TrainingCurveDisplay.from_estimator(model.fit(X, y))
    >>> display.history.columns.tolist()
    ['train_loss', 'valid_loss', 'valid_accuracy']
    >>> len(display.axes_)
    2
    """

    def __init__(self, *, history, best_epoch=None):
        self.history = history
        self.best_epoch = best_epoch

    @classmethod
    def from_estimator(cls, estimator, *, ax=None) -> Self:
        """Draw the curves of a fitted estimator.

        Parameters
        ----------
        estimator : estimator of sklearn_rnn, Pipeline or search
            Fitted. Of a pipeline the last step is meant, of a search the best estimator.
        ax : matplotlib Axes, list of them, or None, default=None
            As ``plot`` takes it.

        Returns
        -------
        TrainingCurveDisplay

        Raises
        ------
        TypeError
            If there is no such estimator.
        """
        network = fitted_network(estimator)
        record = network.history_frame()
        curves = [name for name in record if name.startswith(("train_", "valid_"))]
        return cls(history=record[curves], best_epoch=network.best_epoch_ or None).plot(ax)

    def plot(self, ax=None) -> Self:
        """Draw the loss, and below it each score.

        Parameters
        ----------
        ax : matplotlib Axes, list of them, or None, default=None
            One axes for the loss and one for each score; None makes a figure.

        Returns
        -------
        self : TrainingCurveDisplay
            The display itself, with its axes and figure.
        """
        figures = list(dict.fromkeys(_figure_of(name) for name in self.history))
        self.axes_ = axes_of(ax, len(figures), height=2.6)
        self.figure_ = self.axes_[0].figure
        for axes, figure in zip(self.axes_, figures, strict=True):
            self._draw(axes, figure)
        self.axes_[-1].set_xlabel("epoch")
        return self

    def _draw(self, axes, figure):
        for i, (split, title) in enumerate(_SPLITS.items()):
            name = f"{split}_{figure}"
            if name in self.history:
                curve = self.history[name].dropna()
                marker = "." if len(curve) < 30 else None
                axes.plot(curve.index, curve, color=f"C{i}", marker=marker, label=title)
        if self.best_epoch is not None:
            axes.axvline(
                self.best_epoch, color="0.5", ls=":", lw=1, label=f"kept: epoch {self.best_epoch}"
            )
        if len(self.history) == 1:
            axes.set_xlim(0.5, 1.5)
        axes.set_ylabel(figure.replace("_", " "))
        count_in_whole_numbers(axes)
        axes.legend(fontsize="small")


def _figure_of(name):
    return name.split("_", 1)[1]
