"""Spans of labels, found and counted without a loop over the steps."""

from collections.abc import Collection, Iterable
from typing import Any, NamedTuple

import numpy as np

from sklearn_rnn.data import SCHEMES, check_scheme, detect_scheme
from sklearn_rnn.metrics._label_rows import LabelRows, quote, read_label_rows, sentence_weights

__all__ = ["SpanCounts", "count_spans"]

_PARTS = "OBIES"
_ALL_LETTERS = "BIOES"  # the scheme with the letters of all schemes
_OUTSIDE, _BEGIN, _INSIDE, _END, _SINGLE = range(5)


class SpanCounts(NamedTuple):
    """How many spans of each type there are; with weights, how much they weigh."""

    types: list[str]
    correct: np.ndarray  # (types,), int64, or float64 with weights
    predicted: np.ndarray  # (types,)
    true: np.ndarray  # (types,)


class _Alphabet(NamedTuple):
    """What each label says of the span that its step is in."""

    parts: np.ndarray  # (labels,), int64: an index of _PARTS
    types: np.ndarray  # (labels,), int64: an index of `names`, or -1 outside
    names: list[str]


class _Spans(NamedTuple):
    """Spans from left to right, over all sentences."""

    first: np.ndarray  # (spans,), int64: flat steps
    last: np.ndarray  # (spans,)
    type: np.ndarray  # (spans,)


def count_spans(
    y_true: Any,
    y_pred: Any,
    *,
    scheme: str | None,
    mode: str,
    types: Collection[str] | None,
    sample_weight: Any,
) -> SpanCounts:
    """Check what the user gave, and count the spans that are true, predicted and both."""
    _check_options(scheme, mode, types)
    rows = read_label_rows(y_true, y_pred)
    alphabet = _read_alphabet(rows, scheme)
    if scheme is None and mode == "strict":
        scheme = _find_scheme(rows, alphabet)
        alphabet = _read_alphabet(rows, scheme)
    reading = scheme if mode == "strict" else None
    true = _find_spans(rows.true, rows.sentences, alphabet, reading)
    predicted = _find_spans(rows.predicted, rows.sentences, alphabet, reading)
    weights = None
    if sample_weight is not None:
        weights = sentence_weights(sample_weight, rows.n_sentences)[rows.sentences]
    n_types = len(alphabet.names)
    counts = SpanCounts(
        types=alphabet.names,
        correct=_count(_both(true, predicted, len(rows.true)), n_types, weights),
        predicted=_count(predicted, n_types, weights),
        true=_count(true, n_types, weights),
    )
    if types is None:
        present = np.union1d(true.type, predicted.type)
        types = [alphabet.names[i] for i in present]
    return _select(counts, types)


def _check_options(scheme: Any, mode: Any, types: Any) -> None:
    """Raise unless the options are ones that there are."""
    if scheme is not None and (not isinstance(scheme, str) or scheme not in SCHEMES):
        raise ValueError(f"scheme must be one of {list(SCHEMES)} or None, but is {quote(scheme)}.")
    if not isinstance(mode, str) or mode not in ("strict", "conlleval"):
        raise ValueError(f"mode must be 'strict' or 'conlleval', but is {quote(mode)}.")
    if types is None:
        return
    if isinstance(types, str) or not isinstance(types, Collection):
        raise TypeError(f"types must be a list of names of types, or None, but is {quote(types)}.")
    if not len(types) or not all(isinstance(name, str) for name in types):
        raise ValueError(
            f"types must hold at least one name of a type, and strings only, but is {quote(types)}."
        )


# Labels


def _read_alphabet(rows: LabelRows, scheme: str | None) -> _Alphabet:
    """Part and type of each label, or an error that names the place of one that has none."""
    letters = SCHEMES[scheme or _ALL_LETTERS]
    parts, names = np.zeros(len(rows.labels), dtype=np.int64), [""] * len(rows.labels)
    for code, label in enumerate(rows.labels):
        if isinstance(label, str) and label == "O":
            continue
        letter, hyphen, name = label.partition("-") if isinstance(label, str) else ("", "", "")
        if letter not in letters or (hyphen and not name):
            raise ValueError(_no_span(rows, code, scheme))
        # A letter alone is of the one type that needs no name.
        parts[code], names[code] = _PARTS.index(letters[letter]), name or "_"
    found = sorted({name for name in names if name})
    index = {name: i for i, name in enumerate(found)}
    return _Alphabet(parts, np.array([index.get(name, -1) for name in names]), found)


