"""Every bad y and sample_weight against fit, partial_fit and score: one plain error each."""

import datetime

import numpy as np
import pandas as pd
import polars
import pytest
import torch
from scipy import sparse
from sklearn.base import clone

from tests.bad_inputs import put
from tests.subjects import (
    SUBJECTS,
    TARGETS,
    WORD_LABELS,
    assert_as_before,
    fitted,
    flat_predictions,
    refuses,
)

NAMES = {
    kind: [name for name in SUBJECTS if name.startswith(kind)]
    for kind in ("classifier", "regressor", "tagger")
}
# Those that read X in another way do not read y in another.
CLASSIFIERS = ("classifier of numbers", "classifiers of texts")
REGRESSORS = ("regressor of numbers", "regressors of tables")
TAGGERS = ("tagger of words", "taggers of words")
HUGE = 10**400


def with_target(value, dtype=object):
    y = TARGETS.astype(dtype)
    y[5] = value
    return y


def cases(*tables):
    return [(name, bad) for names, table in tables for name in names for bad in table]


COUNT = ("X has 12 sequence", "inconsistent|give each")
MISSING = ("contains NaN", "sequence 5 is", "1 of 12", "Drop")
NO_NUMBER = ("y must hold one number a sequence",)
BAD_Y = {
    "None": (None, ("y is None|y must be", "requires y|one target a sequence")),
    "one number": (1, ("y must be a list or an array", "one target a sequence")),
    "a class": (list, ("y must be a list or an array", "<class 'list'>")),
    "a generator": ((0 for _ in range(12)), ("y must be a list or an array", "<generator")),
    "an iterator": (iter([0] * 12), ("y must be a list or an array", "<list_iterator")),
    "no dimensions": (np.array(1), (r"y must be a list or an array", r"array\(1\)")),
    "a tensor without dimensions": (torch.tensor(1), ("y must be a list or an array",)),
    "a text": ("abc", (*COUNT, "y has 3 target")),
    "nothing": ([], (*COUNT, "y has 0 target")),
    "too few": (TARGETS[:-1], (*COUNT, "y has 11 target")),
    "too many": ([*TARGETS, 1], (*COUNT, "y has 13 target")),
    "NaN": (with_target(np.nan, float), (*MISSING, "nan")),
    "infinity": (with_target(np.inf, float), ("sequence 5 is inf", "1 of 12", "Drop")),
    "None among numbers": (with_target(None), (*MISSING, "None|nan")),
    "a missing Int64": (pd.array(with_target(None), dtype="Int64"), (*MISSING, "nan")),
    "a null of polars": (polars.Series(with_target(None).tolist()), (*MISSING, "nan")),
    "a masked number": (np.ma.masked_array(TARGETS, np.arange(12) == 5), (*MISSING, "None|nan")),
    "ragged rows": ([[1], [0, 1]] * 6, ("y must hold", "inhomogeneous|sequence")),
    "three dimensions": (np.zeros((12, 2, 2)), ("y must hold", "dim 3")),
    "complex numbers": (TARGETS + 1j, ("Complex data not supported: y is complex128",)),
    "records": (np.zeros(12, [("a", float)]), ("y must hold numbers or words", "<f8")),
    "a tensor without data": (torch.zeros(12, device="meta"), ("y: a tensor", "'meta'")),
    "a sparse tensor": (torch.eye(12).to_sparse(), ("y: sparse data", "to_dense")),
    "1e300": (with_target(1e300, float), (r"1e\+300|continuous", "logarithm|regression target")),
    "a huge int": (with_target(HUGE), ("unknown|too large", "regression target|sequence 5")),
}
BAD_LABELS = {
    "None among words": (["a", None] * 6, ("sequence 1 is None", "6 of 12 are missing", "Drop")),
    "NaN among words": (["a", np.nan] * 6, ("sequence 1 is nan", "6 of 12 are missing", "Drop")),
    "a missing string": (pd.Series(["a", None] * 6, dtype="string"), ("sequence 1 is", "6 of 12")),
    "a missing category": (
        pd.Series(["a", None] * 6, dtype="category"),
        ("sequence 1 is nan", "6 of 12"),
    ),
    "words and numbers": (["a", 1] * 6, ("labels of one type", "sequence 0 is 'a'", "1 is 1")),
    "fractions": (TARGETS + 0.5, ("continuous", "regression target|mix of")),
    "objects": ([object()] * 12, ("unknown",)),
    "bytes": ([b"a", b"b"] * 6, ("bytes is not supported", "Convert")),
}
BAD_NUMBERS = {
    "words": (put([1.0] * 12, 5, "many"), (*NO_NUMBER, "y of sequence 5 is 'many'")),
    "NaT of numpy": (with_target(np.datetime64("NaT")), (*NO_NUMBER, "not a datetime64")),
    "a duration of numpy": (with_target(np.timedelta64(1)), (*NO_NUMBER, "not a timedelta64")),
    "a date": (with_target(datetime.date(2020, 1, 1)), (*NO_NUMBER, "not a date")),
    "dates": (pd.date_range("2020", periods=12), (*NO_NUMBER, "not a datetime64")),
    "durations": (np.zeros(12, "m8[s]"), (*NO_NUMBER, "not a timedelta64")),
    "periods": (pd.period_range("2020", periods=12, freq="D"), (*NO_NUMBER, "Period")),
    "categories": (pd.Categorical(["a", "b"] * 6), (*NO_NUMBER, "sequence 0 is 'a'")),
    "sparse": (sparse.csr_matrix(np.ones((12, 1))), (*NO_NUMBER, "[Ss]parse")),
}
LISTS = ("y is", "a list of lists of labels is expected")
STEPS = ("y of sequence 3 is", "a list of labels is expected, one for each step")
BAD_LABEL_LISTS = {
    "None": (None, ("y is None|y_true must be|y is None of type",)),
    "one number": (1, ("y is 1|y_true must be a list",)),
    "a class": (list, ("y is <class 'list'>|y_true must be a list",)),
    "a text": ("abc", ("y is 'abc'|y_true must be a list",)),
    "a generator": ((row for row in WORD_LABELS), ("<generator|is a generator", "list")),
    "nothing": ([], ("y has 0 list|y_true is empty",)),
    "too few": (WORD_LABELS[:-1], ("12", "11")),
    "one label a sequence": (TARGETS.tolist(), ("sequence 0|sentence 0", "list|label")),
    "a text for a list": (put(WORD_LABELS, 3, "O"), ("3", "'O'", "list of labels|list|label")),
    "None for a list": (put(WORD_LABELS, 3, None), ("3", "None", "list")),
    "too few labels": (put(WORD_LABELS, 3, ["O"]), ("3", "4", "1")),
    "None for a label": (put(WORD_LABELS, 3, ["O", None, "O", "O"]), ("3, step 1", "None")),
    "NaN for a label": (put(WORD_LABELS, 3, ["O", np.nan, "O", "O"]), ("3, step 1", "nan")),
    "a number for a label": (put(WORD_LABELS, 3, ["O", 2.5, "O", "O"]), ("3, step 1", "2.5")),
    "a list for a label": (put(WORD_LABELS, 3, ["O", ["O"], "O", "O"]), ("3, step 1", r"\['O'\]")),
}
TABLE_OF_Y = {
    **{(name, bad): case for name in CLASSIFIERS for bad, case in (BAD_Y | BAD_LABELS).items()},
    **{(name, bad): case for name in REGRESSORS for bad, case in (BAD_Y | BAD_NUMBERS).items()},
    **{(name, bad): case for name in TAGGERS for bad, case in BAD_LABEL_LISTS.items()},
}


