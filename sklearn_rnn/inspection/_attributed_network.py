"""A fitted network as a function of the vectors of the steps of one sequence."""

import copy
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor, nn

from sklearn_rnn.data import UNKNOWN_ID, Sequences
from sklearn_rnn.inspection._integrated_gradients import integrated_gradients

__all__ = ["StepAttributions", "attribute_steps"]

_TOKENS = "token"
# Single precision is several times faster, and taken if it changes the score at either end by no
# more than this share of what the attributions may lack of their difference.
_ROUNDING = 0.1


class StepAttributions(NamedTuple):
    """What each column of each step has added: ``values`` ``(n_steps, n_columns)``, float64.

    ``columns`` are the names of the columns, ``sequences`` the one sequence as the network read
    it.
    """

    values: np.ndarray
    columns: list[str]
    sequences: Sequences
    output: float
    baseline_output: float


def attribute_steps(estimator, X, select, *, baseline=None, tol=1e-3) -> StepAttributions:
    """Attribute a score of one sequence to its steps.

    Parameters
    ----------
    estimator : RNNClassifier, RNNRegressor or RNNTagger
        Fitted; it stays as it is.
    X : what ``fit`` takes, of one sequence
    select : callable
        From the outputs of the network ``(n, ...)`` to the score ``(n,)``.
    baseline : as X, or None, default=None
        A sequence of as many steps; None means zero vectors.
    tol : float
        As ``integrated_gradients`` takes it.

    Raises
    ------
    ValueError
        If the baseline has another number of steps, or an output or a gradient is not finite.
    """
    network = _GivenSteps(estimator, X)
    inputs = network.vectors(network.batch)
    start = tuple(map(torch.zeros_like, inputs))
    if baseline is not None:
        start = network.vectors(_one_batch(estimator, baseline)[1])
        if len(start[0]) != len(inputs[0]):
            raise ValueError(
                f"the baseline has {len(start[0])} steps, but the sequence has {len(inputs[0])}; "
                "give one of as many steps."
            )

    def score(*parts):
        return select(network(*parts).double())

    ends = _scores(score, start, inputs)
    for output in ends:
        estimator._checked(np.array([[output]]))
    network.use(torch.float32)
    single = [[part.float() for part in parts] for parts in (start, inputs)]
    rounding = np.abs(np.subtract(_scores(score, *single), ends)).max()
    if rounding <= _ROUNDING * tol * abs(ends[1] - ends[0]):
        start, inputs = single
        tol *= 1 - 2 * _ROUNDING  # the rest is for the rounding at both ends
    else:
        network.use(torch.float64)
    columns, column_of_unit = _columns(estimator, network.sequences, network.input)

    def join(steps, *shares):
        """Add up the units of each column; shares are of tokens."""
        added = steps.new_zeros(*steps.shape[:2], len(columns))
        added.index_add_(2, torch.from_numpy(column_of_unit), steps)
        for share in shares:
            added[:, :, columns.index(_TOKENS)] += share.sum(2)
        return added

    found = integrated_gradients(score, start, inputs, join=join, tol=tol)
    values = found.attributions.numpy()
    if not np.isfinite(values).all():
        raise ValueError(
            "the gradient is not finite somewhere between the baseline and the sequence, so that "
            "nothing can be attributed; give a baseline that is closer to the sequence, or fit "
            "another cell."
        )
    return StepAttributions(values, columns, network.sequences, *reversed(ends))


def _scores(score, start, inputs):
    """Give the score at both ends of the path."""
    with torch.no_grad():
        return [float(score(*(part[None] for part in parts))[0]) for parts in (start, inputs)]


