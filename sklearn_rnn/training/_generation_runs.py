"""A generator over whole sequences: how likely each step is, and what comes after the last."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from sklearn_rnn.data import Sequences
from sklearn_rnn.modules import GenerationNetwork
from sklearn_rnn.nn import Mixture, mixture_log_density, to_device
from sklearn_rnn.training._carried_runs import _LONG, _ROWS, _STRETCH, _batches, _exact
from sklearn_rnn.training._scaling import StepScaler

__all__ = ["Drawing", "draw_on", "likelihood_of_steps"]

# The mixtures of so many numbers, of all steps together, are in memory at once.
_NUMBERS = 1 << 22


class Drawing(NamedTuple):
    """How steps are chosen, and ends.

    ``step`` gives the next steps ``(n, features)`` from mixtures of n rows on the CPU; ``ends``
    gives which of n sequences are over, ``(n,)``, bool, from the probabilities that each ends
    before its next step; None means that none does.
    """

    step: Callable[[Mixture], Tensor]
    ends: Callable[[Tensor], Tensor] | None


def likelihood_of_steps(
    module: GenerationNetwork,
    sequences: Sequences,
    condition: np.ndarray | None,
    scaler: StepScaler,
    device,
    *,
    whole: bool = True,
) -> np.ndarray:
    """Give how likely each step is after those before it, ends included, in nats.

    Parameters
    ----------
    module : GenerationNetwork
    sequences : Sequences
        Numeric steps, in the units of the data, which those of the density are, too.
    condition : ndarray of shape (n, n_conditions), float32, or None
    scaler : StepScaler
    device : torch.device
    whole : bool, default=True
        Whether sequences end with their last step; of beginnings it is not known.

    Returns
    -------
    ndarray of shape (steps,), float64
        Of a network that learns ends, each step has the logarithm of the probability that the
        sequence goes on after it, or ends there, added to the logarithm of its density.
    """
    module.eval()
    found = np.zeros(len(sequences.values))
    lengths = sequences.lengths
    for rows in _batches(lengths):
        spare = 0 if lengths[rows[0]] > _LONG else -len(rows) % _ROWS
        read = np.concatenate([rows, rows[-1:].repeat(spare)])
        flat = sequences[read]
        scaled = flat.with_values((flat.values - scaler.mean) / scaler.scale).to_padded()
        scaled = torch.from_numpy(scaled).to(device, _exact_type(device))
        of_rows = _on_device(condition, read, device)
        begins = torch.ones(len(read), dtype=torch.bool, device=device)
        inputs = module.inputs(scaled.float(), of_rows, begins=begins)
        ends = to_device(torch.from_numpy(lengths[rows]), device)
        first, carried = sequences.offsets[:-1][rows], None
        for start in range(0, inputs.shape[1], _STRETCH):
            with torch.inference_mode():
                states, carried = module.read(inputs[:, start : start + _STRETCH], carried)
                states = _exact(states[: len(rows)])
                for positions, nats in _in_parts(module, states, scaled, ends, start, whole):
                    step = positions.cpu().numpy()
                    found[first[step[:, 0]] + step[:, 1]] += nats.cpu().numpy()
    return found - np.log(scaler.scale).sum()


def _in_parts(module, states, scaled, lengths, start, whole):
    """Yield log-densities of steps, and log-probabilities of ends, with their rows and steps."""
    n, time = states.shape[:2]
    step = start + torch.arange(time, device=states.device).expand(n, -1)
    foretold = step < lengths[:, None]
    width = max(1, _NUMBERS // module.head.linear.out_features)
    for positions in torch.nonzero(foretold).split(width):
        row, here = positions.unbind(1)
        values = scaled[row, here + start]
        density = mixture_log_density(module.mixture(states[row, here]), values)
        yield torch.stack([row, here + start], 1), density
    if module.end is not None:
        known = lengths if whole else lengths - 1
        positions = torch.nonzero((step > 0) & (step <= known[:, None]))
        row, here = positions.unbind(1)
        is_last = here + start == lengths[row]
        yield torch.stack([row, here + start - 1], 1), module.log_end(states[row, here], is_last)


def draw_on(
    module: GenerationNetwork,
    beginnings: np.ndarray,
    condition: np.ndarray | None,
    most: int,
    drawing: Drawing,
    device,
) -> list[np.ndarray]:
    """Draw what comes after beginnings of one length, one step at a time.

    Parameters
    ----------
    module : GenerationNetwork
    beginnings : ndarray of shape (n, time, features)
        Standardised; ``time`` may be 0, and the sequences are begun then.
    condition : ndarray of shape (n, n_conditions), float32, or None
    most : int
        How many steps are drawn, at most.
    drawing : Drawing
    device : torch.device

    Returns
    -------
    list of ndarray of shape (steps, features), float64
        Standardised, without the beginnings.
    """
    module.eval()
    n, begun = beginnings.shape[:2]
    rows = np.minimum(np.arange(n + -n % _ROWS), n - 1)
    condition = _on_device(condition, rows, device)
    begins = torch.ones(len(rows), dtype=torch.bool, device=device)
    drawn, stops = [], np.full(n, most)
    with torch.inference_mode():
        read = torch.from_numpy(beginnings[rows]).to(device, torch.float32)
        states, carried = _read(module, module.inputs(read, condition, begins=begins), None)
        while len(drawn) < most:
            states = _exact(states[:n])
            if drawing.ends is not None and begun + len(drawn) > 0:
                over = drawing.ends(_chance_of_end(module, states)).numpy()
                stops[over & (stops == most)] = len(drawn)
                if (stops < most).all():
                    break
            mixture = module.mixture(states)
            parts = (None if part is None else part.cpu().double() for part in mixture)
            drawn.append(drawing.step(Mixture(*parts)))
            step = to_device(drawn[-1][rows, None].to(torch.float32), device)
            following = module.inputs(step, condition, begins=begins)[:, 1:]
            states, carried = _read(module, following, carried)
    steps = torch.stack(drawn, dim=1).numpy() if drawn else np.empty((n, 0, module.n_features))
    return [row[:stop] for row, stop in zip(steps, stops, strict=True)]


def _read(module, inputs, carried):
    """Read stretch by stretch, and give the state after the last step."""
    for part in inputs.split(_STRETCH, dim=1):
        states, carried = module.read(part, carried)
    return states[:, -1], carried


def _chance_of_end(module, states):
    is_last = torch.ones(len(states), dtype=torch.bool, device=states.device)
    return module.log_end(states, is_last).exp().cpu()


def _on_device(condition, rows, device):
    return None if condition is None else to_device(torch.from_numpy(condition[rows]), device)


def _exact_type(device):
    return torch.float32 if torch.device(device).type == "mps" else torch.float64