@pytest.mark.parametrize(("name", "bad"), TABLE_OF_Y)
def test_every_bad_y_is_refused_and_the_model_kept(name, bad):
    subject, (y, facts) = SUBJECTS[name], TABLE_OF_Y[name, bad]
    model, fresh = fitted(name), clone(subject.estimator)
    for method in (fresh.fit, fresh.partial_fit, model.partial_fit, model.score):
        refuses(facts, method, subject.X, y)
    assert not hasattr(fresh, "net_") and not hasattr(fresh, "estimators_")
    assert_as_before(name)


@pytest.mark.parametrize("name", [*CLASSIFIERS, *REGRESSORS, *TAGGERS])
def test_after_every_bad_y_fit_begins_as_if_nothing_had_been(name):
    subject = SUBJECTS[name]
    model = clone(subject.estimator)
    for (other, _), (y, facts) in TABLE_OF_Y.items():
        if other == name:
            refuses(facts, model.fit, subject.X, y)
    assert_as_before(name, model.fit(subject.X, subject.y))


# --- weights ------------------------------------------------------------------------------------


def with_weight(value):
    weight = np.ones(12)
    weight[5] = value
    return weight


NO_WEIGHT = ("sample_weight must be one number a sample",)
BAD_WEIGHTS = {
    "negative": (with_weight(-1), ("[Nn]egative", "sample_weight")),
    "NaN": (with_weight(np.nan), ("sample_weight contains NaN",)),
    "infinity": (with_weight(np.inf), ("sample_weight contains infinity",)),
    "None": ([None] * 12, ("sample_weight contains NaN",)),
    "a missing number": (pd.array([1.0, None] * 6, dtype="Float64"), ("sample_weight", "NaN")),
    "too few": (np.ones(11), ("sample_weight", r"\(11,\)", r"\(12,\)")),
    "nothing": ([], ("sample_weight|0 sample",)),
    "a column": (np.ones((12, 1)), ("[Ss]ample.weights? must be 1D", "2D array")),
    "three dimensions": (np.ones((12, 1, 1)), ("dim 3",)),
    "zeros": (np.zeros(12), ("[Ww]eight", "zero|positive")),
    "a word": ("balanced", ("could not convert string to float: 'balanced'|sample_weight",)),
    "words": (["a"] * 12, ("could not convert string to float: 'a'|sample_weight",)),
    "complex numbers": (np.ones(12) + 1j, ("Complex data not supported",)),
    "dates": (np.array(["2020-01-01"] * 12, "M8[D]"), (*NO_WEIGHT, "not a date")),
    "durations": (np.ones(12, "m8[s]"), (*NO_WEIGHT, "not a date or a time difference")),
    "NaT of numpy": ([1.0] * 11 + [np.datetime64("NaT")], (*NO_WEIGHT, "not a date")),
    "a dict": (dict.fromkeys(range(12), 1.0), (*NO_WEIGHT, "not 'dict'")),
    "a generator": ((1.0 for _ in range(12)), (*NO_WEIGHT, "not 'generator'")),
    "huge ints": ([HUGE] * 12, (*NO_WEIGHT, "too large")),
    "a sparse matrix": (sparse.csr_matrix(np.ones((12, 1))), ("sample_weight", "[Ss]parse")),
    "a tensor without data": (torch.ones(12, device="meta"), ("sample_weight", "meta")),
    "ragged rows": ([[1.0]] * 11 + [[1.0, 2.0]], ("inhomogeneous",)),
}
every_name = pytest.mark.parametrize("name", [*CLASSIFIERS, *REGRESSORS, *TAGGERS])


@pytest.mark.parametrize("bad", BAD_WEIGHTS)
@every_name
def test_every_bad_weight_is_refused_and_the_model_kept(name, bad):
    subject, (weight, facts) = SUBJECTS[name], BAD_WEIGHTS[bad]
    model, fresh = fitted(name), clone(subject.estimator)
    for method in (fresh.fit, fresh.partial_fit, model.partial_fit, model.score):
        refuses(facts, method, subject.X, subject.y, sample_weight=weight)
    assert_as_before(name)


@pytest.mark.parametrize(
    "weight",
    [
        2.0,
        np.ones(12, "float32"),
        torch.ones(12),
        polars.Series([1.0] * 12),
        pd.Series([1] * 12, index=range(5, 17)),
        np.full(12, 1e300),
        [1] * 12,
    ],
    ids=["one", "float32", "tensor", "polars", "Series", "1e300", "list"],
)
@every_name
def test_equal_weights_of_any_kind_are_none(name, weight):
    subject = SUBJECTS[name]
    model = clone(subject.estimator).fit(subject.X, subject.y, sample_weight=weight)
    np.testing.assert_allclose(
        flat_predictions(model, subject.X), flat_predictions(fitted(name), subject.X), rtol=1e-4
    )
