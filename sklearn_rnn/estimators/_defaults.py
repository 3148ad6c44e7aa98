"""What "auto" means, by the kind and the amount of the data."""

from math import ceil
from typing import NamedTuple

__all__ = ["AUTO_PARAMETERS", "InputTraits", "resolve_parameters"]


class InputTraits(NamedTuple):
    """What the defaults depend on."""

    kind: str  # "words", "characters", "numbers" or "events"
    n_sequences: int
    n_steps: int
    n_features: int
    has_tokens: bool


AUTO_PARAMETERS = (
    "hidden_size",
    "bidirectional",
    "dropout",
    "token_dropout",
    "subwords",
    "embedding_dim",
    "pooling",
    "convolution",
    "stride",
    "segment",
    "batch_size",
    "lr",
    "max_epochs",
    "early_stopping",
)

# So many sequences can spare a tenth to validate on. With fewer, a learning rate that falls to zero
# over a fixed number of epochs scores higher than stopping early on a tenth less data.
_SPARE = 20_000

_BY_KIND = {
    "words": {
        "hidden_size": 64,
        "bidirectional": True,
        "dropout": 0.6,
        "token_dropout": 0.1,
        "embedding_dim": 128,
        "pooling": "attention",
        "lr": 2e-3,
    },
    "characters": {
        "hidden_size": 128,
        "bidirectional": True,
        "dropout": 0.3,
        "token_dropout": 0.0,
        "embedding_dim": 64,
        "pooling": "last",
        "lr": 3e-3,
    },
    "numbers": {
        "hidden_size": 64,
        "bidirectional": True,
        "dropout": 0.2,
        "token_dropout": 0.0,
        "embedding_dim": None,
        "pooling": "max",
        "lr": 3e-3,
    },
    "events": {
        "hidden_size": 64,
        "bidirectional": True,
        "dropout": 0.2,
        "token_dropout": 0.02,
        "embedding_dim": None,
        "pooling": "max",
        "lr": 3e-3,
    },
}


def resolve_parameters(parameters: dict, traits: InputTraits) -> dict:
    """Give the value of every parameter that may be "auto".

    Parameters
    ----------
    parameters : dict
        The estimator's parameters.
    traits : InputTraits
        What the data is like.

    Returns
    -------
    dict
        One entry for each of ``AUTO_PARAMETERS``.
    """
    defaults = dict(_BY_KIND[traits.kind])
    long_enough = traits.n_steps >= 12 * traits.n_sequences
    local = traits.kind == "characters" or (traits.kind == "numbers" and long_enough)
    defaults["convolution"] = "branch" if local else None
    if "branch" in (_given(parameters, "convolution") or defaults["convolution"] or ""):
        # The convolutions learn little data by heart more slowly than the recurrent layers, of
        # which, undamped, they would be left nothing to do.
        defaults["dropout"] = 0.5
    defaults["stride"] = defaults["segment"] = 1
    defaults["subwords"] = traits.kind == "words" and traits.has_tokens
    defaults["batch_size"] = _batch_size(traits.n_sequences)
    defaults["early_stopping"] = traits.n_sequences >= _SPARE
    defaults["max_epochs"] = _max_epochs(traits, defaults["batch_size"])
    return {
        name: defaults[name] if parameters.get(name, "auto") == "auto" else parameters[name]
        for name in AUTO_PARAMETERS
    }


def _given(parameters, name):
    """Give the value of a parameter, None where it is "auto"."""
    value = parameters.get(name, "auto")
    return None if value == "auto" else value


def _batch_size(n_sequences):
    """Small batches for little data: the number of updates counts."""
    return 16 if n_sequences < 1000 else 32 if n_sequences < 10_000 else 64


def _max_epochs(traits, batch_size):
    """As many epochs as make a number of updates, within bounds; words overfit soonest."""
    updates, fewest, most = (1100, 6, 60) if traits.kind == "words" else (1500, 12, 60)
    return min(most, max(fewest, ceil(updates * batch_size / traits.n_sequences)))
