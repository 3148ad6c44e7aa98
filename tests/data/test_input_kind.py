"""The form of X is told, and what is none, no text or no list of tokens is refused by name."""

from collections import deque

import numpy as np
import pandas as pd
import polars
import pytest
import torch
from scipy import sparse

from sklearn_rnn.data import (
    InputKind,
    Sequences,
    as_sequences,
    check_text,
    check_tokens,
    input_kind,
)
from sklearn_rnn.preprocessing import TokenEncoder
from tests.ragged_lists import DuckArray, short_id


def object_array(items):
    array = np.empty(len(items), dtype=object)
    array[:] = items
    return array


def nested_tensor():
    parts = [torch.ones(2, 2), torch.ones(3, 2)]
    return torch.nested.nested_tensor(parts, layout=torch.jagged)


# --- telling the forms apart --------------------------------------------------------------------


@pytest.mark.parametrize(
    "X, kind",
    [
        (Sequences(values=[1.0], offsets=[0, 1]), InputKind.SEQUENCES),
        (np.ones((2, 3)), InputKind.TABLE),
        (torch.ones(2, 3), InputKind.TABLE),
        (pd.DataFrame({"a": [1]}), InputKind.TABLE),
        (np.array([["a", "b"]]), InputKind.TABLE),
        (DuckArray(np.ones((2, 3))), InputKind.TABLE),
        (np.ones((2, 3, 4)), InputKind.ARRAY),
        (torch.ones(2, 3, 4), InputKind.ARRAY),
        ([], InputKind.RAGGED),
        ([[]], InputKind.RAGGED),
        ([[1, 2], [3]], InputKind.RAGGED),
        (([1, 2], [3]), InputKind.RAGGED),
        (deque([[1, 2], [3]]), InputKind.RAGGED),
        ([np.ones(2)], InputKind.RAGGED),
        ([torch.ones(2)], InputKind.RAGGED),
        ([pd.DataFrame({"a": [1]})], InputKind.RAGGED),
        ([None, [1.0]], InputKind.RAGGED),
        (pd.Series([np.ones(2), np.ones(3)], index=[5, 5]), InputKind.RAGGED),
        (object_array([[1], [2, 3]]), InputKind.RAGGED),
        ([["a", "b"], []], InputKind.TOKENS),
        ([[], ["a", "b"]], InputKind.TOKENS),
        ((("a", "b"), ("c",)), InputKind.TOKENS),
        ([np.array(["a", "b"])], InputKind.TOKENS),
        ([np.array(["a", "b"], dtype=object)], InputKind.TOKENS),
        ([pd.Series(["a", "b"], index=[8, 9])], InputKind.TOKENS),
        (pd.Series([["a"], ["b", "c"]]), InputKind.TOKENS),
        (["a b", "c"], InputKind.TEXT),
        ([""], InputKind.TEXT),
        ([None, "a"], InputKind.TEXT),
        ([float("nan"), "a"], InputKind.TEXT),
        ([pd.NA, "a"], InputKind.TEXT),
        (np.array(["a b", "c"]), InputKind.TEXT),
        (np.array(["a b", "c"], dtype=object), InputKind.TEXT),
        (pd.Series(["a b", "c"], index=[3, 4]), InputKind.TEXT),
        (pd.Series(["a b", None], dtype="string"), InputKind.TEXT),
        (pd.Series(["a", "b"], dtype="category"), InputKind.TEXT),
        (pd.Index(["a b", "c"]), InputKind.TEXT),
        (pd.array(["a b", "c"]), InputKind.TEXT),
        (polars.Series(["a b", "c"]), InputKind.TEXT),
        (polars.Series([["a", "b"], ["c"]]), InputKind.TOKENS),
        (polars.Series([[1.0, 2.0], [3.0]]), InputKind.RAGGED),
        (polars.DataFrame({"a": [1.0]}), InputKind.TABLE),
        (memoryview(np.ones((2, 3))), InputKind.TABLE),
    ],
    ids=lambda case: case.name if isinstance(case, InputKind) else short_id(case),
)
def test_the_form_of_X_is_told(X, kind):
    assert input_kind(X) is kind


