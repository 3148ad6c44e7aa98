"""Scores of spans, held against definitions by brute force, scikit-learn and seqeval."""

import itertools
import warnings

import numpy as np
import pytest
from sklearn.exceptions import UndefinedMetricWarning
from sklearn.metrics import classification_report, precision_recall_fscore_support

from sklearn_rnn.data import spans
from sklearn_rnn.metrics import (
    span_classification_report,
    span_f1_score,
    span_precision_score,
    span_recall_score,
)

SCORES = {
    "precision": span_precision_score,
    "recall": span_recall_score,
    "f1": span_f1_score,
}
LETTERS = {"IOB1": "BI", "IOB2": "BI", "BIOES": "BIES"}
TYPES = ["PER", "LOC"]
AVERAGES = ["micro", "macro", "weighted", None]


# The spans by definition: every stretch of a row is tried


def strict_spans(row, scheme):
    """All (start, end, type) that are written as the scheme wants."""
    stretches = itertools.combinations(range(len(row) + 1), 2)
    return {
        (start, end, type_)
        for start, end in stretches
        for type_ in TYPES
        if IS_SPAN[scheme](["O", *row, "O"], start + 1, end + 1, type_)
    }


def is_iob1(row, start, end, type_):
    inside, begin = f"I-{type_}", f"B-{type_}"
    follows = row[start - 1] in (inside, begin)
    return (
        row[start] == (begin if follows else inside)
        and set(row[start + 1 : end]) <= {inside}
        and row[end] != inside
    )


def is_iob2(row, start, end, type_):
    rest = [f"I-{type_}"] * (end - start - 1)
    return row[start:end] == [f"B-{type_}", *rest] and row[end] != f"I-{type_}"


def is_bioes(row, start, end, type_):
    letters = "S" if end == start + 1 else "B" + "I" * (end - start - 2) + "E"
    return row[start:end] == [f"{letter}-{type_}" for letter in letters]


IS_SPAN = {"IOB1": is_iob1, "IOB2": is_iob2, "BIOES": is_bioes}


def conlleval_spans(row):
    """All (start, end, type) by the rules of the script, one step after the other."""
    found, start = set(), None
    before, type_before = "O", None
    for i, label in enumerate([*row, "O"]):
        letter, _, type_ = label.partition("-")
        changes = type_ != type_before
        ends = before in "ES" or (before in "BI" and (letter in "BSO" or changes))
        begins = letter in "BS" or (letter in "IE" and (before in "ESO" or changes))
        if before != "O" and ends:
            found.add((start, i, type_before))
        if begins:
            start = i
        before, type_before = letter, type_
    return found


def read(row, reading):
    return conlleval_spans(row) if reading == "conlleval" else strict_spans(row, reading)


# Rows


def labels_of(scheme, types=TYPES):
    return ["O", *(f"{letter}-{type_}" for letter in LETTERS[scheme] for type_ in types)]


def all_rows(scheme, highest):
    """Every row of up to so many labels."""
    for length in range(1, highest + 1):
        yield from map(list, itertools.product(labels_of(scheme), repeat=length))


def is_legal(row, scheme):
    """Whether each label that is not O is part of a span."""
    covered = {i for start, end, _ in strict_spans(row, scheme) for i in range(start, end)}
    return covered == {i for i, label in enumerate(row) if label != "O"}


def random_rows(rng, labels, n=150, highest=9):
    """Rows of random labels, most of which break the scheme."""
    lengths = rng.integers(1, highest + 1, n)
    return [[labels[i] for i in rng.integers(len(labels), size=length)] for length in lengths]


def changed(rng, rows, labels, share=0.15):
    return [
        [labels[rng.integers(len(labels))] if rng.random() < share else label for label in row]
        for row in rows
    ]


@pytest.fixture(params=LETTERS)
def scheme(request):
    return request.param


@pytest.fixture
def pair(scheme, rng):
    """Any labels, and others that agree with most of them."""
    labels = labels_of(scheme)
    y_true = random_rows(rng, labels)
    return y_true, changed(rng, y_true, labels)


def options(scheme, mode):
    return {"mode": mode, "scheme": scheme} if mode == "strict" else {"mode": mode}


def matched(y_true, y_pred, reading):
    """A class for each true and predicted stretch, so that scikit-learn can score them.

    A stretch that is no span on one side is of the class "none" there; the last element says
    which sentence it is from.
    """
    true, predicted, sentences = [], [], []
    for i, rows in enumerate(zip(y_true, y_pred, strict=True)):
        of_true, of_pred = ({(s, e): t for s, e, t in read(row, reading)} for row in rows)
        for stretch in sorted(of_true | of_pred):
            true.append(of_true.get(stretch, "none"))
            predicted.append(of_pred.get(stretch, "none"))
            sentences.append(i)
    return true, predicted, np.array(sentences)


