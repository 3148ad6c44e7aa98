"""Labels of spans from one scheme into another."""

import itertools

import numpy as np
import pytest

from sklearn_rnn.datasets import convert_scheme

# The same spans in each scheme, two of them next to each other.
ROWS = {
    "IOB1": [["I-X", "B-X", "I-X", "I-Y", "O", "I-X"], ["O"], ["I-X", "I-X", "I-X"]],
    "IOB2": [["B-X", "B-X", "I-X", "B-Y", "O", "B-X"], ["O"], ["B-X", "I-X", "I-X"]],
    "BIOES": [["S-X", "B-X", "E-X", "S-Y", "O", "S-X"], ["O"], ["B-X", "I-X", "E-X"]],
}


@pytest.mark.parametrize(("old", "new"), list(itertools.product(ROWS, repeat=2)))
def test_the_same_spans_are_written_in_another_scheme(old, new):
    assert convert_scheme(ROWS[old], old, new) == ROWS[new]
    predicted = np.empty(len(ROWS[old]), dtype=object)
    predicted[:] = [np.array(row) for row in ROWS[old]]
    assert convert_scheme(predicted, old, new) == ROWS[new]


@pytest.mark.parametrize(
    ("y", "error", "message"),
    [
        ([["O"], ["O", "I-X"]], ValueError, "sequence 1, step 1"),
        ([["NOUN"]], ValueError, "'NOUN' is no label of IOB2"),
        (["O"], TypeError, "sentence 0 of y must be a list, but is a str"),
        ("O", TypeError, "y must be a list"),
    ],
)
def test_labels_outside_of_the_scheme_are_refused_and_placed(y, error, message):
    with pytest.raises(error, match=message):
        convert_scheme(y, "IOB2", "BIOES")


def test_a_scheme_that_there_is_not_is_refused():
    with pytest.raises(ValueError, match="IOB3"):
        convert_scheme([["O"]], "IOB2", "IOB3")
