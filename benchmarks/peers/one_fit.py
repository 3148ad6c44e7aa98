"""Fit and apply one program to one task; print what it took as one line of JSON.

It runs in the environment of its program, and `run.py` calls it::

    python benchmarks/peers/one_fit.py --program keras --task trec.json --predictions p.json

A fit to a few sequences comes first and does not count: it pays for imports and first kernels. Then
the clocks run from lists, arrays or a frame to the fitted model, and from those to predictions.
"""

import argparse
import contextlib
import json
import logging
import os
import platform
import sys
import tempfile
import time
import warnings
from importlib.metadata import version
from pathlib import Path

from programs import PROGRAMS
from tasks import read_task

PREDICTIONS = 3  # calls of predict; the median counts


def measured(function):
    """Seconds of the processor and of the clock that a call takes."""
    cpu, wall = time.process_time(), time.perf_counter()
    function()
    return time.process_time() - cpu, time.perf_counter() - wall


def run(program, task, seed):
    """Warm up, fit, predict; give the measurements and the predictions."""
    from _common import median, peak_bytes

    warm = program(task.small(), seed)
    warm.fit()
    warm.predict()
    before = peak_bytes()
    model = program(task, seed)
    fit_cpu, fit_wall = measured(model.fit)
    predict_cpu = median(measured(model.predict)[0] for _ in range(PREDICTIONS))
    measurements = {
        "fit_cpu": fit_cpu,
        "fit_wall": fit_wall,
        "predict_cpu": predict_cpu,
        "peak_mb": peak_bytes() / 1e6,
        "before_mb": before / 1e6,
    }
    return measurements, model.predict()


def versions(program):
    """Versions of Python and of the packages that the program names."""
    return {"python": platform.python_version()} | {
        name: version(name) for name in program.packages
    }


def parse_options():
    """Options of the command line."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--program", required=True, choices=PROGRAMS)
    parser.add_argument("--task", required=True, type=Path, help="the file of the task")
    parser.add_argument("--predictions", required=True, type=Path, help="where to write them")
    parser.add_argument("--seed", type=int, default=0, help="random seed (0)")
    return parser.parse_args()


def main():
    options = parse_options()
    warnings.filterwarnings("ignore")
    logging.disable(logging.WARNING)
    task = read_task(options.task)
    options.predictions = options.predictions.resolve()
    with tempfile.TemporaryDirectory() as folder, contextlib.redirect_stdout(sys.stderr):
        os.chdir(folder)  # some programs leave logs where they run
        program = PROGRAMS[options.program].load()
        measurements, predictions = run(program, task, options.seed)
        os.chdir(options.predictions.parent)
    options.predictions.write_text(json.dumps(predictions), encoding="utf-8")
    print(json.dumps(measurements | {"versions": versions(program)}))


if __name__ == "__main__":
    main()
