"""Pictures and measures of fitted estimators."""

from sklearn_rnn.inspection._gradient_flow import GradientFlow, LayerFlow, gradient_flow
from sklearn_rnn.inspection._gradient_flow_display import GradientFlowDisplay

__all__ = ["GradientFlow", "GradientFlowDisplay", "LayerFlow", "gradient_flow"]
