"""Predictions for one sequence while its steps come in, chunk by chunk."""

from collections.abc import Iterable, Iterator

import numpy as np
import torch

from sklearn_rnn.data import Sequences
from sklearn_rnn.estimators._text_pieces import TextPieces

__all__ = ["check_method", "stream_outputs", "stream_scores"]


def check_method(method, methods: dict):
    """Give the function of one of the methods that a stream may call."""
    if not isinstance(method, str) or method not in methods:
        raise ValueError(f"method must be one of {', '.join(methods)}, but is {method!r}.")
    return methods[method]


def stream_outputs(estimator, chunks: Iterable) -> Iterator:
    """Give what the network says of all steps so far ``(1, outputs)``, after each chunk.

    Memory does not grow with what was read. Errors of the network come at once, those of a chunk
    when it is read.
    """
    return _outputs(estimator, _read_chunks(estimator, chunks))


def stream_scores(tagger, chunks: Iterable) -> Iterator:
    """Give the scores of the tags at the steps of each chunk ``(time, tags)``, as it is read."""
    return _scores(tagger, _read_chunks(tagger, chunks))


def _outputs(estimator, batches):
    module = estimator.module_
    stream = module.body.stream()
    for batch in batches:
        with torch.inference_mode():
            stream.read(module.body.input(batch.values, batch.subwords, batch.codes))
            outputs = module.read_out(torch.cat(stream.pooled(), dim=1))
        yield estimator._checked(outputs.cpu().numpy())


def _scores(tagger, batches):
    carried = None
    for batch in batches:
        with torch.inference_mode():
            scores, carried = tagger.module_.score_further(
                batch.values, carried, subwords=batch.subwords, codes=batch.codes
            )
        scores = scores[0].cpu().numpy()
        yield tagger._checked_steps(scores, np.array([len(scores)]))


def _read_chunks(estimator, chunks: Iterable) -> Iterator:
    """Check that the network reads steps as they come, and give each chunk as a batch of one row.

    Parameters
    ----------
    estimator : BaseRNN
        Fitted.
    chunks : iterable
        What one sequence of X may be, cut in pieces of at least one step.

    Raises
    ------
    ValueError
        If the network needs the whole sequence, or a chunk is not as X was.
    TypeError
        If chunks cannot be iterated over, or a cell of the user's own carries no state.
    """
    _check_network(estimator)
    if isinstance(chunks, str) or not isinstance(chunks, Iterable):
        raise TypeError(
            "chunks must be an iterable of the steps of one sequence, piece by piece, such as "
            f"arrays (time, n_features) or lists of tokens, but is {type(chunks).__name__}."
        )
    return _batches(estimator, chunks)


def _batches(estimator, chunks):
    texts = TextPieces(getattr(estimator, "encoder_", None))
    for i, chunk in enumerate(chunks):
        try:
            if isinstance(chunk, str):
                texts.check(chunk)
            sequences = estimator._read(_as_input(chunk), reset=False)
            dataset = estimator._dataset(sequences, device=estimator.net_.device)
        except (TypeError, ValueError) as error:
            raise ValueError(f"chunk {i}: {error}") from error
        yield dataset.gather(torch.zeros(1, dtype=torch.int64))


def _as_input(chunk):
    """Give a chunk as X of one sequence."""
    if not isinstance(chunk, Sequences):
        return [chunk]
    if len(chunk) != 1:
        raise ValueError(f"it holds {len(chunk)} sequences; give steps of one sequence.")
    return chunk


def _check_network(estimator):
    """Refuse a network that reads a sequence from its end, or looks ahead."""
    found = list(_hindrances(estimator, estimator._architecture))
    if found:
        reasons, ways_out = zip(*found, strict=True)
        raise ValueError(
            "predict_stream answers before a sequence ends, which this network cannot: "
            f"{'; '.join(reasons)}. Fit {' and '.join(ways_out)}."
        )
    getattr(estimator.module_, "body", estimator.module_).recurrent.check_carrying()


def _hindrances(estimator, plan):
    """Give what stands in the way, and how to fit without it."""
    if plan.bidirectional:
        yield "it is bidirectional, and reads from the end too", "with bidirectional=False"
    if plan.convolution is not None:
        yield f"convolution={plan.convolution!r} looks ahead", "with convolution=None"
    if getattr(estimator, "output_", None) == "crf":
        yield 'output="crf" chooses the labels of all steps together', 'with output="softmax"'
    if getattr(estimator, "scheme_", None) is not None:
        scheme = estimator.scheme_
        yield f"the scheme {scheme} makes labels depend on each other", "with constraints=None"
    if plan.context_dim is not None:
        yield (
            "the language model in pretrained tells what a whole text is about",
            "with a language model of context_dim=None",
        )
    if plan.n_static or plan.static_codes:
        yield "it reads columns of whole sequences", "without them"
    if estimator._missing is not None:
        yield 'missing="mask" fills gaps from the steps before', 'with missing="error"'
    if estimator._input_form == "table":
        yield (
            f"it was fitted on a table of {estimator.n_features_in_} columns, so that every "
            "sequence has as many steps",
            "on a list of arrays",
        )
