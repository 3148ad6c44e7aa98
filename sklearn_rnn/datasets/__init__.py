"""Readers of sequence files."""

from sklearn_rnn.datasets._ts import read_ts

__all__ = ["read_ts"]
