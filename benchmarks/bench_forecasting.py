"""Scores and seconds of ``RNNForecaster()`` beside the seasonal naive forecast and a ridge.

Plain defaults on public series: hourly, half-hourly, daily and quarterly ones, alone or hundreds
together, some with gaps, some with columns that are known beforehand::

    python benchmarks/bench_forecasting.py --data ../shared/data
    python benchmarks/bench_forecasting.py --only vic tourism --seeds 1 --set cell=lstm
    python benchmarks/bench_forecasting.py --no-ours
    python benchmarks/bench_forecasting.py --speed

Every model is fitted once, on what lies before the first window, and forecasts all windows of the
protocol (``_forecasting_tasks.py``) from the values before each. ``_neuralforecast_rival.py``
prints the rows of neuralforecast's GRU, in an environment of its own. ``--speed`` times whole fits
on drawn series, in turns with a bare torch loop over the same windows (``_window_loop.py``).
"""

import argparse
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from _common import CLOCKS, Table, mean_and_spread, median, parse_setting, print_header, timed
from _forecasting_tasks import TASKS, available, coverage
from _window_loop import WindowLoop, as_frame, draw_series, our_forecaster

COVERAGE = 80  # percent, of the intervals
CALLS = 5  # of forecast; the median counts


class Run(NamedTuple):
    """One fit: its scores by name, the coverage of its intervals, and seconds."""

    scores: dict
    coverage: float | None
    fit_seconds: float
    forecast_seconds: float


# ----------------------------------------------------------------------------------- baselines


class Baselines:
    """The seasonal naive forecast and the ridge on the series of a problem."""

    def __init__(self, problem):
        from sklearn_rnn.data import learn_panel

        self.problem = problem
        self.panel = learn_panel(problem.X, problem.y, gaps="mask", **problem.roles)
        self.series = np.repeat(np.arange(self.panel.n_series), problem.n_windows)
        self.cutoffs = problem.cutoffs.ravel()
        self.fit_cutoffs = problem.cutoffs[:, 0] - problem.validation_rows

    def naive(self, season):
        """The last value of the same season."""
        from sklearn_rnn.data._seasonal_naive import seasonal_naive

        forecasts, seconds = timed(
            lambda: seasonal_naive(
                self.panel.target, self.panel.offsets, self.problem.horizon, season,
                series=self.series, cutoffs=self.cutoffs,
            )
        )  # fmt: skip
        return forecasts, 0.0, seconds

    def ridge(self, window, known=False):
        """Least squares on the last values, for several series one model of all."""
        from sklearn_rnn.data._lag_ridge import (
            auto_ridge_window,
            fit_lag_ridge,
            forecast_lag_ridge,
        )

        panel, horizon, season = self.panel, self.problem.horizon, self.panel.axis.season_length
        columns = panel.known if known else None  # such a problem has one target
        ridge, fit_seconds = timed(
            lambda: fit_lag_ridge(
                panel.target, panel.offsets, horizon=horizon, season_length=season,
                window=window or auto_ridge_window(self.fit_cutoffs, horizon, season),
                cutoffs=self.fit_cutoffs, known=columns,
            )
        )  # fmt: skip
        ends = panel.offsets[self.series] + self.cutoffs
        ahead = columns[ends[:, None] + np.arange(-1, horizon)] if known else None
        forecasts, seconds = timed(
            lambda: forecast_lag_ridge(
                ridge, panel.target, panel.offsets,
                series=self.series, cutoffs=self.cutoffs, known=ahead,
            )
        )  # fmt: skip
        return forecasts, fit_seconds, seconds

    def rows(self, ridge_windows):
        """The title of each row and its forecasts, seconds to fit and seconds to forecast."""
        for season in sorted({self.panel.axis.season_length, self.problem.season}):
            yield f"seasonal naive, {season}", self.naive(season)
        for window in ridge_windows:
            yield f"ridge, {window or 'default'} lags", self.ridge(window)
        if self.problem.known:
            yield "ridge, known columns too", self.ridge(None, known=True)


def baseline_runs(task, problem):
    """One run of each baseline by its title."""
    for title, (forecasts, *seconds) in Baselines(problem).rows(task.ridge_windows):
        scores = task.score(problem, forecasts.reshape(problem.truth.shape))
        yield title, [Run(scores, None, *seconds)]


# ---------------------------------------------------------------------------------------- ours


def our_run(task, problem, seed, options):
    """Fit with several threads, forecast with one."""
    from sklearn_rnn import RNNForecaster

    given = {"horizon": problem.horizon, "random_state": seed}
    model = RNNForecaster(**given | problem.roles | options.parameters)
    torch.set_num_threads(options.threads)
    _, fit_seconds = timed(model.fit, *problem.training_part(validation=False))
    parts = zip(*(backtest(model, part) for part in problem.parts()), strict=True)
    forecasts, lower, upper = (np.concatenate(part, axis=1) for part in parts)
    torch.set_num_threads(1)
    future = known_future(problem)
    calls = [timed(lambda: model.forecast(problem.horizon, X=future))[1] for _ in range(CALLS)]
    return Run(
        task.score(problem, forecasts), coverage(problem, lower, upper), fit_seconds, median(calls)
    )


def backtest(model, problem):
    """Forecasts and the ends of their intervals in all windows, each as the truth is laid out."""
    frame = model.backtest(
        problem.X, problem.y, n_windows=problem.n_windows, step=problem.step, refit=False,
        baselines=False, level=[COVERAGE],
    )  # fmt: skip
    value = problem.y.name if problem.y.ndim == 1 else "y"
    np.testing.assert_array_equal(frame[value], problem.truth.ravel(), "the rows are in our order")
    names = ("RNNForecaster", f"RNNForecaster-lo-{COVERAGE}", f"RNNForecaster-hi-{COVERAGE}")
    return [frame[name].to_numpy().reshape(problem.truth.shape) for name in names]


