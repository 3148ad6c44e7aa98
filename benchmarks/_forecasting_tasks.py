"""Series to forecast, the protocol of each, and scores; needs numpy and pandas alone."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

import numpy as np
import pandas as pd

NAIVE2_SMAPE, NAIVE2_MASE = 18.383, 2.395  # of the hourly series of M4, for OWA
VALUES_AT_ONCE = 1_000_000
QUICK_SERIES, QUICK_WINDOWS, QUICK_ROWS = 6, 4, 1500


@dataclass(frozen=True)
class Problem:
    """Series, and the windows in which they are forecast.

    ``X`` has the columns that are known and, with several series, ``unique_id`` and ``ds``, its
    rows sorted by them; otherwise times are its index. ``y`` is a Series, or a DataFrame with a
    column a series. The last of ``n_windows`` windows ends with the last row of each series, the
    one before begins ``step`` rows earlier. ``season`` is that of MASE. The last
    ``validation_rows`` before the first window are there to choose by, not to train on.
    """

    X: pd.DataFrame
    y: pd.Series | pd.DataFrame
    horizon: int
    season: int
    n_windows: int = 1
    step: int = 1
    static: tuple = ()
    validation_rows: int = 0

    @property
    def roles(self):
        """Which columns are what, as parameters of a forecaster."""
        if "unique_id" not in self.X.columns:
            return {}
        return {"id_col": "unique_id", "time_col": "ds", "static": list(self.static)}

    @property
    def known(self):
        """The names of the columns of numbers that are known in the future."""
        return [c for c in self.X.columns if c not in ("unique_id", "ds", *self.static)]

    @cached_property
    def group_lengths(self):
        """The number of rows of each run of X that is one series, or all series side by side."""
        if not self.roles:
            return np.array([len(self.X)])
        return self.X.groupby("unique_id", sort=False).size().to_numpy()

    @cached_property
    def series(self):
        """The values of each series."""
        columns = self.y.to_frame() if self.y.ndim == 1 else self.y
        values = columns.to_numpy(dtype=np.float64)
        groups = np.split(values, np.cumsum(self.group_lengths)[:-1])
        return [column for group in groups for column in group.T]

    @cached_property
    def cutoffs(self):
        """The number of rows before each window, (n_series, n_windows)."""
        lengths = np.array([len(values) for values in self.series])
        back = self.step * np.arange(self.n_windows)[::-1] + self.horizon
        return lengths[:, None] - back

    @cached_property
    def truth(self):
        """What is to be forecast, (n_series, n_windows, horizon)."""
        rows = self.cutoffs[:, :, None] + np.arange(self.horizon)
        return np.stack([values[of] for values, of in zip(self.series, rows, strict=True)])

    @cached_property
    def scales(self):
        """The mean absolute seasonal difference before the first window, (n_series,)."""
        trains = [values[:cut] for values, cut in zip(self.series, self.cutoffs[:, 0], strict=True)]
        m = self.season
        return np.array([np.nanmean(np.abs(values[m:] - values[:-m])) for values in trains])

    def training_part(self, validation=True):
        """X and y before the first window, with or without the rows to choose by."""
        left_out = (self.n_windows - 1) * self.step + self.horizon
        left_out += 0 if validation else self.validation_rows
        ends = np.repeat(np.cumsum(self.group_lengths), self.group_lengths)
        kept = np.arange(len(self.X)) < ends - left_out
        return self.X[kept], self.y[kept]

    def parts(self):
        """The same problem with fewer windows at a time, the earliest first: all make a long frame.

        Only windows of all series side by side are split: such series end together.
        """
        width = len(self.series) * self.horizon
        at_once = max(1, VALUES_AT_ONCE // width) if not self.roles else self.n_windows
        for first in range(0, self.n_windows, at_once):
            n = min(at_once, self.n_windows - first)
            end = len(self.X) - self.step * (self.n_windows - first - n)
            yield replace(self, X=self.X[:end], y=self.y[:end], n_windows=n)

    def small(self):
        """A few series, windows and rows, to try a script."""
        n_windows = min(self.n_windows, QUICK_WINDOWS)
        rows = QUICK_ROWS + (n_windows - 1) * self.step + self.horizon
        ends = np.cumsum(self.group_lengths)
        place = np.arange(len(self.X))
        group = np.repeat(np.arange(len(ends)), self.group_lengths)
        kept = (place >= ends[group] - rows) & (group < QUICK_SERIES)
        y = self.y[kept] if self.y.ndim == 1 else self.y.loc[kept].iloc[:, :QUICK_SERIES]
        return replace(
            self, X=self.X[kept], y=y, n_windows=n_windows,
            validation_rows=min(self.validation_rows, QUICK_ROWS // 4),
        )  # fmt: skip


@dataclass(frozen=True)
class Task:
    """What is forecast, where it lies, how it is scored, and what others reach."""

    title: str
    path: str
    read: Callable  # from the path to a Problem
    score: Callable  # from a Problem and forecasts to scores by name, the first of which has an aim
    anchor: str
    aim: str
    source: str
    ridge_windows: tuple = (None,)

    def problem(self, data, quick=False):
        """The problem, or a small part of it."""
        problem = self.read(data / self.path)
        return problem.small() if quick else problem


# -------------------------------------------------------------------------------------- scores


def squared_error(problem, forecasts):
    """MSE and MAE over all values."""
    errors = forecasts - problem.truth
    return {"MSE": np.nanmean(errors**2), "MAE": np.nanmean(np.abs(errors))}


def scaled_error(problem, forecasts):
    """MASE: the mean over series, each in units of its own; one that repeats itself has none."""
    varies = problem.scales > 0
    errors = np.nanmean(np.abs(forecasts - problem.truth)[varies], axis=(1, 2))
    return {"MASE": np.mean(errors / problem.scales[varies])}


def overall_weighted_average(problem, forecasts):
    """OWA against Naive2, and the two scores it is made of."""
    truth = problem.truth
    mase = scaled_error(problem, forecasts)["MASE"]
    smape = np.mean(200 * np.abs(truth - forecasts) / (np.abs(truth) + np.abs(forecasts)))
    owa = (smape / NAIVE2_SMAPE + mase / NAIVE2_MASE) / 2
    return {"OWA": owa, "sMAPE": smape, "MASE": mase}


def coverage(problem, lower, upper):
    """The share of values within their intervals, in percent."""
    inside = (problem.truth >= lower) & (problem.truth <= upper)
    return 100 * np.mean(inside[~np.isnan(problem.truth)])


# ------------------------------------------------------------------------------------- reading


def read_m4(path):
    """The last 48 hours of each series held out."""
    frame = pd.read_csv(path)
    X = frame[["unique_id"]].assign(ds=pd.to_datetime(frame["ds"]))
    return Problem(X, frame["y"], horizon=48, season=24)


def read_etth1(path, horizon):
    """A year to train, four months to choose, four to test, in units of the training part."""
    rows = pd.read_csv(path, index_col="date", parse_dates=True)[:14400].asfreq("h")
    train = rows[:8640]
    y = (rows - train.mean()) / train.std(ddof=0)
    return Problem(
        y[[]], y, horizon=horizon, season=24, n_windows=2880 - horizon + 1, validation_rows=2880
    )


def read_vic(path):
    """Two weeks of days, temperature and holidays known."""
    frame = pd.read_csv(path)
    times = pd.DatetimeIndex(pd.to_datetime(frame["Time"]), name="Time")
    frame = frame.set_index(times.tz_convert("Australia/Melbourne"))
    known = frame[["Temperature"]].assign(Holiday=frame["Holiday"].astype(bool))
    return Problem(known, frame["Demand"], horizon=48, season=336, n_windows=14, step=48)


def read_tourism(path):
    """The last two years; region, state and purpose are static."""
    frame = pd.read_csv(path, parse_dates=["date_time"])
    static = ("Region", "State", "Purpose")
    ids = frame[list(static)].agg("/".join, axis=1)
    X = frame[list(static)].assign(unique_id=ids, ds=frame["date_time"])
    X = X[["unique_id", "ds", *static]].sort_values(["unique_id", "ds"], ignore_index=True)
    y = frame["Trips"].to_numpy()[np.lexsort((frame["date_time"], ids))]
    return Problem(X, pd.Series(y, name="y"), horizon=8, season=4, static=static)


def read_air_quality(path):
    """Four weeks of days; values are missing in every column."""
    y = pd.read_csv(path, index_col="datetime", parse_dates=True).asfreq("h")
    return Problem(y[[]], y, horizon=24, season=24, n_windows=28, step=24)


def read_demo(path, known):
    """Three fortnights of five short series, with gaps, with or without what is known."""
    from sklearn_rnn.preprocessing import fill_gaps

    names = {"series_id": "unique_id", "timestamp": "ds", "value": "y"}
    frame = pd.read_csv(path, parse_dates=["timestamp"]).rename(columns=names)
    frame = fill_gaps(frame)
    if known:
        beside = pd.read_csv(path.with_stem(f"{path.stem}_exog"), parse_dates=["timestamp"])
        frame = frame.merge(beside.rename(columns=names), on=["unique_id", "ds"], how="left")
    return Problem(frame.drop(columns="y"), frame["y"], horizon=14, season=7, n_windows=3, step=14)


TASKS = {
    "m4": Task(
        "M4 hourly, 48 h", "forecasting/m4_hourly_train.csv.gz", read_m4, overall_weighted_average,
        anchor="winner .440 (test), GRU of neuralforecast .710", aim="OWA <= .44",
        source="https://github.com/Mcompetitions/M4-methods",
    ),
    "etth1_96": Task(
        "ETTh1, 96 h", "forecasting/ETTh1.csv", lambda path: read_etth1(path, 96), squared_error,
        anchor="SegRNN .351, least squares on 96 lags .383", aim="MSE <= .365",
        source="https://github.com/zhouhaoyi/ETDataset", ridge_windows=(None, 96),
    ),
    "etth1_720": Task(
        "ETTh1, 720 h", "forecasting/ETTh1.csv", lambda path: read_etth1(path, 720), squared_error,
        anchor="-", aim="< floor", source="https://github.com/zhouhaoyi/ETDataset",
    ),
    "vic": Task(
        "vic_electricity, 48 half-hours", "forecasting/vic_electricity.csv", read_vic,
        scaled_error, anchor="ridge .752, seasonal naive 1.271", aim="MASE <= .60",
        source="https://github.com/skforecast/skforecast-datasets",
    ),
    "tourism": Task(
        "australia_tourism, 8 quarters", "forecasting/australia_tourism.csv", read_tourism,
        scaled_error, anchor="ridge .998, seasonal naive 1.167", aim="MASE <= .95",
        source="https://github.com/skforecast/skforecast-datasets",
    ),
    "air": Task(
        "air quality, 24 h", "forecasting/air_quality_valencia.csv", read_air_quality,
        scaled_error, anchor="-", aim="< floor",
        source="https://github.com/skforecast/skforecast-datasets",
    ),
    "demo": Task(
        "demo_multi_series, 14 days", "forecasting/demo_multi_series.csv",
        lambda path: read_demo(path, known=False), scaled_error, anchor="-", aim="< floor",
        source="https://github.com/skforecast/skforecast-datasets",
    ),
    "demo_exog": Task(
        "demo_multi_series, weather known", "forecasting/demo_multi_series.csv",
        lambda path: read_demo(path, known=True), scaled_error, anchor="-", aim="< floor",
        source="https://github.com/skforecast/skforecast-datasets",
    ),
}  # fmt: skip


def available(names, data):
    """The tasks whose files are there; says where the others can be had."""
    for name in names or TASKS:
        task = TASKS[name]
        if (Path(data) / task.path).exists():
            yield task
        else:
            print(f"- {task.title} is missing below {Path(data) / task.path}: {task.source}\n")
