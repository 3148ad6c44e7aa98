"""scikit-learn estimators whose models are recurrent networks."""

from sklearn_rnn.data import Chunks, Sequences
from sklearn_rnn.estimators import (
    RNNClassifier,
    RNNEncoder,
    RNNForecaster,
    RNNGenerator,
    RNNLanguageModel,
    RNNRegressor,
    RNNSeq2Seq,
    RNNTagger,
    TreeRNNClassifier,
)
from sklearn_rnn.persistence import load, save

__version__ = "0.1.0"

__all__ = [
    "Chunks",
    "RNNClassifier",
    "RNNEncoder",
    "RNNForecaster",
    "RNNGenerator",
    "RNNLanguageModel",
    "RNNRegressor",
    "RNNSeq2Seq",
    "RNNTagger",
    "Sequences",
    "TreeRNNClassifier",
    "load",
    "save",
]
