"""The network of TreeRNNClassifier."""

from typing import NamedTuple

import torch
from torch import Tensor, nn

from sklearn_rnn.nn import (
    ExactLinear,
    Forest,
    SeededDropout,
    TokenEmbedding,
    build_tree_cell,
    exact_dtype,
    weighted_mean,
)

__all__ = ["UNLABELLED", "TreeNetwork", "TreePlan", "TreeTargets"]

# Stands among class indices for a node without a label.
UNLABELLED = -1


class TreePlan(NamedTuple):
    """What a network of trees is built from.

    ``n_tokens`` are the ids, no token (0) and the unknown one (1) among them; ``max_children`` is
    the number of places of children, None for a cell that knows none.
    """

    n_tokens: int
    embedding_dim: int
    cell: str
    hidden_size: int
    num_layers: int
    max_children: int | None
    dropout: float
    token_dropout: float


class TreeTargets(NamedTuple):
    """What is labelled: roots or, with ``at_nodes``, nodes.

    ``weight`` is what each class of nodes counts, ``(classes,)``, or None; ``mean_length`` is how
    many labels a tree has on average, 1 for roots.
    """

    n_classes: int
    at_nodes: bool
    weight: tuple[float, ...] | None
    mean_length: float


class TreeNetwork(nn.Module):
    """A class for each node, from its token and the states of its children.

    Embedding, one or more layers of Tree-LSTMs, and a linear layer to one score a class. A layer
    above the first reads the states of the one below it, node by node. The state of a node depends
    on what is below it and on nothing else, so the scores of an inner node are those of its part of
    the tree as a tree of its own.

    Parameters
    ----------
    plan : TreePlan
    targets : TreeTargets
    generator : torch.Generator
        What the weights are drawn from.
    """

    score_name = "accuracy"

    def __init__(self, plan: TreePlan, targets: TreeTargets, *, generator: torch.Generator):
        super().__init__()
        self.n_classes, self.mean_length = targets.n_classes, targets.mean_length
        self.per_step = targets.at_nodes
        self.embedding = TokenEmbedding(
            plan.n_tokens,
            plan.embedding_dim,
            dropout=plan.dropout,
            token_dropout=plan.token_dropout,
        )
        self.embedding.fill(generator)
        widths = [plan.embedding_dim] + [plan.hidden_size] * (plan.num_layers - 1)
        self.layers = nn.ModuleList(
            build_tree_cell(
                plan.cell, width, plan.hidden_size, plan.max_children, generator=generator
            )
            for width in widths
        )
        self.dropout = SeededDropout(plan.dropout)
        self.head = ExactLinear(plan.hidden_size, targets.n_classes, generator=generator)
        weight = targets.weight and torch.tensor(targets.weight, dtype=torch.float32)
        self.register_buffer("weight", weight, persistent=False)

    def states(self, values: Tensor, forest: Forest) -> Tensor:
        """Give the state of each node ``(nodes, hidden)``, in the order of the levels.

        Prediction computes in float64: what a sum over many nodes rounds off in float32 would
        depend on the other trees of the batch.
        """
        ids = values.flatten()[forest.place]
        states = self.embedding(ids[:, None]).squeeze(1)  # each node has a mask of its own
        states = states.to(exact_dtype(states, self.training))
        for i, layer in enumerate(self.layers):
            states = layer(states if i == 0 else self.dropout(states), forest)
        return states

    def forward(self, values: Tensor, lengths: Tensor | None, *, forest: Forest) -> Tensor:
        """Give the logits of what is labelled: ``(trees, classes)``, or those of all nodes.

        Parameters
        ----------
        values : Tensor of shape (trees, longest), int64
            The ids of the nodes of each tree, padded.
        lengths : Tensor of shape (trees,) or None
            How many nodes each tree has; not read.
        forest : Forest
        """
        if self.per_step:
            return self.node_logits(values, lengths, forest=forest)
        return self.root_logits(values, lengths, forest=forest)

    def root_logits(self, values: Tensor, lengths: Tensor | None, *, forest: Forest) -> Tensor:
        """Give the logits of the roots ``(trees, classes)``."""
        return self.head(self.dropout(self.root_states(values, lengths, forest=forest)))

    def root_states(self, values: Tensor, lengths: Tensor | None, *, forest: Forest) -> Tensor:
        """Give the states of the roots ``(trees, hidden)``."""
        return self.states(values, forest)[: len(values)]

    def node_logits(self, values: Tensor, lengths: Tensor | None, *, forest: Forest) -> Tensor:
        """Give the logits of all nodes, padded with zeros ``(trees, longest, classes)``."""
        logits = self.head(self.dropout(self.states(values, forest)))
        padded = logits.new_zeros(values.numel(), logits.shape[1])
        return padded.index_copy(0, forest.place, logits).view(*values.shape, -1)

    def loss(
        self, logits: Tensor, target: Tensor, weight: Tensor | None, lengths: Tensor | None = None
    ) -> Tensor:
        """Cross-entropy: of roots, or of the labelled nodes, for a tree of mean length."""
        if not self.per_step:
            losses = nn.functional.cross_entropy(logits, target, reduction="none")
            return weighted_mean(losses, weight)
        known = target.clamp(min=0)
        losses = nn.functional.cross_entropy(logits.transpose(1, 2), known, reduction="none")
        counts = (target != UNLABELLED).to(losses.dtype)
        counts = counts if self.weight is None else counts * self.weight[known]
        return weighted_mean((losses * counts).sum(1) / self.mean_length, weight)

    def score(self, logits: Tensor, target: Tensor, lengths: Tensor | None = None) -> Tensor:
        """Give 1 for a tree whose root is right, or the share of its nodes that are."""
        right = (logits.argmax(-1) == target).float()
        return right.sum(1) / self.mean_length if self.per_step else right

    def decide(self, logits: Tensor) -> Tensor:
        """Give the class index of each tree, or of each node."""
        return logits.argmax(-1)

    def probabilities(self, logits: Tensor) -> Tensor:
        """Give the probability of each class ``(..., classes)``."""
        return logits.softmax(-1)
