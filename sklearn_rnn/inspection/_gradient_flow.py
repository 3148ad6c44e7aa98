"""How far back in time the gradient of a fitted network reaches."""

import copy
from collections.abc import Iterator
from itertools import compress
from numbers import Integral
from typing import NamedTuple

import numpy as np
import torch
from sklearn.utils import check_scalar
from sklearn.utils.validation import check_is_fitted
from torch import Tensor, nn

from sklearn_rnn.estimators import RNNClassifier, RNNRegressor, RNNTagger
from sklearn_rnn.nn import map_state
from sklearn_rnn.training import loss_of_rows

__all__ = ["GradientFlow", "LayerFlow", "gradient_flow"]

# What is left of a perturbation, or of the gradient, below which it has vanished, and above which
# it has exploded.
_VANISHED, _EXPLODED = 1e-3, 1e3
# float64 does not tell apart singular values that differ by more than this.
_RESOLUTION = 1e-13
# The singular values of products of so many different lengths are taken.
_N_PRODUCTS = 40

_ADVICE = {
    "vanishes": "If what decides lies further back, try cell='lstm', 'gru' or 'mingru', "
    "initialization='chrono' (gates that remember as long as the sequences are), pooling='mean' "
    "or 'attention', or fewer steps (stride, segment).",
    "explodes": "Try a smaller gradient_clip or lr, a gated cell ('lstm', 'gru'), or truncation: "
    "shorter sequences, or their ends alone.",
    "healthy": "Nothing to do.",
}


class LayerFlow(NamedTuple):
    """What one layer carries back in one direction.

    Attributes
    ----------
    layer : int
        From 0, the lowest.
    direction : {"forward", "backward"}
        In which order of the steps it reads.
    steps_back : ndarray of shape (n_steps,), int
        Steps before the last one that the direction reads: 1, 2 and so on.
    gradient_norm : ndarray of shape (n_steps,)
        The norm of the gradient of the loss by the state that was carried on so many steps before
        the end, in units of that one step before the end; the geometric mean over sequences. Of
        a sequence whose loss sees nothing of its last steps, as under ``pooling="max"``, these
        are left out, and the unit is what arrives first; NaN where nothing is left.
    lags : ndarray of shape (n_lags,), int
        Over how many steps the Jacobian products go.
    largest, smallest : ndarray of shape (n_lags,)
        The largest and smallest singular value of the product of recurrent Jacobians over so many
        steps up to the last one, geometric means over sequences: by how much a perturbation of the
        state, in the direction that is kept best and worst, has grown at the end. The smallest is
        NaN where float64 cannot tell it from zero beside the largest.
    verdict : {"healthy", "vanishes", "explodes"}
        What becomes of a change of the state, over all the ``lags``.
    after : int or None
        The first of ``lags`` after which it has vanished or exploded.

    See Also
    --------
    gradient_flow : Measures it.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_rnn.inspection import LayerFlow
    >>> layer = LayerFlow(
    ...     layer=0,
    ...     direction="forward",
    ...     steps_back=np.array([1, 2]),
    ...     gradient_norm=np.array([1.0, 0.01]),
    ...     lags=np.array([1, 2]),
    ...     largest=np.array([0.02, 0.0004]),
    ...     smallest=np.array([0.01, 0.0001]),
    ...     verdict="vanishes",
    ...     after=2,
    ... )
    >>> print(layer)
    layer 0, forward: vanishes after 2 steps
    """

    layer: int
    direction: str
    steps_back: np.ndarray
    gradient_norm: np.ndarray
    lags: np.ndarray
    largest: np.ndarray
    smallest: np.ndarray
    verdict: str
    after: int | None

    def __str__(self):
        name = f"layer {self.layer}, {self.direction}"
        if self.verdict == "healthy":
            n = int(self.lags[-1])
            return f"{name}: healthy, {self.largest[-1]:.2g} of a change is left after {n} steps"
        return f"{name}: {self.verdict} after {self.after} steps"


