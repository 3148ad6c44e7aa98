"""Small synthetic sequences, each task asking one thing of a memory."""

import math
from typing import Any

import numpy as np

from sklearn_rnn.datasets._parameters import check_int, check_number, check_order, generator

__all__ = ["make_adding_problem", "make_copy_task", "make_waves"]


def make_adding_problem(
    n_samples=1000, length=50, *, min_length=None, random_state=None
) -> tuple[list[np.ndarray], np.ndarray]:
    """Make sequences of which two marked values are to be added.

    Each step has a value and a marker. Two markers are 1, one in either half of the sequence, and
    the target is the sum of the two values there. To answer 1, the mean, costs a mean squared
    error of 1/6; to do better, the first marked value has to be kept until the second comes.

    Parameters
    ----------
    n_samples : int, default=1000
        The number of sequences.
    length : int, default=50
        The number of steps of each sequence, at least 2.
    min_length : int or None, default=None
        If given, the length of each sequence is drawn from min_length to length, both included.
    random_state : int, RandomState instance or None, default=None
        Pass an int for the same data every time.

    Returns
    -------
    X : list of n_samples ndarrays of shape (time, 2)
        The values, uniform between 0 and 1, and the markers, 0 or 1.
    y : ndarray of shape (n_samples,)
        The sums.

    Raises
    ------
    ValueError or TypeError
        If a parameter is out of range or of the wrong type; the message names it.

    See Also
    --------
    make_copy_task : Asks for a longer memory, of symbols.

    Notes
    -----
    The problem is that of [1]_, in the later form of [2]_: there values lie between -1 and 1 and
    the first marker among the first ten steps, here the first half is the steps before
    ``time // 2``.

    References
    ----------
    .. [1] S. Hochreiter and J. Schmidhuber, "Long short-term memory", Neural Computation 9(8),
       1997, experiment 4.
    .. [2] Q. V. Le, N. Jaitly and G. E. Hinton, "A simple way to initialize recurrent networks of
       rectified linear units", arXiv:1504.00941, 2015.

    Examples
    --------
    >>> from sklearn_rnn.datasets import make_adding_problem
    >>> X, y = make_adding_problem(n_samples=3, length=6, min_length=4, random_state=0)
    >>> [sequence.shape for sequence in X]
    [(6, 2), (5, 2), (5, 2)]
    >>> values, markers = X[0].T
    >>> markers
    array([1., 0., 0., 1., 0., 0.])
    >>> bool(values @ markers == y[0])
    True
    """
    n_samples = check_int("n_samples", n_samples, 1)
    length = check_int("length", length, 2)
    min_length = length if min_length is None else check_int("min_length", min_length, 2)
    check_order("min_length", min_length, "length", length)
    rng = generator(random_state)
    lengths = rng.integers(min_length, length, size=n_samples, endpoint=True)
    starts = np.cumsum(lengths) - lengths
    first = starts + rng.integers(0, lengths // 2)
    second = starts + rng.integers(lengths // 2, lengths)
    steps = np.zeros((lengths.sum(), 2))
    steps[:, 0] = rng.random(len(steps))
    steps[first, 1] = steps[second, 1] = 1
    return np.split(steps, starts[1:]), steps[first, 0] + steps[second, 0]


def make_copy_task(
    n_samples=1000, n_symbols=8, copy_length=10, delay=20, *, random_state=None
) -> tuple[np.ndarray, np.ndarray]:
    """Make sequences of symbols that are to be recalled after a delay.

    A sequence is ``copy_length`` symbols, ``delay - 1`` blanks, one go marker, and
    ``copy_length`` blanks more, the steps at which the symbols are to be given back.

    Parameters
    ----------
    n_samples : int, default=1000
        The number of sequences.
    n_symbols : int, default=8
        The number of different symbols, at least 1.
    copy_length : int, default=10
        How many symbols are to be recalled.
    delay : int, default=20
        How many steps lie between the last symbol and the first step of the recall, the go marker
        included; at least 1.
    random_state : int, RandomState instance or None, default=None
        Pass an int for the same data every time.

    Returns
    -------
    X : ndarray of shape (n_samples, delay + 2 * copy_length), int64
        Token ids: 0 (padding) and 1 (unknown) do not occur, the symbols are 2 to
        ``n_symbols + 1``, the blank is ``n_symbols + 2``, the go marker ``n_symbols + 3``.
    y : ndarray of shape (n_samples, copy_length), int64
        The symbols to recall, by their ids.

    Raises
    ------
    ValueError or TypeError
        If a parameter is out of range or of the wrong type; the message names it.

    See Also
    --------
    make_adding_problem : Asks for a memory of two numbers.

    Notes
    -----
    Estimators take integers for numbers unless ``embedding_dim`` is set; then they are ids.

    For a label at every step, as in [1]_, put blanks before y:
    ``np.hstack([np.full((n_samples, copy_length + delay), n_symbols + 2), y])``. Without memory the
    best there is to do costs ``copy_length * log(n_symbols) / (delay + 2 * copy_length)`` of
    cross-entropy a step. In [1]_ the symbols begin with 0, which is padding here.

    References
    ----------
    .. [1] M. Arjovsky, A. Shah and Y. Bengio, "Unitary evolution recurrent neural networks",
       International Conference on Machine Learning, 2016.

    Examples
    --------
    >>> from sklearn_rnn.datasets import make_copy_task
    >>> X, y = make_copy_task(n_samples=2, n_symbols=4, copy_length=3, delay=3, random_state=0)
    >>> X
    array([[5, 4, 4, 6, 6, 7, 6, 6, 6],
           [3, 3, 2, 6, 6, 7, 6, 6, 6]])
    >>> y
    array([[5, 4, 4],
           [3, 3, 2]])
    """
    n_samples = check_int("n_samples", n_samples, 1)
    n_symbols = check_int("n_symbols", n_symbols, 1)
    copy_length = check_int("copy_length", copy_length, 1)
    delay = check_int("delay", delay, 1)
    rng = generator(random_state)
    first, blank, go = 2, n_symbols + 2, n_symbols + 3
    y = rng.integers(first, blank, size=(n_samples, copy_length))
    X = np.full((n_samples, delay + 2 * copy_length), blank, dtype=np.int64)
    X[:, :copy_length] = y
    X[:, copy_length + delay - 1] = go
    return X, y


# One period each: the height at a phase from 0 to 1, of mean 0 and mean square 1, so that
# neither tells the shapes apart. The sawtooth, the falling one and the triangle even take all
# heights equally often; only the order of the steps tells them apart.
_SHAPES = {
    "sine": lambda phase: math.sqrt(2) * np.sin(2 * np.pi * phase),
    "square": lambda phase: np.where(phase < 0.5, 1.0, -1.0),
    "sawtooth": lambda phase: math.sqrt(3) * (2 * phase - 1),
    "triangle": lambda phase: math.sqrt(3) * (1 - 4 * np.abs(phase - 0.5)),
    "falling sawtooth": lambda phase: math.sqrt(3) * (1 - 2 * phase),
    "pulse": lambda phase: np.where(phase < 0.25, math.sqrt(3), -1 / math.sqrt(3)),
}
_SHORTEST_PERIOD, _LONGEST_PERIOD = 8.0, 16.0


def make_waves(
    n_samples=200,
    n_classes=3,
    *,
    n_channels=1,
    min_length=30,
    max_length=60,
    noise=0.3,
    random_state=None,
) -> tuple[list[np.ndarray], np.ndarray]:
    """Make noisy waves of unequal length whose class is their shape.

    Parameters
    ----------
    n_samples : int, default=200
        The number of waves; the classes are as equal in number as can be.
    n_classes : int, default=3
        The number of shapes, from 2 to 6: the first of sine (0), square (1), sawtooth (2),
        triangle (3), falling sawtooth (4) and pulse (5).
    n_channels : int, default=1
        The number of channels. They share the shape and the period; each has its own phase and
        amplitude.
    min_length, max_length : int, default=30 and 60
        The length of each wave is drawn from min_length to max_length, both included.
    noise : float, default=0.3
        The standard deviation of the normal noise at each step; that of the waves without it is
        0.5 to 1.5.
    random_state : int, RandomState instance or None, default=None
        Pass an int for the same data every time.

    Returns
    -------
    X : list of n_samples ndarrays of shape (time, n_channels)
        The waves.
    y : ndarray of shape (n_samples,), int64
        The shapes, from 0 to ``n_classes - 1``.

    Raises
    ------
    ValueError or TypeError
        If a parameter is out of range or of the wrong type; the message names it.

    See Also
    --------
    read_ts : Reads recordings of the time series archives.

    Notes
    -----
    Periods are uniform between 8 and 16 steps, phases over the period, amplitudes between 0.5 and
    1.5, all independent of the class. A shape has mean 0 and mean square 1, so that classes do
    not differ in either. Noisy mixtures of triangular waves at fixed places are the waveform
    data of [1]_.

    References
    ----------
    .. [1] L. Breiman, J. H. Friedman, R. A. Olshen and C. J. Stone, "Classification and
       Regression Trees", Wadsworth, 1984, pages 49 to 55.

    Examples
    --------
    >>> from sklearn_rnn.datasets import make_waves
    >>> X, y = make_waves(n_samples=4, n_channels=2, random_state=0)
    >>> [wave.shape for wave in X]
    [(39, 2), (31, 2), (32, 2), (30, 2)]
    >>> y.tolist()
    [2, 0, 1, 0]
    """
    n_samples = check_int("n_samples", n_samples, 1)
    n_classes = _check_n_classes(n_classes)
    n_channels = check_int("n_channels", n_channels, 1)
    min_length = check_int("min_length", min_length, 1)
    max_length = check_int("max_length", max_length, 1)
    check_order("min_length", min_length, "max_length", max_length)
    noise = check_number("noise", noise, 0)
    rng = generator(random_state)
    y = rng.permutation(np.arange(n_samples, dtype=np.int64) % n_classes)
    lengths = rng.integers(min_length, max_length, size=n_samples, endpoint=True)
    shapes = list(_SHAPES.values())
    X = [
        _make_wave(shapes[label], time, n_channels, rng)
        + noise * rng.normal(size=(time, n_channels))
        for label, time in zip(y, lengths, strict=True)
    ]
    return X, y


def _check_n_classes(n_classes: Any) -> int:
    """The number of classes, at most one a shape."""
    n_classes = check_int("n_classes", n_classes, 2)
    if n_classes > len(_SHAPES):
        raise ValueError(
            f"n_classes must be from 2 to {len(_SHAPES)}, one class for each shape "
            f"({', '.join(_SHAPES)}), but is {n_classes}; lower it."
        )
    return n_classes


def _make_wave(shape, time: int, n_channels: int, rng: np.random.Generator) -> np.ndarray:
    """A wave without noise, of shape (time, n_channels)."""
    period = rng.uniform(_SHORTEST_PERIOD, _LONGEST_PERIOD)
    phase = rng.random(n_channels)
    amplitude = rng.uniform(0.5, 1.5, size=n_channels)
    return amplitude * shape((np.arange(time)[:, None] / period + phase) % 1)
