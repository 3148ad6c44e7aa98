"""Every bad X against every transformer: one plain error, and the transformer works as before."""

import unicodedata
from functools import cache
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import polars
import pytest
import torch
from sklearn.base import clone
from sklearn.decomposition import PCA

from sklearn_rnn import Sequences
from sklearn_rnn.preprocessing import (
    FrameToSequences,
    OneHotSequences,
    PerStep,
    SequencePadder,
    SlidingWindows,
    TokenEncoder,
    WordEmbedder,
    WordTokenizer,
)
from tests.bad_inputs import (
    BAD_EVERYWHERE,
    BAD_NUMBERS,
    BAD_TABLES,
    NUMBERS,
    ODD_TABLES,
    TABLE,
    Bad,
    put,
)
from tests.bad_texts import BAD_TEXTS, BAD_TOKENS, ODD_TEXTS, TEXTS, TOKENS
from tests.subjects import call, methods_of, refuses


class Subject(NamedTuple):
    """A transformer, data that suits it, and what does not."""

    transformer: Any
    X: Any
    bad: dict


def without_missing(table):
    """Leave out what is wrong for missing values alone."""
    return {bad: case for bad, case in table.items() if "is nan" not in case.facts}


def without(table, *names):
    return {bad: case for bad, case in table.items() if bad not in names}


def embedder(**parameters):
    return WordEmbedder(vector_size=3, epochs=1, random_state=0, **parameters)


