"""Spans written as one label a step: the schemes IOB1, IOB2 and BIOES.

A label is ``"O"``, outside of every span, or a letter, a hyphen and the type of a span, as in
``"B-PER"``; where there is one type of span only, the letter may stand alone.

- IOB1: a span is ``I I I``; ``B`` begins one that follows another of its type at once (Ramshaw
  and Marcus, "Text Chunking using Transformation-Based Learning", 1995).
- IOB2: a span is ``B I I`` (Tjong Kim Sang and Veenstra, "Representing Text Chunks", 1999).
- BIOES: a span is ``B I E``, or ``S`` for a single step. ``M`` for ``I``, ``L`` for ``E`` and
  ``U`` for ``S`` are read, too (BMES, BILOU).
"""

from collections.abc import Iterable, Sequence
from functools import lru_cache
from itertools import chain, pairwise
from typing import NamedTuple

import numpy as np

__all__ = [
    "SCHEMES",
    "AllowedTransitions",
    "Span",
    "allowed_transitions",
    "check_scheme",
    "convert_labels",
    "detect_scheme",
    "spans",
]

# The letters of each scheme, and the one of B, I, E, S that each stands for.
SCHEMES = {
    "IOB1": {"B": "B", "I": "I"},
    "IOB2": {"B": "B", "I": "I"},
    "BIOES": {"B": "B", "I": "I", "M": "I", "E": "E", "L": "E", "S": "S", "U": "S"},
}
_EDGE = "O"  # before its first step and behind its last one a sequence is as after and before O
_OPEN = "BI"  # after these a span may go on


class AllowedTransitions(NamedTuple):
    """Which tags may begin a sequence, follow each other, and end a sequence; all boolean."""

    starts: np.ndarray  # (tags,)
    transitions: np.ndarray  # (tags, tags), from the row's tag to the column's
    ends: np.ndarray  # (tags,)


class Span(NamedTuple):
    """The steps from ``start`` up to, not including, ``end``."""

    start: int
    end: int
    type: str


def detect_scheme(labels: Iterable[Sequence]) -> str | None:
    """Find the scheme that labels are written in.

    No set of labels that holds a span is legal in two schemes: the first span of a sequence
    begins with ``I`` in IOB1, with ``B`` in IOB2, and in BIOES it ends with ``E`` or ``S``.
    Labels of ``I`` and ``O`` alone are IOB1, those of ``B`` and ``O`` alone IOB2.

    Parameters
    ----------
    labels : iterable of sequences of labels

    Returns
    -------
    "IOB1", "IOB2", "BIOES" or None
        None where some label is of another form (``"NOUN"``, or no string), where there is no
        span, and where some sequence is illegal in each scheme, if by one label only.

    Examples
    --------
    >>> from sklearn_rnn.data import detect_scheme
    >>> detect_scheme([["O", "B-PER", "I-PER"], ["B-LOC"]])
    'IOB2'
    >>> detect_scheme([["I-PER", "B-PER", "O"]])
    'IOB1'
    >>> detect_scheme([["DET", "NOUN"]]) is None
    True
    """
    pairs = set()
    for row in labels:
        pairs.update(zip([_EDGE, *row], [*row, _EDGE], strict=True))
    found = set(chain.from_iterable(pairs)) - {"O"}
    for scheme in SCHEMES if found else ():
        readable = all(_parse(label, scheme) is not None for label in found)
        if readable and all(_may_follow(*pair, scheme) for pair in pairs):
            return scheme
    return None


def check_scheme(labels: Iterable[Sequence], scheme: str) -> None:
    """Check that every sequence of labels is legal in a scheme.

    Raises
    ------
    ValueError
        If a label is none of the scheme, or may not stand where it does. The message names the
        sequence, the step and the labels.
    """
    _check_name(scheme)
    for i, row in enumerate(labels):
        _check_sequence(row, scheme, f"sequence {i}, ")


