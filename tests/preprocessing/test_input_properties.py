"""Whatever comes to a transformer: as many sequences, or one error that names the place."""

import numpy as np
import pytest
from hypothesis import given
from sklearn.base import clone
from sklearn.preprocessing import FunctionTransformer

from sklearn_rnn.preprocessing import (
    OneHotSequences,
    PerStep,
    SequencePadder,
    SlidingWindows,
    TokenEncoder,
    WordEmbedder,
    WordTokenizer,
)
from tests.any_input import anything, few, finite_or_refused

TRANSFORMERS = {
    "words": WordTokenizer(),
    "ids": TokenEncoder(),
    "vectors": WordEmbedder(vector_size=2, min_count=1, epochs=1),
    "padded": SequencePadder(),
    "steps": PerStep(FunctionTransformer()),
    "one-hot": OneHotSequences(),
    "windows": SlidingWindows(1, short="skip"),
}


@pytest.mark.parametrize("name", TRANSFORMERS)
@few
@given(X=anything)
@pytest.mark.filterwarnings("ignore::UserWarning")
def test_whatever_is_transformed(name, X):
    transformer = clone(TRANSFORMERS[name])

    def transform():
        found = transformer.fit_transform(X)
        if name != "windows":
            assert len(found) == len(X)
        values = getattr(found, "values", np.zeros(1))
        return np.nan_to_num(values, posinf=np.inf)  # missing values are handed on

    finite_or_refused(transform)
