"""Training steps that a GPU repeats by itself."""

import gc
import warnings
from collections import Counter
from collections.abc import Callable, Hashable
from typing import Any, NamedTuple

import torch
from torch import Tensor

from sklearn_rnn.modules import (
    ClassificationNetwork,
    ForecastCommittee,
    ForecastingNetwork,
    LanguageNetwork,
    LinearBlend,
    MultilabelNetwork,
    MultiOutputNetwork,
    RegressionNetwork,
    TaggingNetwork,
)
from sklearn_rnn.nn import AdaptiveSoftmax, RecurrentStack, SeededModule, map_state

__all__ = ["GpuRecorder", "GraphedSteps"]

# What these do in a step depends on the shapes of the batch alone, and on nothing that changes
# from step to step but weights, generators and the state that a language model carries on.
_REPEATABLE = (
    ClassificationNetwork,
    ForecastCommittee,
    ForecastingNetwork,
    LanguageNetwork,
    LinearBlend,
    MultiOutputNetwork,
    MultilabelNetwork,
    RegressionNetwork,
    TaggingNetwork,
)
_WARM_UP = 3  # steps of a shape that are run as ever, in which libraries choose their kernels
_MOST = 8  # shapes: each has memory of its own


class GraphedSteps:
    """Runs a training step as it is written, or repeats what a GPU recorded of one of its shape.

    Small networks leave a GPU idle while the processor launches their many kernels; a CUDA graph
    launches all of a step at once. Recorded are the forward pass, the loss and the gradients;
    clipping and the optimiser's step, which read the learning rate, are run as ever. What is not
    known to be repeatable is run as ever, too, and after a recording that fails, of which a
    ``UserWarning`` tells, everything is.

    Parameters
    ----------
    run : callable ``(batch) -> {"loss": Tensor, "y_pred": Tensor}``
        Runs a step and leaves the gradients in the parameters.
    module : torch.nn.Module
        The network that is trained.
    recorder : GpuRecorder
        Warms a step up, and records it.
    """

    def __init__(
        self,
        run: Callable[[tuple], dict[str, Tensor]],
        module: torch.nn.Module,
        recorder: "GpuRecorder",
    ):
        self._run, self._module, self._recorder = run, module, recorder
        self._parameters = list(module.parameters())
        self._generators = _generators(module)
        self._seen, self._records = Counter(), {}
        self._may_record = _is_repeatable(module)

    def __call__(self, batch: tuple[dict, Tensor | None]) -> dict[str, Tensor]:
        """Run the step of a batch; gradients are those of this batch alone.

        What it gives has no gradient any more: see ``GpuRecorder.warm_up``.
        """
        key = self._key(batch) if self._may_record else None
        if key is None:
            return self._step(batch)
        if key not in self._records:
            self._seen[key] += 1
            if len(self._records) == _MOST:
                return self._step(batch)
            if self._seen[key] <= _WARM_UP:
                return self._recorder.warm_up(lambda: self._step(batch))
            try:
                self._records[key] = self._record(batch)
            except RuntimeError as error:
                self._may_record = False
                self._clear_gradients()
                _warn(error)
                return self._step(batch)
        return self._repeat(self._records[key], batch)

    def _step(self, batch):
        return {name: part.detach() for name, part in self._run(batch).items()}

    def _key(self, batch) -> Hashable | None:
        """Give what has to be alike in two steps that are one recording; None is for none."""
        inputs, target = batch
        if inputs["lengths"] is not None:
            return None  # such shapes seldom come again
        parts = [*sorted(inputs.items()), ("target", target)]
        if not all(part is None or isinstance(part, Tensor | int) for _, part in parts):
            return None
        shapes = tuple((name, _shape(part)) for name, part in parts)
        carried = []
        map_state(lambda part: carried.append(_shape(part)), self._carried)
        trained = tuple(weight.requires_grad for weight in self._parameters)
        return shapes, tuple(carried), trained

    def _record(self, batch):
        """Record the step of a batch, in memory that stays its own."""
        fixed, carried = _copy(batch), map_state(torch.clone, self._carried)
        state = self._carried
        self._clear_gradients()
        self._carried = carried
        try:
            step, replay = self._recorder.capture(lambda: self._step(fixed), self._generators)
            after = self._carried
        finally:
            self._carried = state
        gradients = [weight.grad for weight in self._parameters]
        return _Record(fixed, carried, step, after, gradients, replay)

    def _repeat(self, record, batch):
        """Fill a recording with a batch, and let it run."""
        _fill(record.batch, batch)
        _fill(record.carried, self._carried)
        record.replay()
        self._carried = record.after
        for weight, gradient in zip(self._parameters, record.gradients, strict=True):
            weight.grad = gradient
        # The losses of an epoch are kept, and the next step writes to the same memory.
        return {**record.step, "loss": record.step["loss"].clone()}

    def _clear_gradients(self):
        for weight in self._parameters:
            weight.grad = None

    @property
    def _carried(self):
        return getattr(self._module, "_carried", None)

    @_carried.setter
    def _carried(self, state):
        if hasattr(self._module, "_carried"):
            self._module._carried = state


