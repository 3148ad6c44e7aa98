"""Scores for what scikit-learn's own metrics do not measure."""

from sklearn_rnn.metrics._bleu import bleu_score
from sklearn_rnn.metrics._exact_match import exact_match_score
from sklearn_rnn.metrics._forecasting_intervals import interval_coverage, mean_interval_width
from sklearn_rnn.metrics._forecasting_naive import seasonal_naive_errors
from sklearn_rnn.metrics._forecasting_percentage import (
    overall_weighted_average,
    symmetric_mean_absolute_percentage_error,
)
from sklearn_rnn.metrics._forecasting_quantiles import mean_quantile_loss, weighted_quantile_loss
from sklearn_rnn.metrics._forecasting_scaled import (
    mean_absolute_scaled_error,
    root_mean_squared_scaled_error,
)
from sklearn_rnn.metrics._forecasting_scorers import make_forecast_scorer
from sklearn_rnn.metrics._ranking import hit_rate, mean_reciprocal_rank, ndcg
from sklearn_rnn.metrics._scorers import (
    exact_match_scorer,
    interval_coverage_scorer,
    neg_interval_coverage_error_scorer,
    neg_mean_absolute_scaled_error_scorer,
    neg_mean_quantile_loss_scorer,
    neg_root_mean_squared_scaled_error_scorer,
    neg_symmetric_mean_absolute_percentage_error_scorer,
    neg_weighted_quantile_loss_scorer,
    sequence_accuracy_scorer,
    span_f1_scorer,
    span_precision_scorer,
    span_recall_scorer,
    token_accuracy_scorer,
)
from sklearn_rnn.metrics._span_report import span_classification_report
from sklearn_rnn.metrics._span_scores import (
    span_f1_score,
    span_precision_score,
    span_recall_score,
)
from sklearn_rnn.metrics._tagging import sequence_accuracy_score, token_accuracy_score

__all__ = [
    "bleu_score",
    "exact_match_score",
    "exact_match_scorer",
    "hit_rate",
    "interval_coverage",
    "interval_coverage_scorer",
    "make_forecast_scorer",
    "mean_absolute_scaled_error",
    "mean_interval_width",
    "mean_quantile_loss",
    "mean_reciprocal_rank",
    "ndcg",
    "neg_interval_coverage_error_scorer",
    "neg_mean_absolute_scaled_error_scorer",
    "neg_mean_quantile_loss_scorer",
    "neg_root_mean_squared_scaled_error_scorer",
    "neg_symmetric_mean_absolute_percentage_error_scorer",
    "neg_weighted_quantile_loss_scorer",
    "overall_weighted_average",
    "root_mean_squared_scaled_error",
    "seasonal_naive_errors",
    "sequence_accuracy_score",
    "sequence_accuracy_scorer",
    "span_classification_report",
    "span_f1_score",
    "span_f1_scorer",
    "span_precision_score",
    "span_precision_scorer",
    "span_recall_score",
    "span_recall_scorer",
    "symmetric_mean_absolute_percentage_error",
    "token_accuracy_score",
    "token_accuracy_scorer",
    "weighted_quantile_loss",
]
