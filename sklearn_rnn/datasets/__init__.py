"""Readers of sequence files, and makers of small synthetic data."""

from sklearn_rnn.datasets._customer_events import make_customer_events
from sklearn_rnn.datasets._makers import make_adding_problem, make_copy_task, make_waves
from sklearn_rnn.datasets._ts import read_ts

__all__ = [
    "make_adding_problem",
    "make_copy_task",
    "make_customer_events",
    "make_waves",
    "read_ts",
]
