"""What an estimator keeps of the X of ``fit``, and what it holds against a later X."""

import numpy as np
import pandas as pd
import pytest
import torch
from scipy import sparse
from sklearn.base import BaseEstimator

from sklearn_rnn import RNNClassifier, RNNRegressor
from sklearn_rnn.data import ColumnNames, Sequences, Vocabulary, as_sequences, read_sequences
from sklearn_rnn.preprocessing import TokenEncoder
from tests.ragged_lists import assert_equal_lists, is_memory_mapped, random_plain, short_id

TABLE = pd.DataFrame({"a": [1.0, 2.0], "b": [3.0, 4.0]})


class Reader(BaseEstimator):
    """An estimator that does nothing but read."""

    def fit(self, X, **options):
        self.read_ = read_sequences(self, X, reset=True, **options)
        return self

    def read(self, X, **options):
        return read_sequences(self, X, reset=False, **options)


def column(numbers):
    return np.array(numbers)[:, None]


# --- what fit keeps -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    "X, n_features",
    [
        (np.ones((2, 5)), 5),
        (torch.ones(2, 5), 5),
        (pd.DataFrame(np.ones((2, 5))), 5),
        (np.ones((2, 5, 3)), 3),
        (torch.ones(2, 5, 3), 3),
        ([np.ones((2, 3)), np.ones((4, 3))], 3),
        ([np.ones(2), np.ones(4)], 1),
        ([np.ones(2), np.ones(2)], 1),
        (([1.0, 2.0], [3.0, 4.0]), 1),
        ([[1.0, 2.0], [3.0]], 1),
        ([[1.0, 2.0], [3.0, 4.0]], 2),
        ([[[1.0], [2.0]], [[3.0], [4.0]]], 1),
        ([[[1.0, 2.0]], [[3.0, 4.0]]], 2),
        (Sequences(values=np.ones((2, 7)), offsets=[0, 2]), 7),
        (Sequences(values=[2, 3], offsets=[0, 2], vocabulary=Vocabulary("ab")), 1),
    ],
    ids=[
        "table",
        "table of a tensor",
        "DataFrame",
        "3-D",
        "3-D tensor",
        "wide arrays",
        "arrays",
        "arrays of one length",
        "tuples of one length",
        "lists",
        "lists of one length are a table",
        "lists of steps of one number",
        "lists of steps of two numbers",
        "Sequences",
        "ids",
    ],
)
def test_fit_keeps_the_columns_of_a_table_else_the_width_of_a_step(X, n_features):
    reader = Reader().fit(X)
    assert reader.n_features_in_ == n_features
    assert isinstance(reader.n_features_in_, int)
    assert not hasattr(reader, "feature_names_in_")


def test_fit_keeps_the_names_of_a_table_and_forgets_them_in_the_next_fit():
    reader = Reader().fit(TABLE)
    assert reader.feature_names_in_.tolist() == ["a", "b"]
    reader.fit([[1.0], [2.0, 3.0]])
    assert reader.n_features_in_ == 1
    assert not hasattr(reader, "feature_names_in_")
    assert len(reader.fit(TABLE).read_) == 2
    assert reader.n_features_in_ == 2
    assert not hasattr(reader.fit(TABLE.to_numpy()), "feature_names_in_")


@pytest.mark.parametrize("seed", range(10))
def test_what_is_read_is_what_is_coerced(seed):
    rng = np.random.default_rng(seed)
    ragged = random_plain(rng, n=4, width=2, shortest=1).values
    for X in (ragged, rng.normal(size=(4, 3)), rng.normal(size=(4, 3, 2)), [[1, 2], [3]]):
        expected = as_sequences(X).to_list()
        reader = Reader().fit(X)
        assert_equal_lists(reader.read_, expected)
        assert_equal_lists(reader.read(X), expected)


def readonly(array):
    array.flags.writeable = False
    return array


@pytest.mark.parametrize(
    "form",
    [np.asfortranarray, readonly, torch.from_numpy, pd.DataFrame, lambda x: x.astype(object)],
    ids=["fortran", "readonly", "tensor", "DataFrame", "objects"],
)
def test_every_form_of_table_is_read_alike(rng, form):
    array = rng.normal(size=(4, 3))
    expected = [column(row) for row in array.copy()]
    reader = Reader().fit(form(array))
    assert_equal_lists(reader.read_, expected)
    assert_equal_lists(reader.read(form(array)), expected)


