"""Plans of small networks."""

from sklearn_rnn.modules import Architecture

__all__ = ["small_architecture"]


def small_architecture(**changes):
    """One layer of an LSTM over steps of 3 features, and nothing else; plus the changes."""
    nothing = dict.fromkeys(Architecture._fields) | Architecture._field_defaults
    plain = {
        "n_features": 3,
        "embedding_dim": 5,
        "cell": "lstm",
        "hidden_size": 4,
        "num_layers": 1,
        "bidirectional": False,
        "dropout": 0.0,
        "token_dropout": 0.0,
        "pooling": "last",
    }
    return Architecture(**nothing | plain | changes)
