"""Training on the past and testing on the future, for many series at once."""

import warnings

from sklearn.model_selection import BaseCrossValidator
from sklearn.utils import indexable

from sklearn_rnn.model_selection._folds import Sizes, place_folds, read_count, read_size
from sklearn_rnn.model_selection._row_times import read_row_times

__all__ = ["PanelTimeSeriesSplit"]


class PanelTimeSeriesSplit(BaseCrossValidator):
    """Split rows by time across all series: no fold trains on what came after its test began.

    Each fold tests on a block of time, the last fold on the end of the data, and trains on what
    came before, in all series. Where :class:`~sklearn.model_selection.TimeSeriesSplit` counts
    rows, this one counts distinct times, so that rows of several series can stand in any order;
    for one series without gaps the two give the same splits.

    Parameters
    ----------
    n_splits : int, default=5
        The number of folds, 1 or more.
    test_size : int, str, timedelta, DateOffset, or None, default=None
        How long each test is: a number of distinct times, or a duration such as "28D" or "12h".
        None means the number of distinct times divided by ``n_splits + 1``. For a forecaster, its
        horizon is a good choice.
    gap : int, str, timedelta, or DateOffset, default=0
        How much time is left out between training and test.
    max_train_size : int, str, timedelta, DateOffset, or None, default=None
        How far training reaches back at most. None means to the start.
    time_col : str or None, default=None
        The column of X that holds the time. None means the last level of X's MultiIndex, its
        DatetimeIndex, PeriodIndex or integer index, else that of y, else the position of the row.
    id_col : str, list of str, or None, default=None
        The column of X that tells its series apart. None means all levels but the last of a
        MultiIndex. Where the series are known, a fold leaves out of its test those that it has
        nothing of to train on. If neither is set, columns `unique_id` and `ds` are taken for them.

    See Also
    --------
    sklearn.model_selection.TimeSeriesSplit : Counts rows.

    Notes
    -----
    Whole days are days of the calendar, also where clocks are changed. Month-long tests of daily
    rows are ``test_size=pd.DateOffset(months=1)``; of monthly rows, a number of them.

    Examples
    --------
    >>> import pandas as pd
    >>> from sklearn_rnn.model_selection import PanelTimeSeriesSplit
    >>> days = pd.date_range("2024-01-01", periods=4)
    >>> index = pd.MultiIndex.from_product([["a", "b"], days], names=["shop", "day"])
    >>> X = pd.DataFrame({"price": 1.0}, index=index)
    >>> for train, test in PanelTimeSeriesSplit(n_splits=2, test_size=1).split(X):
    ...     print(train, test)
    [0 1 4 5] [2 6]
    [0 1 2 4 5 6] [3 7]

    It goes into searches and cross-validation as it is:

    >>> from sklearn.linear_model import Ridge
    >>> from sklearn.model_selection import cross_val_score
    >>> y = pd.Series(range(8), index=index)
    >>> split = PanelTimeSeriesSplit(n_splits=2, test_size="1D")
    >>> len(cross_val_score(Ridge(), X, y, cv=split, scoring="neg_mean_absolute_error"))
    2
    """

    def __init__(
        self,
        n_splits=5,
        *,
        test_size=None,
        gap=0,
        max_train_size=None,
        time_col=None,
        id_col=None,
    ):
        self.n_splits = n_splits
        self.test_size = test_size
        self.gap = gap
        self.max_train_size = max_train_size
        self.time_col = time_col
        self.id_col = id_col

    def split(self, X, y=None, groups=None):
        """Give the rows of each fold, the earliest test first.

        Parameters
        ----------
        X : DataFrame or array-like of n rows
            What is split. A DataFrame may have no columns but an index.
        y : array-like of n rows, default=None
            The target, whose index tells the time if X has none.
        groups : array-like, default=None
            Not used.

        Returns
        -------
        iterator of pairs of ndarray of int
            The rows to train on and those to test on, as they stand in X, of each fold.

        Raises
        ------
        ValueError or TypeError
            If a parameter is not allowed, a column or a time is missing, times cannot be ordered,
            or a fold has nothing to train or to test on. The message names the fold and its times.
        """
        if groups is not None:
            warnings.warn(
                f"{type(self).__name__} splits by time, and groups are not used; leave them out: "
                "series are told apart by id_col or a MultiIndex.",
                UserWarning,
                stacklevel=2,
            )
        n_splits, sizes = self.get_n_splits(), self._read_sizes()
        X, y = indexable(X, y)
        rows = read_row_times(X, y, self.time_col, self.id_col)
        return place_folds(rows, n_splits, sizes)

    def get_n_splits(self, X=None, y=None, groups=None):
        """Give the number of folds.

        Parameters
        ----------
        X, y, groups : object, default=None
            Not used.

        Returns
        -------
        n_splits : int
            The parameter of that name.
        """
        return read_count("n_splits", self.n_splits, 1)

    def _read_sizes(self):
        return Sizes(
            test=None if self.test_size is None else read_size("test_size", self.test_size, 1),
            gap=read_size("gap", self.gap, 0),
            train=(
                None
                if self.max_train_size is None
                else read_size("max_train_size", self.max_train_size, 1)
            ),
        )
