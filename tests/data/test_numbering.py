"""Tokens as numbers."""

import numpy as np
import pytest

from sklearn_rnn.data import number_tokens

LISTS = [["a", "b", "a"], [], ["c", "b"], ["a"]]


@pytest.mark.parametrize("as_list", [list, tuple, iter], ids=["list", "tuple", "iterator"])
def test_tokens_are_numbered_as_they_first_occur(as_list):
    numbered = number_tokens(map(as_list, LISTS))
    assert numbered.distinct == ("a", "b", "c")
    assert numbered.codes.tolist() == [0, 1, 0, 2, 1, 0]
    assert numbered.lengths.tolist() == [3, 0, 2, 1]
    assert numbered.offsets.tolist() == [0, 3, 3, 5, 6]
    assert numbered.codes.dtype == np.int32
    assert numbered.lengths.dtype == numbered.offsets.dtype == np.int64


def test_no_lists_are_no_tokens():
    numbered = number_tokens([])
    assert numbered.distinct == () and numbered.offsets.tolist() == [0]
    assert numbered.codes.shape == numbered.lengths.shape == (0,)