def test_a_tensor_that_requires_grad_is_read_in_any_precision():
    for dtype in (torch.bfloat16, torch.float32):
        X = torch.tensor([[0.5, 2.0]], dtype=dtype, requires_grad=True)
        assert_equal_lists(Reader().fit(X).read_, [np.float32([[0.5], [2.0]])])


def test_a_memory_mapped_table_stays_memory_mapped(tmp_path):
    np.save(tmp_path / "table.npy", np.ones((4, 3)))
    array = np.load(tmp_path / "table.npy", mmap_mode="r")
    reader = Reader().fit(array)
    assert is_memory_mapped(reader.read_.values)
    assert is_memory_mapped(reader.read(array).values)


@pytest.mark.parametrize("dtype", ["Int64", "Float32", "boolean", "int8", "uint64", "bool"])
def test_nullable_and_small_columns_are_numbers(dtype):
    table = pd.DataFrame({"a": [1, 0], "b": [0, 1]}).astype(dtype)
    values = Reader().fit(table).read_.values
    assert values.dtype.kind in "iufb"
    assert values.ravel().tolist() == [1, 0, 0, 1]


def test_columns_of_several_dtypes_are_joined():
    table = pd.DataFrame(
        {
            "integer": pd.array([1, 2], dtype="Int64"),
            "float": [0.5, 1.5],
            "bool": [True, False],
            "category": pd.Categorical([7, 8]),
            "object": np.array([3, None], dtype=object),
        }
    )
    with pytest.raises(
        ValueError, match=r"sequence 1, step 4 \(column 'object'\), feature 0 is nan"
    ):
        Reader().fit(table)
    table.loc[1, "object"] = 4
    assert_equal_lists(
        Reader().fit(table).read_, [column([1, 0.5, 1, 7, 3]), column([2, 1.5, 0, 8, 4])]
    )


def test_ids_of_a_table_lose_their_padding():
    for X in (np.array([[2, 3, 0], [0, 4, 5]]), pd.DataFrame([[2, 3, 0], [0, 4, 5]])):
        reader = Reader().fit(X, ids=True)
        assert reader.n_features_in_ == 3
        assert_equal_lists(reader.read_, [np.array([2, 3]), np.array([4, 5])])
        assert_equal_lists(reader.read(X, ids=True), [np.array([2, 3]), np.array([4, 5])])


# --- what a later X is held against -------------------------------------------------------------


@pytest.mark.parametrize(
    "X",
    [[np.ones((9, 3))], np.ones((2, 7, 3)), [[[1.0, 2.0, 3.0]]], torch.ones(1, 2, 3)],
    ids=["arrays", "3-D", "lists", "tensor"],
)
def test_after_ragged_sequences_any_length_of_the_same_width_is_read(X):
    reader = Reader().fit([np.ones((2, 3)), np.ones((4, 3))])
    assert_equal_lists(reader.read(X), as_sequences(X).to_list())


def test_after_single_numbers_a_table_of_any_number_of_columns_is_read():
    reader = Reader().fit([[1.0], [2.0, 3.0]])
    for columns in (1, 2, 5):
        table = np.ones((2, columns))
        assert_equal_lists(reader.read(table), [np.ones((columns, 1))] * 2)
        assert_equal_lists(reader.read(pd.DataFrame(table)), [np.ones((columns, 1))] * 2)


def test_after_lists_of_one_length_lists_of_any_length_are_read():
    reader = Reader().fit([[1.0, 2.0], [3.0, 4.0]])
    assert_equal_lists(
        reader.read([[1.0], [2.0, 3.0, 4.0]]), [column([1.0]), column([2.0, 3.0, 4.0])]
    )
    assert_equal_lists(reader.read(np.ones((1, 2))), [np.ones((2, 1))])


def test_after_a_table_its_rows_are_read_in_every_form():
    reader = Reader().fit(np.ones((4, 3)))
    for X in ([[1.0, 1.0, 1.0]], [np.ones(3)], np.ones((1, 3, 1)), np.ones((1, 3))):
        assert_equal_lists(reader.read(X), [np.ones((3, 1))])


