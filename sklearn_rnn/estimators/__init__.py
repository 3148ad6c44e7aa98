"""The estimators."""

from sklearn_rnn.estimators._classifier import RNNClassifier
from sklearn_rnn.estimators._encoder import RNNEncoder
from sklearn_rnn.estimators._forecaster import RNNForecaster
from sklearn_rnn.estimators._generator import RNNGenerator
from sklearn_rnn.estimators._language_model import RNNLanguageModel
from sklearn_rnn.estimators._regressor import RNNRegressor
from sklearn_rnn.estimators._seq2seq import RNNSeq2Seq
from sklearn_rnn.estimators._tagger import RNNTagger
from sklearn_rnn.estimators._tree_classifier import TreeRNNClassifier

__all__ = [
    "RNNClassifier",
    "RNNEncoder",
    "RNNForecaster",
    "RNNGenerator",
    "RNNLanguageModel",
    "RNNRegressor",
    "RNNSeq2Seq",
    "RNNTagger",
    "TreeRNNClassifier",
]