class GradientFlow(NamedTuple):
    """How far back the gradient of a network reaches, layer by layer.

    Attributes
    ----------
    layers : list of LayerFlow
        From the lowest layer upwards, forward before backward.
    n_sequences : int
        How many sequences were looked at.

    See Also
    --------
    gradient_flow : Measures it.
    GradientFlowDisplay : Draws it.

    Examples
    --------
    >>> from sklearn_rnn import RNNClassifier
    >>> from sklearn_rnn.datasets import make_waves
    >>> from sklearn_rnn.inspection import gradient_flow
    >>> X, y = make_waves(40, random_state=0)
    >>> model = RNNClassifier(cell="rnn_tanh", hidden_size=8, max_epochs=1, random_state=0)
    >>> flow = gradient_flow(model.fit(X, y), X, y)
    >>> [(layer.layer, layer.direction) for layer in flow.layers]
    [(0, 'forward'), (0, 'backward')]
    """

    layers: list[LayerFlow]
    n_sequences: int

    @property
    def verdict(self) -> str:
        """ "explodes" if any layer does, else "vanishes" if all do, else "healthy"."""
        found = {flow.verdict for flow in self.layers}
        if "explodes" in found:
            return "explodes"
        return "vanishes" if found == {"vanishes"} else "healthy"

    @property
    def advice(self) -> str:
        """What to try."""
        return _ADVICE[self.verdict]

    def __str__(self):
        return "\n".join([*map(str, self.layers), self.advice])


def gradient_flow(estimator, X, y, *, max_sequences=4, max_steps=200) -> GradientFlow:
    """Measure how far back in time the gradient of a fitted network reaches.

    A recurrent network learns from what lies k steps back by a gradient that has gone through k
    steps, each of which multiplies it by the Jacobian of the new state by the old one. If the
    product shrinks to nothing, so does whatever could be learned (Bengio, Simard and Frasconi,
    "Learning long-term dependencies with gradient descent is difficult", 1994); if it grows,
    training diverges (Pascanu, Mikolov and Bengio, "On the difficulty of training recurrent neural
    networks", 2013, eq. 5). Both the gradient and the products are computed here, for each layer
    and direction, from the weights as they are.

    Parameters
    ----------
    estimator : RNNClassifier, RNNRegressor or RNNTagger
        Fitted; it stays as it is. What its gradient is in training, truncated (``tbptt``) or
        computed again (``recompute``), plays no part: it is followed through all steps.
    X, y : as in ``fit``
        Sequences and targets. The longest of them are looked at.
    max_sequences : int, default=4
        How many sequences are looked at, at most.
    max_steps : int, default=200
        How many steps back, at most.

    Returns
    -------
    GradientFlow
        ``print`` gives the verdict on each layer, and what to try.

    Raises
    ------
    TypeError
        If the estimator is none of those, or its cell does not carry a state.
    ValueError
        If X or y is not as ``fit`` takes it, all sequences have but one step, or the loss of one
        of them is not finite.

    See Also
    --------
    GradientFlowDisplay : Draws it.

    Notes
    -----
    A layer vanishes where the largest singular value falls below 1/1000, so that not even the
    direction that is kept best survives, and explodes where it rises above 1000. The work grows
    with the number of steps and the third power of ``hidden_size``.

    Examples
    --------
    >>> from sklearn_rnn import RNNClassifier
    >>> from sklearn_rnn.datasets import make_waves
    >>> from sklearn_rnn.inspection import gradient_flow
    >>> X, y = make_waves(60, random_state=0)
    >>> plain = RNNClassifier(cell="rnn_tanh", hidden_size=8, max_epochs=2, random_state=0)
    >>> flow = gradient_flow(plain.fit(X, y), X, y)
    >>> flow.layers[0].largest.shape == flow.layers[0].lags.shape
    True
    """
    if not isinstance(estimator, RNNClassifier | RNNRegressor | RNNTagger):
        raise TypeError(
            "gradient_flow looks into an RNNClassifier, RNNRegressor or RNNTagger, but it was "
            f"given {type(estimator).__name__}; of a pipeline, give the last step, and X as that "
            "step gets it."
        )
    check_is_fitted(estimator)
    check_scalar(max_sequences, "max_sequences", Integral, min_val=1)
    check_scalar(max_steps, "max_steps", Integral, min_val=1)
    data = estimator._read_training_data(*estimator._stored(X, y, None), reset=False)
    rows = np.argsort(-data.lengths, kind="stable")[:max_sequences]
    dataset = estimator._as_dataset(data.take(rows), torch.device("cpu"))
    # Weights that training would leave alone pass a gradient on all the same.
    module = copy.deepcopy(estimator.module_).cpu().eval().requires_grad_()
    recorders = _record_steps(module)
    flows = [[] for _ in recorders]
    for row in range(len(rows)):
        with torch.enable_grad():
            loss = loss_of_rows(module, dataset, torch.tensor([row]))
        if not loss.isfinite():
            raise ValueError(
                f"the loss of sequence {rows[row]} is {loss.item()}: its states leave the range of "
                "numbers, so that nothing can be told of their gradient; give sequences that are "
                "no longer, and of no larger values, than those of fit."
            )
        for found, (_, _, recorder) in zip(flows, recorders, strict=True):
            if len(recorder.states) > 1:
                found.append(_flow_of_sequence(recorder, loss, max_steps))
            recorder.forget()
    if not flows[0]:
        raise ValueError(
            "all sequences have one step as the network reads them, but a gradient goes back "
            "from step to step; give longer ones."
        )
    layers = [
        _join(layer, direction, found)
        for (layer, direction, _), found in zip(recorders, flows, strict=True)
    ]
    return GradientFlow(layers, len(rows))


