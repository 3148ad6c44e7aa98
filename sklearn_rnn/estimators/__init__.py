"""The estimators."""

from sklearn_rnn.estimators._classifier import RNNClassifier
from sklearn_rnn.estimators._forecaster import RNNForecaster
from sklearn_rnn.estimators._language_model import RNNLanguageModel
from sklearn_rnn.estimators._regressor import RNNRegressor
from sklearn_rnn.estimators._seq2seq import RNNSeq2Seq
from sklearn_rnn.estimators._tagger import RNNTagger

__all__ = [
    "RNNClassifier",
    "RNNForecaster",
    "RNNLanguageModel",
    "RNNRegressor",
    "RNNSeq2Seq",
    "RNNTagger",
]