class _Record(NamedTuple):
    """A step in fixed memory: what it reads, what it gives, and what runs it."""

    batch: tuple
    carried: Any
    step: dict[str, Tensor]
    after: Any
    gradients: list[Tensor | None]
    replay: Callable[[], None]


class GpuRecorder:
    """Records what is computed on a GPU as CUDA graphs.

    Parameters
    ----------
    device : torch.device
    """

    def __init__(self, device: torch.device):
        self._device, self._stream = device, torch.cuda.Stream(device)

    def warm_up(self, step: Callable[[], Any]) -> Any:
        """Run a step where it is going to be recorded.

        Gradients are added up in the queue in which a weight was first used, as long as anything
        of that step's graph is still there, and a recording must use no other queue than its own.
        So no graph may outlive its step.
        """
        current = torch.cuda.current_stream(self._device)
        self._stream.wait_stream(current)
        with torch.cuda.stream(self._stream):
            result = step()
        current.wait_stream(self._stream)
        return result

    def capture(
        self, step: Callable[[], Any], generators: list[torch.Generator]
    ) -> tuple[Any, Callable[[], None]]:
        """Record a step; give what it returns, in fixed memory, and what repeats it.

        Nothing is computed yet. ``generators`` are those on the GPU that the step draws from:
        each repetition goes on with them.
        """
        gc.collect()  # what is freed while a graph is recorded may break it
        with torch.cuda.device(self._device):  # which may not be the current one
            graph = torch.cuda.CUDAGraph()
            for generator in generators:
                graph.register_generator_state(generator)
            # Only this thread has to do nothing else: another may be copying the next batch.
            with torch.cuda.graph(graph, stream=self._stream, capture_error_mode="thread_local"):
                result = step()
        return result, graph.replay


def _is_repeatable(module):
    """Whether steps depend on nothing but shapes; an adaptive softmax counts rare tokens.

    What a cell of the user's own does in a step is not known.
    """
    network = getattr(module, "_orig_mod", module)  # compiled, or as it is
    return isinstance(network, _REPEATABLE) and not any(
        isinstance(part, AdaptiveSoftmax)
        or (isinstance(part, RecurrentStack) and not part.reads_in_parts)
        for part in network.modules()
    )


def _warn(error):
    cause = (str(error).strip() or type(error).__name__).splitlines()[0]
    warnings.warn(
        f"a training step could not be recorded as a CUDA graph ({cause:.200}): training goes on "
        "without graphs, as it does, without this warning, with "
        "net_params={'cuda_graphs': False}.",
        UserWarning,
        stacklevel=2,
    )


def _generators(module):
    found = {
        layer.generator
        for layer in module.modules()
        if isinstance(layer, SeededModule) and layer.generator is not None
    }
    return [generator for generator in found if generator.device.type == "cuda"]


def _shape(part):
    return (tuple(part.shape), part.dtype, part.device) if isinstance(part, Tensor) else part


def _copy(batch):
    inputs, target = batch
    fixed = {name: _clone(part) for name, part in inputs.items()}
    return fixed, _clone(target)


def _clone(part):
    return part.clone() if isinstance(part, Tensor) else part


def _fill(fixed, given):
    """Write to the tensors of one structure what those of another hold."""
    if isinstance(fixed, Tensor):
        fixed.copy_(given)
    elif isinstance(fixed, dict):
        for name in fixed:
            _fill(fixed[name], given[name])
    elif isinstance(fixed, tuple | list):
        for into, part in zip(fixed, given, strict=True):
            _fill(into, part)