def allowed_transitions(tags: Sequence[str], scheme: str) -> AllowedTransitions:
    """Say which tags may begin a sequence, follow each other, and end a sequence.

    Parameters
    ----------
    tags : sequence of str
        Every tag there is, once.
    scheme : {"IOB1", "IOB2", "BIOES"}
        How the tags write spans.

    Returns
    -------
    AllowedTransitions
        Boolean arrays ``starts (tags,)``, ``transitions (tags, tags)`` and ``ends (tags,)``, in
        the order of ``tags``.

    Raises
    ------
    ValueError
        If a tag is none of the scheme.

    See Also
    --------
    sklearn_rnn.nn.ConditionalRandomField : Gives all others a probability of zero.

    Examples
    --------
    >>> from sklearn_rnn.data import allowed_transitions
    >>> allowed = allowed_transitions(["O", "B-PER", "I-PER"], "IOB2")
    >>> allowed.starts
    array([ True,  True, False])
    >>> allowed.transitions[0]  # I-PER may not follow O
    array([ True,  True, False])
    """
    _check_name(scheme)
    for tag in tags:
        if _parse(tag, scheme) is None:
            raise ValueError(_not_of_the_scheme(tag, scheme))
    return AllowedTransitions(
        starts=np.array([_may_follow(_EDGE, tag, scheme) for tag in tags], dtype=bool),
        transitions=np.array(
            [[_may_follow(tag, after, scheme) for after in tags] for tag in tags], dtype=bool
        ).reshape(len(tags), len(tags)),
        ends=np.array([_may_follow(tag, _EDGE, scheme) for tag in tags], dtype=bool),
    )


def spans(labels: Sequence[str], scheme: str | None = None, *, strict: bool = True) -> list[Span]:
    """Read the spans of one sequence of labels.

    Parameters
    ----------
    labels : sequence of str
    scheme : "IOB1", "IOB2", "BIOES" or None
        What ``strict`` goes by; not needed without.
    strict : bool
        True reads the spans that are written as the scheme wants and drops what is not, as
        ``I I`` after ``O`` in IOB2. False reads as the script
        conlleval of the CoNLL shared tasks does, alike for all schemes: a label that cannot go
        on with the span before it begins a new one.

    Returns
    -------
    list of Span
        ``(start, end, type)``, ``end`` not included, from left to right.

    Raises
    ------
    ValueError
        If a label is none of the scheme. The message names the step.

    Examples
    --------
    >>> from sklearn_rnn.data import spans
    >>> spans(["B-PER", "I-PER", "O", "I-LOC"], "IOB2")
    [Span(start=0, end=2, type='PER')]
    >>> spans(["B-PER", "I-PER", "O", "I-LOC"], strict=False)
    [Span(start=0, end=2, type='PER'), Span(start=3, end=4, type='LOC')]
    """
    if strict or scheme is not None:
        _check_name(scheme)
    parsed = _parse_all(labels, scheme or "BIOES")  # which has the letters of all schemes
    found = _stretches(parsed)
    if strict:
        found = _well_formed(found, parsed, scheme)
    return [Span(start, end, kind) for start, end, kind, *_ in found]


def convert_labels(
    labels: Iterable[Sequence[str]], from_scheme: str, to_scheme: str
) -> list[list[str]]:
    """Write the same spans in another scheme.

    Parameters
    ----------
    labels : iterable of sequences of str
    from_scheme, to_scheme : "IOB1", "IOB2" or "BIOES"

    Returns
    -------
    list of lists of str

    Raises
    ------
    ValueError
        If a sequence is illegal in ``from_scheme``. The message names the sequence and the step.

    Examples
    --------
    >>> from sklearn_rnn.data import convert_labels
    >>> convert_labels([["I-PER", "I-PER", "B-PER", "O"]], "IOB1", "BIOES")
    [['B-PER', 'E-PER', 'S-PER', 'O']]
    """
    _check_name(from_scheme)
    _check_name(to_scheme)
    converted = []
    for i, row in enumerate(labels):
        _check_sequence(row, from_scheme, f"sequence {i}, ")
        converted.append(_write(spans(row, from_scheme), len(row), to_scheme))
    return converted


# --- labels -------------------------------------------------------------------------------------