@pytest.mark.parametrize(
    "fitted, X, message",
    [
        ([np.ones((2, 3))], [np.ones((2, 4))], "X has 4 features, but Reader is expecting 3 feat"),
        ([np.ones((2, 3))], np.ones((2, 2, 4)), "X has 4 features, but .*: every step needs as"),
        ([np.ones((2, 3))], [[1.0], [2.0, 3.0]], "X has 1 features, but Reader is expecting 3"),
        (
            [np.ones((2, 3))],
            np.ones((2, 3)),
            "X has 1 features, .* 3 .*alone goes in as a list, .X.",
        ),
        ([[1.0], [2.0, 3.0]], [np.ones((2, 3))], "X has 3 features, but Reader is expecting 1"),
        ([[1.0, 2.0]], [np.ones((2, 3))], "X has 3 features, but Reader is expecting 1"),
        ([[1.0, 2.0]], np.ones((2, 3)), "X has 3 features, but Reader is expecting 2"),
        (np.ones((2, 3)), np.ones((2, 4)), "X has 4 features, but Reader is expecting 3"),
        (np.ones((2, 3)), torch.ones(2, 4), "X has 4 features, but Reader is expecting 3"),
        (
            np.ones((2, 3)),
            [[1.0], [2.0, 3.0, 4.0]],
            "sequences of 1 to 3 steps of 1 features, but Reader is expecting 3 .*a table of as",
        ),
        (np.ones((2, 3)), np.ones((2, 3, 4)), "3 to 3 steps of 4 features, but Reader is expec"),
    ],
    ids=[
        "wider",
        "3-D wider",
        "narrower",
        "table after steps",
        "steps after numbers",
        "steps after lists",
        "table after lists",
        "table",
        "tensor",
        "ragged after table",
        "3-D after table",
    ],
)
def test_another_width_is_refused(fitted, X, message):
    reader = Reader().fit(fitted)
    with pytest.raises(ValueError, match=message):
        reader.read(X)


@pytest.mark.parametrize(
    "X, message",
    [
        (TABLE[["b", "a"]], "must be in the same order"),
        (TABLE.rename(columns={"b": "c"}), r"(?s)unseen at fit time:\s*- c.*now missing:\s*- b"),
        (TABLE[["a"]], r"(?s)now missing:\s*- b"),
        (TABLE.assign(c=1.0), r"(?s)unseen at fit time:\s*- c"),
    ],
    ids=["swapped", "renamed", "dropped", "added"],
)
def test_changed_column_names_are_refused(X, message):
    with pytest.raises(ValueError, match=message):
        Reader().fit(TABLE).read(X)


def test_a_table_without_names_after_one_with_names_is_a_warning():
    reader = Reader().fit(TABLE)
    with pytest.warns(UserWarning, match="does not have valid feature names, but Reader"):
        reader.read(TABLE.to_numpy())


def tables(*names, lengths=(2, 3)):
    return [pd.DataFrame(np.ones((length, len(names))), columns=names) for length in lengths]


@pytest.mark.parametrize(
    "names, message",
    [
        (["b", "a"], r"(?s)must be in the same order.*\['b', 'a'\], but in fit .*\['a', 'b'\]"),
        (["a", "c"], r"(?s)unseen at fit time:\n- c\n.*yet now missing:\n- b\n"),
        (["a"], r"(?s)now missing:\n- b\n"),
        (["a", "b", "c"], r"(?s)unseen at fit time:\n- c\n"),
        (list("ghijklm"), r"(?s)unseen at fit time:\n- g\n- h\n- i\n- j\n- k\n- \.\.\.\n"),
    ],
    ids=["swapped", "renamed", "dropped", "added", "many"],
)
@pytest.mark.parametrize("collection", [list, tuple, pd.Series])
def test_changed_column_names_of_a_list_of_tables_are_refused(names, message, collection):
    reader = Reader().fit(tables("a", "b"))
    with pytest.raises(ValueError, match=message):
        reader.read(collection(tables(*names)))


def test_a_list_of_tables_is_read_again_by_its_names():
    reader = Reader().fit(tables("a", "b"))
    assert reader.n_features_in_ == 2
    assert not hasattr(reader, "feature_names_in_")
    assert_equal_lists(
        reader.read(tables("a", "b", lengths=(1, 4))), [np.ones((1, 2)), np.ones((4, 2))]
    )
    assert_equal_lists(reader.read([np.ones((3, 2))]), [np.ones((3, 2))])
    assert_equal_lists(reader.read(tables(0, 1, lengths=(3,))), [np.ones((3, 2))])


@pytest.mark.parametrize(
    "X", [[np.ones((2, 2))], tables(1, 0), TABLE], ids=["arrays", "0", "table"]
)
def test_the_names_of_a_list_of_tables_are_forgotten_in_the_next_fit(X):
    reader = Reader().fit(tables("a", "b")).fit(X)
    if X is TABLE:
        assert len(reader.read(TABLE)) == 2
    else:
        assert len(reader.read(tables("b", "a"))) == 2


