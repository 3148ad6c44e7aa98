"""Whole networks, one a task; each owns its loss."""

from sklearn_rnn.modules._architecture import Architecture
from sklearn_rnn.modules._body import SequenceBody
from sklearn_rnn.modules._classification import ClassificationNetwork
from sklearn_rnn.modules._multi_output import MultiOutputNetwork
from sklearn_rnn.modules._multilabel import MultilabelNetwork
from sklearn_rnn.modules._regression import RegressionNetwork
from sklearn_rnn.modules._tagging import TaggingNetwork, TagPlan

__all__ = [
    "Architecture",
    "ClassificationNetwork",
    "MultiOutputNetwork",
    "MultilabelNetwork",
    "RegressionNetwork",
    "SequenceBody",
    "TagPlan",
    "TaggingNetwork",
]
