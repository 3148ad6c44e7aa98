"""Files that were written once are loaded for ever, and predict what they did."""

import json

import numpy as np
import pytest

from sklearn_rnn import load
from tests.persistence.golden.make import FOLDER, NAMES, OTHERS, file_of, summary
from tests.saved_models import MODELS

VERSIONS = ("1",)


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("name", [*NAMES, *OTHERS])
def test_a_file_of_a_version_predicts_what_it_did(name, version):
    X = MODELS[name]()[1] if name in NAMES else OTHERS[name]()[1]
    found = summary(load(file_of(name, version)), X)
    text = file_of(name, version).with_suffix(".json").read_text(encoding="utf-8")
    expected = json.loads(text)
    assert found["labels"] == expected["labels"]
    assert np.allclose(found["figures"], expected["figures"], rtol=1e-4, atol=1e-6)


def test_a_file_without_fit_has_the_parameters_that_were_set():
    loaded = load(file_of("unfitted", "1"))
    assert repr(loaded) == "RNNClassifier(class_weight={'a': 1, 'b': 2.5}, hidden_size=7)"


def test_the_files_are_small():
    sizes = {path.name: path.stat().st_size for path in FOLDER.glob("*.v?.model")}
    assert len(sizes) > len(NAMES)
    assert {name for name, size in sizes.items() if size > 40_000} == set()