@pytest.mark.parametrize(
    "X, error, message",
    [
        ("one text", ValueError, r"X is one text \('one text'\).*put it into a list, \[X\]"),
        (b"bytes", ValueError, r"X is one text \(b'bytes'\)"),
        ({"a": [1]}, TypeError, r"X is a dict, .* list\(X.values\(\)\)"),
        ({1, 2}, TypeError, r"X is \{1, 2\} of type set, but a list .*list\(X\) makes one"),
        ({"a": [1]}.values(), TypeError, r"of type dict_values, .*list\(X\) makes one"),
        ((x for x in [[1]]), TypeError, r"of type generator, .*list\(X\) makes one"),
        (None, TypeError, "X is None of type NoneType, but a list of texts, of token lists"),
        (3, TypeError, "X is 3 of type int, but a list"),
        (np.float64(3), ValueError, "got float64 with 0 dimensions"),
        (np.ones(3), ValueError, r"got ndarray with 1 dimensions.*X.reshape\(-1, 1\).*\(1, -1\)"),
        (torch.ones(3), ValueError, "got Tensor with 1 dimensions"),
        (np.array(["2020-01-01"], "M8[D]"), ValueError, "got ndarray with 1 dimensions"),
        (np.ones((1, 1, 1, 1)), ValueError, r"got ndarray with 4 dimensions. Give a list of texts"),
        (torch.ones(1, 1, 1, 1), ValueError, "got Tensor with 4 dimensions"),
        ([1, 2.5], ValueError, r"whose first element is 1. Reshape your data: wrap .* as \[X\]"),
        ([2.5, [1]], ValueError, "whose first element is 2.5"),
        (pd.Series([1, 2]), ValueError, r"first element is 1.*read as numbers, X.astype\(str\)"),
        ([None, None], ValueError, "whose first element is None"),
        ([10**400], ValueError, "whose first element is 10{39}[.] Reshape"),
        ([torch.tensor(1.0)], ValueError, r"whose first element is tensor\(1.\)"),
        (np, TypeError, "X is <module 'numpy' .* of type module, but a list"),
        (list, TypeError, "X is <class 'list'> of type type, but a list"),
        (bytearray(b"ab"), ValueError, r"X is one text \(bytearray\(b'ab'\)\)"),
        (sparse.csr_array(np.eye(2)), TypeError, r"sparse data is not supported; toarray\(\)"),
        (torch.eye(2).to_sparse(), TypeError, r"sparse data is not supported; .*to_dense\(\)"),
        (nested_tensor(), TypeError, r"X is a nested tensor, but a list .*: X.unbind\(\)"),
    ],
    ids=short_id,
)
def test_what_is_no_collection_of_sequences_is_refused_with_a_way_out(X, error, message):
    with pytest.raises(error, match=message):
        input_kind(X)
    with pytest.raises(error, match=message):
        as_sequences(X)


# --- texts and tokens ---------------------------------------------------------------------------

COLLECTIONS = {
    "list": list,
    "tuple": tuple,
    "object array": object_array,
    "Series": lambda items: pd.Series(items, index=[4] * len(items)),
    "Index": pd.Index,
    "deque": deque,
}


@pytest.mark.parametrize("collection", COLLECTIONS.values(), ids=COLLECTIONS)
def test_texts_become_a_list(collection):
    texts = ["the cat", "", "sat"]
    assert check_text(collection(texts)) == texts


@pytest.mark.parametrize(
    "texts",
    [
        np.array(["a", "bc"]),
        pd.Series(["a", "bc"], dtype="string"),
        pd.Series(["a", "bc"], dtype="category"),
    ],
    ids=["U", "string", "category"],
)
def test_texts_of_every_dtype_become_plain_strings(texts):
    assert check_text(texts) == ["a", "bc"]


@pytest.mark.skipif(not hasattr(np.dtypes, "StringDType"), reason="came with numpy 2")
def test_texts_may_have_the_string_dtype_of_numpy():
    texts = np.array(["a", "bc"], dtype=np.dtypes.StringDType())
    assert input_kind(texts) is InputKind.TEXT
    assert check_text(texts) == ["a", "bc"]


@pytest.mark.parametrize("name", ["list", "tuple", "object array", "Series", "deque"])
def test_tokens_become_a_list(name):
    token_lists = [["the", "cat"], [], ["sat"]]
    assert check_tokens(COLLECTIONS[name](token_lists)) == token_lists


