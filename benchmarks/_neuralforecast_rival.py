"""Scores and seconds of neuralforecast's GRU on the tasks of ``bench_forecasting.py``.

It needs torch of its own choice, so it runs in an environment of its own; only the tasks on
demo_multi_series need sklearn_rnn there, to fill their gaps::

    python -m venv rival && rival/bin/pip install neuralforecast
    rival/bin/python benchmarks/_neuralforecast_rival.py --data ../shared/data --only m4 --steps 300

Every task has one fit of the default size on what lies before the first window, as in the other
script. Gaps are filled with the value before them, as it takes no others.
"""

import argparse
import logging
import warnings
from pathlib import Path

import numpy as np
import pandas as pd
import torch
from _common import Table, timed, version_of
from _forecasting_tasks import TASKS, available


def long_frame(problem):
    """The rows of a problem as ``unique_id``, ``ds``, ``y`` and the known columns; the frequency.

    Series without a name are numbered in their order.
    """
    width = len(str(len(problem.series)))
    lengths = [len(values) for values in problem.series]
    n_targets = len(lengths) // len(problem.group_lengths)
    rows = np.split(np.arange(len(problem.X)), np.cumsum(problem.group_lengths)[:-1])
    rows = np.concatenate([of_group for of_group in rows for _ in range(n_targets)])
    times = problem.X["ds"] if problem.roles else problem.X.index.to_series()
    times = pd.DatetimeIndex(times).tz_convert(None) if times.dt.tz else pd.DatetimeIndex(times)
    names = [f"{i:0{width}d}" for i in range(len(lengths))]
    frame = problem.X[problem.known].iloc[rows].astype(np.float64).reset_index(drop=True)
    frame.insert(0, "unique_id", np.repeat(names, lengths))
    frame.insert(1, "ds", times[rows])
    frame.insert(2, "y", np.concatenate(problem.series))
    frame["y"] = frame.groupby("unique_id")["y"].transform(lambda y: y.ffill().bfill())
    return frame, pd.infer_freq(times[: problem.group_lengths[0]])


def make_gru(horizon, steps, seed, **settings):
    """A GRU that is silent and leaves no files."""
    from neuralforecast.models import GRU

    return GRU(
        h=horizon, max_steps=steps, random_seed=seed, start_padding_enabled=True,
        accelerator="cpu", logger=False, enable_checkpointing=False, enable_progress_bar=False,
        enable_model_summary=False, **settings,
    )  # fmt: skip


def fit_and_forecast(problem, steps, seed):
    """Forecasts of all windows, (n_series, n_windows, horizon)."""
    from neuralforecast import NeuralForecast

    frame, freq = long_frame(problem)
    model = make_gru(problem.horizon, steps, seed, futr_exog_list=problem.known or None)
    forecasts = NeuralForecast([model], freq=freq).cross_validation(
        frame, n_windows=problem.n_windows, step_size=problem.step, refit=False
    )
    forecasts = forecasts.sort_values(["unique_id", "cutoff", "ds"])
    return forecasts["GRU"].to_numpy().reshape(problem.truth.shape)


def parse_options():
    """Options of the command line."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--data", type=Path, default=Path("../shared/data"), help="data folder")
    parser.add_argument("--only", nargs="+", choices=TASKS, metavar="TASK",
                        help=f"some of {', '.join(TASKS)}")  # fmt: skip
    parser.add_argument("--steps", type=int, default=300, help="training steps (300)")
    parser.add_argument("--seed", type=int, default=0, help="random seed (0)")
    parser.add_argument("--threads", type=int, default=2, help="torch threads (2)")
    parser.add_argument("--quick", action="store_true", help="a few series, windows and rows")
    return parser.parse_args()


def main():
    options = parse_options()
    warnings.filterwarnings("ignore")
    logging.disable(logging.WARNING)
    torch.set_num_threads(options.threads)
    print(
        f"neuralforecast {version_of('neuralforecast')}, torch {torch.__version__}, GRU of default"
    )
    print(f"size, {options.steps} steps, {options.threads} thread(s)\n")
    table = Table("task", "model", "score", "value", "also", "fit and forecast s")
    for task in available(options.only, options.data):
        problem = task.problem(options.data, options.quick)
        forecasts, seconds = timed(fit_and_forecast, problem, options.steps, options.seed)
        (name, value), *others = task.score(problem, forecasts).items()
        also = ", ".join(f"{other} {of:.3f}" for other, of in others) or "-"
        table.row(task.title, "neuralforecast GRU", name, f"{value:.3f}", also, f"{seconds:.0f}")


if __name__ == "__main__":
    main()
