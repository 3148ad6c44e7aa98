"""What the benchmark scripts share: the header, tables, clocks, settings, files of lines."""

import argparse
import ast
import importlib
import os
import platform
import resource
import statistics
import sys
import time
from pathlib import Path

import numpy as np

PACKAGES = ("numpy", "sklearn", "torch", "skorch", "sklearn_rnn")


def cpu_name():
    """Model name of the processor, or the architecture where the system does not tell."""
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    names = [line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()


def version_of(package):
    """Version of an importable package, or "missing"."""
    try:
        return getattr(importlib.import_module(package), "__version__", "unknown")
    except ImportError:
        return "missing"


def print_header(title, threads):
    """Print what ran where: title, machine, threads and versions."""
    versions = ", ".join(f"{name} {version_of(name)}" for name in PACKAGES)
    print(f"# {title}\n")
    print(f"- machine: {cpu_name()}, {os.cpu_count()} cores, {platform.system()}")
    print(f"- threads: {threads}")
    print(f"- python {platform.python_version()}, {versions}\n", flush=True)


class Table:
    """A GitHub markdown table, printed and flushed row by row."""

    def __init__(self, *columns):
        self.columns = columns
        print("| " + " | ".join(columns) + " |")
        print("|" + "---|" * len(columns), flush=True)

    def row(self, *cells):
        """Print one row; every column needs a cell."""
        if len(cells) != len(self.columns):
            raise ValueError(
                f"the table has {len(self.columns)} columns, but got {len(cells)} cells"
            )
        print("| " + " | ".join(str(cell) for cell in cells) + " |", flush=True)


CLOCKS = {"wall": time.perf_counter, "cpu": time.process_time}


def timed(function, *args, clock="wall"):
    """Result of ``function(*args)`` and the seconds it took."""
    start = CLOCKS[clock]()
    result = function(*args)
    return result, CLOCKS[clock]() - start


def best_seconds(function, repeats=10):
    """Shortest of several calls, after two that do not count."""
    for _ in range(2):
        function()
    return min(timed(function)[1] for _ in range(repeats))


def peak_bytes():
    """Largest resident size of this process so far."""
    try:  # ru_maxrss also counts what the parent held when it started this process
        lines = Path("/proc/self/status").read_text().splitlines()
        return 1024 * next(int(line.split()[1]) for line in lines if line.startswith("VmHWM"))
    except (OSError, StopIteration):
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        return peak if sys.platform == "darwin" else peak * 1024


def median(values):
    """Median of a sequence of numbers."""
    return statistics.median(values)


def mean_and_spread(values):
    """Mean, and the distance between the largest and the smallest."""
    return float(np.mean(values)), float(np.max(values) - np.min(values))


def parse_setting(text):
    """``key=value`` as a pair; the value is a Python literal where it is one, else a string."""
    key, equals, value = text.partition("=")
    if not equals:
        raise argparse.ArgumentTypeError(f"expected key=value, got {text!r}")
    try:
        return key, ast.literal_eval(value)
    except (ValueError, SyntaxError):
        return key, value


def read_labelled_lines(path):
    """Texts and labels of a file with one ``label text`` a line, in UTF-8 or else Latin-1."""
    content = Path(path).read_bytes()
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError:
        text = content.decode("latin-1")
    rows = [line.split(" ", 1) for line in text.split("\n") if line.strip()]
    return [row[1].strip() for row in rows], np.array([row[0] for row in rows])


def read_names(folder):
    """Distinct (name, language) pairs of a folder with one ``<language>.txt`` a language."""
    pairs = {}
    for path in sorted(Path(folder).glob("*.txt")):
        for line in path.read_text(encoding="utf-8").splitlines():
            if line.strip():
                pairs[line.strip(), path.stem] = None
    names, languages = zip(*pairs, strict=True)
    return list(names), np.array(languages)
