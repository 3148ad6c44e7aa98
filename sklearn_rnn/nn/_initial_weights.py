"""What the weights of recurrent cells are at the start."""

import torch
from torch import Tensor, nn

__all__ = ["draw_keeping_biases", "fill_gates_of_lstm", "fill_matrices", "open_forget_gate"]


@torch.no_grad()
def fill_matrices(layer: nn.Module, generator: torch.Generator) -> None:
    """Draw the weights of a cell whose parameters have the names and the layout of torch's.

    Recurrent weights are orthogonal gate by gate (Saxe et al., "Exact solutions to the nonlinear
    dynamics of learning in deep linear neural networks", 2014), input weights Glorot uniform, and
    all others zero.
    """
    for name, weight in layer.named_parameters():
        if not name.startswith("weight"):
            weight.zero_()
            continue
        for gate in weight.split(layer.hidden_size):
            if name.startswith("weight_hh"):
                nn.init.orthogonal_(gate, generator=generator)
            else:
                nn.init.xavier_uniform_(gate, generator=generator)


def draw_keeping_biases(hidden_size: int, longest: int, generator: torch.Generator) -> Tensor:
    """Draw biases ``(hidden,)`` of a gate that keeps, for times spread evenly up to the longest.

    A gate that keeps with the bias ``log u`` forgets over about ``u`` steps, so ``u`` is drawn
    from ``Uniform[1, longest - 1]`` for each unit (Tallec and Ollivier, "Can recurrent neural
    networks warp time?", 2018, eq. 16). Data of at most two steps have nothing to remember over:
    ``u`` is 1 and the gates half open.
    """
    times = torch.empty(hidden_size, dtype=torch.float32)
    return times.uniform_(1, max(1, longest - 1), generator=generator).log_()


@torch.no_grad()
def open_forget_gate(layer: nn.Module) -> None:
    """Let the second gate, which forgets, begin with a bias of 1.

    Jozefowicz et al., "An Empirical Exploration of Recurrent Network Architectures", 2015.
    """
    layer.bias_ih_l0[layer.hidden_size : 2 * layer.hidden_size] = 1


@torch.no_grad()
def fill_gates_of_lstm(layer: nn.Module, longest: int, generator: torch.Generator) -> None:
    """Let the second gate keep, and the first, which reads, take in as little as it lets go."""
    keep = draw_keeping_biases(layer.hidden_size, longest, generator)
    layer.bias_ih_l0[: 2 * layer.hidden_size] = torch.cat([-keep, keep])