class _Recorder(nn.Module):
    """Runs a layer one step at a time, and keeps what goes in and what is carried on."""

    def __init__(self, layer):
        super().__init__()
        self.layer = layer
        self.forget()

    def forget(self):
        self.steps, self.states = [], []

    def forward(self, steps, state=None):
        outputs = []
        for step in steps.split(1, dim=1):
            arguments = (step,) if state is None else (step, state)
            states, state = self.layer(*arguments)
            if state is None:
                raise TypeError(
                    f"the cell {type(self.layer).__name__} gives no state beside its states; one "
                    "that is called like torch.nn.LSTM, (steps, state) -> (states, state), does."
                )
            self.steps.append(step)
            self.states.append(state)
            outputs.append(states)
        return torch.cat(outputs, dim=1), state


def _record_steps(module) -> list[tuple[int, str, _Recorder]]:
    """Put a recorder around every layer of the stack that reads the steps of sequences."""
    stack = getattr(module, "body", module).recurrent
    stack.train_by_stretches()  # whole: neither cut nor run a second time
    found = []
    for i, directions in enumerate(stack.layers):
        for j, direction in enumerate(("forward", "backward")[: len(directions)]):
            directions[j] = _Recorder(directions[j])
            found.append((i, direction, directions[j]))
    return found


class _SequenceFlow(NamedTuple):
    gradient_norm: np.ndarray
    lags: np.ndarray
    singular_values: np.ndarray  # (n_lags, 2): the largest and the smallest


def _flow_of_sequence(recorder, loss, max_steps):
    n_back = min(len(recorder.states) - 1, max_steps)
    carried = recorder.states[-1 - n_back : -1]  # the last state is carried nowhere
    norms = _gradient_norms(loss, carried)[::-1]
    lags = np.unique(np.geomspace(1, max_steps, _N_PRODUCTS).round().astype(int))
    lags = lags[lags <= n_back]  # the same for all sequences, as far as they go
    values = _singular_values(recorder, lags)
    return _SequenceFlow(_relative(norms), lags, values)


def _relative(norms):
    """Give norms in units of the first that is not zero; NaN before it."""
    if not norms.any():
        return norms
    first = np.argmax(norms > 0)
    return np.where(np.arange(len(norms)) < first, np.nan, norms) / norms[first]


def _gradient_norms(loss, states) -> np.ndarray:
    """Give the norm of the gradient of the loss by each state, of all its tensors together."""
    parts = [list(compress(_tensors_of(state), _differentiable(state))) for state in states]
    flat = [part for state in parts for part in state]
    gradients = torch.autograd.grad(loss, flat, retain_graph=True, materialize_grads=True)
    squares = torch.stack([gradient.double().square().sum() for gradient in gradients])
    each = squares.split([len(state) for state in parts])
    return torch.stack([part.sum() for part in each]).sqrt().numpy()


