"""Linear layers that draw their weights from a given generator."""

import torch
from torch import Tensor, nn

__all__ = ["ExactLinear", "Linear", "linear_like"]


class Linear(nn.Linear):
    """``torch.nn.Linear`` with Glorot uniform weights from ``generator`` and zero bias."""

    def __init__(
        self, in_features: int, out_features: int, *, bias: bool = True, generator: torch.Generator
    ):
        super().__init__(in_features, out_features, bias, device="meta", dtype=torch.float32)
        self.to_empty(device="cpu")
        nn.init.xavier_uniform_(self.weight, generator=generator)
        if bias:
            nn.init.zeros_(self.bias)


class ExactLinear(Linear):
    """A linear layer that computes in float64 at prediction.

    A matrix product in float32 may differ in its last bit with the number of rows; the answer of
    a network must not depend on how many sequences are in the batch.
    """

    def forward(self, inputs: Tensor) -> Tensor:
        if self.training or inputs.device.type == "mps":
            return super().forward(inputs)
        return nn.functional.linear(inputs.double(), self.weight.double(), self.bias.double())


def linear_like(inputs: Tensor, weight: Tensor, bias: Tensor | None = None) -> Tensor:
    """Map inputs linearly, in their own type: ``(..., features) -> (..., outputs)``."""
    bias = None if bias is None else bias.to(inputs.dtype)
    return nn.functional.linear(inputs, weight.to(inputs.dtype), bias)
