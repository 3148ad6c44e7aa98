"""The benchmark of GPUs, which nobody can try on a machine without one, runs on a CPU."""

import subprocess
import sys
from pathlib import Path

import pytest
import torch

SCRIPT = Path(__file__).parents[1] / "benchmarks" / "bench_gpu.py"


def run(*arguments):
    return subprocess.run(
        [sys.executable, "-W", "error", str(SCRIPT), *arguments],
        capture_output=True,
        text=True,
        timeout=3600,
    )


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a GPU, which takes minutes")
def test_without_a_gpu_the_benchmark_says_so():
    done = run()
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == "torch finds no CUDA device here: nothing is measured.\n"


def test_the_benchmark_of_gpus_runs_on_a_cpu():
    done = run("--device", "cpu", "--quick")
    assert (done.returncode, done.stderr) == (0, "")
    for title in ("## Results", "## Training", "## Cells by parallel scan", "## Waiting"):
        assert title in done.stdout
