"""The estimators."""

from sklearn_rnn.estimators._classifier import RNNClassifier
from sklearn_rnn.estimators._encoder import RNNEncoder
from sklearn_rnn.estimators._forecaster import RNNForecaster
from sklearn_rnn.estimators._language_model import RNNLanguageModel
from sklearn_rnn.estimators._regressor import RNNRegressor
from sklearn_rnn.estimators._tagger import RNNTagger

__all__ = [
    "RNNClassifier",
    "RNNEncoder",
    "RNNForecaster",
    "RNNLanguageModel",
    "RNNRegressor",
    "RNNTagger",
]
