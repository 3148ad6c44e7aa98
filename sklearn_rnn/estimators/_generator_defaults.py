"""What "auto" means for a generator, by the amount and the width of the data."""

from math import ceil
from typing import NamedTuple

__all__ = ["AUTO_GENERATOR_PARAMETERS", "StepTraits", "resolve_generator_parameters"]


class StepTraits(NamedTuple):
    """What the defaults depend on; ``lengths_differ`` is about whole sequences."""

    n_sequences: int
    n_steps: int
    n_features: int
    lengths_differ: bool


AUTO_GENERATOR_PARAMETERS = (
    "hidden_size",
    "dropout",
    "n_components",
    "covariance",
    "learn_end",
    "max_epochs",
    "batch_size",
    "bptt",
    "lr",
    "early_stopping",
)

# Of wider steps, the factors of all covariances would be most of the network.
_WIDE = 24
# Up to how many steps a layer is so wide.
_WIDTHS = ((5000, 64), (None, 128))
# How many updates training takes, and the fewest and most epochs.
_UPDATES = (1500, 10, 200)


def resolve_generator_parameters(parameters: dict, traits: StepTraits) -> dict:
    """Give the value of every parameter that may be "auto".

    Parameters
    ----------
    parameters : dict
        The estimator's parameters.
    traits : StepTraits
        What the data is like.

    Returns
    -------
    dict
        One entry for each of ``AUTO_GENERATOR_PARAMETERS``.
    """
    given = {name: parameters[name] for name in AUTO_GENERATOR_PARAMETERS}
    given = {name: value for name, value in given.items() if value != "auto"}
    chosen = {
        "hidden_size": next(w for n, w in _WIDTHS if n is None or traits.n_steps < n),
        "dropout": 0.3,
        "n_components": 8,
        "covariance": "full" if 1 < traits.n_features <= _WIDE else "diag",
        "learn_end": traits.lengths_differ,
        "bptt": 200,
        "lr": 5e-3,
        "early_stopping": False,
    } | given
    n_pieces = max(traits.n_sequences, traits.n_steps // chosen["bptt"])
    chosen.setdefault("batch_size", 8 if n_pieces < 200 else 16 if n_pieces < 1000 else 32)
    updates, fewest, most = _UPDATES
    epochs = ceil(updates * chosen["batch_size"] / n_pieces)
    chosen.setdefault("max_epochs", min(most, max(fewest, epochs)))
    return {name: chosen[name] for name in AUTO_GENERATOR_PARAMETERS}
