"""What "auto" means, by the kind and the amount of the data."""

from math import ceil
from typing import NamedTuple

__all__ = ["AUTO_ENCODING_PARAMETERS", "AUTO_PARAMETERS", "InputTraits", "resolve_parameters"]


class InputTraits(NamedTuple):
    """What the defaults depend on."""

    kind: str  # "words", "characters", "items", "numbers" or "events"
    n_sequences: int
    n_steps: int
    n_features: int
    has_tokens: bool
    regression: bool = False
    tags: str | None = None  # what a tagger tells, "steps" or "spans"
    vector_dim: int | None = None  # the width of pretrained vectors
    language_sizes: tuple[int, int] | None = None  # widths of a language model: states, vectors
    encodes: bool = False  # whether vectors are learned without labels


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

_OF_READING_LABELS = ("convolution", "stride")
AUTO_ENCODING_PARAMETERS = (
    "decoder",
    "teacher_forcing",
    "step_means",
    *(name for name in AUTO_PARAMETERS if name not in _OF_READING_LABELS),
)

# So many sequences can spare a tenth to validate on. With fewer, a learning rate that falls to zero
# over a fixed number of epochs scores higher than stopping early on a tenth less data.
_SPARE = 20_000

# Recordings of more steps on average are read several at a time. Below it, that costs accuracy.
_LONG = 1000

# Of so few recordings numbers are predicted worse with convolutions, whose mean is unbounded.
_ENOUGH = 1000

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
    "items": {
        "hidden_size": 128,
        "bidirectional": False,
        "dropout": 0.3,
        "token_dropout": 0.0,
        "embedding_dim": 128,
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
        "dropout": 0.7,
        "token_dropout": 0.1,
        "embedding_dim": None,
        "pooling": "mean",
        "lr": 5e-3,
    },
}

