"""Models as files: what they may hold, how it is written, and how it is read without trust."""

from sklearn_rnn.persistence._kinds import is_registered
from sklearn_rnn.persistence._load import load, model_of_state
from sklearn_rnn.persistence._save import save, state_of_model

__all__ = ["is_registered", "load", "model_of_state", "save", "state_of_model"]
