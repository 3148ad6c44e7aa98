"""From trees and parameters to the plan of a network."""

import numpy as np

from sklearn_rnn.data import gather_positions
from sklearn_rnn.estimators._language_planning import check_network
from sklearn_rnn.estimators._tree_defaults import (
    AUTO_TREE_PARAMETERS,
    TreeTraits,
    resolve_tree_parameters,
)
from sklearn_rnn.modules import TreePlan

__all__ = ["plan_trees"]


def plan_trees(estimator, data, *, reset: bool, keep_auto: bool = False) -> None:
    """Resolve what is "auto" and keep it as ``<name>_``; a network that is there stays.

    Parameters
    ----------
    estimator : TreeRNNClassifier
    data : TrainingData
        Of ``NumberedTrees``.
    reset : bool
        Whether a new network is planned, as ``_architecture``.
    keep_auto : bool, default=False
        Whether what was once resolved stays as well.
    """
    if not reset:
        check_network(estimator)
        _check_frozen(estimator)
    traits = TreeTraits(
        n_trees=len(data.target),
        most_children=_most_children(data),
        vector_dim=estimator._vector_dim if reset else estimator._architecture.embedding_dim,
    )
    chosen = resolve_tree_parameters(estimator.get_params(deep=False), traits)
    for name in AUTO_TREE_PARAMETERS:
        is_auto = isinstance(getattr(estimator, name), str)
        if reset or not (name in TreePlan._fields or (keep_auto and is_auto)):
            setattr(estimator, f"{name}_", chosen[name])
    if reset:
        _check_places(estimator)
        estimator._architecture = TreePlan(
            n_tokens=len(estimator._vocabulary),
            embedding_dim=estimator.embedding_dim_,
            cell=estimator.cell,
            hidden_size=estimator.hidden_size_,
            num_layers=estimator.num_layers,
            max_children=estimator.max_children_,
            dropout=estimator.dropout_,
            token_dropout=estimator.token_dropout_,
        )


def _check_frozen(estimator):
    if estimator.embedding is not None and estimator.freeze_embedding != estimator._is_frozen:
        raise ValueError(
            f"freeze_embedding={estimator.freeze_embedding}, but training goes on with a network "
            f"whose freeze_embedding is {estimator._is_frozen}; set it back, or fit anew with "
            "warm_start=False."
        )


def _most_children(data):
    """Count the children of the nodes of those trees that are trained on."""
    trees, parents = data.sequences, data.sequences.parents
    if data.rows is not None:
        starts, lengths = trees.offsets[:-1][data.rows], trees.lengths[data.rows]
        parents = parents[gather_positions(starts, lengths)]
    return int(np.bincount(parents[parents >= 0], minlength=1).max())


def _check_places(estimator):
    if estimator.cell != "n_ary" and estimator.max_children_ is not None:
        raise ValueError(
            f"max_children={estimator.max_children_}, but cell={estimator.cell!r} knows no places "
            'of children; set cell="n_ary", or leave max_children at "auto".'
        )