# Which labels make a span


def test_every_short_row_has_the_spans_of_the_definition(scheme):
    highest = 4 if scheme == "BIOES" else 5
    for row in all_rows(scheme, highest):
        assert {tuple(span) for span in spans(row, scheme)} == strict_spans(row, scheme)
        assert {tuple(s) for s in spans(row, strict=False)} == conlleval_spans(row)


@pytest.mark.parametrize("mode", ["strict", "conlleval"])
def test_every_short_row_counts_as_many_spans_as_the_definition(scheme, mode):
    rows = list(all_rows(scheme, 4 if scheme == "BIOES" else 5))
    reading = scheme if mode == "strict" else mode
    found = [read(row, reading) for row in rows]
    report = span_classification_report(rows, rows, output_dict=True, **options(scheme, mode))
    for type_ in TYPES:
        expected = sum(t == type_ for row in found for _, _, t in row)
        assert report[type_]["support"] == expected
    # Each row against the next one of its length, which differs in the last label or more.
    pairs = [i for i in range(len(rows) - 1) if len(rows[i]) == len(rows[i + 1])]
    shared = sum(len(found[i] & found[i + 1]) for i in pairs)
    assert shared > 0
    y_true, y_pred = [rows[i] for i in pairs], [rows[i + 1] for i in pairs]
    got = span_recall_score(y_true, y_pred, **options(scheme, mode))
    assert got == pytest.approx(shared / sum(len(found[i]) for i in pairs))


@pytest.mark.parametrize("mode", ["strict", "conlleval"])
@pytest.mark.parametrize("average", AVERAGES, ids=str)
def test_scores_equal_those_of_scikit_learn_for_matched_spans(pair, scheme, mode, average):
    true, predicted, _ = matched(*pair, scheme if mode == "strict" else mode)
    expected = precision_recall_fscore_support(
        true, predicted, labels=sorted(TYPES), average=average
    )
    for score, value in zip(SCORES.values(), expected[:3], strict=True):
        assert np.all((value > 0) & (value < 1))
        got = score(*pair, average=average, **options(scheme, mode))
        assert isinstance(got, np.ndarray if average is None else float)
        np.testing.assert_allclose(got, value, rtol=1e-12)


def test_the_readings_agree_on_legal_labels_and_only_there(scheme, rng):
    rows = random_rows(rng, labels_of(scheme), n=3000, highest=5)
    legal = [row for row in rows if is_legal(row, scheme)]
    assert 100 < len(legal) < len(rows)
    halves = legal[::2], legal[1::2]
    kept = [pair for pair in zip(*halves, strict=False) if len(pair[0]) == len(pair[1])]
    y_true, y_pred = zip(*kept, strict=True)
    score = span_f1_score(y_true, y_pred, scheme=scheme)
    assert 0 < score < 1
    assert span_f1_score(y_true, y_pred, mode="conlleval") == score
    shuffled = changed(rng, rows, labels_of(scheme))
    strict = span_f1_score(rows, shuffled, scheme=scheme)
    assert span_f1_score(rows, shuffled, mode="conlleval") != strict


def test_a_span_ends_with_its_sentence():
    y_true = [["O", "B-X"], ["I-X", "O"]]
    assert span_recall_score(y_true, [["O", "B-X"], ["O", "O"]], mode="conlleval") == 0.5
    assert span_recall_score(y_true, [["O", "B-X"], ["O", "O"]], scheme="IOB2") == 1.0


def test_bounds_and_type_must_both_be_right():
    y_true = [["B-X", "I-X", "O"]]
    for y_pred in (
        ["B-X", "O", "O"],
        ["B-X", "I-X", "I-X"],
        ["O", "B-X", "O"],
        ["B-Y", "I-Y", "O"],
    ):
        assert span_f1_score(y_true, [y_pred]) == 0.0
    assert span_f1_score(y_true, y_true) == 1.0


@pytest.mark.parametrize("letters", ["BIES", "BILU", "BMES", "BILS"])
def test_other_letters_of_bioes_mean_the_same(rng, letters):
    y_true = [[f"{a}-X" for a in "BIE"], ["S-X", "O"]]
    y_pred = [[f"{a}-X" for a in "BIE"], ["O", "S-X"]]
    table = dict(zip("BIES", letters, strict=True))

    def written(rows):
        return [["O" if a == "O" else table[a[0]] + a[1:] for a in row] for row in rows]

    assert span_f1_score(written(y_true), written(y_pred)) == 0.5
    assert span_f1_score(y_true, written(y_pred), mode="conlleval") == 0.5


