"""Networks from a file: planned without memory, compared with the tensors, then filled."""

import torch
from torch.overrides import TorchFunctionMode

from sklearn_rnn.exceptions import ModelFileError
from sklearn_rnn.persistence._codecs import made

__all__ = ["fill_net"]

_FACTORIES = (torch.empty, torch.zeros, torch.ones, torch.full, torch.arange, torch.eye)
# Numbers that a network may make beside its weights, such as the tags that may follow a tag.
_FREE_NUMBERS = 1 << 24
_ALIGNED = 64


def fill_net(estimator, weights: dict, where: str) -> None:
    """Build the net of an estimator of which all but the net is there.

    The module is built with the weights on the meta device, where they take no memory; only when
    names, shapes and dtypes are those of the file is it given them.

    Parameters
    ----------
    estimator : object with ``_make_module``, ``_architecture`` and ``_use_module``
    weights : dict of str to ndarray
        The tensors of the file.
    where : str
        Where they stand in it.

    Raises
    ------
    ModelFileError
        If the network cannot be built, or is another one than that of the tensors.
    """
    n_numbers = sum(array.size for array in weights.values())
    n_layers = estimator._architecture.num_layers * getattr(estimator, "n_networks_", 1)
    if n_layers > len(weights):
        raise ModelFileError(f"{where}: the plan is of {n_layers} layers, more than tensors.")
    with _WithoutMemory(n_numbers):
        module = made(
            where, lambda: estimator._make_module(estimator._architecture, torch.Generator())
        )
    _compare(module.state_dict(), weights, where)
    module.load_state_dict({name: _tensor(array) for name, array in weights.items()}, assign=True)
    estimator._use_module(module)


def _tensor(array):
    """Give an array as a tensor in memory that is aligned as torch's own.

    Sums may depend on that in the last bit.
    """
    tensor = torch.from_numpy(array)
    return tensor if tensor.data_ptr() % _ALIGNED == 0 else tensor.clone()


def _compare(expected, weights, where):
    """Refuse tensors that are not just those of the network."""
    for name in sorted(expected.keys() ^ weights.keys()):
        what = "is not in the file" if name in expected else "is none of the network"
        raise ModelFileError(f"the tensor {where}.{name:.80} {what}.")
    for name, tensor in expected.items():
        found = torch.from_numpy(weights[name])
        if (found.shape, found.dtype) != (tensor.shape, tensor.dtype):
            raise ModelFileError(
                f"the tensor {where}.{name} must be {tensor.dtype} of shape {tuple(tensor.shape)}, "
                f"but is {found.dtype} of shape {tuple(found.shape)}."
            )


class _WithoutMemory(TorchFunctionMode):
    """Lets weights be made on the meta device, and little else be made at all.

    A layer makes its weights with ``torch.empty`` or moves them from the meta device with
    ``torch.empty_like``. What else it makes holds values that it needs, and has to be small. What
    would fill weights is left out: for some of it torch loads its compiler first, for seconds.
    """

    def __init__(self, n_numbers: int):
        super().__init__()
        self.most = _FREE_NUMBERS + n_numbers

    def __torch_function__(self, func, types, args=(), kwargs=None):
        kwargs = kwargs or {}
        first = args[0] if args else kwargs.get("tensor")
        if isinstance(first, torch.Tensor) and first.is_meta:
            if func is torch.empty_like:
                return torch.empty(first.shape, dtype=first.dtype, device="meta")
            if _fills(getattr(func, "__name__", "")):
                return first
        elif func in _FACTORIES and kwargs.get("device") is None:
            return self._make(func, args, kwargs)
        return func(*args, **kwargs)

    def _make(self, factory, args, kwargs):
        if factory is torch.arange and all(type(arg) is int for arg in args):
            size = len(range(*args))  # on the meta device torch loads its compiler for it
        else:
            planned = factory(*args, **kwargs | {"device": "meta"})
            if factory is torch.empty and planned.numel():
                return planned
            size = planned.numel()
        if size > self.most:
            raise ValueError(f"the network needs an array of {size} numbers.")
        return factory(*args, **kwargs)


def _fills(name):
    """Tell whether a function of this name writes into its first argument."""
    in_place = name.endswith("_") and not name.startswith("_") and name != "requires_grad_"
    return in_place or name == "__setitem__"
