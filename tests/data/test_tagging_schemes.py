"""Schemes of spans, held against every set of spans that a short sequence can have."""

from itertools import pairwise, product

import numpy as np
import pytest

from sklearn_rnn.data import (
    SCHEMES,
    Span,
    allowed_transitions,
    check_scheme,
    convert_labels,
    detect_scheme,
    spans,
)

TYPES = ("X", "Y")
IOB = ["O", "B-X", "I-X", "B-Y", "I-Y"]
BIOES = [*IOB, "E-X", "S-X", "E-Y", "S-Y"]
TAGS = {"IOB1": IOB, "IOB2": IOB, "BIOES": BIOES}


def span_sets(start, length):
    """Every way to lay spans of two types over the steps from ``start`` on."""
    if start >= length:
        return [[]]
    found = span_sets(start + 1, length)
    for end in range(start + 1, length + 1):
        for kind in TYPES:
            found = found + [[(start, end, kind), *rest] for rest in span_sets(end, length)]
    return found


def written(span_set, length, scheme):
    """Labels of a set of spans, one step at a time."""
    labels = []
    for step in range(length):
        inside = [span for span in span_set if span[0] <= step < span[1]]
        if not inside:
            labels.append("O")
            continue
        start, end, kind = inside[0]
        touches = any(other[1] == start and other[2] == kind for other in span_set)
        if scheme == "IOB1":
            letter = "B" if step == start and touches else "I"
        elif scheme == "IOB2":
            letter = "B" if step == start else "I"
        elif end - start == 1:
            letter = "S"
        else:
            letter = {start: "B", end - 1: "E"}.get(step, "I")
        labels.append(f"{letter}-{kind}")
    return labels


def legal_sequences(length, scheme):
    return {tuple(written(found, length, scheme)) for found in span_sets(0, length)}


def is_legal(labels, scheme):
    try:
        check_scheme([labels], scheme)
    except ValueError:
        return False
    return True


every_scheme = pytest.mark.parametrize("scheme", SCHEMES)
every_pair = pytest.mark.parametrize("other", SCHEMES)


@every_scheme
@pytest.mark.parametrize("length", [1, 2, 3, 4])
def test_the_legal_sequences_are_those_that_some_set_of_spans_is_written_as(scheme, length):
    legal = legal_sequences(length, scheme)
    found = {row for row in product(TAGS[scheme], repeat=length) if is_legal(row, scheme)}
    assert found == legal


@every_scheme
def test_allowed_transitions_allow_the_legal_sequences_and_no_other(scheme):
    tags = TAGS[scheme][::-1]
    allowed = allowed_transitions(tags, scheme)
    legal = legal_sequences(3, scheme)
    for row in product(range(len(tags)), repeat=3):
        steps = [allowed.transitions[pair] for pair in pairwise(row)]
        passes = allowed.starts[row[0]] and all(steps) and allowed.ends[row[-1]]
        assert passes == (tuple(tags[i] for i in row) in legal)


def test_allowed_transitions_are_boolean_arrays():
    allowed = allowed_transitions(["O"], "IOB1")
    assert [part.shape for part in allowed] == [(1,), (1, 1), (1,)]
    assert [part.dtype for part in allowed_transitions([], "IOB2")] == [bool, bool, bool]
    assert allowed_transitions([], "IOB2").transitions.shape == (0, 0)


@every_scheme
@pytest.mark.parametrize("strict", [True, False])
def test_spans_are_read_as_they_were_written(scheme, strict):
    for found in span_sets(0, 4):
        assert spans(written(found, 4, scheme), scheme, strict=strict) == found


@every_scheme
@every_pair
def test_conversion_writes_the_same_spans(scheme, other):
    sets = span_sets(0, 4)
    converted = convert_labels([written(found, 4, scheme) for found in sets], scheme, other)
    assert converted == [written(found, 4, other) for found in sets]


@every_scheme
def test_any_set_of_spans_gives_its_scheme_away(scheme):
    for found in span_sets(0, 3):
        if found:
            assert detect_scheme([["O"], written(found, 3, scheme)]) == scheme


@every_scheme
def test_one_illegal_label_leaves_no_scheme(scheme):
    legal = [list(row) for row in sorted(legal_sequences(3, scheme))]
    assert detect_scheme(legal) == scheme
    illegal = ["O", "I-X"] if scheme != "IOB1" else ["O", "B-X"]
    assert detect_scheme([*legal, illegal]) is None


@pytest.mark.parametrize(
    "labels",
    [
        [["DET", "NOUN"]],
        [["O", "O"], ["O"]],
        [[], []],
        [],
        [["B-X", "NOUN"]],
        [["B-X", "O-X"]],
        [["B-"]],
        [["b-X", "O"]],
        [[0, 1, 2]],
        [[True, False]],
        [["B-X", None]],
        [["B-X", float("nan")]],
        [["B-X"], ["I-X"]],
    ],
    ids=str,
)
def test_labels_of_no_scheme_are_told(labels):
    assert detect_scheme(labels) is None


@pytest.mark.parametrize(
    "labels, scheme",
    [
        ([["B", "I", "O"]], "IOB2"),
        ([["I", "B", "O"]], "IOB1"),
        ([["I", "I", "O"]], "IOB1"),
        ([["B", "M", "E", "S"]], "BIOES"),
        ([["B-X", "L-X", "U-Y"]], "BIOES"),
        ([["S-X", "O"]], "BIOES"),
        ([["B-a-b", "I-a-b"]], "IOB2"),
        ([np.array(["B-X", "O"])], "IOB2"),
        (iter([("B-X", "O")]), "IOB2"),
    ],
)
def test_letters_alone_other_letters_and_hyphens_in_types_are_read(labels, scheme):
    assert detect_scheme(labels) == scheme


