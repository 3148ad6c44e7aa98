"""torch layers for batches of sequences of unequal length."""

from sklearn_rnn.nn._beam_search import Hypothesis, TokenScorer, beam_search, length_penalty
from sklearn_rnn.nn._carried import CarriedStack, WeightDrop
from sklearn_rnn.nn._categories import CategoryEmbedding, category_dim
from sklearn_rnn.nn._cells import CELLS, build_cell, drops_recurrent_weights
from sklearn_rnn.nn._character_lstm import CharacterLSTM
from sklearn_rnn.nn._characters import CharacterEncoder
from sklearn_rnn.nn._context import ContextVectors
from sklearn_rnn.nn._convolution import ConvolutionBranch, ConvolutionStem, MaskedBatchNorm
from sklearn_rnn.nn._crf import (
    ConditionalRandomField,
    NBest,
    TagChain,
    TransitionScores,
)
from sklearn_rnn.nn._devices import to_device
from sklearn_rnn.nn._distribution_head import DistributionHead
from sklearn_rnn.nn._distributions import DISTRIBUTIONS, Distribution
from sklearn_rnn.nn._dropout import SeededDropout, SeededModule, set_dropout_generator
from sklearn_rnn.nn._embedding import Subwords, TokenEmbedding
from sklearn_rnn.nn._feature_bags import FeatureBags
from sklearn_rnn.nn._forecast_heads import FORECAST_LOSSES, POINT_LOSSES, build_head
from sklearn_rnn.nn._ind_rnn import IndRNN
from sklearn_rnn.nn._known_future import FutureSizes, KnownFuture
from sklearn_rnn.nn._layer_norm_lstm import LayerNormLSTM
from sklearn_rnn.nn._linear import ExactLinear, Linear, linear_like
from sklearn_rnn.nn._linear_skip import LinearSkip
from sklearn_rnn.nn._losses import LOSSES, weighted_mean
from sklearn_rnn.nn._lru import LRU
from sklearn_rnn.nn._masking import flip_within_lengths, last_step, lengths_to_mask
from sklearn_rnn.nn._mingru import MinGRU
from sklearn_rnn.nn._minlstm import MinLSTM
from sklearn_rnn.nn._mixed_tokens import MixedTokens
from sklearn_rnn.nn._mixture import (
    Mixture,
    draw_from_mixture,
    mixture_log_density,
    mixture_mean,
    mixture_mode,
)
from sklearn_rnn.nn._mixture_head import MixtureHead
from sklearn_rnn.nn._mlp_decoder import MLPDecoder
from sklearn_rnn.nn._neighbour_words import NeighbourWords
from sklearn_rnn.nn._online_pooling import OnlinePooling, online_pooling
from sklearn_rnn.nn._ordinal import OrdinalHead, ordinal_log_probabilities
from sklearn_rnn.nn._parallel_decoder import ParallelDecoder
from sklearn_rnn.nn._peephole_lstm import PeepholeLSTM
from sklearn_rnn.nn._point_head import PointHead
from sklearn_rnn.nn._pooling import (
    POOLINGS,
    AttentionPooling,
    LastPooling,
    MaxPooling,
    MeanPooling,
)
from sklearn_rnn.nn._precision import exact_dtype, without_autocast
from sklearn_rnn.nn._quantile_head import QuantileHead
from sklearn_rnn.nn._recurrent import LONG_READ, RecurrentStack
from sklearn_rnn.nn._recursive_decoder import RecursiveDecoder
from sklearn_rnn.nn._sampling import keep_likely
from sklearn_rnn.nn._segments import segment_steps
from sklearn_rnn.nn._sequence_attention import (
    ATTENTIONS,
    AdditiveAttention,
    Memory,
    MultiplicativeAttention,
    WholeSource,
)
from sklearn_rnn.nn._sigmoid_rnn import SigmoidRNN
from sklearn_rnn.nn._slstm import SLSTM
from sklearn_rnn.nn._states import begin_anew, map_state
from sklearn_rnn.nn._static import StaticColumns
from sklearn_rnn.nn._text_embedding import TextEmbedding
from sklearn_rnn.nn._token_softmax import AdaptiveSoftmax, TokenSoftmax, build_softmax
from sklearn_rnn.nn._tree_lstm import (
    TREE_CELLS,
    ChildSumTreeLSTM,
    Forest,
    NaryTreeLSTM,
    build_tree_cell,
)
from sklearn_rnn.nn._vector_decoders import BagDecoder, NumberDecoder, TokenDecoder
from sklearn_rnn.nn._window_scaling import (
    SCALINGS,
    Width,
    WindowMeasures,
    WindowWidths,
    last_observed,
    measure_windows,
    window_statistics,
)

__all__ = [
    "ATTENTIONS",
    "CELLS",
    "DISTRIBUTIONS",
    "FORECAST_LOSSES",
    "LONG_READ",
    "LOSSES",
    "LRU",
    "POINT_LOSSES",
    "POOLINGS",
    "SCALINGS",
    "SLSTM",
    "TREE_CELLS",
    "AdaptiveSoftmax",
    "AdditiveAttention",
    "AttentionPooling",
    "BagDecoder",
    "CarriedStack",
    "CategoryEmbedding",
    "CharacterEncoder",
    "CharacterLSTM",
    "ChildSumTreeLSTM",
    "ConditionalRandomField",
    "ContextVectors",
    "ConvolutionBranch",
    "ConvolutionStem",
    "Distribution",
    "DistributionHead",
    "ExactLinear",
    "FeatureBags",
    "Forest",
    "FutureSizes",
    "Hypothesis",
    "IndRNN",
    "KnownFuture",
    "LastPooling",
    "LayerNormLSTM",
    "Linear",
    "LinearSkip",
    "MLPDecoder",
    "MaskedBatchNorm",
    "MaxPooling",
    "MeanPooling",
    "Memory",
    "MinGRU",
    "MinLSTM",
    "MixedTokens",
    "Mixture",
    "MixtureHead",
    "MultiplicativeAttention",
    "NBest",
    "NaryTreeLSTM",
    "NeighbourWords",
    "NumberDecoder",
    "OnlinePooling",
    "OrdinalHead",
    "ParallelDecoder",
    "PeepholeLSTM",
    "PointHead",
    "QuantileHead",
    "RecurrentStack",
    "RecursiveDecoder",
    "SeededDropout",
    "SeededModule",
    "SigmoidRNN",
    "StaticColumns",
    "Subwords",
    "TagChain",
    "TextEmbedding",
    "TokenDecoder",
    "TokenEmbedding",
    "TokenScorer",
    "TokenSoftmax",
    "TransitionScores",
    "WeightDrop",
    "WholeSource",
    "Width",
    "WindowMeasures",
    "WindowWidths",
    "beam_search",
    "begin_anew",
    "build_cell",
    "build_head",
    "build_softmax",
    "build_tree_cell",
    "category_dim",
    "draw_from_mixture",
    "drops_recurrent_weights",
    "exact_dtype",
    "flip_within_lengths",
    "keep_likely",
    "last_observed",
    "last_step",
    "length_penalty",
    "lengths_to_mask",
    "linear_like",
    "map_state",
    "measure_windows",
    "mixture_log_density",
    "mixture_mean",
    "mixture_mode",
    "online_pooling",
    "ordinal_log_probabilities",
    "segment_steps",
    "set_dropout_generator",
    "to_device",
    "weighted_mean",
    "window_statistics",
    "without_autocast",
]