def test_letters_alone_make_spans_of_one_type():
    y_true, y_pred = [["B", "I", "O", "B"]], [["B", "I", "O", "O"]]
    assert span_recall_score(y_true, y_pred) == 0.5
    assert span_f1_score(y_true, y_pred, average=None, types=["_"]).tolist() == [2 / 3]
    assert next(iter(span_classification_report(y_true, y_pred, output_dict=True))) == "_"


def test_a_type_is_all_behind_the_first_hyphen():
    y = [["B-geo-loc", "I-geo-loc", "B-geo"]]
    report = span_classification_report(y, y, output_dict=True)
    assert list(report)[:2] == ["geo", "geo-loc"]


# The scheme


def test_the_scheme_is_found_from_the_true_labels(scheme, rng):
    rows = random_rows(rng, labels_of(scheme), n=2000, highest=5)
    y_true = [row for row in rows if is_legal(row, scheme)]
    y_pred = changed(rng, y_true, labels_of(scheme), share=0.4)
    got = span_f1_score(y_true, y_pred)
    assert got == span_f1_score(y_true, y_pred, scheme=scheme)
    others = [s for s in LETTERS if set(LETTERS[scheme]) <= set(LETTERS[s]) and s != scheme]
    for other in others:
        assert span_f1_score(y_true, y_pred, scheme=other, zero_division=0) != got


@pytest.mark.parametrize(
    ("y_pred", "is_predicted"),
    [
        (["B-X", "I-X", "O", "O"], {"X"}),  # IOB2
        (["I-X", "B-X", "O", "I-Y"], {"X", "Y"}),  # IOB1
        (["S-X", "O", "B-Y", "E-Y"], {"X", "Y"}),  # BIOES
        (["O", "I-X", "B-Y", "I-Y"], {"Y"}),  # legal nowhere, taken for IOB2
        (["O", "S-X", "B-Y", "I-Y"], {"X"}),  # legal nowhere, but with a letter of BIOES
        (["O", "O", "O", "O"], set()),
    ],
)
def test_without_any_true_span_the_predicted_labels_show_the_scheme(y_pred, is_predicted):
    options = {"types": ["X", "Y"], "average": None, "zero_division": 1}
    got = span_precision_score([["O"] * 4], [y_pred], **options)
    assert got.tolist() == [type_ not in is_predicted for type_ in "XY"]


@pytest.mark.parametrize(
    ("y_true", "message"),
    [
        ([["O", "B-X"], ["O", "I-X"]], "sequence 1, step 1: 'I-X' may not follow 'O' in IOB2"),
        ([["B-X", "I-Y"]], "'I-Y' may not follow 'B-X' in IOB2"),
        ([["S-X", "I-X"]], "sequence 0, step 1: 'I-X' may not follow 'S-X' in BIOES"),
        ([["O"], ["B-X", "E-X", "B-X"]], "sequence 1, step 2: 'B-X' may not be the last label"),
    ],
)
def test_true_labels_of_no_scheme_are_refused_unless_the_reading_is_given(y_true, message):
    with pytest.raises(ValueError, match=f"y_true follows none of .*{message}.* mode='conlleval'"):
        span_f1_score(y_true, y_true)
    assert span_f1_score(y_true, y_true, mode="conlleval") == 1.0
    scheme = "BIOES" if "BIOES" in message or "last" in message else "IOB2"
    assert span_f1_score(y_true, y_true, scheme=scheme) == 1.0


@pytest.mark.parametrize("score", [*SCORES.values(), span_classification_report])
@pytest.mark.parametrize("mode", ["strict", "conlleval"])
@pytest.mark.parametrize(
    ("y_true", "y_pred", "message"),
    [
        ([["B-X"], ["O", "NOUN"]], [["O"], ["O", "O"]], "sentence 1, step 1 of y_true: 'NOUN'"),
        ([["B-X"], ["O", "O"]], [["O"], ["X", "O"]], "sentence 1, step 0 of y_pred: 'X'"),
        ([["B-"]], [["O"]], "'B-' is no label of spans"),
        ([["b-X"]], [["O"]], "'b-X' is no label of spans"),
        ([["BX"]], [["O"]], "'BX' is no label of spans"),
        ([[""]], [["O"]], "'' is no label of spans"),
        ([[1, 0]], [[1, 0]], "sentence 0, step 0 of y_true: 1 is .* token_accuracy_score"),
    ],
)
def test_labels_that_are_no_spans_are_refused_and_placed(score, mode, y_true, y_pred, message):
    with pytest.raises(ValueError, match=message):
        score(y_true, y_pred, mode=mode)


