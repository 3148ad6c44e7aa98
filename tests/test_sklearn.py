"""The door to scikit-learn: what an older release gets where a newer one has callbacks."""

import importlib.util
import sys

import pytest
import sklearn
from sklearn.utils.fixes import parse_version

import sklearn_rnn._sklearn as door
from sklearn_rnn import RNNClassifier


@pytest.fixture
def old_door(monkeypatch):
    """Load the door as if scikit-learn had no callbacks."""
    monkeypatch.setitem(sys.modules, "sklearn.callback", None)
    spec = importlib.util.spec_from_file_location("old_door", door.__file__)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_without_callbacks_set_callbacks_is_not_there_and_says_what_is_needed(old_door):
    class Estimator(old_door.CallbackSupport):
        pass

    assert not hasattr(Estimator(), "set_callbacks")
    message = f"Estimator.set_callbacks needs scikit-learn 1.9 or newer, but {sklearn.__version__}"
    with pytest.raises(AttributeError, match=message):
        Estimator().set_callbacks()
    assert not old_door.has_callbacks(Estimator())


def test_without_callbacks_the_decorator_gives_the_method_itself(old_door):
    assert old_door.with_callbacks(len) is len


def test_set_callbacks_is_there_from_scikit_learn_1_9_on():
    newer = parse_version(sklearn.__version__) >= parse_version("1.9")
    assert hasattr(RNNClassifier(), "set_callbacks") == newer
