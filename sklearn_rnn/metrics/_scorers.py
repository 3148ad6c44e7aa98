"""Scores of taggers in the form that searches and cross-validation take."""

from sklearn.metrics import make_scorer

from sklearn_rnn.metrics._span_scores import (
    span_f1_score,
    span_precision_score,
    span_recall_score,
)
from sklearn_rnn.metrics._tagging import sequence_accuracy_score, token_accuracy_score

__all__ = [
    "sequence_accuracy_scorer",
    "span_f1_scorer",
    "span_precision_scorer",
    "span_recall_scorer",
    "token_accuracy_scorer",
]

token_accuracy_scorer = make_scorer(token_accuracy_score)
sequence_accuracy_scorer = make_scorer(sequence_accuracy_score)
# A model that predicts no span has not earned a warning, but a score of 0.
span_f1_scorer = make_scorer(span_f1_score, zero_division=0.0)
span_precision_scorer = make_scorer(span_precision_score, zero_division=0.0)
span_recall_scorer = make_scorer(span_recall_score, zero_division=0.0)