# --- columns beside the values, NaN -------------------------------------------------------------


def with_columns(**fields):
    return Sequences(values=[[2.0], [3.0]], offsets=[0, 2], **fields)


def ids_with_columns(**fields):
    vocabulary = Vocabulary("ab")
    return Sequences(values=[2, 3], offsets=[0, 2], vocabulary=vocabulary, **fields)


ABC = (("a", "b", "c"),)


@pytest.mark.parametrize(
    "X, message",
    [
        (with_columns(static=[1.0]), r"static must have the shape \(n, columns\), but has \(1,\)"),
        (with_columns(static=[["x"]]), "static must hold numbers, .* a DataFrame with columns of"),
        (
            with_columns(static=[[1, np.inf]], names=ColumnNames(static=("age", "income"))),
            "sequence 0, static column 'income' is inf; every value must be finite",
        ),
        (with_columns(static=[[np.nan]]), 'column 0 is nan; .*: missing="mask" reads NaN'),
        (with_columns(codes=[1, 1]), r"codes must be integers of shape \(rows, columns\)"),
        (with_columns(codes=[[0.5], [1.0]]), "codes must be integers .* but came as float64"),
        (
            with_columns(codes=[[0], [3]], categories=ABC, names=ColumnNames(codes=("item",))),
            "codes holds 3 in row 1 of column 'item', which has 3 categories",
        ),
        (with_columns(codes=[[-1], [0]], categories=ABC), "codes holds -1 in row 0 of column 0"),
        (with_columns(static_codes=[[3]], static_categories=ABC), "static_codes holds 3 in row 0"),
        (ids_with_columns(codes=[[0], [0]]), "ids of a vocabulary and categorical columns"),
        (
            ids_with_columns(codes=[[0, 0], [0, 0]], categories=(("a",), ("b",))),
            "encode the tokens as one more categorical column",
        ),
        (with_columns(times=[1.0, 0.5]), "sequence 0, step 1 has the time 0.5, .* never fall"),
        (with_columns(times=[1.0, np.nan]), "sequence 0, step 1 has the time nan"),
        (with_columns(times=["a", "b"]), "times must be one number a step, but came as <U1"),
    ],
)
@pytest.mark.parametrize("fitted", [False, True], ids=["fit", "after fit"])
def test_columns_that_cannot_be_read_are_refused(X, message, fitted):
    reader = Reader().fit([[1.0], [2.0, 3.0]])
    read = reader.read if fitted else reader.fit
    with pytest.raises(ValueError, match=message):
        read(X)
    assert reader.fit(X, allow_columns=True).read_.static is X.static
    assert reader.read(X, allow_columns=True).codes is X.codes


def test_codes_without_categories_are_their_own_categories():
    read = Reader().fit(with_columns(codes=[[7, 1], [3, 1]])).read_
    assert read.codes.tolist() == [[1, 0], [0, 0]]
    assert read.categories == ((3, 7), (1,))


def test_static_columns_may_miss_values_where_nan_is_allowed():
    read = Reader().fit(with_columns(static=[[np.nan, 1]]), allow_nan=True).read_
    assert np.isnan(read.static[0, 0]) and read.static[0, 1] == 1


def test_the_codes_of_a_token_encoder_are_read():
    X = TokenEncoder().fit_transform(["a b", "b"])
    read = Reader().fit(X).read(X)
    assert read.codes is X.codes and read.categories is X.categories


@pytest.mark.parametrize(
    "X",
    [
        [np.array([[1.0, np.nan]])],
        np.array([[1.0, np.nan]]),
        pd.DataFrame({"a": [1.0, np.nan]}),
        np.array([[[np.nan, 1.0]]]),
        with_columns().with_values(np.array([[np.nan], [np.nan]])),
    ],
    ids=short_id,
)
def test_nan_is_read_where_it_is_allowed(X):
    with pytest.raises(ValueError, match="contains NaN"):
        Reader().fit(X)
    reader = Reader().fit(X, allow_nan=True)
    assert np.isnan(reader.read_.values).any()
    assert np.isnan(reader.read(X, allow_nan=True).values).any()


@pytest.mark.parametrize("value", [np.inf, -np.inf, 1e39])
@pytest.mark.parametrize("rest", [1.0, np.nan], ids=str)
def test_infinities_are_refused_even_where_nan_is_allowed(value, rest):
    with pytest.raises(ValueError, match="infinity or .*: sequence 1, step 1, feature 1 is"):
        Reader().fit(
            [np.full((1, 2), rest), np.array([[1.0, rest], [rest, value]])], allow_nan=True
        )


