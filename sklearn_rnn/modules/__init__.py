"""Whole networks, one a task; each owns its loss."""

from sklearn_rnn.modules._architecture import Architecture
from sklearn_rnn.modules._body import SequenceBody
from sklearn_rnn.modules._classification import ClassificationNetwork
from sklearn_rnn.modules._encoding import EncodingNetwork, EncodingPlan
from sklearn_rnn.modules._forecast_committee import ForecastCommittee
from sklearn_rnn.modules._forecast_plan import DECODERS, ForecastPlan
from sklearn_rnn.modules._forecasting import ForecastingNetwork
from sklearn_rnn.modules._generating import GenerationNetwork, GenerationPlan
from sklearn_rnn.modules._language_modelling import END_ID, LanguageNetwork, LanguagePlan
from sklearn_rnn.modules._linear_blend import LinearBlend
from sklearn_rnn.modules._multi_output import MultiOutputNetwork
from sklearn_rnn.modules._multilabel import MultilabelNetwork
from sklearn_rnn.modules._pretrained_start import (
    pretrained_parts,
    pretrained_patterns,
    start_from_language,
)
from sklearn_rnn.modules._regression import RegressionNetwork
from sklearn_rnn.modules._sequence_to_sequence import (
    Seq2SeqNetwork,
    Seq2SeqPlan,
    Source,
    Written,
)
from sklearn_rnn.modules._tagging import TaggingNetwork, TagPlan
from sklearn_rnn.modules._tree import UNLABELLED, TreeNetwork, TreePlan, TreeTargets

__all__ = [
    "DECODERS",
    "END_ID",
    "UNLABELLED",
    "Architecture",
    "ClassificationNetwork",
    "EncodingNetwork",
    "EncodingPlan",
    "ForecastCommittee",
    "ForecastPlan",
    "ForecastingNetwork",
    "GenerationNetwork",
    "GenerationPlan",
    "LanguageNetwork",
    "LanguagePlan",
    "LinearBlend",
    "MultiOutputNetwork",
    "MultilabelNetwork",
    "RegressionNetwork",
    "Seq2SeqNetwork",
    "Seq2SeqPlan",
    "SequenceBody",
    "Source",
    "TagPlan",
    "TaggingNetwork",
    "TreeNetwork",
    "TreePlan",
    "TreeTargets",
    "Written",
    "pretrained_parts",
    "pretrained_patterns",
    "start_from_language",
]
