"""All that a model file may hold, registered: this is the one place that knows every kind."""

from sklearn_rnn.persistence._encoder_states import ENCODER_KINDS
from sklearn_rnn.persistence._ensemble_states import ENSEMBLE_KINDS
from sklearn_rnn.persistence._forecaster_states import FORECASTER_KINDS
from sklearn_rnn.persistence._generator_states import GENERATOR_KINDS
from sklearn_rnn.persistence._language_states import LANGUAGE_KINDS
from sklearn_rnn.persistence._parts import PART, define_part
from sklearn_rnn.persistence._pipelines import PipelineCodec, TransformedTargetCodec
from sklearn_rnn.persistence._registry import is_registered, register
from sklearn_rnn.persistence._scikit_parts import ScikitPart
from sklearn_rnn.persistence._seq2seq_states import SEQ2SEQ_KINDS
from sklearn_rnn.persistence._sequence_states import SEQUENCE_KINDS
from sklearn_rnn.persistence._transformer_states import TRANSFORMER_KINDS
from sklearn_rnn.persistence._tree_states import TREE_KINDS

__all__ = ["PART", "is_registered"]

register(
    *SEQUENCE_KINDS, *LANGUAGE_KINDS, *TREE_KINDS, *GENERATOR_KINDS, *ENCODER_KINDS, *SEQ2SEQ_KINDS
)
register(*FORECASTER_KINDS, *TRANSFORMER_KINDS, *ENSEMBLE_KINDS)
define_part(
    pipeline=PipelineCodec(),
    transformed_target=TransformedTargetCodec(),
    scikit_learn=ScikitPart(),
)
