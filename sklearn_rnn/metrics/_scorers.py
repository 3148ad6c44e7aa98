"""Scores of taggers, translators and forecasters in the form that searches take."""

from sklearn.metrics import make_scorer

from sklearn_rnn.metrics._exact_match import exact_match_score
from sklearn_rnn.metrics._forecasting_intervals import interval_coverage
from sklearn_rnn.metrics._forecasting_percentage import symmetric_mean_absolute_percentage_error
from sklearn_rnn.metrics._forecasting_quantiles import mean_quantile_loss, weighted_quantile_loss
from sklearn_rnn.metrics._forecasting_scaled import (
    mean_absolute_scaled_error,
    root_mean_squared_scaled_error,
)
from sklearn_rnn.metrics._forecasting_scorers import CoverageScorer, make_forecast_scorer
from sklearn_rnn.metrics._span_scores import (
    span_f1_score,
    span_precision_score,
    span_recall_score,
)
from sklearn_rnn.metrics._tagging import sequence_accuracy_score, token_accuracy_score

__all__ = [
    "exact_match_scorer",
    "interval_coverage_scorer",
    "neg_interval_coverage_error_scorer",
    "neg_mean_absolute_scaled_error_scorer",
    "neg_mean_quantile_loss_scorer",
    "neg_root_mean_squared_scaled_error_scorer",
    "neg_symmetric_mean_absolute_percentage_error_scorer",
    "neg_weighted_quantile_loss_scorer",
    "sequence_accuracy_scorer",
    "span_f1_scorer",
    "span_precision_scorer",
    "span_recall_scorer",
    "token_accuracy_scorer",
]

token_accuracy_scorer = make_scorer(token_accuracy_score)
sequence_accuracy_scorer = make_scorer(sequence_accuracy_score)
exact_match_scorer = make_scorer(exact_match_score)
# A model that predicts no span has not earned a warning, but a score of 0.
span_f1_scorer = make_scorer(span_f1_score, zero_division=0.0)
span_precision_scorer = make_scorer(span_precision_score, zero_division=0.0)
span_recall_scorer = make_scorer(span_recall_score, zero_division=0.0)

# Forecasters: errors are negative, so that higher is better.
neg_mean_absolute_scaled_error_scorer = make_forecast_scorer(mean_absolute_scaled_error)
neg_root_mean_squared_scaled_error_scorer = make_forecast_scorer(root_mean_squared_scaled_error)
neg_symmetric_mean_absolute_percentage_error_scorer = make_forecast_scorer(
    symmetric_mean_absolute_percentage_error
)
neg_mean_quantile_loss_scorer = make_forecast_scorer(mean_quantile_loss)
neg_weighted_quantile_loss_scorer = make_forecast_scorer(weighted_quantile_loss)
neg_interval_coverage_error_scorer = make_forecast_scorer(interval_coverage)
# The coverage of 80 % intervals as it is, to look at: a search would take the widest intervals.
interval_coverage_scorer = CoverageScorer(0.8, as_error=False)