OTHER_FORMS = {
    "numbers": Bad(NUMBERS, ("texts or lists of tokens|sequence 0", "numbers|texts|tokens")),
    "a table": Bad(TABLE, ("a table", "texts")),
}
NO_FRAMES = ("a list of DataFrames is expected",)
FRAMES = [TABLE.assign(word="a")] * 3
SERIES = [x[:, 0] for x in NUMBERS]
BAD_FRAMES = {
    **{
        bad: Bad(BAD_EVERYWHERE[bad].X, ("X is of type", "list of DataFrames"))
        for bad in without(
            BAD_EVERYWHERE,
            "a sparse matrix",
            "a sparse tensor",
            "a lazy frame",
            "a dict",
            "a set",
            "a generator",
            "an iterator",
            "the values of a dict",
            "bytes",
            "bytearray",
        )
    },
    "a lazy frame": Bad(BAD_EVERYWHERE["a lazy frame"].X, ("LazyFrame", r"collect\(\)")),
    "a dict": Bad({0: TABLE}, ("type dict", r"list\(X.values\(\)\)")),
    "no frames": Bad([], ("no frames", "at least one")),
    "numbers": Bad(NUMBERS, ("X holds array", "at 0", *NO_FRAMES)),
    "None among frames": Bad(put(FRAMES, 1, None), ("X holds None", "at 1", *NO_FRAMES)),
    "one frame": Bad(TABLE, ("X is one frame", "set id_col", "a list")),
    "a frame without rows": Bad(put(FRAMES, 1, TABLE[:0]), ("frame 1 has no rows", "drop")),
    "another frame": Bad(put(FRAMES, 1, TABLE), ("frame 1 has no column 'word'", "name those")),
    "two columns of one name": Bad(
        put(FRAMES, 0, TABLE.set_axis(["a", "a", "b"], axis=1)), ("'a' occurs more than once",)
    ),
}
BAD_SERIES = {
    "words": Bad(TABLE.assign(b="word"), ("column 'b' holds", "must hold numbers", "labels go")),
    "complex numbers": Bad(TABLE.assign(b=1j), ("column 'b' holds complex128", "hold numbers")),
    "dates": Bad(TABLE.assign(b=pd.Timestamp("2020")), ("'b' holds datetime64", "hold numbers")),
    "no rows": Bad(TABLE[:0], ("at least one row",)),
    "infinity": Bad(TABLE.assign(b=np.inf), ("is inf", "must be finite")),
    "a huge int": Bad([1.0, 10**400], ("sequence 0", "step 1 is 1000")),
    "four dimensions": Bad(np.zeros((2, 9, 2, 2)), ("4 dimensions",)),
    "a lazy frame": Bad(polars.LazyFrame({"a": [1.0]}), ("LazyFrame", r"collect\(\)")),
    "a dict": Bad({0: TABLE}, ("X is a dict", r"list\(X.values\(\)\)")),
    "None": Bad(None, ("X is None of type NoneType", "is expected")),
    "a class": Bad(list, ("X is <class 'list'>", "is expected")),
    "a module": Bad(np, ("X is <module 'numpy'", "is expected")),
    "a sparse matrix": Bad(BAD_EVERYWHERE["a sparse matrix"].X, ("sparse data", "toarray")),
}
# Texts without any are fine where nothing is learned: they have no tokens.
ANY_TEXTS, ANY_TOKENS = (
    without(BAD_TEXTS, "no texts"),
    without(BAD_TOKENS, "no lists", "empty lists"),
)
SUBJECTS = {
    "words of texts": Subject(WordTokenizer(), TEXTS, BAD_EVERYWHERE | ANY_TEXTS),
    "ids of texts": Subject(TokenEncoder(), TEXTS, BAD_EVERYWHERE | ANY_TEXTS | OTHER_FORMS),
    "ids of tokens": Subject(TokenEncoder(), TOKENS, BAD_EVERYWHERE | ANY_TOKENS | OTHER_FORMS),
    "vectors of texts": Subject(embedder(), TEXTS, BAD_EVERYWHERE | ANY_TEXTS | OTHER_FORMS),
    "vectors of tokens": Subject(
        embedder(oov="subword", bucket=16), TOKENS, BAD_EVERYWHERE | ANY_TOKENS | OTHER_FORMS
    ),
    "means of texts": Subject(
        embedder(output="mean"), TEXTS, BAD_EVERYWHERE | ANY_TEXTS | OTHER_FORMS
    ),
    "steps of numbers": Subject(PerStep(PCA(1)), NUMBERS, BAD_EVERYWHERE | BAD_NUMBERS),
    "steps of tables": Subject(PerStep(PCA(1)), TABLE, BAD_EVERYWHERE | BAD_TABLES),
    "padded numbers": Subject(
        SequencePadder(), NUMBERS, BAD_EVERYWHERE | without_missing(BAD_NUMBERS)
    ),
    "padded tables": Subject(SequencePadder(), TABLE, BAD_EVERYWHERE | without_missing(BAD_TABLES)),
    "one-hot tokens": Subject(OneHotSequences(), TOKENS, BAD_EVERYWHERE),
    "windows": Subject(SlidingWindows(2, target=0), SERIES, BAD_SERIES),
    "frames": Subject(FrameToSequences(), FRAMES, BAD_FRAMES),
}
every_bad_x = pytest.mark.parametrize(
    ("name", "bad"), [(name, bad) for name, subject in SUBJECTS.items() for bad in subject.bad]
)


@cache
def fitted(name):
    """The transformer that all tests share, as none may change it."""
    return clone(SUBJECTS[name].transformer).fit(SUBJECTS[name].X)


def outcome(transformer, X):
    """What a transformer gives, as plain lists."""
    return [np.asarray(sequence).tolist() for sequence in transformer.transform(X)]


@cache
def outcome_before(name):
    return outcome(fitted(name), SUBJECTS[name].X)


@every_bad_x
def test_every_bad_x_is_refused_and_the_transformer_kept(name, bad):
    subject = SUBJECTS[name]
    X, facts = subject.bad[bad]
    methods = [method for method in methods_of(fitted(name)) if method != "inverse_transform"]
    for method in methods:
        refuses(facts, call(fitted(name), method, X, None))
    if name != "words of texts":  # which learns nothing, and looks at nothing
        fresh = clone(subject.transformer)
        refuses(facts, fresh.fit, X)
        refuses(facts, fresh.fit_transform, X)
        assert outcome(fresh.fit(subject.X), subject.X) == outcome_before(name)
    assert outcome(fitted(name), subject.X) == outcome_before(name)