# --- tables that are refused --------------------------------------------------------------------


@pytest.mark.parametrize(
    "values, message",
    [
        (
            ["x", "y"],
            r"'b' holds (str \(\['x', 'y'\]\)|object, 'x' .*), but .*encode or drop .*X\['b'\]",
        ),
        (np.array(["x", 1], dtype=object), "column 'b' holds object, 'x' of type str in row 0"),
        (pd.Categorical(["x", "y"]), r"column 'b' holds category \(\['x', 'y'\]\)"),
        (pd.Series(["x", None], dtype="string"), "column 'b' holds string"),
        (pd.to_datetime(["2020-01-01"] * 2), r"column 'b' holds datetime64\[.*Timestamp"),
        (pd.to_datetime(["2020-01-01"] * 2, utc=True), r"column 'b' holds datetime64\[.*, UTC\]"),
        (pd.to_timedelta([1, 2], unit="D"), "column 'b' holds timedelta64"),
        (pd.period_range("2020", periods=2, freq="D"), r"column 'b' holds period\[D\]"),
        ([np.ones(2), np.ones(3)], "column 'b' holds object, array.* of type ndarray in row 0"),
        ([{}, {}], r"column 'b' holds object, \{\} of type dict in row 0, but"),
    ],
    ids=[
        "strings",
        "mixed",
        "categories",
        "nullable strings",
        "dates",
        "dates of a zone",
        "time differences",
        "periods",
        "arrays",
        "dicts",
    ],
)
@pytest.mark.parametrize("fitted", [False, True], ids=["fit", "after fit"])
def test_a_column_that_holds_no_numbers_is_named(values, message, fitted):
    table = pd.DataFrame({"a": [1.0, 2.0], "b": values})
    reader = Reader().fit(TABLE)
    with pytest.raises(ValueError, match=message):
        (reader.read if fitted else reader.fit)(table)


def test_of_several_columns_of_text_none_is_taken_for_the_texts():
    table = pd.DataFrame({"id": ["T-1", "T-2"], "body": ["the printer is broken and " * 3] * 2})
    message = r"'id' holds .*goes in by itself, X\[name\] with one of \['id', 'body'\]"
    with pytest.raises(ValueError, match=message):
        Reader().fit(table.assign(stars=1))
    with pytest.raises(ValueError, match=r"str \(\['the printer .* \.\.\.\]\)|object, "):
        Reader().fit(table[["body"]])


def test_columns_of_numerals_are_converted_as_scikit_learn_does():
    read = Reader().fit(pd.DataFrame({"a": ["1", "2.5"]})).read_
    assert read.values.tolist() == [[1.0], [2.5]]


@pytest.mark.parametrize("names", [["a", "b", "a"], [0, 1, 0]], ids=["strings", "integers"])
def test_repeated_column_names_are_refused(names):
    table = pd.DataFrame(np.ones((2, 3)), columns=names)
    with pytest.raises(
        ValueError, match=f"column {names[0]!r} occurs more than once.*rename or dr"
    ):
        Reader().fit(table)


def test_names_of_mixed_types_are_refused():
    with pytest.raises(TypeError, match="string names.*astype"):
        Reader().fit(pd.DataFrame(np.ones((2, 2)), columns=["a", 1]))


@pytest.mark.parametrize(
    "value, text", [(np.nan, "NaN"), (np.inf, "infinity"), (1e39, "too large")], ids=str
)
def test_a_value_that_is_not_finite_is_located_by_its_column(value, text):
    table = TABLE.copy()
    table.loc[1, "b"] = value
    where = r"sequence 1, step 1 \(column 'b'\), feature 0 is"
    with pytest.raises(ValueError, match=f"{text}.*{where}"):
        Reader().fit(table)
    with pytest.raises(ValueError, match=f"{text}.*sequence 1, step 1, feature 0 is"):
        Reader().fit(table.to_numpy())
    with pytest.raises(ValueError, match=f"{text}.*{where}"):
        Reader().fit(TABLE).read(table)


def test_a_missing_value_of_a_nullable_column_is_located():
    table = pd.DataFrame({"a": pd.array([1, None], dtype="Int64"), "b": [1, 2]})
    with pytest.raises(ValueError, match=r"NaN: sequence 1, step 0 \(column 'a'\), feature 0"):
        Reader().fit(table)


