"""The number types that sums are taken in."""

from contextlib import AbstractContextManager, nullcontext

import torch
from torch import Tensor

__all__ = ["at_least_float32", "exact_dtype", "without_autocast"]


def at_least_float32(tensor: Tensor) -> torch.dtype:
    """Give the type that half precision is summed in: float32; other types are their own."""
    return torch.float32 if tensor.dtype in (torch.bfloat16, torch.float16) else tensor.dtype


def exact_dtype(tensor: Tensor, training: bool) -> torch.dtype:
    """Give float64 at prediction: float32 sums depend, in the last bit, on the padded length."""
    if training or tensor.device.type == "mps":
        return at_least_float32(tensor)
    return torch.float64


def without_autocast(tensor: Tensor) -> AbstractContextManager:
    """Give a context in which matrix products keep the type of their factors."""
    device = tensor.device.type
    if not torch.is_autocast_enabled(device):
        return nullcontext()
    return torch.autocast(device, enabled=False)
