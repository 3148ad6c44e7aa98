"""Thousands of changes of files whose checksum is right: refused, or as good as a saved model.

The checksum tells an accident; whoever changes a file on purpose computes it anew. So what is
loaded of a changed file must be well formed: its parameters are allowed, it answers or raises a
ValueError, and what it saves is loaded as the same.
"""

from collections import Counter

import numpy as np
import pytest

from sklearn_rnn._sklearn import validate_parameters
from sklearn_rnn.exceptions import ModelFileError
from sklearn_rnn.files import read_model_file, write_model_file
from sklearn_rnn.persistence import load
from tests.persistence.field_mutations import mutate
from tests.persistence.golden.make import NAMES, file_of
from tests.saved_models import MODELS, answers

N_MUTATIONS = 120  # of each of the files; by hand, many more


def write(path, document, tensors):
    """Write a file; False where the document is none that JSON can hold."""
    try:
        write_model_file(path, document, tensors)
    except ValueError:
        return False
    return True


def outcome(path, X):
    """Load a file and use what it gives."""
    try:
        estimator = load(path)
    except ModelFileError:
        return "refused"
    validate_parameters(estimator)
    again = path.with_suffix(".again")
    estimator.save(again)
    saved = again.read_bytes()
    load(again).save(again)
    assert again.read_bytes() == saved
    try:
        answers(estimator, X)
    except ValueError:
        return "raises ValueError"
    return "answers"


@pytest.mark.parametrize("name", NAMES)
def test_a_changed_file_is_refused_or_holds_a_well_formed_model(name, tmp_path):
    _, X, _ = MODELS[name]()
    document, tensors = read_model_file(file_of(name))
    counts = Counter()
    for seed in range(N_MUTATIONS):
        changed = mutate(document, tensors, np.random.default_rng([seed, *name.encode()]))
        if not write(tmp_path / "a.model", *changed):
            continue
        try:
            counts[outcome(tmp_path / "a.model", X)] += 1
        except Exception as error:
            raise AssertionError(f"the change of seed {seed}") from error
    assert counts["refused"] > counts.total() / 2
    assert counts["answers"] > 0