def known_future(problem):
    """The rows of X that follow the training part, None where nothing is known of them."""
    if not problem.known:
        return None
    later = problem.X.drop(problem.training_part()[0].index)
    if not problem.roles:
        return later[: problem.horizon]
    return later.groupby("unique_id", sort=False).head(problem.horizon)


# --------------------------------------------------------------------------------------- table


def task_runs(task, problem, options):
    """The runs of all models on a task, by the title of their row."""
    if not options.no_floor:
        yield from baseline_runs(task, problem)
    if not options.no_ours:
        seeds = range(options.seeds)
        yield "RNNForecaster", [our_run(task, problem, seed, options) for seed in seeds]


def score_row(task, problem, title, runs):
    """The cells of one model on one task."""
    names = list(runs[0].scores)
    means = {name: np.mean([run.scores[name] for run in runs]) for name in names}
    main, spread = mean_and_spread([run.scores[names[0]] for run in runs])
    covered = None if runs[0].coverage is None else np.mean([run.coverage for run in runs])
    return (
        task.title, f"{len(problem.series)} x {problem.n_windows}", title, names[0], f"{main:.3f}",
        f"{spread:.3f}" if len(runs) > 1 else "-",
        ", ".join(f"{name} {means[name]:.3f}" for name in names[1:]) or "-",
        "-" if covered is None else f"{covered:.1f}",
        f"{median(run.fit_seconds for run in runs):.1f}",
        f"{median(run.forecast_seconds for run in runs):.3f}", task.anchor, task.aim,
    )  # fmt: skip


def print_scores(options):
    """The table of scores, and what the intervals cover on the mean of the tasks."""
    table = Table(
        "task", "series x windows", "model", "score", "mean", "spread", "also",
        f"{COVERAGE} % covers", "fit s", "forecast s", "anchor", "aim",
    )  # fmt: skip
    covered = []
    for task in available(options.only, options.data):
        problem = task.problem(options.data, options.quick)
        for title, runs in task_runs(task, problem, options):
            table.row(*score_row(task, problem, title, runs))
            covered += [run.coverage for run in runs if run.coverage is not None]
    if covered:
        print(f"\nThe intervals of {COVERAGE} % cover {np.mean(covered):.1f} % on the mean of the")
        print("tasks (aim: 76 to 84, and 70 to 90 on each).")
    print(
        f"\nRNNForecaster: mean of {options.seeds} seed(s); spread: largest minus smallest. A fit"
    )
    print(
        f"has {options.threads} thread(s). Forecast: of baselines all windows in one call, of ours"
    )
    print(f"what follows the training part for all series, one thread, median of {CALLS} calls.")


# --------------------------------------------------------------------------------------- speed


def print_speed(options):
    """Seconds of whole fits of ours and of the bare loop, which take turns."""
    table = Table("series x rows", "windows", "epochs", "bare s", "RNNForecaster s", "of bare")
    sizes = [(20, 600, 1)] if options.quick else [(20, 600, 3), (200, 600, 1)]
    for n_series, n_rows, n_epochs in sizes:
        series = draw_series(n_series, n_rows)
        frame, n_windows = as_frame(series), 500 * n_series
        runs = []
        for _ in range(options.repeats + 1):
            loop = WindowLoop(n_epochs, n_windows)
            _, theirs = timed(loop.fit, series, clock=options.clock)
            model = our_forecaster(n_epochs, n_windows)
            _, mine = timed(model.fit, frame, "value", clock=options.clock)
            runs.append((theirs, mine, mine / theirs))
        theirs, mine, ratio = (median(column) for column in zip(*runs[1:], strict=True))
        table.row(
            f"{n_series} x {n_rows}", n_windows, n_epochs, f"{theirs:.2f}", f"{mine:.2f}",
            f"{ratio:.2f}",
        )  # fmt: skip
    print("\nOne network in both, one thread. Aim: at most 1.10 of bare.")


# ---------------------------------------------------------------------------------------- main


def parse_options():
    """Options of the command line."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--data", type=Path, default=Path("../shared/data"), help="data folder")
    parser.add_argument("--only", nargs="+", choices=TASKS, metavar="TASK",
                        help=f"some of {', '.join(TASKS)}")  # fmt: skip
    parser.add_argument(
        "--seeds", type=int, default=3, help="fits of ours with seeds 0, 1, ... (3)"
    )
    parser.add_argument("--set", type=parse_setting, action="append", default=[],
                        metavar="KEY=VALUE", help="a parameter of ours")  # fmt: skip
    parser.add_argument("--threads", type=int, default=2, help="torch threads of a fit (2)")
    parser.add_argument("--no-floor", action="store_true", help="ours alone")
    parser.add_argument("--no-ours", action="store_true", help="the baselines alone")
    parser.add_argument("--speed", action="store_true", help="fits beside a bare torch loop")
    parser.add_argument("--clock", choices=CLOCKS, default="wall", help="what times --speed")
    parser.add_argument("--repeats", type=int, default=5, help="fits of each with --speed (5)")
    parser.add_argument("--quick", action="store_true", help="a few series, windows and rows")
    options = parser.parse_args()
    options.parameters = dict(options.set)
    return options


def main():
    options = parse_options()
    if options.speed:
        torch.set_num_threads(1)
        print_header("Speed of forecasting", 1)
        print_speed(options)
        return
    print_header("Forecasting", options.threads)
    print(f"RNNForecaster with {options.parameters or 'plain defaults'}\n")
    print_scores(options)


if __name__ == "__main__":
    main()
