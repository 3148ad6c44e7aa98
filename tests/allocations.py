"""How large the tensors are that a piece of code makes."""

import torch
from torch.utils._python_dispatch import TorchDispatchMode

__all__ = ["largest_tensor"]


class Allocations(TorchDispatchMode):
    """Notes the numbers of the largest tensor that any operation gives, views aside."""

    largest = 0

    def __torch_dispatch__(self, function, types, args=(), kwargs=None):
        outputs = function(*args, **(kwargs or {}))
        for output in outputs if isinstance(outputs, tuple | list) else [outputs]:
            if isinstance(output, torch.Tensor) and not output._is_view():
                self.largest = max(self.largest, output.numel())
        return outputs


def largest_tensor(function):
    """Call a function, and give the size of the largest tensor that is made meanwhile."""
    with Allocations() as found:
        function()
    return found.largest