@pytest.mark.parametrize(
    "texts, message",
    [
        (
            ["a", None],
            "sequence 1 is None of type NoneType, but texts are expected; .*Drop missing",
        ),
        ([None, "a"], "sequence 0 is None of type NoneType"),
        (pd.Series(["a", None]), "sequence 1 is (nan of type float|None of type NoneType)"),
        (pd.Series(["a", None], dtype="string"), "sequence 1 is <NA> of type NAType"),
        (["a", 3], "sequence 1 is 3 of type int"),
        (["a", b"b"], "sequence 1 is b'b' of type bytes"),
        (["a", ["b"]], r"sequence 1 is \['b'\] of type list"),
        (["a", np.zeros(2)], r"sequence 1 is array\(\[0., 0.\]\) of type ndarray"),
        (np.array([["a"]]), r"sequence 0 is \['a'\] of type list"),
        ("a text", r"X is one text \('a text'\), .*\[X\]"),
        (pd.DataFrame({"x": ["a"]}), r"X is a table with the columns \['x'\], .*X\[name\]"),
        (pd.DataFrame(index=[0]), r"X is a table with the columns \[\]"),
        (polars.DataFrame({"x": ["a"]}), r"X is a table with the columns \['x'\]"),
        (np.array("abc"), r"X is array\('abc', .* of type ndarray, but .* \[X.item\(\)\]"),
    ],
    ids=short_id,
)
def test_what_is_no_text_is_named(texts, message):
    with pytest.raises(ValueError, match=message):
        check_text(texts)


@pytest.mark.parametrize(
    "token_lists, message",
    [
        ([["a"], "b"], "sequence 1 is 'b' of type str, but lists of tokens are expected; every"),
        ([["a"], None], "sequence 1 is None of type NoneType"),
        ([["a"], {"b": 1}], "sequence 1 is .'b': 1. of type dict, but lists of tokens"),
        ([["a"], torch.tensor(1.0)], r"sequence 1 is tensor\(1.\) of type Tensor"),
        ([["a"], 3.0], "sequence 1 is 3.0 of type float"),
        (
            [["a"], ["b", 3]],
            r"sequence 1, step 1 is 3 of type int, but tokens must be str; .*str\(",
        ),
        ([["a"], [None]], "sequence 1, step 0 is None of type NoneType.*keep_default_na=False"),
        ([["a", float("nan")]], "sequence 0, step 1 is nan of type float.*keep_default_na=False"),
        ([["a"], [["b"]]], r"sequence 1, step 0 is \['b'\] of type list"),
        ([["a"], np.array([1.0])], r"sequence 1, step 0 is .*1.0.* of type float64"),
        ("a text", "X is one text"),
        (pd.DataFrame({"x": ["a"]}), "X is a table"),
    ],
    ids=short_id,
)
def test_what_is_no_token_is_named(token_lists, message):
    with pytest.raises(ValueError, match=message):
        check_tokens(token_lists)


@pytest.mark.parametrize("check", [check_text, check_tokens])
@pytest.mark.parametrize("X", [None, 3, {"a": ["b"]}], ids=str)
def test_texts_and_tokens_come_in_a_collection(check, X):
    with pytest.raises(TypeError, match="but a list of .* is expected"):
        check(X)


# --- bytes -----------------------------------------------------------


@pytest.mark.parametrize(
    "X, where",
    [
        ([b"a b", b"c"], "sequence 0"),
        ([None, b"a b"], "sequence 1"),
        (np.array([b"a b"]), "sequence 0"),
        (pd.Series([b"a b"]), "sequence 0"),
        ((b"a b", "c"), "sequence 0"),
    ],
    ids=short_id,
)
@pytest.mark.parametrize("read", [as_sequences, input_kind, TokenEncoder().fit])
def test_bytes_are_no_texts(X, where, read):
    with pytest.raises(ValueError, match=rf"{where} is .*b'a b'.* of type bytes.*decode them: \["):
        read(X)


def test_bytes_among_texts_are_named():
    with pytest.raises(ValueError, match="sequence 1 is b'x' of type bytes, .*decode them"):
        check_text(["a", b"x"])
