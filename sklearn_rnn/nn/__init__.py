"""torch layers for batches of sequences of unequal length."""

from sklearn_rnn.nn._categories import CategoryEmbedding, category_dim
from sklearn_rnn.nn._cells import CELLS, build_cell
from sklearn_rnn.nn._character_lstm import CharacterLSTM
from sklearn_rnn.nn._characters import CharacterEncoder
from sklearn_rnn.nn._convolution import ConvolutionBranch, ConvolutionStem
from sklearn_rnn.nn._crf import (
    ConditionalRandomField,
    NBest,
    TagChain,
    TransitionScores,
)
from sklearn_rnn.nn._dropout import SeededDropout, set_dropout_generator
from sklearn_rnn.nn._embedding import Subwords, TokenEmbedding
from sklearn_rnn.nn._feature_bags import FeatureBags
from sklearn_rnn.nn._linear import ExactLinear, Linear
from sklearn_rnn.nn._losses import LOSSES, weighted_mean
from sklearn_rnn.nn._masking import flip_within_lengths, last_step, lengths_to_mask
from sklearn_rnn.nn._neighbour_words import NeighbourWords
from sklearn_rnn.nn._ordinal import OrdinalHead, ordinal_log_probabilities
from sklearn_rnn.nn._pooling import POOLINGS, LastPooling
from sklearn_rnn.nn._recurrent import RecurrentStack
from sklearn_rnn.nn._segments import segment_steps
from sklearn_rnn.nn._static import StaticColumns

__all__ = [
    "CELLS",
    "LOSSES",
    "POOLINGS",
    "CategoryEmbedding",
    "CharacterEncoder",
    "CharacterLSTM",
    "ConditionalRandomField",
    "ConvolutionBranch",
    "ConvolutionStem",
    "ExactLinear",
    "FeatureBags",
    "LastPooling",
    "Linear",
    "NBest",
    "NeighbourWords",
    "OrdinalHead",
    "RecurrentStack",
    "SeededDropout",
    "StaticColumns",
    "Subwords",
    "TagChain",
    "TokenEmbedding",
    "TransitionScores",
    "build_cell",
    "category_dim",
    "flip_within_lengths",
    "last_step",
    "lengths_to_mask",
    "ordinal_log_probabilities",
    "segment_steps",
    "set_dropout_generator",
    "weighted_mean",
]