def _differentiable(state) -> list[bool]:
    """Tell which tensors of what a layer carries depend on anything.

    Others are constant, as the normaliser that ``"slstm"`` gives beside its mean.
    """
    return [part.requires_grad for part in _tensors_of(state)]


def _tensors_of(state) -> Iterator[Tensor]:
    """Give the tensors of what a layer carries, one after the other."""
    if isinstance(state, Tensor):
        yield state
    else:
        for part in state:
            yield from _tensors_of(part)


def _singular_values(recorder, lags) -> np.ndarray:
    """Give the extreme singular values of the Jacobian products over the last steps."""
    layer = copy.deepcopy(recorder.layer).double()
    product, found, scale = None, {}, 0.0
    for lag in range(1, lags[-1] + 1):
        jacobian = _jacobian(layer, recorder.steps[-lag], recorder.states[-lag - 1])
        product = jacobian if product is None else product @ jacobian
        size = float(product.abs().max())
        if size > 0:  # products of a hundred matrices leave the range of numbers
            product, scale = product / size, scale + np.log(size)
        if lag in lags:
            values = torch.linalg.svdvals(product).numpy()
            largest, smallest = values[0], values[-1]
            smallest = smallest if smallest > _RESOLUTION * largest else np.nan
            with np.errstate(over="ignore"):
                found[lag] = np.array([largest, smallest]) * np.exp(scale)
    return np.array([found[lag] for lag in lags])


def _jacobian(layer, step, state) -> Tensor:
    """Give the Jacobian of the new state by the old one, both laid out flat, in float64.

    The step is run for as many copies of the sequence as the state has entries, and the gradient
    of another entry is taken in each.
    """
    counted = _differentiable(state)
    n = sum(part.numel() for part in compress(_tensors_of(state), counted))
    copies = map_state(lambda part: _repeat(part, n), state)
    with torch.enable_grad():
        after = layer(step.detach().double().expand(n, -1, -1), copies)[1]
        picked = map(_rows, compress(_tensors_of(after), counted))
        total = torch.cat(list(picked), dim=1).diagonal().sum()
        of_state = list(compress(_tensors_of(copies), counted))
        gradients = torch.autograd.grad(total, of_state, materialize_grads=True)
    return torch.cat(list(map(_rows, gradients)), dim=1)


def _repeat(part, n):
    """``(..., 1, hidden) -> (..., n, hidden)``, a leaf where it has a gradient."""
    rows = part.detach().expand(*part.shape[:-2], n, part.shape[-1]).clone()
    return rows.double().requires_grad_() if part.is_floating_point() else rows


def _rows(part):
    """``(..., n, hidden) -> (n, size)``."""
    return part.movedim(-2, 0).flatten(1)


def _join(layer, direction, found):
    """Average over sequences; what goes far back is known of the longest alone."""
    norms = _geometric_mean([flow.gradient_norm for flow in found])
    values = _geometric_mean([flow.singular_values for flow in found])
    lags = max((flow.lags for flow in found), key=len)
    verdict, after = _judge(lags, values[:, 0])
    back = np.arange(1, len(norms) + 1)
    return LayerFlow(
        layer, direction, back, norms, lags, values[:, 0], values[:, 1], verdict, after
    )


def _geometric_mean(arrays):
    """Average arrays of different lengths, each entry over those that have it."""
    padded = np.full((len(arrays), max(map(len, arrays)), *arrays[0].shape[1:]), np.nan)
    for row, array in zip(padded, arrays, strict=True):
        with np.errstate(divide="ignore"):
            row[: len(array)] = np.log(array)
    known = (~np.isnan(padded)).sum(axis=0)
    mean = np.nansum(padded, axis=0) / np.maximum(known, 1)
    return np.where(known > 0, np.exp(mean), np.nan)


def _judge(lags, largest):
    for verdict, found in (("explodes", largest > _EXPLODED), ("vanishes", largest < _VANISHED)):
        if found.any():
            return verdict, int(lags[found.argmax()])
    return "healthy", None
