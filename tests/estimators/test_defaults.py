"""What "auto" means for which data."""

import numpy as np
import pytest

from sklearn_rnn import RNNClassifier, RNNRegressor
from sklearn_rnn.estimators._defaults import AUTO_PARAMETERS, InputTraits, resolve_parameters
from sklearn_rnn.preprocessing import TokenEncoder

RECORDINGS = InputTraits(
    kind="numbers", n_sequences=100, n_steps=40_000, n_features=1, has_tokens=False
)
KINDS = ["words", "characters", "items", "numbers", "events"]


@pytest.mark.parametrize("kind", KINDS)
def test_every_parameter_is_resolved_and_what_is_given_stays(kind):
    traits = RECORDINGS._replace(kind=kind)
    resolved = resolve_parameters({}, traits)
    assert set(resolved) == set(AUTO_PARAMETERS)
    assert "auto" not in resolved.values()
    given = {"hidden_size": 3, "convolution": None, "pooling": "attention", "segment": 7}
    assert resolve_parameters(given, traits) == {
        **resolve_parameters({"convolution": None}, traits),
        **given,
    }


def test_recordings_of_many_steps_are_read_several_at_a_time():
    short = resolve_parameters({}, RECORDINGS)
    long = resolve_parameters({}, RECORDINGS._replace(n_steps=2_500 * 100))
    assert short["segment"] == 1
    assert long["segment"] == 5  # some 500 readings are left
    assert short["convolution"] == long["convolution"] == "branch"


def test_few_recordings_with_numbers_for_targets_get_no_convolutions():
    regression = RECORDINGS._replace(regression=True)
    assert resolve_parameters({}, regression)["convolution"] is None
    many = regression._replace(n_sequences=1000, n_steps=400_000)
    assert resolve_parameters({}, many)["convolution"] == "branch"


def test_the_state_beside_convolutions_is_dropped_out_more():
    assert resolve_parameters({}, RECORDINGS)["dropout"] == 0.5
    assert resolve_parameters({"convolution": None}, RECORDINGS)["dropout"] == 0.2
    assert resolve_parameters({"dropout": 0.1}, RECORDINGS)["dropout"] == 0.1


def test_a_stem_shortens_unless_told_otherwise():
    assert resolve_parameters({}, RECORDINGS)["stride"] == 1
    assert resolve_parameters({"convolution": "stem+branch"}, RECORDINGS)["stride"] == 4


def histories(n_items, rng):
    X = [[f"item{i}" for i in rng.integers(n_items, size=rng.integers(2, 6))] for _ in range(80)]
    return X, np.array([f"item{i}" for i in np.arange(80) % n_items])


@pytest.mark.parametrize("encoded", [False, True], ids=["tokens", "Sequences"])
def test_labels_that_are_tokens_make_X_histories_of_items(encoded, rng):
    X, y = histories(25, rng)
    X = TokenEncoder().fit_transform(X) if encoded else X
    model = RNNClassifier(hidden_size=4, max_epochs=1, random_state=0).fit(X, y)
    assert (model.pooling_, model.subwords_, model.bidirectional_) == ("last", False, False)


@pytest.mark.parametrize("case", ["few labels", "other labels", "text"])
def test_other_labels_leave_X_text(case, rng):
    X, y = histories(25 if case != "few labels" else 5, rng)
    y = np.array([f"class of {label}" for label in y]) if case == "other labels" else y
    X = [" ".join(tokens) for tokens in X] if case == "text" else X
    model = RNNClassifier(hidden_size=4, max_epochs=1, random_state=0).fit(X, y)
    assert model.pooling_ == "attention"


def test_the_regressor_is_known_as_one(rng):
    X = rng.normal(size=(20, 30))
    assert RNNRegressor(hidden_size=4, max_epochs=1).fit(X, X[:, 0]).convolution_ is None
    assert RNNClassifier(hidden_size=4, max_epochs=1).fit(X, X[:, 0] > 0).convolution_ == "branch"
