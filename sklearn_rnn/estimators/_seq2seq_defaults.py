"""What "auto" means for a model from sequences to sequences, by the kind and the amount of data."""

from math import ceil
from typing import NamedTuple

from sklearn_rnn.estimators._language_defaults import up_to

__all__ = ["AUTO_SEQ2SEQ_PARAMETERS", "PairTraits", "resolve_seq2seq_parameters"]


class PairTraits(NamedTuple):
    """What the defaults depend on.

    ``writes`` is "words" where targets are texts of words, else "signs": characters, or few ids.
    ``reads_words`` says whether sources are texts of words.
    """

    writes: str
    reads_words: bool
    n_pairs: int
    n_target_tokens: int
    longest_target: int


AUTO_SEQ2SEQ_PARAMETERS = (
    "hidden_size",
    "num_layers",
    "dropout",
    "token_dropout",
    "embedding_dim",
    "tie_weights",
    "label_smoothing",
    "max_target_length",
    "max_epochs",
    "batch_size",
    "lr",
    "early_stopping",
)

_BY_KIND = {
    "words": {"dropout": 0.3, "label_smoothing": 0.1, "tie_weights": True},
    "signs": {"dropout": 0.1, "label_smoothing": 0.0, "tie_weights": False},
}
# Up to how many tokens of targets a layer is so wide.
_WIDTHS = ((20_000, 64), (200_000, 128), (None, 256))
# Narrow layers learn at higher rates: up to how many units a layer has.
_RATES = ((65, 1e-2), (129, 5e-3), (None, 2.5e-3))
# Up to how many pairs there are so many in a batch.
_BATCHES = ((1000, 16), (10_000, 32), (None, 64))
# How many updates training takes, and the fewest and most epochs.
_UPDATES = {"words": (6000, 14, 60), "signs": (2500, 8, 100)}


def resolve_seq2seq_parameters(parameters: dict, traits: PairTraits) -> dict:
    """Give the value of every parameter that may be "auto".

    Parameters
    ----------
    parameters : dict
        The estimator's parameters.
    traits : PairTraits
        What the data is like.

    Returns
    -------
    dict
        One entry for each of ``AUTO_SEQ2SEQ_PARAMETERS``.
    """
    given = {name: parameters[name] for name in AUTO_SEQ2SEQ_PARAMETERS}
    given = {name: value for name, value in given.items() if value != "auto"}
    width = given.get("hidden_size", up_to(_WIDTHS, traits.n_target_tokens))
    chosen = {
        "hidden_size": width,
        "num_layers": 1,
        "token_dropout": 0.05 if traits.reads_words else 0.0,
        "embedding_dim": width,
        "max_target_length": traits.longest_target + ceil(traits.longest_target / 4),
        "batch_size": up_to(_BATCHES, traits.n_pairs),
        "lr": up_to(_RATES, width),
        "early_stopping": False,
    }
    chosen |= _BY_KIND[traits.writes] | given
    if "max_epochs" not in given:
        updates, fewest, most = _UPDATES[traits.writes]
        epochs = ceil(updates * chosen["batch_size"] / traits.n_pairs)
        chosen["max_epochs"] = min(most, max(fewest, epochs))
    return {name: chosen[name] for name in AUTO_SEQ2SEQ_PARAMETERS}