def test_other_letters_are_converted():
    assert convert_labels([["B", "M", "E", "S"]], "BIOES", "IOB2") == [["B", "I", "I", "B"]]
    assert convert_labels([["B-X", "L-X", "U-X"]], "BIOES", "IOB1") == [["I-X", "I-X", "B-X"]]
    assert convert_labels([["U-a-b"], []], "BIOES", "BIOES") == [["S-a-b"], []]


# --- what is not written as the scheme wants ----------------------------------------------------


def conlleval_spans(labels):
    """The rules of the script conlleval, one condition after the other."""
    found, start = [], None
    before, kind_before = "O", ""
    for step, label in enumerate([*labels, "O"]):
        part, _, kind = label.partition("-")
        changes = kind != kind_before
        ends = before in ("E", "S") or (before in ("B", "I") and part in ("B", "S", "O"))
        begins = part in ("B", "S") or (before in ("E", "S", "O") and part in ("E", "I"))
        if start is not None and (ends or changes):
            found.append((start, step, kind_before))
            start = None
        if part != "O" and (begins or changes):
            start = step
        before, kind_before = part, kind
    return found


@pytest.mark.parametrize("length", [1, 2, 3, 4])
def test_reading_that_is_not_strict_is_that_of_conlleval(length):
    for labels in product(BIOES, repeat=length):
        assert spans(labels, strict=False) == conlleval_spans(labels)


@pytest.mark.parametrize(
    "scheme, labels, expected",
    [
        ("IOB2", ["O", "I-X", "I-X", "B-X"], [(3, 4, "X")]),
        ("IOB2", ["B-X", "I-Y", "I-Y"], [(0, 1, "X")]),
        ("IOB1", ["B-X", "I-X", "I-Y"], [(2, 3, "Y")]),
        ("IOB1", ["I-Y", "B-X", "B-X"], [(0, 1, "Y"), (2, 3, "X")]),
        ("BIOES", ["B-X", "O", "S-X"], [(2, 3, "X")]),
        ("BIOES", ["B-X", "I-X"], []),
        ("BIOES", ["B-X", "E-Y", "B-X", "E-X"], [(2, 4, "X")]),
        ("BIOES", ["E-X", "I-X", "E-X"], []),
    ],
)
def test_strict_reading_drops_what_is_not_whole(scheme, labels, expected):
    assert spans(labels, scheme) == expected


@every_scheme
def test_strict_reading_is_that_of_seqeval(scheme):
    seqeval = pytest.importorskip("seqeval.scheme")
    readers = {"IOB1": seqeval.IOB1, "IOB2": seqeval.IOB2, "BIOES": seqeval.IOBES}
    rows = product(TAGS[scheme], repeat=4)
    if scheme == "IOB1":  # whose table in seqeval lacks how a span ends before a misplaced B
        rows = legal_sequences(4, scheme)
    for labels in rows:
        read = seqeval.Entities([list(labels)], readers[scheme]).entities[0]
        expected = [(entity.start, entity.end, entity.tag) for entity in read]
        assert spans(labels, scheme) == expected, labels


def test_spans_are_named_tuples():
    assert spans(["B-X"], "IOB2") == [Span(start=0, end=1, type="X")]
    assert spans([], "IOB2") == []


# --- errors -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "labels, scheme, message",
    [
        (["O", "I-X"], "IOB2", "sequence 1, step 1: 'I-X' may not follow 'O' in IOB2"),
        (["I-X"], "IOB2", "sequence 1, step 0: 'I-X' may not be the first label in IOB2"),
        (["B-X"], "IOB1", "sequence 1, step 0: 'B-X' may not be the first label in IOB1"),
        (["O", "B-X"], "BIOES", "sequence 1, step 1: 'B-X' may not be the last label in BIOES"),
        (["O", "E-X"], "IOB2", "sequence 1, step 1: 'E-X' is no label of IOB2; expected 'O', or"),
        (["O", 7], "IOB2", "sequence 1, step 1: 7 is no label of IOB2"),
        (np.array(["NOUN"]), "BIOES", "sequence 1, step 0: 'NOUN' is no label of BIOES"),
    ],
)
def test_the_error_names_sequence_step_and_labels(labels, scheme, message):
    for call in (
        lambda: check_scheme([["O"], labels], scheme),
        lambda: convert_labels([["O"], labels], scheme, "IOB2"),
    ):
        with pytest.raises(ValueError, match=message):
            call()


def test_a_tag_outside_the_scheme_is_named():
    with pytest.raises(ValueError, match="'NOUN' is no label of BIOES; expected 'O', or one of"):
        allowed_transitions(["O", "NOUN"], "BIOES")
    with pytest.raises(ValueError, match="step 1: 'NOUN' is no label of IOB2"):
        spans(["O", "NOUN"], "IOB2")
    with pytest.raises(ValueError, match="step 1: 'NOUN' is no label"):
        spans(["O", "NOUN"], strict=False)


@pytest.mark.parametrize(
    "call",
    [
        lambda: check_scheme([], "BIO"),
        lambda: allowed_transitions(["O"], "BIO"),
        lambda: spans(["O"], "BIO"),
        lambda: spans(["O"], "BIO", strict=False),
        lambda: convert_labels([], "BIO", "IOB2"),
        lambda: convert_labels([], "IOB2", "BIO"),
    ],
)
def test_an_unknown_scheme_is_named(call):
    with pytest.raises(ValueError, match="there is no scheme 'BIO'; expected one of 'IOB1', "):
        call()


def test_strict_reading_without_a_scheme_is_an_error():
    with pytest.raises(ValueError, match="there is no scheme None"):
        spans(["O"])
