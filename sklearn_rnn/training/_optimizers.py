"""The optimisers by name."""

import torch

__all__ = ["OPTIMIZERS", "optimizer_options"]

OPTIMIZERS: dict[str, type[torch.optim.Optimizer]] = {
    "adam": torch.optim.Adam,
    "adamw": torch.optim.AdamW,
    "nadam": torch.optim.NAdam,
    "rmsprop": torch.optim.RMSprop,
    "sgd": torch.optim.SGD,
}

_FUSED = (torch.optim.Adam, torch.optim.AdamW, torch.optim.SGD)


def optimizer_options(optimizer: type[torch.optim.Optimizer], device: torch.device) -> dict:
    """Ask for the fused step where torch has one: a single pass over the weights."""
    return {"fused": True} if optimizer in _FUSED and device.type in ("cpu", "cuda") else {}
