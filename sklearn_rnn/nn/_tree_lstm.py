"""Tree-LSTMs: the state of a node from what it reads and the states of its children.

Tai, Socher and Manning, "Improved Semantic Representations From Tree-Structured Long Short-Term
Memory Networks", 2015 (arXiv 1503.00075).
"""

from typing import NamedTuple

import torch
from torch import Tensor, nn

from sklearn_rnn.nn._precision import at_least_float32

__all__ = ["TREE_CELLS", "ChildSumTreeLSTM", "Forest", "NaryTreeLSTM", "build_tree_cell"]

_GATES = 4  # in the order of torch.nn.LSTM: input, forget, cell, output
_FORGET = 1


class Forest(NamedTuple):
    """How the nodes of a batch of trees hang together: level by level, the roots first.

    The nodes of a level are all those that are as far from their roots. The children of a node
    stand side by side in the next level, and in the order of the nodes of this one; so each level
    is computed in one go from the level below it, and from nothing else.

    ``place`` ``(nodes,)`` is where each node is in a padded batch ``(trees, longest)``, laid out
    flat. ``sizes`` are the numbers of nodes of the levels. ``n_children`` ``(nodes,)`` are the
    children of each node, ``begin`` ``(nodes,)`` where they begin in the next level, and
    ``parent`` ``(nodes,)`` is the place of the parent in the level before (0 for roots).
    """

    place: Tensor
    sizes: tuple[int, ...]
    n_children: Tensor
    begin: Tensor
    parent: Tensor


class _Level(NamedTuple):
    """One level and its children, the whole of the level below it.

    ``gates`` ``(nodes, 4 * hidden)`` is what the nodes read, ``n_children`` and ``begin`` are
    ``(nodes,)``; ``states`` and ``cells`` are ``(children, hidden)``, ``parent`` ``(children,)``.
    """

    gates: Tensor
    n_children: Tensor
    begin: Tensor
    states: Tensor
    cells: Tensor
    parent: Tensor


class ChildSumTreeLSTM(nn.Module):
    """A Tree-LSTM whose children have no order: their states are summed.

    Each child has a forget gate of its own (eqs. 2 to 8). A tree without branches is what
    ``torch.nn.LSTM`` makes of its nodes from the leaf to the root, with the same weights.

    Parameters
    ----------
    input_size, hidden_size : int
        Features of a node, and units.
    generator : torch.Generator
        What the weights are drawn from.

    See Also
    --------
    NaryTreeLSTM : Tells children apart by their places.
    sklearn_rnn.TreeRNNClassifier : Takes it as ``cell="child_sum"``.

    References
    ----------
    Tai, Socher and Manning, "Improved Semantic Representations From Tree-Structured Long
    Short-Term Memory Networks", 2015.

    Examples
    --------
    A root and its two children:

    >>> import torch
    >>> from sklearn_rnn.nn import Forest, ChildSumTreeLSTM
    >>> forest = Forest(
    ...     place=torch.arange(3),
    ...     sizes=(1, 2),
    ...     n_children=torch.tensor([2, 0, 0]),
    ...     begin=torch.tensor([0, 0, 0]),
    ...     parent=torch.tensor([0, 0, 0]),
    ... )
    >>> cell = ChildSumTreeLSTM(4, 8, generator=torch.Generator().manual_seed(0))
    >>> cell(torch.zeros(3, 4), forest).shape
    torch.Size([3, 8])
    """

    def __init__(self, input_size: int, hidden_size: int, *, generator: torch.Generator):
        super().__init__()
        self.hidden_size = hidden_size
        _add_inputs(self, input_size, hidden_size, generator)
        self.weight_hh = _orthogonal(_GATES, 1, hidden_size, generator)

    def forward(self, inputs: Tensor, forest: Forest) -> Tensor:
        """Give the state of each node.

        Parameters
        ----------
        inputs : Tensor of shape (nodes, input_size)
            What each node reads, in the order of the levels.
        forest : Forest
            How the nodes hang together.

        Returns
        -------
        Tensor of shape (nodes, hidden_size)
            In the order of the levels.
        """
        on_input, on_forget, on_cell, on_output = self.weight_hh.to(inputs.dtype).chunk(_GATES)
        on_sum = torch.cat([on_input, on_cell, on_output])

        def step(level):
            forget = level.gates.chunk(_GATES, 1)[_FORGET]
            forget = nn.functional.embedding(level.parent, forget)  # that of the child's parent
            forget = forget + nn.functional.linear(level.states, on_forget)  # eq. 4
            kept = forget.sigmoid() * level.cells
            sums = _sum_bags(torch.cat([level.states, kept], 1), level.begin)
            states, kept = sums.chunk(2, 1)  # eq. 2, and the sum of eq. 7
            return nn.functional.linear(states, on_sum), kept

        return _run_levels(step, _read(self, inputs), forest)


