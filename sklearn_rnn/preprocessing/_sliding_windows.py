"""Long series to windows and the targets that follow them."""

from numbers import Integral
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.lib.stride_tricks import sliding_window_view
from sklearn.utils.validation import check_is_fitted, validate_data

from sklearn_rnn._sklearn import Interval, StrOptions, validate_parameters
from sklearn_rnn.data import Sequences, as_array
from sklearn_rnn.preprocessing._base import SequenceTransformer
from sklearn_rnn.preprocessing._series import read_panel

__all__ = ["SlidingWindows", "Windows"]


class Windows(NamedTuple):
    """What ``SlidingWindows.cut`` gives: n windows and what belongs to each.

    ``X`` are ``Sequences`` of n windows, ``y`` the targets, ``groups`` (n,) the series that each
    window was cut from, ``positions`` (n,) the step of its first target within that series.
    """

    X: Sequences
    y: np.ndarray
    groups: np.ndarray
    positions: np.ndarray


class _Starts(NamedTuple):
    """Where windows begin: ``series`` (n,) and the step within it, ``steps`` (n,)."""

    series: np.ndarray
    steps: np.ndarray


class SlidingWindows(SequenceTransformer):
    """Cut long series into windows and the targets that follow them.

    ``cut`` gives windows with targets, to fit :class:`~sklearn_rnn.RNNRegressor` and others on;
    ``transform`` gives all windows, to predict from. As a transformer cannot make y, windows are
    cut before a pipeline, not in it.

    Unlike for the estimators, a 2-D array is *one* series, (time, n_features); several series are
    a list of arrays, a 3-D array, :class:`~sklearn_rnn.Sequences`, or a long DataFrame with
    ``id_col``.

    Parameters
    ----------
    window : int, default=24
        The number of steps of a window.
    horizon : int or list of int, default=1
        How many steps after the window are targets; 3 means the steps 1, 2 and 3. A list means
        exactly those steps: [24] the one 24 steps ahead, [0] the last one of the window, which
        ``y`` may label.
    stride : int, default=1
        How many steps there are from the start of one window to that of the next.
    target : str, int, list of them, or None, default=None
        Which columns of the series are the target, by their names in a DataFrame, else by their
        numbers. None means the only column. It remains part of the windows.
    id_col : str or None, default=None
        The column of a long DataFrame that tells its series apart.
    time_col : str or None, default=None
        The column of a DataFrame by which the steps of each series are sorted; without it, rows
        stand in the order of time. Neither column becomes part of the windows.
    short : {"error", "skip"}, default="error"
        What happens to a series that is too short for one window and its targets.

    Attributes
    ----------
    n_features_in_ : int
        The number of columns of a series.
    feature_names_in_ : ndarray of shape (`n_features_in_`,)
        Their names, if the series came in DataFrames.

    See Also
    --------
    sklearn_rnn.RNNRegressor : Learns the targets from the windows.

    Notes
    -----
    The windows are copies: they hold ``window / stride`` times as many numbers as the series.
    Windows of one series overlap. To validate on other series, give ``groups`` to ``GroupKFold``;
    to validate on the future of one series, cut its past and its future each by itself, or give
    ``TimeSeriesSplit`` a ``gap`` of ``window + horizon - 1`` windows. NaN within windows stays.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_rnn import RNNRegressor
    >>> from sklearn_rnn.preprocessing import SlidingWindows
    >>> series = np.sin(np.arange(300) / 4)
    >>> windows = SlidingWindows(12)
    >>> past = windows.cut(series[:200])
    >>> past.X
    Sequences: 188 sequences of 12 to 12 steps, 1 features
    >>> past.y.shape, past.positions[:3]
    ((188,), array([12, 13, 14]))
    >>> model = RNNRegressor(cell="gru", hidden_size=8, random_state=0).fit(past.X, past.y)
    >>> future = windows.cut(series[200:])
    >>> bool(model.score(future.X, future.y) > 0.9)
    True
    >>> model.predict(windows.transform(series[-12:])).shape
    (1,)

    Several series: no window of a series is both trained and tested on.

    >>> from sklearn.dummy import DummyRegressor
    >>> from sklearn.model_selection import GroupKFold, cross_val_score
    >>> shops = [series[:100], series[50:150], series[200:]]
    >>> X, y, groups, _ = SlidingWindows(12).cut(shops)
    >>> scores = cross_val_score(DummyRegressor(), X, y, groups=groups, cv=GroupKFold(3))
    >>> len(scores)
    3
    """

    _parameter_constraints = {
        "window": [Interval(Integral, 1, None, closed="left")],
        "horizon": [Interval(Integral, 1, None, closed="left"), list, tuple, np.ndarray],
        "stride": [Interval(Integral, 1, None, closed="left")],
        "target": [str, Integral, list, tuple, None],
        "id_col": [str, Integral, None],
        "time_col": [str, Integral, None],
        "short": [StrOptions({"error", "skip"})],
    }

    def __init__(
        self,
        window=24,
        *,
        horizon=1,
        stride=1,
        target=None,
        id_col=None,
        time_col=None,
        short="error",
    ):
        self.window = window
        self.horizon = horizon
        self.stride = stride
        self.target = target
        self.id_col = id_col
        self.time_col = time_col
        self.short = short

    def fit(self, X, y=None):
        """Check the parameters and keep the columns of the series; nothing else is learned.

        Parameters
        ----------
        X : array (time,) or (time, n_features), Series, DataFrame, list of them, or Sequences
            One series, or several.
        y : None
            Not used.

        Returns
        -------
        self : SlidingWindows
            The transformer, fitted.
        """
        self._read(X, reset=True)
        return self

    def transform(self, X):
        """Cut all windows, those at the end of a series too, which no target follows.

        Parameters
        ----------
        X : array (time,) or (time, n_features), Series, DataFrame, list of them, or Sequences
            One series, or several.

        Returns
        -------
        Sequences
            The windows in the order of the series and of time.

        Raises
        ------
        ValueError
            If a series is shorter than a window and ``short="error"``, or all of them are.
        """
        check_is_fitted(self)
        panel = self._read(X, reset=False)
        return _cut(panel.sequences, self._starts(panel, ahead=0), self.window)

    def cut(self, X, y=None, groups=None):
        """Cut the windows that have targets, and give them with those.

        The first call fits, where ``fit`` was not called; later ones hold X against it.

        Parameters
        ----------
        X : array (time,) or (time, n_features), Series, DataFrame, list of them, or Sequences
            One series, or several.
        y : array-like or None, default=None
            A target for each step, numbers or labels: as long as the series, (time,) or (time,
            n_targets); a list of such for several series; as many rows as a DataFrame with
            ``id_col``. None means that the targets are in the series, see ``target``.
        groups : array-like of shape (n_series,) or None, default=None
            What ``groups`` of the result names each series; None means by ``id_col``, the ``ids``
            of Sequences, else by its number.

        Returns
        -------
        Windows
            ``X`` : Sequences of n windows; ``y`` : array (n,) or (n, horizon * n_targets), all
            targets of the first step ahead, then those of the next, as of shape (n, horizon,
            n_targets); ``groups`` : array (n,); ``positions`` : array (n,), the step of the first
            target within its series.

        Raises
        ------
        ValueError
            If a series is too short and ``short="error"``, a target is missing, or it is not
            clear which column it is; the message names the series and the step.
        """
        if y is not None and self.target is not None:
            raise ValueError(f"the target is both y and target={self.target!r}; give one of them.")
        panel = self._read(X, y=y, reset=not hasattr(self, "n_features_in_"))
        ahead = self._steps_ahead(has_y=y is not None)
        targets = self._targets(panel) if y is None else panel.y
        groups = panel.ids if groups is None else _check_groups(groups, panel)
        starts = self._starts(panel, ahead=int(ahead[-1]))
        ends = starts.steps + self.window - 1  # the last step of each window, within its series
        steps = (panel.sequences.offsets[starts.series] + ends)[:, None] + ahead  # (n, horizon)
        return Windows(
            X=_cut(panel.sequences, starts, self.window),
            y=_gather_targets(targets, steps, panel),
            groups=groups[starts.series],
            positions=ends + ahead[0],
        )

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags.one_d_array = True
        tags.input_tags.three_d_array = True
        tags.input_tags.allow_nan = True
        return tags

    def _read(self, X, *, reset, y=None):
        validate_parameters(self)
        panel = read_panel(X, y, id_col=self.id_col, time_col=self.time_col)
        values = panel.sequences.values
        table = values.reshape(len(values), -1)
        if panel.names is not None:
            table = pd.DataFrame(table[:0], columns=panel.names)
        validate_data(self, table, reset=reset, skip_check_array=True)
        return panel

    def _steps_ahead(self, has_y):
        """Give the steps after the window that are targets, as an array (horizon,)."""
        if isinstance(self.horizon, Integral):
            return np.arange(1, self.horizon + 1)
        ahead = np.asarray(self.horizon)
        if (
            ahead.ndim != 1
            or ahead.dtype.kind not in "iu"
            or (ahead < 0).any()
            or (np.diff(ahead) <= 0).any()
        ):
            raise ValueError(
                "horizon must be a number of steps or a rising list of steps ahead, but is "
                f"{self.horizon!r:.60}."
            )
        if ahead[0] == 0 and not has_y:
            raise ValueError(
                "horizon begins with 0, the last step of the window, but there is no y: the "
                "target would be part of its own window; give y, or begin with 1."
            )
        return ahead.astype(np.int64)

    def _starts(self, panel, ahead):
        """Place the windows that fit in with ``ahead`` steps after them."""
        lengths, needed = panel.sequences.lengths, self.window + ahead
        is_short = lengths < needed
        if is_short.any() and (self.short == "error" or is_short.all()):
            i = int(np.argmax(is_short))
            what = f"a window of {self.window} steps"
            what += f" and {ahead} after it need {needed}" if ahead else " needs as many"
            raise ValueError(
                f"{panel.name(i)} has {lengths[i]} steps, but {what} ({is_short.sum()} of "
                f"{len(lengths)} series are too short); lower window or horizon, or leave such "
                'series out, short="skip", where others are long enough.'
            )
        counts = np.where(is_short, 0, (lengths - needed) // self.stride + 1)
        series = np.repeat(np.arange(len(lengths)), counts)
        first = np.cumsum(counts) - counts
        return _Starts(series, (np.arange(len(series)) - first[series]) * self.stride)

    def _targets(self, panel):
        """Give the columns of the series that are targets, (steps,) or (steps, n_targets)."""
        values = panel.sequences.values
        return values if values.ndim == 1 else values[:, self._target_columns(panel)]

    def _target_columns(self, panel):
        width, names = panel.sequences.values.shape[1], panel.names
        if self.target is None:
            if width != 1:
                raise ValueError(
                    f"the series has {width} columns{_listed(names)}, and which one is the target "
                    "is not clear: name it, SlidingWindows(target=...), or give y."
                )
            return [0]
        targets = self.target if isinstance(self.target, list | tuple) else [self.target]
        names = range(width) if names is None else names
        for target in targets:
            if target not in names:
                raise ValueError(
                    f"target {target!r} is no column of the series, which has "
                    f"{list(names)!r:.200}; columns go by name in a DataFrame, else by number."
                )
        if not targets:
            raise ValueError("target is empty, but at least one column must be the target.")
        return [names.index(target) for target in targets]


def _listed(names):
    return "" if names is None else f" ({', '.join(map(str, names)):.100})"


def _check_groups(groups, panel):
    groups = as_array(groups)
    if groups.shape != panel.ids.shape:
        raise ValueError(
            f"groups has the shape {groups.shape}, but X has {len(panel.ids)} series; groups holds "
            "one entry a series."
        )
    return groups


def _gather_targets(targets, steps, panel):
    """Gather ``targets`` (all steps[, n_targets]) at ``steps`` (n, horizon); none is missing."""
    y = targets[steps].reshape(len(steps), -1)  # (n, horizon * n_targets)
    missing = pd.isna(y)
    if missing.any():
        window, column = np.argwhere(missing)[0]
        step = steps[window, column * steps.shape[1] // y.shape[1]]
        raise ValueError(
            f"the target is missing at {panel.locate(step)} ({missing.sum()} of {y.size} targets "
            "are); fill such gaps in first, or cut the pieces between them as series of their own."
        )
    return y[:, 0] if y.shape[1] == 1 else y


def _cut(sequences, starts, window):
    """Cut windows out, with the columns that belong to their steps and to their series."""
    first = sequences.offsets[starts.series] + starts.steps
    of_steps = ("values", "codes", "times")
    of_series = ("static", "static_codes")
    columns = {name: _windows(getattr(sequences, name), first, window) for name in of_steps}
    for name in of_series:
        column = getattr(sequences, name)
        columns[name] = None if column is None else column[starts.series]
    offsets = np.arange(len(first) + 1) * window
    return sequences.with_columns(offsets=offsets, ids=None, padding=None, **columns)


def _windows(column, first, window):
    """Give the windows that begin at ``first`` below each other, (n * window[, width])."""
    if column is None:
        return None
    windows = np.moveaxis(sliding_window_view(column, window, axis=0), -1, 1)
    return windows[first].reshape(len(first) * window, *column.shape[1:])
