"""Readers of sequence files, and makers of small synthetic data."""

from sklearn_rnn.datasets._conll import read_conll, write_conll
from sklearn_rnn.datasets._conllu import read_conllu, write_conllu
from sklearn_rnn.datasets._customer_events import make_customer_events
from sklearn_rnn.datasets._makers import make_adding_problem, make_copy_task, make_waves
from sklearn_rnn.datasets._nested_lists import make_nested_lists
from sklearn_rnn.datasets._schemes import convert_scheme
from sklearn_rnn.datasets._slots import read_slots, write_slots
from sklearn_rnn.datasets._ts import read_ts

__all__ = [
    "convert_scheme",
    "make_adding_problem",
    "make_copy_task",
    "make_customer_events",
    "make_nested_lists",
    "make_waves",
    "read_conll",
    "read_conllu",
    "read_slots",
    "read_ts",
    "write_conll",
    "write_conllu",
    "write_slots",
]
