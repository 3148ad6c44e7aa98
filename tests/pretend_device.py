"""A device that is none: tensors on it are kept on the CPU, and know what a GPU would mind.

A GPU runs behind the processor, which waits for it wherever a number, a size or a copy is asked
for, and refuses to compute with tensors that lie elsewhere. Here both are found without one:
tensors of the device "pretend" compute as they do on the CPU, with the same results; a computation
that mixes devices raises an error, and whatever would wait is counted.
"""

import sys
from collections import Counter
from contextlib import contextmanager, nullcontext
from pathlib import Path

import torch
from torch import Tensor
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_flatten, tree_map_only, tree_unflatten
from torch.utils.backend_registration import (
    _DummyBackendModule,
    _DummyDeviceGuard,
    _DummyPrivateUse1Hook,
    _setup_privateuseone_for_python_backend,
)

import sklearn_rnn
from sklearn_rnn.estimators import _building
from sklearn_rnn.training import _devices, make_generators

__all__ = ["NAME", "Watch", "pretend_device"]

NAME = "pretend"

_PACKAGE = str(Path(sklearn_rnn.__file__).parent)
_RECURRENT = ("lstm", "gru", "rnn_tanh", "rnn_relu")
# Operations of which the size of the result depends on the data, or which give a plain number.
_WAITING = (
    "_local_scalar_dense",
    "_unique2",
    "bincount",
    "equal",
    "is_nonzero",
    "linalg_cholesky_ex",
    "masked_select",
    "multinomial",
    "nonzero",
    "unique_consecutive",
    "unique_dim",
)
_COPYING = ("_to_copy", "copy_")
# Views that only note what is still to be done to their numbers, which would be forgotten here.
_PUT_OFF = {"_conj": torch.ops.aten._conj_physical, "_neg_view": torch.ops.aten.neg}


class _OnDevice(Tensor):
    """A tensor of the device, around the one that holds its numbers."""

    @staticmethod
    def __new__(cls, inner):
        return Tensor._make_wrapper_subclass(
            cls,
            inner.shape,
            strides=inner.stride(),
            storage_offset=inner.storage_offset(),
            dtype=inner.dtype,
            device=f"{NAME}:0",
        )

    def __init__(self, inner):
        self.inner = inner

    def tolist(self):
        return self.cpu().tolist()  # torch's own takes no subclass

    @classmethod
    def __torch_dispatch__(cls, function, types, args=(), kwargs=None):
        return _run(function, args, kwargs or {})


class Watch:
    """What the processor waited for: ``waits`` counts pairs of an operation and a function.

    ``copies`` counts what modules of the package copied to the device, waiting or not.
    """

    def __init__(self):
        self.waits, self.copies = Counter(), Counter()

    def note(self, what):
        frame = _calling_frame()
        self.waits[f"{what} in {'a test' if frame is None else frame.f_code.co_name}"] += 1

    def note_copy(self):
        frame = _calling_frame()
        self.copies["a test" if frame is None else frame.f_globals["__name__"]] += 1

    def total(self):
        return self.waits.total()


_WATCHES: list[Watch] = []


def _calling_frame():
    """Give the innermost function of the package, but for the one that all copies go through."""
    frame = sys._getframe(2)
    while frame is not None and (
        not frame.f_code.co_filename.startswith(_PACKAGE) or frame.f_code.co_name == "to_device"
    ):
        frame = frame.f_back
    return frame


class _Mode(TorchDispatchMode):
    """Makes new tensors of the device, and copies from and to it."""

    def __torch_dispatch__(self, function, types, args=(), kwargs=None):
        return _run(function, args, kwargs or {})


def _run(function, args, kwargs):
    """Run an operation on the numbers, as the device would."""
    name = function.overloadpacket.__name__
    leaves, structure = tree_flatten((args, kwargs))
    tensors = [leaf for leaf in leaves if isinstance(leaf, Tensor)]
    ours = [tensor for tensor in tensors if isinstance(tensor, _OnDevice)]
    asked = kwargs.get("device")
    to_device = _is_ours(asked) if asked is not None else bool(ours)
    _look_at(name, tensors, ours, args, kwargs, to_device)
    leaves = [leaf.inner if isinstance(leaf, _OnDevice) else leaf for leaf in leaves]
    inner_args, inner_kwargs = tree_unflatten(leaves, structure)
    if asked is not None and to_device:
        inner_kwargs = {**inner_kwargs, "device": torch.device("cpu")}
    if name == "_to_copy":
        inner_kwargs.pop("non_blocking", None)
    result = _PUT_OFF.get(name, function)(*inner_args, **inner_kwargs)
    if name == "copy_":
        return args[0]
    if not to_device:
        return result
    known = {id(part.inner): part for part in ours}  # what was changed in place is what it was
    return tree_map_only(Tensor, lambda part: _wrapped(part, known), result)


def _wrapped(part, known):
    if id(part) in known:
        return known[id(part)]
    return part if isinstance(part, _OnDevice) else _OnDevice(part)