@pytest.mark.parametrize(
    "name", ["ids of texts", "ids of tokens", "vectors of texts", "vectors of tokens"]
)
def test_a_vocabulary_of_nothing_is_refused(name):
    for X in ([], [[]] * 3, [""] * 3, ["  "]):
        facts = ("no tokens|no token occurs", "at least one|lower min_count")
        refuses(facts, clone(SUBJECTS[name].transformer).fit, X)


@pytest.mark.parametrize("text", [*ODD_TEXTS.values(), "a" * 10_000_000], ids=[*ODD_TEXTS, "long"])
def test_texts_of_every_character_come_back(text):
    tokens = WordTokenizer().fit_transform([text, "plain"])
    assert "".join(tokens[0]) == "".join(text.split())
    encoder = TokenEncoder("char", lowercase=False).fit([text[:1000], "plain"])
    decoded = encoder.inverse_transform(encoder.transform([text[:1000]]))[0]
    assert "".join(decoded) == unicodedata.normalize("NFC", text[:1000])


@pytest.mark.parametrize("form", ODD_TABLES)
@pytest.mark.parametrize("name", ["steps of tables", "padded tables"])
def test_tables_of_every_dtype_are_those_of_floats(name, form):
    plain, odd = ODD_TABLES[form]
    expected = clone(SUBJECTS[name].transformer).fit(plain.to_numpy())
    found = clone(SUBJECTS[name].transformer).fit(odd)
    assert outcome(found, odd) == outcome(expected, plain.to_numpy())


def test_what_no_transformer_gave_is_not_turned_back():
    encoder = fitted("ids of texts")
    for X, fact in [
        ([[2.5]], r"sequence 0, step 0 is \[2.5\], but an id must be one whole number"),
        ([[2], [3, -1]], "must not be negative, but -1"),
        ([[[2, 3]]], "sequence 0, step 0 is .* one whole number"),
        (None, "None of type NoneType came, but a list of sequences is expected"),
        (["a film"], "is text|text"),
        ([["a"]], "sequence 0 holds strings"),
    ]:
        refuses((fact,), encoder.inverse_transform, X)
    whole, padded = (encoder.inverse_transform(X).tolist() for X in ([[2]], [[2.0, 0.0]]))
    assert whole == padded
    padder = fitted("padded numbers")
    for X in (None, 3, np.zeros((2, 2)), torch.zeros(2, 2, device="meta")):
        refuses(("a padded array of 5 steps|holds no numbers",), padder.inverse_transform, X)


@pytest.mark.parametrize(
    ("parts", "fact"),
    [
        (None, "concat takes a list of Sequences, but None of type NoneType came"),
        (Sequences.from_list([[1.0]]), "concat takes a list of Sequences, but Sequences.* came"),
        ([[1.0]], r"part 0 is \[1.0\] of type list, but concat joins Sequences"),
        ([Sequences.from_list([[1.0]]), None], "part 1 is None of type NoneType"),
        ([], "at least one"),
    ],
)
def test_only_sequences_are_joined(parts, fact):
    refuses((fact,), Sequences.concat, parts)


@pytest.mark.parametrize(
    ("frame", "fact"),
    [
        (
            TABLE.assign(b=pd.Series([10**400] * 12, dtype=object)),
            "'b' holds 1000.* of type int in row 0, .* too large",
        ),
        (TABLE.assign(b=[[1.0]] * 12), r"'b' holds \[1.0\] of type list in row 0, but a category"),
    ],
    ids=["huge", "lists"],
)
def test_columns_of_events_are_refused_by_name(frame, fact):
    refuses((fact,), Sequences.from_frame, frame, id_col="a")
