"""A map of words or of sequences."""

from typing import Self

import numpy as np
from sklearn.decomposition import PCA

from sklearn_rnn.inspection._matplotlib import axes_of

__all__ = ["EmbeddingDisplay"]

_MOST_KINDS = 10  # of so many the colours can be told apart


class EmbeddingDisplay:
    """Vectors of words or of sequences as points of a plane.

    Parameters
    ----------
    points : ndarray of shape (n, 2)
        Where the vectors lie in the plane.
    names : sequence of str or None, default=None
        What to write at the points.
    groups : array-like of shape (n,) or None, default=None
        What the points are coloured by.

    Attributes
    ----------
    points, names, groups
        As given.
    ax_ : matplotlib Axes
    figure_ : matplotlib Figure

    See Also
    --------
    sklearn_rnn.preprocessing.WordEmbedder : Learns or reads vectors of words.
    sklearn_rnn.RNNEncoder : Learns vectors of sequences.

    Examples
    --------
    >>> from sklearn_rnn import RNNClassifier
    >>> from sklearn_rnn.datasets import make_waves
    >>> from sklearn_rnn.inspection import EmbeddingDisplay
    >>> X, y = make_waves(60, random_state=0)
    >>> model = RNNClassifier(hidden_size=8, max_epochs=3, random_state=0).fit(X, y)
    >>> display = EmbeddingDisplay.from_estimator(model, X, groups=y)
    >>> display.points.shape
    (60, 2)
    """

    def __init__(self, *, points, names=None, groups=None):
        self.points = points
        self.names = names
        self.groups = groups

    @classmethod
    def from_estimator(
        cls, estimator, X, *, names=None, groups=None, projection=None, ax=None
    ) -> Self:
        """Turn X into vectors, and these into points.

        Parameters
        ----------
        estimator : WordEmbedder, or any estimator with ``transform``
            Fitted: an RNNEncoder, RNNClassifier or RNNRegressor, or a pipeline.
        X : list of str, or as in ``transform``
            Words, for a WordEmbedder; else sequences.
        names : sequence of str or None, default=None
            What to write at the points; None means the words of a WordEmbedder, else nothing.
        groups : array-like of shape (n,) or None, default=None
            Such as labels: what the points are coloured by.
        projection : transformer or None, default=None
            From vectors to two numbers, such as ``sklearn.manifold.TSNE()``; None means the first
            two principal components.
        ax : matplotlib Axes or None, default=None
            None makes a figure.

        Returns
        -------
        EmbeddingDisplay

        Raises
        ------
        TypeError
            If the estimator has no ``transform``, or the projection no ``fit_transform``.
        ValueError
            If vectors are no table, there are fewer than two of them, ``names`` or ``groups``
            are of another length, or the projection does not give two numbers.
        """
        if hasattr(estimator, "get_vectors"):
            words = list(X)
            vectors, names = estimator.get_vectors(words), words if names is None else names
        elif hasattr(estimator, "transform"):
            vectors = np.asarray(estimator.transform(X))
        else:
            raise TypeError(
                "expected an estimator with transform, such as an RNNClassifier, RNNRegressor, "
                f"RNNEncoder or WordEmbedder, but {type(estimator).__name__} has none."
            )
        names, groups = (None if part is None else list(part) for part in (names, groups))
        _check(estimator, vectors, names=names, groups=groups)
        if projection is None:
            projection = PCA(2, svd_solver="full")  # others draw random numbers
        elif not hasattr(projection, "fit_transform"):
            raise TypeError(
                "projection must be a transformer with fit_transform, such as "
                f"sklearn.manifold.TSNE(), but it is {projection!r:.60}."
            )
        points = np.asarray(projection.fit_transform(vectors))
        if points.shape != (len(vectors), 2):
            raise ValueError(
                f"the projection has to give two numbers for each of {len(vectors)} points, but it "
                f"gave {points.shape}; a plane has two directions."
            )
        return cls(points=points, names=names, groups=groups).plot(ax)

    def plot(self, ax=None) -> Self:
        """Draw the points.

        Parameters
        ----------
        ax : matplotlib Axes or None, default=None
            None makes a figure.

        Returns
        -------
        self : EmbeddingDisplay
            The display itself, with its axes and figure.
        """
        (self.ax_,) = axes_of(ax, width=5.6, height=4.8)
        self.figure_ = self.ax_.figure
        kinds = [None] if self.groups is None else _kinds(self.groups)
        if len(kinds) <= _MOST_KINDS:
            self._draw_kinds(kinds)
        else:
            numbers, written = _numbers(self.groups)
            drawn = self.ax_.scatter(*self.points.T, c=numbers, s=12)
            bar = self.figure_.colorbar(drawn, ax=self.ax_)
            if written is not None:
                bar.set_ticks(range(len(written)), labels=written, parse_math=False)
        for name, point in zip([] if self.names is None else self.names, self.points, strict=False):
            self.ax_.annotate(
                str(name), point, xytext=(3, 3), textcoords="offset points", fontsize="small",
                parse_math=False,
            )  # fmt: skip
        self.ax_.set(xticks=[], yticks=[], aspect="auto")
        return self

    def _draw_kinds(self, kinds):
        for kind in kinds:
            rows = slice(None) if kind is None else np.asarray(self.groups) == kind
            self.ax_.scatter(*self.points[rows].T, s=12, label=str(kind))
        if kinds != [None]:
            self.ax_.legend(fontsize="small")


def _check(estimator, vectors, **given):
    if vectors.ndim != 2 or vectors.dtype == object:
        raise ValueError(
            f"a point is drawn for each sequence or word, but {type(estimator).__name__} gives "
            "vectors of steps, not one of each sequence; give an RNNClassifier, RNNRegressor, "
            "TreeRNNClassifier, RNNEncoder or WordEmbedder."
        )
    if min(vectors.shape) < 2:
        raise ValueError(
            "expected vectors (n, size) of at least two points, of two numbers or more, but they "
            f"are {vectors.shape}."
        )
    for name, values in given.items():
        if values is not None and len(values) != len(vectors):
            raise ValueError(
                f"{name} has {len(values)} entries, but there are {len(vectors)} points; give one "
                "for each."
            )


def _kinds(groups):
    """Give the different groups in their order, or as they come where they have none."""
    kinds = list(dict.fromkeys(np.asarray(groups)))
    try:
        return sorted(kinds)
    except TypeError:
        return kinds


def _numbers(groups):
    """Give groups as numbers: themselves, or the places of the labels, and these in their order."""
    groups = np.asarray(groups)
    if groups.dtype.kind in "iufb":
        return groups, None
    written, numbers = np.unique(groups.astype(str), return_inverse=True)
    return numbers, written.tolist()
