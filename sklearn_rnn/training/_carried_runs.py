"""A language model over whole texts: each from its own beginning, its state carried in full."""

import itertools
from collections.abc import Callable, Iterator
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from sklearn_rnn.data import Sequences
from sklearn_rnn.modules import END_ID, LanguageNetwork
from sklearn_rnn.nn import lengths_to_mask, to_device

__all__ = ["after_texts", "surprise_at_tokens", "write_on"]

# So many steps are read at a time, of rows that make up a budget of steps.
_STRETCH = 256
_STEPS = 1 << 12
# Matrix products of a multiple of 8 rows give each row the same bits whatever the others are; a
# text longer than this is read alone.
_ROWS = 8
_LONG = 1 << 13
# The scores of all tokens after so many steps are in memory at once.
_SCORES = 1 << 22


class Stretch(NamedTuple):
    """What was read in one go: ``rows`` of the texts, from the step ``start`` on.

    ``states`` is ``(rows, time, hidden)``, of the exact type of prediction, after each step;
    ``following`` ``(rows, time)`` is the token that comes next, the end of the text at its end;
    ``real`` of that shape is False beyond it.
    """

    rows: np.ndarray
    start: int
    states: Tensor
    following: Tensor
    real: Tensor


def surprise_at_tokens(module: LanguageNetwork, texts: Sequences, device) -> np.ndarray:
    """Give how surprising each token is after those before it in its text, in nats.

    Returns
    -------
    ndarray of shape (tokens + texts,), float64
        The texts end to end, each with its end after it.
    """
    first = texts.offsets[:-1] + np.arange(len(texts))
    found = np.empty(len(texts.values) + len(texts))
    for stretch in _read(module, texts, device):
        real = stretch.real
        blocks = _in_blocks(module, module.surprise, stretch.states[real], stretch.following[real])
        surprise = torch.cat(list(blocks))
        steps = stretch.start + np.arange(stretch.real.shape[1])
        positions = first[stretch.rows][:, None] + steps
        found[positions[real.cpu().numpy()]] = surprise.cpu().numpy()
    return found


def after_texts(
    module: LanguageNetwork, texts: Sequences, device, pick: Callable[[np.ndarray], np.ndarray]
) -> np.ndarray:
    """Give what is picked from the log-probabilities of what comes after each text.

    Parameters
    ----------
    module : LanguageNetwork
    texts : Sequences
    device : torch.device
    pick : callable ``(n, n_tokens) -> (n, width)``
        Is given some texts at a time, float64, so that no more of all tokens is in memory.

    Returns
    -------
    ndarray of shape (n, width)
    """
    found = [None] * len(texts)
    for stretch in _read(module, texts, device):
        last = texts.lengths[stretch.rows] - stretch.start
        here = np.flatnonzero((last >= 0) & (last < stretch.real.shape[1]))
        at = (to_device(torch.from_numpy(part), device) for part in (here, last[here]))
        states = stretch.states[tuple(at)]
        picked = _in_blocks(
            module, lambda block: pick(module.log_probabilities(block).cpu().numpy()), states
        )
        for row, values in zip(stretch.rows[here], itertools.chain(*picked), strict=True):
            found[row] = values
    return np.array(found)


def write_on(
    module: LanguageNetwork,
    prompt: np.ndarray,
    n: int,
    max_length: int,
    choose: Callable[[Tensor], Tensor],
    device,
) -> list[np.ndarray]:
    """Write ``n`` times what comes after the ids of a prompt, until the end of the text.

    Parameters
    ----------
    module : LanguageNetwork
    prompt : ndarray of shape (time,), int
        May be empty: then the text is begun.
    n, max_length : int
        How many continuations there are, and of how many tokens at most.
    choose : callable ``(n, n_tokens) -> (n,)``
        Picks the next tokens by their log-probabilities, on the CPU.
    device : torch.device

    Returns
    -------
    list of ndarray, int64
        The ids that follow the prompt; the end of the text is left out.
    """
    module.eval()
    read = torch.from_numpy(np.concatenate([[END_ID], prompt]).astype(np.int64))
    ids, carried, written = read.expand(n, -1).to(device), None, []
    ended = torch.zeros(n, dtype=torch.bool)
    with torch.inference_mode():
        for part in ids.split(_STRETCH, dim=1):
            states, carried = module.read(part, carried)
        while True:
            chosen = choose(module.log_probabilities(_exact(states[:, -1])).cpu())
            written.append(chosen)
            ended |= chosen.eq(END_ID)
            if bool(ended.all()) or len(written) == max_length:
                break
            states, carried = module.read(to_device(chosen[:, None], device), carried)
    return [_before_end(row) for row in torch.stack(written, dim=1).numpy()]


def _before_end(ids):
    ends = np.flatnonzero(ids == END_ID)
    return ids[: ends[0]] if len(ends) else ids


def _read(module, texts, device) -> Iterator[Stretch]:
    """Read all texts, those of like length together."""
    module.eval()
    lengths = texts.lengths
    for rows in _batches(lengths):
        spare = 0 if lengths[rows[0]] > _LONG else -len(rows) % _ROWS
        padded = texts[np.concatenate([rows, rows[-1:].repeat(spare)])].to_padded()
        padded = to_device(torch.from_numpy(padded.astype(np.int64)), device)
        ends = torch.full((len(padded), 1), END_ID, device=device)
        ids, following = torch.cat([ends, padded], 1), torch.cat([padded, ends], 1)
        steps = to_device(torch.from_numpy(lengths[rows] + 1), device)
        real, carried = lengths_to_mask(steps, ids.shape[1]), None
        for start in range(0, ids.shape[1], _STRETCH):
            part = slice(start, start + _STRETCH)
            with torch.inference_mode():
                states, carried = module.read(ids[:, part], carried)
                states = _exact(states[: len(rows)])
            yield Stretch(rows, start, states, following[: len(rows), part], real[:, part])


def _batches(lengths) -> Iterator[np.ndarray]:
    order = np.argsort(-lengths, kind="stable")
    start = 0
    while start < len(order):
        longest = int(lengths[order[start]])
        size = 1
        if longest <= _LONG:
            size = max(1, _STEPS // min(longest + 1, _STRETCH) // _ROWS) * _ROWS
        yield order[start : start + size]
        start += size


def _exact(states):
    """Let sums be taken in float64, so that a row does not depend on the others."""
    return states if states.device.type == "mps" else states.double()


def _in_blocks(module, function, *tensors):
    """Call a function that scores all tokens with so many rows at a time, without gradients."""
    size = max(1, _SCORES // module.n_tokens)
    for block in zip(*(tensor.split(size) for tensor in tensors), strict=True):
        with torch.inference_mode():
            yield function(*block)
