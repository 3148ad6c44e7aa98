"""Scores for what scikit-learn's own metrics do not measure."""

from sklearn_rnn.metrics._ranking import hit_rate, mean_reciprocal_rank, ndcg

__all__ = ["hit_rate", "mean_reciprocal_rank", "ndcg"]