def _is_ours(device):
    return torch.device(device).type == NAME


def _look_at(name, tensors, ours, args, kwargs, to_device):
    """Raise where devices are mixed; note where a GPU would be waited for."""
    if name in _COPYING:
        source, target = args[-1] if name == "_to_copy" else args[1], to_device
        if name == "copy_":
            target = isinstance(args[0], _OnDevice)
        if isinstance(source, _OnDevice) and not target:
            _note("copy to the CPU")
        elif target and not isinstance(source, _OnDevice):
            blocking = not (kwargs.get("non_blocking") or (name == "copy_" and any(args[2:])))
            if blocking and not (name == "copy_" and source.ndim == 0):
                _note("blocking copy to the device")
            for watch in _WATCHES:
                watch.note_copy()
        return
    if not ours:
        return
    elsewhere = [part for part in tensors if not isinstance(part, _OnDevice) and part.ndim]
    if elsewhere:
        raise RuntimeError(
            f"{name} mixes devices: {len(elsewhere)} of {len(tensors)} tensors are on the CPU, of "
            f"shapes {[tuple(part.shape) for part in elsewhere]}"
        )
    if name in _WAITING or (name == "repeat_interleave" and kwargs.get("output_size") is None):
        _note(name)
    elif name in ("index", "index_put", "index_put_", "_index_put_impl_"):
        masks = [part for part in args[1] if part is not None and part.dtype == torch.bool]
        if masks and (name == "index" or args[2].numel() > 1):
            _note(f"{name} by a mask")


def _note(what):
    for watch in _WATCHES:
        watch.note(what)


class _Recurrent(torch.autograd.Function):
    """Torch's layers, whose inner operations differ between a CPU and other devices."""

    @staticmethod
    def forward(ctx, function, is_training, *tensors):
        inner = [part.inner.detach() for part in tensors]
        for part, needed in zip(inner, ctx.needs_input_grad[2:], strict=True):
            part.requires_grad_(needed)
        with torch.enable_grad():
            results = function(inner)
        ctx.inner, ctx.results, ctx.is_training = inner, results, is_training
        return tuple(_OnDevice(part.detach().clone()) for part in results)

    @staticmethod
    def backward(ctx, *gradients):
        if not ctx.is_training:
            raise RuntimeError("cudnn RNN backward can only be called in training mode")
        wanted = [part for part in ctx.inner if part.requires_grad]
        found = torch.autograd.grad(
            ctx.results,
            wanted,
            [part.inner for part in gradients],
            retain_graph=True,
            allow_unused=True,
        )
        found = iter(None if part is None else _OnDevice(part) for part in found)
        return None, None, *(next(found) if part.requires_grad else None for part in ctx.inner)


def _recurrent(original, n_states):
    """Let a function of torch's recurrent layers take tensors of the device."""

    def run(steps, states, weights, *options):
        if not isinstance(steps, _OnDevice):
            return original(steps, states, weights, *options)
        states = states if n_states == 2 else (states,)

        def on_host(tensors):
            first, *rest = tensors
            before = tuple(rest[:n_states]) if n_states == 2 else rest[0]
            return original(first, before, rest[n_states:], *options)

        tensors = (steps, *states, *weights)
        _look_at("a recurrent layer", tensors, [steps], (), {}, True)
        is_training = options[3]  # after bias, num_layers and dropout
        return _Recurrent.apply(on_host, is_training, *tensors)

    return run


class _Hook(_DummyPrivateUse1Hook):
    """No accelerator for those who ask which there is."""

    def is_available(self):
        return False


class _Module(_DummyBackendModule):
    def is_available(self):
        return False

    def get_amp_supported_dtype(self):
        return [torch.bfloat16]


def _without_gradients(mode=True):
    """Stand for ``torch.inference_mode``, which takes no such tensors."""
    return torch.no_grad() if mode else nullcontext()


def _register():
    """Make the name known to torch, once a process: it cannot be taken back."""
    if not hasattr(torch, NAME):
        _setup_privateuseone_for_python_backend(NAME, _Module(), _Hook(), _DummyDeviceGuard())


@contextmanager
def pretend_device(monkeypatch):
    """Let estimators compute on the device "pretend"; gives the ``Watch`` of what it waits for.

    Dropout is drawn on the CPU, as there is no generator for a device that is none.
    """
    _register()
    watch = Watch()
    with monkeypatch.context() as patch:
        patch.setattr(_devices, "_n_devices", lambda kind: 1)
        patch.setattr(_building, "make_generators", lambda seed, _: make_generators(seed, "cpu"))
        patch.setattr(torch, "inference_mode", _without_gradients)
        for name in _RECURRENT:
            original = getattr(torch._VF, name)
            patch.setattr(torch._VF, name, _recurrent(original, 2 if name == "lstm" else 1))
        _WATCHES.append(watch)
        try:
            with _Mode():
                yield watch
        finally:
            _WATCHES.remove(watch)
