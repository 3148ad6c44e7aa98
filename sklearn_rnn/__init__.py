"""scikit-learn estimators whose models are recurrent networks."""

from sklearn_rnn.data import Sequences
from sklearn_rnn.estimators import (
    RNNClassifier,
    RNNEncoder,
    RNNForecaster,
    RNNLanguageModel,
    RNNRegressor,
    RNNTagger,
)
from sklearn_rnn.persistence import load, save

__version__ = "0.1.0"

__all__ = [
    "RNNClassifier",
    "RNNEncoder",
    "RNNForecaster",
    "RNNLanguageModel",
    "RNNRegressor",
    "RNNTagger",
    "Sequences",
    "load",
    "save",
]