@pytest.mark.parametrize("given", [{}, {"scheme": "IOB2"}], ids=["found", "given"])
def test_labels_of_another_scheme_are_refused_and_placed(given):
    with pytest.raises(ValueError, match=r"sentence 1, step 0 of y_pred: 'S-X' is no .* in IOB2"):
        span_f1_score([["B-X"], ["O"]], [["O"], ["S-X"]], **given)


# Types, weights and what is undefined


@pytest.mark.parametrize("average", AVERAGES, ids=str)
@pytest.mark.parametrize("types", [["PER"], ("LOC", "PER"), np.array(["PER", "LOC"])], ids=str)
def test_only_the_types_asked_for_count_in_their_order(pair, scheme, types, average):
    true, predicted, _ = matched(*pair, scheme)
    expected = precision_recall_fscore_support(true, predicted, labels=types, average=average)
    for score, value in zip(SCORES.values(), expected[:3], strict=True):
        got = score(*pair, scheme=scheme, types=types, average=average)
        np.testing.assert_allclose(got, value, rtol=1e-12)


@pytest.mark.parametrize("average", AVERAGES, ids=str)
def test_weights_of_sentences_weigh_their_spans(pair, scheme, average, rng):
    weights = rng.random(len(pair[0])) * (rng.random(len(pair[0])) < 0.7)
    true, predicted, sentences = matched(*pair, scheme)
    expected = precision_recall_fscore_support(
        true, predicted, labels=sorted(TYPES), average=average, sample_weight=weights[sentences]
    )
    for score, value in zip(SCORES.values(), expected[:3], strict=True):
        got = score(*pair, scheme=scheme, average=average, sample_weight=weights)
        np.testing.assert_allclose(got, value, rtol=1e-12)
        assert np.all(got != score(*pair, scheme=scheme, average=average))


UNDEFINED = {
    "a type only true": ([["B-X", "B-Y"]], [["B-X", "O"]]),
    "a type only predicted": ([["B-X", "O"]], [["B-X", "B-Y"]]),
    "nothing predicted": ([["B-X", "B-Y"]], [["O", "O"]]),
    "nothing true": ([["O", "O"]], [["B-X", "B-Y"]]),
    "a type nowhere": ([["B-X", "O"]], [["B-X", "O"]]),
}


@pytest.mark.parametrize("zero_division", ["warn", 0, 1.0, np.nan], ids=str)
@pytest.mark.parametrize("average", AVERAGES, ids=str)
@pytest.mark.parametrize(("y_true", "y_pred"), UNDEFINED.values(), ids=UNDEFINED)
def test_undefined_scores_are_as_scikit_learn_has_them(y_true, y_pred, average, zero_division):
    true, predicted, _ = matched_of(y_true, y_pred)
    for place, (name, score) in enumerate(SCORES.items()):
        with warnings.catch_warnings(record=True) as theirs:
            warnings.simplefilter("always")
            expected = precision_recall_fscore_support(
                true,
                predicted,
                labels=["X", "Y"],
                average=average,
                zero_division=zero_division,
                warn_for=("f-score",) if name == "f1" else (name,),
            )[place]
        with warnings.catch_warnings(record=True) as ours:
            warnings.simplefilter("always")
            got = score(
                y_true, y_pred, types=["X", "Y"], average=average, zero_division=zero_division
            )
        np.testing.assert_allclose(got, expected, rtol=1e-12)
        assert [w.category for w in ours] == [w.category for w in theirs]
        assert {w.filename for w in ours} <= {__file__}


def matched_of(y_true, y_pred):
    """`matched` for types X and Y."""
    table = {"B-X": "B-PER", "B-Y": "B-LOC", "O": "O"}
    back = {"PER": "X", "LOC": "Y", "none": "none"}
    rows = [[[table[label] for label in row] for row in y] for y in (y_true, y_pred)]
    true, predicted, sentences = matched(*rows, "IOB2")
    return [back[t] for t in true], [back[t] for t in predicted], sentences


def test_the_warning_names_the_types_without_spans():
    y_true, y_pred = [["B-X", "O", "B-Z"]], [["O", "B-Y", "O"]]
    with pytest.warns(UndefinedMetricWarning, match="no predicted spans of type 'X', 'Z';"):
        span_precision_score(y_true, y_pred, average="macro")
    with pytest.warns(UndefinedMetricWarning, match="no true spans of type 'Y';"):
        span_recall_score(y_true, y_pred, average=None)


