"""How tensors get to a device."""

import torch
from torch import Tensor

__all__ = ["to_device"]


def to_device(tensor: Tensor, device: torch.device | str) -> Tensor:
    """Copy a tensor to a device, without waiting for what the device is still busy with.

    A plain copy to a GPU waits until all work before it is done, so that the GPU then idles until
    it is given more. This one is put in the queue; only for more than 64 kB, from memory that is
    not pinned, CUDA may still choose to wait. The source may be freed at once, and written to as
    well, unless its memory is pinned: then it must stay as it is until the device was there.

    Parameters
    ----------
    tensor : Tensor
        On the CPU, or on the device already.
    device : torch.device or str

    Returns
    -------
    Tensor
    """
    waits = torch.device(device).type in ("cpu", "mps")  # MPS may read the source much later
    return tensor.to(device, non_blocking=not waits)
