"""Targets written for sources, and what a network says of given ones."""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from sklearn_rnn.data import UNKNOWN_ID
from sklearn_rnn.modules import END_ID, Seq2SeqNetwork, Source
from sklearn_rnn.nn import Hypothesis, beam_search, to_device
from sklearn_rnn.training._batches import PredictionBatches
from sklearn_rnn.training._dataset import SequenceDataset
from sklearn_rnn.training._memory import naming_batch
from sklearn_rnn.training._pairs import PairDataset

__all__ = ["Search", "read_targets", "write_targets"]

# So many targets are written side by side, and matrix products have a multiple of 8 rows.
_TOGETHER = 64
_ROWS = 8


class Search(NamedTuple):
    """How targets are looked for; see :func:`sklearn_rnn.nn.beam_search`."""

    beam_size: int
    n_best: int
    max_length: int
    alpha: float
    min_length: int = 0


def write_targets(
    module: Seq2SeqNetwork, dataset: SequenceDataset, search: Search
) -> list[list[Hypothesis]]:
    """Write the best targets of each source, in the order of the dataset.

    Raises
    ------
    ValueError
        If what the network says of a source is not finite.
    """
    found = [None] * len(dataset)
    for rows, source in _sources(module, dataset):
        for part in torch.arange(len(rows)).split(_TOGETHER):
            with torch.inference_mode():
                written = beam_search(
                    Decoding(module, source, part),
                    **search._asdict(),
                    end=END_ID,
                    never=UNKNOWN_ID,
                )
            for row, hypotheses in zip(rows[part].tolist(), written, strict=True):
                found[row] = hypotheses
    _check_finite(np.array([bool(hypotheses) for hypotheses in found]), np.arange(len(found)))
    return found


class Reading(NamedTuple):
    """What a network says of given targets: ``rows`` of the dataset.

    ``log_likelihoods`` ``(n, target)``, float64, are those of each token, the end among them,
    ``weights`` ``(n, target, source)`` what was attended to, None without attention. Both hold
    anything beyond the lengths.
    """

    rows: np.ndarray
    log_likelihoods: np.ndarray
    weights: np.ndarray | None


def read_targets(module: Seq2SeqNetwork, dataset: PairDataset) -> Iterator[Reading]:
    """Read sources with their targets, a few at a time.

    Raises
    ------
    ValueError
        If what the network says of a source is not finite.
    """
    for rows, source in _sources(module, dataset):
        for part in torch.arange(len(rows)).split(_TOGETHER):
            filled = _fill_up(part)
            teacher, _ = dataset.gather_target(rows[filled])
            with torch.inference_mode():
                written, scores = _say(
                    module, source.take(to_device(filled, dataset.device)), teacher
                )
            weights, scores = written.weights, scores[: len(part)].cpu().numpy()
            _check_finite(np.isfinite(scores).all(axis=1), rows[part].numpy())
            yield Reading(
                rows[part].numpy(),
                scores,
                None if weights is None else weights[: len(part)].cpu().numpy(),
            )


def _check_finite(finite, rows):
    """Refuse sources of which the network says nothing that is finite.

    Where that is so no target is possible: one that ends is finite.
    """
    if not finite.all():
        raise ValueError(
            f"the network gives probabilities that are not finite for sequence "
            f"{rows[~finite].min()} ({np.sum(~finite)} of {len(finite)} are such): its steps are "
            "very far from those that fit saw, or training came close to divergence. Look at its "
            "values, or fit again with a lower lr."
        )


def _say(module, source, teacher):
    """Give what is written, and the log-likelihood of each token ``(rows, target)``."""
    written = module.write(source, module.embed_target(source, teacher[:, :-1]), None)
    found = []
    for states, tokens in zip(written.states.unbind(1), teacher.unbind(1), strict=True):
        scores = module.scores(states)
        scores = scores if scores.device.type == "mps" else scores.double()
        found.append(scores.log_softmax(1).gather(1, tokens[:, None]))
    return written, torch.cat(found, dim=1)


class Decoding:
    """A decoder at work on some sources, as beam search asks it to.

    Parameters
    ----------
    module : Seq2SeqNetwork
    source : Source
    rows : Tensor of shape (n,)
        Which of the sources.
    """

    def __init__(self, module: Seq2SeqNetwork, source: Source, rows: Tensor):
        self.module = module
        self.source = source.take(to_device(_fill_up(rows), source.start.device))
        self.n, self.beam_size, self.carried = len(rows), 1, None

    def begin(self) -> Tensor:
        """Give the scores of first tokens."""
        return self._write(self.source.start[:, None])

    def go_on(self, sequences: Tensor, rows: Tensor, tokens: Tensor) -> Tensor:
        """Write a token behind some rows."""
        kept = _fill_up(torch.arange(len(sequences), device=sequences.device))
        flat = (sequences[:, None] * self.beam_size + rows)[kept].flatten()
        self.carried = self.module.take_rows(self.carried, flat)
        if len(sequences) < self.n:
            self.source = self.source.take(sequences[kept])
        self.n, self.beam_size = rows.shape
        return self._write(self.module.embed(tokens[kept].view(-1, 1)))

    def _write(self, read):
        written = self.module.write(self.source, read, self.carried)
        self.carried = written.carried
        return self.module.scores(written.states[:, 0])[: self.n * self.beam_size]


def _fill_up(rows):
    """Repeat the last row so that there is a multiple of 8 of them."""
    return torch.cat([rows, rows[-1:].expand(-len(rows) % _ROWS)])


def _sources(module, dataset) -> Iterator[tuple[Tensor, Source]]:
    """Read all sources, those of like length together; give their rows."""
    module.eval()
    batches, start = PredictionBatches(dataset), 0
    for inputs, _ in batches:
        rows = batches.order[start : start + inputs["n_rows"]]
        start += inputs["n_rows"]
        shape = inputs["values"].shape
        with naming_batch(shape[0], shape[1], dataset.device), torch.inference_mode():
            source = module.read(inputs["values"], inputs["lengths"])
        yield rows, source