@pytest.mark.parametrize("average", ["micro", "macro", "weighted"])
def test_without_any_span_every_score_is_undefined(average):
    y = [["O", "O"], ["O"]]
    for name, score in SCORES.items():
        with pytest.warns(
            UndefinedMetricWarning, match=f"{name} is undefined .* no [a-z ]+ spans;"
        ):
            assert score(y, y, average=average) == 0.0
        assert score(y, y, average=average, zero_division=1) == 1.0
        assert np.isnan(score(y, y, average=average, zero_division=np.nan))
        assert score(y, y, average=None).shape == (0,)


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"scheme": "IOB"}, ValueError, r"scheme must be one of \['IOB1', 'IOB2', 'BIOES'\]"),
        ({"scheme": 3}, ValueError, "scheme must be one of"),
        ({"mode": "lenient"}, ValueError, "mode must be 'strict' or 'conlleval'"),
        ({"mode": None}, ValueError, "mode must be"),
        ({"types": "PER"}, TypeError, "types must be a list"),
        ({"types": []}, ValueError, "types must hold at least one"),
        ({"types": [1]}, ValueError, "strings only"),
        ({"zero_division": "nan"}, ValueError, "zero_division must be"),
        ({"zero_division": 0.5}, ValueError, "zero_division must be"),
        ({"zero_division": None}, ValueError, "zero_division must be"),
    ],
)
def test_options_that_there_are_not_are_refused(options, error, message):
    y = [["B-PER"]]
    for score in [*SCORES.values(), span_classification_report]:
        with pytest.raises(error, match=message):
            score(y, y, **options)


@pytest.mark.parametrize("average", ["samples", "Micro", 1])
def test_an_average_that_there_is_not_is_refused(average):
    for score in SCORES.values():
        with pytest.raises(ValueError, match=r"average must be one of \['micro'"):
            score([["B-X"]], [["B-X"]], average=average)


# The report


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("mode", ["strict", "conlleval"])
def test_the_report_equals_that_of_scikit_learn_for_matched_spans(
    pair, scheme, mode, weighted, rng
):
    true, predicted, sentences = matched(*pair, scheme if mode == "strict" else mode)
    ours, theirs = options(scheme, mode), {"labels": sorted(TYPES)}
    if weighted:
        weights = rng.integers(1, 4, len(pair[0])).astype(float)
        ours["sample_weight"], theirs["sample_weight"] = weights, weights[sentences]
    expected = classification_report(true, predicted, output_dict=True, **theirs)
    got = span_classification_report(*pair, output_dict=True, **ours)
    assert list(got) == list(expected)
    for name, row in expected.items():
        assert got[name] == pytest.approx(row)
    for digits in (2, 4):
        expected = classification_report(true, predicted, digits=digits, **theirs)
        assert span_classification_report(*pair, digits=digits, **ours) == expected


def test_long_names_widen_the_report():
    y = [["B-a_type_with_a_long_name", "O", "B-b"]]
    lines = span_classification_report(y, y).splitlines()
    assert len({len(line) for line in lines if line}) == 1
    assert lines[2].startswith("a_type_with_a_long_name ")


@pytest.mark.parametrize("digits", [-1, 1.5, "2", None, True])
def test_digits_are_a_whole_number(digits):
    with pytest.raises((ValueError, TypeError), match="digits"):
        span_classification_report([["B-X"]], [["B-X"]], digits=digits)


# seqeval


@pytest.mark.parametrize("average", AVERAGES, ids=str)
@pytest.mark.parametrize("mode", ["strict", "conlleval"])
def test_scores_equal_those_of_seqeval(pair, scheme, mode, average):
    seqeval = pytest.importorskip("seqeval.metrics")
    schemes = pytest.importorskip("seqeval.scheme")
    theirs = {}
    if mode == "strict":
        name = {"BIOES": "IOBES"}.get(scheme, scheme)
        theirs = {"mode": "strict", "scheme": getattr(schemes, name)}
    if (scheme, mode) == ("IOB1", "strict"):
        # seqeval drops a stray B, but takes the I behind it for the beginning of a span.
        kept = [i for i in range(len(pair[0])) if all(is_legal(rows[i], "IOB1") for rows in pair)]
        pair = [[rows[i] for i in kept] for rows in pair]
        assert len(kept) > 20
    for name, score in SCORES.items():
        expected = getattr(seqeval, f"{name}_score")(*pair, average=average, **theirs)
        got = score(*pair, average=average, **options(scheme, mode))
        np.testing.assert_allclose(got, expected, rtol=1e-12)
    expected = seqeval.classification_report(*pair, digits=3, **theirs)
    assert span_classification_report(*pair, digits=3, **options(scheme, mode)) == expected