def _no_span(rows: LabelRows, code: int, scheme: str | None) -> str:
    """What is wrong with a label, and where it comes first."""
    in_true = rows.true == code
    name, steps = ("y_true", in_true) if in_true.any() else ("y_pred", rows.predicted == code)
    letters = ", ".join(f"'{letter}'" for letter in SCHEMES[scheme or _ALL_LETTERS])
    of_scheme = f"in {scheme}" if scheme else "in any scheme"
    return (
        f"{rows.position(int(np.argmax(steps)))} of {name}: {quote(rows.labels[code])} is no label "
        f"of spans {of_scheme}; expected 'O', or one of {letters} alone or with a type behind a "
        "hyphen, as in 'B-PER'. For labels that are no spans there is token_accuracy_score."
    )


def _find_scheme(rows: LabelRows, alphabet: _Alphabet) -> str:
    """The scheme that y_true follows, or if it has no span, one that y_pred can be read in."""
    if not alphabet.parts[rows.true].any():
        predicted = detect_scheme(_sentences(rows.predicted, rows))
        return predicted or _scheme_of_letters(rows.predicted, alphabet)
    sentences = _sentences(rows.true, rows)
    scheme = detect_scheme(sentences)
    if scheme is not None:
        return scheme
    closest = _scheme_of_letters(rows.true, alphabet)
    try:
        check_scheme(sentences, closest)
    except ValueError as error:
        raise ValueError(
            f"y_true follows none of the schemes {', '.join(SCHEMES)}: {error}. Give scheme="
            f"{closest!r} to count only the spans that are written as it wants, or "
            "mode='conlleval' to count all."
        ) from None
    raise AssertionError(f"labels that {closest} allows must be found to be {closest}")


def _scheme_of_letters(codes: np.ndarray, alphabet: _Alphabet) -> str:
    """BIOES if there is a sign of it, else IOB2, the more common of the others."""
    return "BIOES" if np.isin(alphabet.parts[codes], [_END, _SINGLE]).any() else "IOB2"


def _sentences(codes: np.ndarray, rows: LabelRows) -> list[list[str]]:
    """Flat codes as the labels of each sentence."""
    lengths = np.bincount(rows.sentences, minlength=rows.n_sentences)
    return [part.tolist() for part in np.split(rows.labels[codes], np.cumsum(lengths)[:-1])]


# Spans


def _find_spans(
    codes: np.ndarray, sentences: np.ndarray, alphabet: _Alphabet, scheme: str | None
) -> _Spans:
    """The spans that a scheme knows, or without a scheme all that conlleval reads.

    For conlleval [1]_ each label that cannot go on with the span before it begins a new one.
    A scheme keeps those of these stretches that are written as it wants.

    .. [1] E. F. Tjong Kim Sang and S. Buchholz, "Introduction to the CoNLL-2000 shared task:
       chunking", CoNLL, 2000. The script: https://www.clips.uantwerpen.be/conll2000/chunking
    """
    part, type_ = alphabet.parts[codes], alphabet.types[codes]
    # A span is open behind B and I, up to the end of the sentence.
    open_before = np.zeros(len(codes), dtype=bool)
    open_before[1:] = (part[:-1] == _BEGIN) | (part[:-1] == _INSIDE)
    open_before[1:] &= (type_[1:] == type_[:-1]) & (sentences[1:] == sentences[:-1])
    goes_on = open_before & ((part == _INSIDE) | (part == _END))
    within = part != _OUTSIDE
    first = np.flatnonzero(within & ~goes_on)
    last = np.flatnonzero(within & ~np.append(goes_on[1:], False))
    begun = part[first]
    if scheme == "IOB1":
        kept = (begun == _INSIDE) | open_before[first]
    elif scheme == "IOB2":
        kept = begun == _BEGIN
    elif scheme == "BIOES":
        kept = (begun == _SINGLE) | ((begun == _BEGIN) & (part[last] == _END))
    else:
        kept = np.ones(len(first), dtype=bool)
    return _Spans(first=first[kept], last=last[kept], type=type_[first][kept])


def _both(true: _Spans, predicted: _Spans, n_steps: int) -> _Spans:
    """The predicted spans that are true: equal in bounds and type."""
    # No two spans of one side begin at the same step.
    last, type_ = np.full(n_steps, -1), np.full(n_steps, -1)
    last[true.first], type_[true.first] = true.last, true.type
    right = (last[predicted.first] == predicted.last) & (type_[predicted.first] == predicted.type)
    return _Spans(*(values[right] for values in predicted))


def _count(spans: _Spans, n_types: int, weights: np.ndarray | None) -> np.ndarray:
    """How many spans of each type there are, or how much they weigh."""
    weights = None if weights is None else weights[spans.first]
    return np.bincount(spans.type, weights=weights, minlength=n_types)


def _select(counts: SpanCounts, types: Iterable[str]) -> SpanCounts:
    """The counts of the types that are asked for; 0 for one that is nowhere."""
    types = [str(name) for name in types]
    index = {name: i for i, name in enumerate(counts.types)}
    places = np.array([index.get(name, -1) for name in types], dtype=np.int64)
    chosen = (np.append(values, 0)[places] for values in counts[1:])
    return SpanCounts(types, *chosen)
