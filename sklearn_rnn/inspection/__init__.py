"""Pictures and measures of fitted estimators."""

from sklearn_rnn.inspection._attention_display import AttentionDisplay
from sklearn_rnn.inspection._embedding_display import EmbeddingDisplay
from sklearn_rnn.inspection._forecast_display import ForecastDisplay, SeriesForecast
from sklearn_rnn.inspection._gradient_flow import GradientFlow, LayerFlow, gradient_flow
from sklearn_rnn.inspection._gradient_flow_display import GradientFlowDisplay
from sklearn_rnn.inspection._partial_dependence import partial_dependence
from sklearn_rnn.inspection._permutation_importance import permutation_importance
from sklearn_rnn.inspection._saliency_display import SaliencyDisplay
from sklearn_rnn.inspection._tag_display import TagDisplay
from sklearn_rnn.inspection._training_curve_display import TrainingCurveDisplay
from sklearn_rnn.inspection._transition_display import TransitionDisplay

__all__ = [
    "AttentionDisplay",
    "EmbeddingDisplay",
    "ForecastDisplay",
    "GradientFlow",
    "GradientFlowDisplay",
    "LayerFlow",
    "SaliencyDisplay",
    "SeriesForecast",
    "TagDisplay",
    "TrainingCurveDisplay",
    "TransitionDisplay",
    "gradient_flow",
    "partial_dependence",
    "permutation_importance",
]
