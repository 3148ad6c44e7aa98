"""scikit-learn estimators whose models are recurrent networks."""

from sklearn_rnn.data import Sequences
from sklearn_rnn.estimators import (
    RNNClassifier,
    RNNForecaster,
    RNNLanguageModel,
    RNNRegressor,
    RNNSeq2Seq,
    RNNTagger,
)
from sklearn_rnn.persistence import load, save

__version__ = "0.1.0"

__all__ = [
    "RNNClassifier",
    "RNNForecaster",
    "RNNLanguageModel",
    "RNNRegressor",
    "RNNSeq2Seq",
    "RNNTagger",
    "Sequences",
    "load",
    "save",
]
