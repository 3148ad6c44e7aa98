"""Where a network lives, and how tensors get there."""

import warnings
from contextlib import suppress

import torch
from torch import Tensor

from sklearn_rnn.nn import to_device
from sklearn_rnn.training._process_number import process_number

__all__ = ["check_precision", "fits_on_device", "resolve_device", "send"]

# Data may take so much of the memory that is free on a GPU; the rest is for the network.
_SHARE = 0.5


def resolve_device(device: str) -> torch.device:
    """Give the torch device that a ``device`` parameter names.

    "auto" is a CUDA device, if there is one. Where there are several, those whose processes have a
    number (``process_number``) take another one each, in turn; all others the current one.
    Devices that CUDA_VISIBLE_DEVICES hides are none.

    Raises
    ------
    ValueError
        If it is no device, or this machine or this build of torch has none such.
    """
    if device == "auto":
        return _device_of_this_process()
    try:
        resolved = torch.device(device)
    except RuntimeError as error:
        raise ValueError(
            f"device={device!r} is no device; expected 'auto', 'cpu', 'cuda', 'cuda:1' or 'mps'."
        ) from error
    available = _n_devices(resolved.type)
    if (resolved.index or 0) >= available:
        raise ValueError(
            f"device={device!r} does not exist here: this machine, with this build of torch, has "
            f"{available} device(s) of type {resolved.type!r}. device='auto' takes what there is."
        )
    return resolved


def check_precision(precision: str, device: torch.device) -> None:
    """Warn where a processor only imitates bfloat16, and refuse where a device has none.

    Raises
    ------
    ValueError
        If the device cannot compute in that precision.
    """
    if precision == "float32":
        return
    if device.type == "cuda" and not torch.cuda.is_bf16_supported(including_emulation=False):
        raise ValueError(
            f"precision={precision!r}, but {torch.cuda.get_device_name(device)} has no bfloat16; "
            'set precision="float32".'
        )
    if device.type == "cpu" and not torch.ops.mkldnn._is_mkldnn_bf16_supported():
        warnings.warn(
            f"precision={precision!r}, but this processor has no bfloat16 and imitates it: "
            'training is slower, not faster, than with precision="float32"; set that.',
            UserWarning,
            stacklevel=2,
        )


def _device_of_this_process():
    if not torch.cuda.is_available():
        return torch.device("cpu")
    count, number = torch.cuda.device_count(), process_number()
    return torch.device("cuda") if number is None else torch.device("cuda", number % count)


def send(tensor: Tensor, device: torch.device | str) -> Tensor:
    """Copy a tensor to a device as ``to_device`` does, but to a GPU while it computes.

    For that a GPU reads by itself, from memory that the system leaves in its place ("pinned").
    Where the system does not let a process have such memory, it is copied as ever.
    """
    if torch.device(device).type == "cuda":
        with suppress(RuntimeError):
            tensor = tensor.pin_memory()
    return to_device(tensor, device)


def fits_on_device(n_bytes: int, device: torch.device) -> bool:
    """Tell whether data of so many bytes leave a GPU enough memory to train a network."""
    if device.type != "cuda":
        return True
    free, _ = torch.cuda.mem_get_info(device)
    kept = torch.cuda.memory_reserved(device) - torch.cuda.memory_allocated(device)
    return n_bytes <= _SHARE * (free + kept)


def _n_devices(kind):
    if kind == "cpu":
        return 1
    if kind == "cuda":
        return torch.cuda.device_count()
    if kind == "mps":
        return int(torch.backends.mps.is_available())
    return 0