class NaryTreeLSTM(nn.Module):
    """A Tree-LSTM whose children have places, and each place weights of its own.

    Equations 9 to 14 of the paper; the places are those of a node's children, from the first.

    Parameters
    ----------
    input_size, hidden_size : int
        Features of a node, and units.
    max_children : int
        How many places there are; a further child shares the last one.
    generator : torch.Generator
        What the weights are drawn from.

    See Also
    --------
    ChildSumTreeLSTM : Sums children of any number, in any order.
    sklearn_rnn.TreeRNNClassifier : Takes it as ``cell="n_ary"``.

    References
    ----------
    Tai, Socher and Manning, "Improved Semantic Representations From Tree-Structured Long
    Short-Term Memory Networks", 2015.

    Examples
    --------
    A root and its two children:

    >>> import torch
    >>> from sklearn_rnn.nn import Forest, NaryTreeLSTM
    >>> forest = Forest(
    ...     place=torch.arange(3),
    ...     sizes=(1, 2),
    ...     n_children=torch.tensor([2, 0, 0]),
    ...     begin=torch.tensor([0, 0, 0]),
    ...     parent=torch.tensor([0, 0, 0]),
    ... )
    >>> cell = NaryTreeLSTM(4, 8, 2, generator=torch.Generator().manual_seed(0))
    >>> cell(torch.zeros(3, 4), forest).shape
    torch.Size([3, 8])
    """

    def __init__(
        self, input_size: int, hidden_size: int, max_children: int, *, generator: torch.Generator
    ):
        super().__init__()
        self.hidden_size, self.max_children = hidden_size, max_children
        _add_inputs(self, input_size, hidden_size, generator)
        # Three gates of the node, then a forget gate for each place; a column a place.
        self.weight_hh = _orthogonal(3 + max_children, max_children, hidden_size, generator)

    def forward(self, inputs: Tensor, forest: Forest) -> Tensor:
        """Give the state of each node.

        Parameters
        ----------
        inputs : Tensor of shape (nodes, input_size)
            What each node reads, in the order of the levels.
        forest : Forest
            How the nodes hang together.

        Returns
        -------
        Tensor of shape (nodes, hidden_size)
            In the order of the levels.
        """
        n_places, weight = self.max_children, self.weight_hh.to(inputs.dtype)
        places = torch.arange(n_places, device=inputs.device)

        def step(level):
            begin = level.begin[:, None] + torch.minimum(places, level.n_children[:, None])
            both = _sum_bags(torch.cat([level.states, level.cells], 1), begin.flatten())
            states, cells = both.view(len(begin), n_places, -1).chunk(2, 2)
            recurrent = nn.functional.linear(states.flatten(1), weight)  # (nodes, gates * hidden)
            gates, forget = recurrent.split([3 * self.hidden_size, n_places * self.hidden_size], 1)
            forget = forget.view_as(cells) + level.gates.chunk(_GATES, 1)[_FORGET][:, None]
            return gates, (forget.sigmoid() * cells).sum(1)  # eq. 10, and the sum of eq. 13

        return _run_levels(step, _read(self, inputs), forest)


TREE_CELLS = {"child_sum": ChildSumTreeLSTM, "n_ary": NaryTreeLSTM}


def build_tree_cell(
    cell: str,
    input_size: int,
    hidden_size: int,
    max_children: int | None,
    *,
    generator: torch.Generator,
) -> nn.Module:
    """Build a cell by its name in ``TREE_CELLS``; only "n_ary" has a number of children."""
    sizes = (max_children,) if cell == "n_ary" else ()
    return TREE_CELLS[cell](int(input_size), int(hidden_size), *sizes, generator=generator)


def _run_levels(step, gates, forest):
    """Go from the deepest level to the roots.

    ``step`` gives what the children add to the gates of input, cell and output, and the sum of the
    cells that are kept.
    """
    gates, n_children, begin, parent = (
        part.split(forest.sizes) for part in (gates, forest.n_children, forest.begin, forest.parent)
    )
    states, cells, found = None, None, []
    for depth in reversed(range(len(forest.sizes))):
        of_input, _, of_cell, of_output = gates[depth].chunk(_GATES, 1)
        kept = None
        if states is not None:
            below = (states, cells, parent[depth + 1])
            recurrent, kept = step(_Level(gates[depth], n_children[depth], begin[depth], *below))
            add = recurrent.chunk(3, 1)
            of_input, of_cell, of_output = of_input + add[0], of_cell + add[1], of_output + add[2]
        cells = of_input.sigmoid() * of_cell.tanh()
        cells = cells if kept is None else cells + kept
        states = of_output.sigmoid() * cells.tanh()
        found.append(states)
    return torch.cat(found[::-1])


def _sum_bags(values: Tensor, begin: Tensor) -> Tensor:
    """Sum the rows from each beginning to the next, one after the other: ``(bags, width)``."""
    rows = torch.arange(len(values), device=values.device)
    return nn.functional.embedding_bag(rows, values, begin, mode="sum")


def _read(cell, inputs):
    """Give what nodes read to their gates: ``(nodes, 4 * hidden)``, at least in float32."""
    dtype = inputs.dtype
    gates = nn.functional.linear(inputs, cell.weight_ih.to(dtype), cell.bias.to(dtype))
    return gates.to(at_least_float32(gates))


def _add_inputs(cell, input_size, hidden_size, generator):
    """Draw input weights by Glorot, gate by gate; the bias of forgetting is 1, others 0."""
    weight = torch.empty(_GATES * hidden_size, input_size, dtype=torch.float32)
    bias = torch.zeros(_GATES * hidden_size, dtype=torch.float32)
    with torch.no_grad():
        for gate in weight.split(hidden_size):
            nn.init.xavier_uniform_(gate, generator=generator)
        bias[_FORGET * hidden_size : (_FORGET + 1) * hidden_size] = 1
    cell.weight_ih, cell.bias = nn.Parameter(weight), nn.Parameter(bias)


def _orthogonal(n_gates, n_places, hidden_size, generator):
    """Draw recurrent weights, orthogonal for each gate and place."""
    weight = torch.empty(n_gates * hidden_size, n_places * hidden_size, dtype=torch.float32)
    with torch.no_grad():
        for gate in weight.split(hidden_size):
            for block in gate.split(hidden_size, 1):
                nn.init.orthogonal_(block, generator=generator)
    return nn.Parameter(weight)