@lru_cache(maxsize=1 << 16)
def _parse(label, scheme):
    """Give the part that a label plays and its type: ``"L-PER"`` -> ``("E", "PER")``, or None."""
    if not isinstance(label, str):
        return None
    if label == "O":
        return "O", ""
    letter, hyphen, kind = label.partition("-")
    part = SCHEMES[scheme].get(letter)
    return None if part is None or (hyphen and not kind) else (part, kind)


def _parse_all(labels, scheme):
    parsed = [_parse(label, scheme) for label in labels]
    if None in parsed:
        step = parsed.index(None)
        raise ValueError(f"step {step}: {_not_of_the_scheme(labels[step], scheme)}")
    return parsed


@lru_cache(maxsize=1 << 16)
def _may_follow(before, after, scheme):
    """Whether a label of a scheme may follow another."""
    (part, kind), (next_part, next_kind) = _parse(before, scheme), _parse(after, scheme)
    within = part in _OPEN and kind == next_kind
    if scheme == "IOB1":
        return next_part != "B" or within
    if scheme == "IOB2":
        return next_part != "I" or within
    goes_on = next_part in "IE"
    return goes_on and within if part in _OPEN else not goes_on


def _check_sequence(row, scheme, where):
    labels = [_EDGE, *row, _EDGE]
    for step, (before, after) in enumerate(pairwise(labels)):
        if _parse(after, scheme) is None:
            raise ValueError(f"{where}step {step}: {_not_of_the_scheme(after, scheme)}")
        if not _may_follow(before, after, scheme):
            raise ValueError(f"{where}{_misplaced(before, after, step, len(row))} in {scheme}")


def _misplaced(before, after, step, length):
    if step == length:
        return f"step {step - 1}: {_quote(before)} may not be the last label"
    if step == 0:
        return f"step 0: {_quote(after)} may not be the first label"
    return f"step {step}: {_quote(after)} may not follow {_quote(before)}"


def _not_of_the_scheme(label, scheme):
    letters = ", ".join(f"'{letter}'" for letter in SCHEMES[scheme])
    return (
        f"{_quote(label)} is no label of {scheme}; expected 'O', or one of {letters} alone or "
        "with a type behind a hyphen, as in 'B-PER'"
    )


def _quote(label):
    """``repr``, which for ``np.str_`` would name the class."""
    return repr(str(label) if isinstance(label, str) else label)


def _check_name(scheme):
    if scheme not in SCHEMES:
        names = ", ".join(map(repr, SCHEMES))
        raise ValueError(f"there is no scheme {scheme!r}; expected one of {names}")


# --- spans --------------------------------------------------------------------------------------


def _stretches(parsed):
    """Yield what conlleval reads as one span: ``(start, end, type, first part, last part)``."""
    before, kind, start = "O", "", 0
    for step, (part, next_kind) in enumerate([*parsed, ("O", "")]):
        if part in "IE" and before in _OPEN and next_kind == kind:
            before = part
            continue
        if before != "O":
            yield start, step, kind, parsed[start][0], before
        before, kind, start = part, next_kind, step


def _well_formed(stretches, parsed, scheme):
    """Keep the stretches that are whole spans of the scheme."""
    for start, end, kind, first, last in stretches:
        if scheme == "IOB2":
            keep = first == "B"
        elif scheme == "BIOES":
            keep = first == "S" or (first == "B" and last == "E")
        else:
            keep = first == "I" or (start and parsed[start - 1] in (("B", kind), ("I", kind)))
        if keep:
            yield start, end, kind


def _write(found, length, scheme):
    """Write spans as ``length`` labels."""
    labels = ["O"] * length
    last = Span(-1, -1, "")
    for span in found:
        inner = span.end - span.start - 2
        if scheme == "BIOES":
            parts = ["S"] if inner < 0 else ["B", *"I" * inner, "E"]
        else:
            follows = span.start == last.end and span.type == last.type
            first = "B" if scheme == "IOB2" or follows else "I"
            parts = [first, *"I" * (inner + 1)]
        hyphen = "-" if span.type else ""
        labels[span.start : span.end] = [f"{part}{hyphen}{span.type}" for part in parts]
        last = span
    return labels
