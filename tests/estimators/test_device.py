"""Estimators on a device that is not there; see ``tests/on_pretended_device.py``."""

import subprocess
import sys
from pathlib import Path

TESTS = Path(__file__).parents[1] / "on_pretended_device.py"


def test_estimators_compute_on_the_device_and_wait_for_it_once_an_epoch():
    """In a process of its own, which has taken no backward pass before the device has a name."""
    run = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:xdist", TESTS],
        capture_output=True,
        text=True,
        cwd=TESTS.parents[1],
        timeout=3600,
    )
    assert run.returncode == 0, run.stdout + run.stderr
