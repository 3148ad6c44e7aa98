"""What "auto" means for a language model, by the kind and the amount of the text."""

from math import ceil
from typing import NamedTuple

import numpy as np

from sklearn_rnn.nn import drops_recurrent_weights

__all__ = [
    "AUTO_LANGUAGE_PARAMETERS",
    "TextTraits",
    "choose_cutoffs",
    "resolve_language_parameters",
    "up_to",
]


class TextTraits(NamedTuple):
    """What the defaults depend on.

    ``kind`` is "characters" or "words" (items are words, too); ``counts`` ``(n_ids,)`` is how
    often each id comes.
    """

    kind: str
    n_tokens: int
    counts: np.ndarray


AUTO_LANGUAGE_PARAMETERS = (
    "hidden_size",
    "num_layers",
    "embedding_dim",
    "tie_weights",
    "dropout",
    "embedding_dropout",
    "weight_drop",
    "cutoffs",
    "max_epochs",
    "batch_size",
    "bptt",
    "lr",
    "early_stopping",
)

_BY_KIND = {
    "characters": {
        "num_layers": 1,
        "embedding_dim": 64,
        "tie_weights": False,
        "dropout": 0.2,
        "embedding_dropout": 0.0,
        "weight_drop": 0.0,
        "bptt": 128,
    },
    "words": {
        "num_layers": 1,
        "tie_weights": True,
        "dropout": 0.3,
        "embedding_dropout": 0.1,
        "weight_drop": 0.2,
        "bptt": 64,
    },
}

# Up to how many tokens of training text a layer is so wide.
_WIDTHS = {
    "characters": ((20_000, 64), (200_000, 128), (None, 256)),
    "words": ((20_000, 64), (200_000, 128), (None, 256)),
}
# Narrow layers learn at higher rates: up to how many units a layer has.
_RATES = ((65, 1e-2), (129, 7e-3), (257, 5e-3), (None, 3e-3))
# Up to how many tokens there are so many streams.
_STREAMS = ((2000, 2), (20_000, 8), (200_000, 16), (2_000_000, 32), (None, 64))
# How many updates training takes, and the fewest and most epochs.
_UPDATES = {"characters": (3000, 4, 100), "words": (1500, 4, 100)}

# From so many ids on, clusters of rare ones are several times as fast, at no loss: each begins
# where the ids are four times as many, and holds at least as many as stand before it. It takes
# frequent ids that come first, and cover so much of the text.
_MANY = 5_000
_CUTOFFS = (1_000, 4_000, 16_000, 64_000)
_COVERED = 0.5


def resolve_language_parameters(parameters: dict, traits: TextTraits) -> dict:
    """Give the value of every parameter that may be "auto".

    Parameters
    ----------
    parameters : dict
        The estimator's parameters.
    traits : TextTraits
        What the text is like.

    Returns
    -------
    dict
        One entry for each of ``AUTO_LANGUAGE_PARAMETERS``.
    """
    given = {name: parameters[name] for name in AUTO_LANGUAGE_PARAMETERS}
    given = {name: value for name, value in given.items() if not _is_auto(value)}
    width = up_to(_WIDTHS[traits.kind], traits.n_tokens)
    chosen = {
        "hidden_size": width,
        "embedding_dim": given.get("hidden_size", width),
        "lr": up_to(_RATES, given.get("hidden_size", width)),
        "early_stopping": False,
    }
    chosen |= _BY_KIND[traits.kind]
    chosen["cutoffs"] = choose_cutoffs(traits.counts)
    if callable(parameters["cell"]) or not drops_recurrent_weights(parameters["cell"]):
        chosen["weight_drop"] = 0.0
    chosen["batch_size"] = up_to(_STREAMS, traits.n_tokens)
    chosen |= given
    if "max_epochs" not in given:
        chosen["max_epochs"] = _max_epochs(traits, chosen["batch_size"] * chosen["bptt"])
    return {name: chosen[name] for name in AUTO_LANGUAGE_PARAMETERS}


def _is_auto(value):
    return isinstance(value, str) and value == "auto"


def up_to(steps: tuple, n: int):
    """Give the value of the first pair ``(bound, value)`` whose bound is above n (None: any)."""
    return next(value for bound, value in steps if bound is None or n < bound)


def choose_cutoffs(counts: np.ndarray) -> tuple[int, ...] | None:
    """Take an adaptive softmax for many ids, frequent ones first, by how often each comes."""
    frequent = counts[: _CUTOFFS[0]].sum()
    if len(counts) < _MANY or frequent < _COVERED * counts.sum():
        return None
    return tuple(bound for bound in _CUTOFFS if 2 * bound <= len(counts))


def _max_epochs(traits, tokens_per_update):
    updates, fewest, most = _UPDATES[traits.kind]
    return min(most, max(fewest, ceil(updates * tokens_per_update / traits.n_tokens)))
