"""What "auto" means for trees, by their number and size."""

from math import ceil
from typing import NamedTuple

__all__ = ["AUTO_TREE_PARAMETERS", "TreeTraits", "resolve_tree_parameters"]


class TreeTraits(NamedTuple):
    """What the defaults depend on: how many trees there are, and the most children of a node.

    ``vector_dim`` is the width of the vectors that the embedding starts from, None where it has
    none.
    """

    n_trees: int
    most_children: int
    vector_dim: int | None = None


AUTO_TREE_PARAMETERS = (
    "hidden_size",
    "embedding_dim",
    "max_children",
    "dropout",
    "token_dropout",
    "max_epochs",
    "batch_size",
    "lr",
    "early_stopping",
)

# So many trees can spare a tenth to validate on.
_SPARE = 20_000
# A place of a child costs weights by the square of their number.
_MOST_PLACES = 5
# How many updates training takes, and the fewest and most epochs.
_UPDATES, _FEWEST, _MOST = 3000, 10, 60


def resolve_tree_parameters(parameters: dict, traits: TreeTraits) -> dict:
    """Give the value of every parameter that may be "auto".

    Parameters
    ----------
    parameters : dict
        The estimator's parameters.
    traits : TreeTraits
        What the data is like.

    Returns
    -------
    dict
        One entry for each of ``AUTO_TREE_PARAMETERS``.
    """
    batch_size = _batch_size(traits.n_trees)
    chosen = {
        "hidden_size": 64,
        "embedding_dim": traits.vector_dim or 64,
        "max_children": None,
        "dropout": 0.1,
        "token_dropout": 0.0,
        "max_epochs": min(_MOST, max(_FEWEST, ceil(_UPDATES * batch_size / traits.n_trees))),
        "batch_size": batch_size,
        "lr": 5e-3,
        "early_stopping": traits.n_trees >= _SPARE,
    }
    if parameters["cell"] == "n_ary":
        chosen["max_children"] = min(max(traits.most_children, 1), _MOST_PLACES)
    given = {name: parameters[name] for name in AUTO_TREE_PARAMETERS}
    return chosen | {name: value for name, value in given.items() if not _is_auto(value)}


def _is_auto(value):
    return isinstance(value, str) and value == "auto"


def _batch_size(n_trees):
    """Small batches for little data: the number of updates counts."""
    return 16 if n_trees < 1000 else 32 if n_trees < 10_000 else 64