# How many updates training takes, and the fewest and most epochs.
_UPDATES = {
    "words": (1100, 6, 60),
    "characters": (1500, 12, 60),
    "items": (1500, 8, 60),
    "numbers": (1500, 12, 60),
    "events": (600, 8, 60),
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
    if traits.tags is not None:
        return _resolve_tagging(parameters, traits)
    if traits.encodes:
        return _resolve_encoding(parameters, traits)
    defaults = dict(_BY_KIND[traits.kind])
    given = {name: parameters.get(name, "auto") for name in AUTO_PARAMETERS}
    given = {name: value for name, value in given.items() if value != "auto"}
    defaults["convolution"] = _convolution(traits)
    convolution = given.get("convolution", defaults["convolution"]) or ""
    if "branch" in convolution:
        # Convolutions overfit less than the recurrent layers beside them, which have to be damped
        # or they alone learn the training data by heart.
        defaults["dropout"] = max(0.5, defaults["dropout"])
    defaults["stride"] = 4 if "stem" in convolution else 1
    defaults["segment"] = _segment(traits)
    defaults["subwords"] = traits.kind == "words" and traits.has_tokens
    defaults["embedding_dim"] = traits.vector_dim or defaults["embedding_dim"]
    defaults["batch_size"] = _batch_size(traits.n_sequences)
    defaults["early_stopping"] = traits.n_sequences >= _SPARE
    defaults["max_epochs"] = _max_epochs(traits, defaults["batch_size"])
    defaults |= _sizes_of_language(traits)
    if traits.language_sizes is not None:
        # A second direction would begin anew. With few labels it costs what pretraining gives.
        defaults["bidirectional"] = False
    return {name: given.get(name, defaults[name]) for name in AUTO_PARAMETERS}


def _resolve_tagging(parameters, traits):
    """Give the values of the parameters of a tagger."""
    words = traits.kind == "words"
    spans = traits.tags == "spans"
    width = 256 if words and traits.n_sequences >= 5000 else 128
    defaults = {
        "hidden_size": width,
        "bidirectional": True,
        "dropout": 0.5 if words else 0.2,
        "token_dropout": 0.2 if words else 0.0,
        "subwords": words and traits.has_tokens,
        "characters": words and traits.has_tokens,
        "language_model": 0.1 if words and traits.has_tokens else 0.0,
        "embedding_dim": traits.vector_dim or (width if words else 64),
        "output": "crf" if spans else "softmax",
        "batch_size": _tagging_batch_size(traits.n_sequences),
        "lr": 3e-3,
        "early_stopping": False,
    }
    defaults["max_epochs"] = _tagging_epochs(traits, defaults["batch_size"])
    defaults |= _sizes_of_language(traits)
    return {
        name: value if parameters.get(name, "auto") == "auto" else parameters[name]
        for name, value in defaults.items()
    }


# A bag of words makes vectors alike that mean alike. In characters and numbers order counts.
_BY_KIND_ENCODED = {
    "words": {
        "decoder": "bag",
        "teacher_forcing": 0.5,
        "hidden_size": 128,
        "dropout": 0.1,
        "token_dropout": 0.3,
        "embedding_dim": 128,
        "pooling": "mean",
        "lr": 3e-3,
    },
    "characters": {
        "decoder": "recurrent",
        "teacher_forcing": 0.5,
        "hidden_size": 128,
        "dropout": 0.1,
        "token_dropout": 0.0,
        "embedding_dim": 64,
        "pooling": "last",
        "lr": 3e-3,
    },
    "numbers": {
        "decoder": "recurrent",
        "teacher_forcing": 0.0,
        "hidden_size": 64,
        "dropout": 0.0,
        "token_dropout": 0.0,
        "embedding_dim": None,
        "pooling": "mean",
        "lr": 3e-3,
    },
}
_UPDATES_ENCODED = {
    "words": (4000, 10, 60),
    "characters": (3000, 10, 60),
    "numbers": (1000, 20, 100),
}


def _resolve_encoding(parameters, traits):
    """Give the values of the parameters of an encoder."""
    defaults = dict(_BY_KIND_ENCODED[traits.kind])
    defaults["bidirectional"] = True
    defaults["embedding_dim"] = traits.vector_dim or defaults["embedding_dim"]
    defaults["subwords"] = False
    defaults["step_means"] = False
    defaults["segment"] = _segment(traits)
    defaults["batch_size"] = _batch_size(traits.n_sequences)
    defaults["early_stopping"] = False
    updates, fewest, most = _UPDATES_ENCODED[traits.kind]
    epochs = ceil(updates * defaults["batch_size"] / traits.n_sequences)
    defaults["max_epochs"] = min(most, max(fewest, epochs))
    return {
        name: value if parameters.get(name, "auto") == "auto" else parameters[name]
        for name, value in defaults.items()
    }


def _sizes_of_language(traits):
    """Give the sizes of the layers that come from a language model."""
    return dict(zip(("hidden_size", "embedding_dim"), traits.language_sizes or (), strict=False))


def _tagging_batch_size(n_sequences):
    return 8 if n_sequences < 500 else 16 if n_sequences < 5000 else 32


def _tagging_epochs(traits, batch_size):
    return min(60, max(12, ceil(1500 * batch_size / traits.n_sequences)))


def _segment(traits):
    """Read a step at a time, unless there are so many that recurrent layers lose the thread."""
    mean_length = traits.n_steps / traits.n_sequences
    if traits.kind != "numbers" or mean_length <= _LONG:
        return 1
    return ceil(mean_length / (_LONG / 2))


def _convolution(traits):
    """Set convolutions beside the recurrent layers where what is local tells much."""
    long_enough = traits.n_steps >= 12 * traits.n_sequences
    enough = not traits.regression or traits.n_sequences >= _ENOUGH
    local = traits.kind == "characters" or (traits.kind == "numbers" and long_enough and enough)
    return "branch" if local else None


def _batch_size(n_sequences):
    """Small batches for little data: the number of updates counts."""
    return 16 if n_sequences < 1000 else 32 if n_sequences < 10_000 else 64


def _max_epochs(traits, batch_size):
    """As many epochs as make a number of updates, within bounds; events overfit soonest."""
    updates, fewest, most = _UPDATES[traits.kind]
    return min(most, max(fewest, ceil(updates * batch_size / traits.n_sequences)))