class _GivenSteps:
    """The network of an estimator as a function of vectors of steps, at first in float64.

    What belongs to the sequence as a whole, its static columns, stays as it is.
    """

    def __init__(self, estimator, X):
        self.sequences, self.batch = _one_batch(estimator, X)
        self._module = copy.deepcopy(estimator.module_).cpu().eval().requires_grad_(False).double()
        self._body = getattr(self._module, "body", self._module)
        self._body.recurrent.train_by_stretches()  # whole: no gradient is cut
        self.input, self._body.input = self._body.input, _Given()
        self._context = getattr(self._body, "context", None)
        if self._context is not None:
            self._body.context = _JoinedSum()

    def vectors(self, batch) -> tuple[Tensor, ...]:
        """Give the vector of each step ``(time, units)``, and its share of the context if any."""
        values = batch.values
        values = values.double() if values.is_floating_point() else values
        with torch.no_grad():
            steps = self.input(values, batch.subwords, batch.codes)[0]
            if self._context is None:
                return (steps,)
            return steps, self._shares(values[0])

    def use(self, dtype) -> None:
        """Compute in another precision; vectors stay in float64."""
        self._module.to(dtype)

    def __call__(self, steps: Tensor, shares: Tensor | None = None) -> Tensor:
        """``(points, time, units) -> (points, ...)``, in the precision of the steps."""
        self._body.input.value = steps
        if shares is not None:
            self._body.context.value = shares
        extras = {
            name: _repeated(part, steps)
            for name in ("static", "static_codes")
            if (part := getattr(self.batch, name)) is not None
        }
        return self._module(_repeated(self.batch.values, steps), None, **extras)

    def _shares(self, ids):
        """Give what each token adds to the direction of the sum of all: ``(time, size)``.

        The length that the sum is divided by is that of the whole sequence on all of the path: at
        its beginning the direction would leap.
        """
        table = self._context.table
        vectors = table[torch.where(ids < len(table), ids, UNKNOWN_ID)]
        length = vectors.sum(0).norm()
        return vectors * (self._context.size**0.5 / length.clamp(min=1e-12))


class _Given(nn.Module):
    """Gives what it is told to, whatever it reads."""

    value = None

    def forward(self, *read):
        return self.value


class _JoinedSum(_Given):
    """Joins the sum of the shares of all steps to the pooled state."""

    def forward(self, state, ids):
        return torch.cat([state, self.value.sum(1).to(state.dtype)], dim=1)


def _one_batch(estimator, X):
    sequences = estimator._read(X, reset=False)
    dataset = estimator._dataset(sequences, device=torch.device("cpu"))
    return sequences, dataset.gather(torch.tensor([0]))


def _repeated(part, steps):
    """Give a part of the batch of one sequence for each point, numbers as precise as the steps."""
    part = part.to(steps.dtype) if part.is_floating_point() else part
    return part.expand(len(steps), *part.shape[1:])


def _columns(estimator, sequences, step_input):
    """Give the names of the columns, and the column that each unit of a step's vector is of."""
    names, columns = [], []
    if step_input.embedding is None:
        names, columns = _of_numbers(estimator, sequences)
    else:
        _append(names, columns, _TOKENS, step_input.embedding.weight.shape[1])
    if step_input.categories is not None:
        tables = step_input.categories.tables
        for name, table in zip(estimator._columns.names.codes, tables, strict=True):
            _append(names, columns, str(name), table.shape[1])
    rest = step_input.output_size - len(columns)
    if rest:  # characters, how a word is written, bags of features
        _append(names, columns, _TOKENS, rest)
    return names, np.array(columns)


def _of_numbers(estimator, sequences):
    """Give the numeric columns; the marks of where a value is missing are of its column."""
    n = sequences.n_features or 0
    known = getattr(sequences.names, "values", ()) or getattr(estimator, "_step_names_in", None)
    if known is None:  # numbers among the features of a tagger's tokens
        known = getattr(getattr(estimator, "_reader", None), "numbers", None)
    names = list(known if known is not None and len(known) == n else range(n))
    columns = list(range(n))
    if estimator._missing is not None:
        columns += np.repeat(estimator._missing.columns, 2).tolist()
    return [str(name) for name in names], columns


def _append(names, columns, name, width):
    if name not in names:
        names.append(name)
    columns += [names.index(name)] * width
