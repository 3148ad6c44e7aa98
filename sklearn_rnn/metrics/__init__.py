"""Scores for what scikit-learn's own metrics do not measure."""

from sklearn_rnn.metrics._ranking import hit_rate, mean_reciprocal_rank, ndcg
from sklearn_rnn.metrics._scorers import (
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
    "hit_rate",
    "mean_reciprocal_rank",
    "ndcg",
    "sequence_accuracy_score",
    "sequence_accuracy_scorer",
    "span_classification_report",
    "span_f1_score",
    "span_f1_scorer",
    "span_precision_score",
    "span_precision_scorer",
    "span_recall_score",
    "span_recall_scorer",
    "token_accuracy_score",
    "token_accuracy_scorer",
]
