"""torch layers for batches of sequences of unequal length."""

from sklearn_rnn.nn._cells import CELLS, build_cell
from sklearn_rnn.nn._convolution import ConvolutionBranch
from sklearn_rnn.nn._dropout import SeededDropout, set_dropout_generator
from sklearn_rnn.nn._embedding import Subwords, TokenEmbedding
from sklearn_rnn.nn._linear import ExactLinear, Linear
from sklearn_rnn.nn._losses import LOSSES, weighted_mean
from sklearn_rnn.nn._masking import flip_within_lengths, last_step, lengths_to_mask
from sklearn_rnn.nn._pooling import POOLINGS, LastPooling
from sklearn_rnn.nn._recurrent import RecurrentStack

__all__ = [
    "CELLS",
    "LOSSES",
    "POOLINGS",
    "ConvolutionBranch",
    "ExactLinear",
    "LastPooling",
    "Linear",
    "RecurrentStack",
    "SeededDropout",
    "Subwords",
    "TokenEmbedding",
    "build_cell",
    "flip_within_lengths",
    "last_step",
    "lengths_to_mask",
    "set_dropout_generator",
    "weighted_mean",
]