@pytest.mark.parametrize(
    "X, error, message",
    [
        (np.empty((0, 3)), ValueError, r"0 sample\(s\)"),
        (np.empty((3, 0)), ValueError, r"0 feature\(s\)"),
        (pd.DataFrame({"a": []}), ValueError, r"0 sample\(s\)"),
        (pd.DataFrame(index=[0, 1]), ValueError, r"0 feature\(s\) .*the table has no columns"),
        (np.array([["a", "b"]]), ValueError, r"2-D array of strings, .*as lists, X.tolist\(\)"),
        (
            np.array([[1, 2], [3, "b"]], object),
            ValueError,
            "sequence 1, step 1 is no number: .*'b'",
        ),
        (np.array([[1], [{}]], object), TypeError, "sequence 1, step 0 is no number: .*'dict'"),
        (np.ones((1, 2), complex), ValueError, "Complex data not supported"),
        (np.zeros((1, 2), "M8[D]"), ValueError, r"must be numbers, .*datetime64\[D\]; convert"),
        (np.ma.masked_array([[1, 2]], mask=[[0, 1]]), ValueError, "NaN: sequence 0, step 1"),
        (sparse.csr_array(np.eye(2)), TypeError, r"sparse data is not supported; toarray\(\)"),
        (sparse.coo_matrix(np.eye(2)), TypeError, r"sparse data is not supported; toarray\(\)"),
        (torch.eye(2).to_sparse(), TypeError, r"sparse data is not supported; .*to_dense\(\)"),
        (["a text"], ValueError, "X is texts, but sequences of numbers .*TokenEncoder"),
        ([["token"]], ValueError, "X is lists of tokens, but sequences of numbers"),
        ([], ValueError, "X holds no sequences"),
        ([[]], ValueError, "sequence 0 is empty"),
        ([[1.0, 2.0], [3.0, None]], ValueError, "NaN: sequence 1, step 1"),
        ("one text", ValueError, "X is one text"),
        ({"a": [1.0]}, TypeError, "X is a dict"),
        (np.ones(3), ValueError, "1 dimensions.*Reshape your data"),
    ],
    ids=short_id,
)
@pytest.mark.parametrize("fitted", [False, True], ids=["fit", "after fit"])
def test_bad_input_is_refused_in_fit_and_after(X, error, message, fitted):
    reader = Reader().fit([[1.0], [2.0, 3.0]])
    with pytest.raises(error, match=message):
        (reader.read if fitted else reader.fit)(X)


# --- estimators read so, too --------------------------------------------------------------------


@pytest.mark.parametrize("estimator", [RNNClassifier, RNNRegressor])
def test_estimators_refuse_what_would_be_misread(estimator):
    X, y = tables("a", "b", lengths=(2, 3, 2, 3)), [0, 1, 0, 1]
    model = estimator(hidden_size=2, max_epochs=1, early_stopping=False).fit(X, y)
    with pytest.raises(ValueError, match="must be in the same order as they were in fit"):
        model.predict(tables("b", "a"))
    with pytest.raises(ValueError, match="contains NaN: sequence 0, step 0, feature 0"):
        model.predict([np.full((1, 2), np.nan)])
    static = np.array([[1.0], [2.0], [np.inf], [3.0]])
    with pytest.raises(ValueError, match="sequence 2, static column 0 is inf"):
        model.fit(Sequences(values=np.ones((4, 2)), offsets=range(5), static=static), y)
    ids = [[2, 3], [2], [3], [4, 20_000_000_000]]
    with pytest.raises(ValueError, match="sequence 3, step 1 has the id 20000000000, but X holds"):
        estimator(embedding_dim=4).fit(ids, y)


def test_a_long_table_of_events_is_pointed_to_from_frame():
    events = pd.DataFrame({"customer": ["a", "a", "b"], "amount": [1.0, 2.0, 3.0]})
    with pytest.raises(ValueError, match="'customer' holds .* goes through Sequences.from_frame"):
        read_sequences(BaseEstimator(), events, reset=True)


def test_a_missing_value_is_named_by_its_column():
    events = pd.DataFrame({"customer": ["a", "a"], "age": [1.0, 2.0], "amount": [1.0, np.nan]})
    sequences = Sequences.from_frame(events, id_col="customer")
    with pytest.raises(ValueError, match=r"step 1 \(column 'amount'\), feature 1 is nan"):
        as_sequences(sequences)
