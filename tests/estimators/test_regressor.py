"""RNNRegressor: targets, losses, scale, learning."""

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import r2_score

from sklearn_rnn import RNNRegressor

SMALL = {
    "hidden_size": 8,
    "max_epochs": 3,
    "batch_size": 8,
    "lr": 0.02,
    "early_stopping": False,
    "random_state": 0,
}
rng = np.random.default_rng(0)
X = [rng.normal(size=(2 + i % 5, 2)) for i in range(48)]
Y = np.array([x[0, 0] - x[-1, 1] for x in X])


def fit(y=Y, X=X, *, sample_weight=None, **parameters):
    return RNNRegressor(**(SMALL | parameters)).fit(X, y, sample_weight=sample_weight)


# --- targets ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "y",
    [
        Y.tolist(),
        Y.astype(np.float32),
        pd.Series(Y, index=np.arange(48)[::-1]),
        pd.Series(Y, dtype="Float64"),
        Y.astype(object),
    ],
    ids=["list", "float32", "Series", "Float64", "object"],
)
def test_targets_in_any_container(y):
    predicted = fit(y).predict(X)
    assert predicted.shape == (48,) and predicted.dtype == np.float64
    np.testing.assert_allclose(predicted, fit().predict(X), rtol=1e-4, atol=1e-5)


def test_integers_and_booleans_are_numbers():
    np.testing.assert_array_equal(fit(np.arange(48)).predict(X), fit(np.arange(48.0)).predict(X))
    np.testing.assert_array_equal(fit(Y > 0).predict(X), fit((Y > 0) * 1.0).predict(X))


def test_a_column_comes_back_as_a_column():
    model = fit(Y[:, None])
    assert model.predict(X).shape == (48, 1)
    assert model.n_outputs_ == 1
    np.testing.assert_array_equal(model.predict(X)[:, 0], fit().predict(X))


def test_several_targets():
    y = np.column_stack([Y, 1000 * Y + 5, [len(x) for x in X]])
    model = fit(y, max_epochs=40)
    assert model.n_outputs_ == 3
    assert model.predict(X).shape == (48, 3)
    assert (r2_score(y, model.predict(X), multioutput="raw_values") > 0.8).all()
    assert model.score(X, y) == r2_score(y, model.predict(X))


def test_several_targets_as_a_table():
    y = np.column_stack([Y, -Y])
    table = pd.DataFrame(y, columns=["up", "down"])
    np.testing.assert_allclose(fit(table).predict(X), fit(y).predict(X), rtol=1e-5)


def test_constant_target_is_predicted():
    predicted = fit(np.full(48, 1e6), max_epochs=30).predict(X)
    np.testing.assert_allclose(predicted, 1e6, atol=0.2)
    y = np.column_stack([Y, np.full(48, 7.0)])
    np.testing.assert_allclose(fit(y, max_epochs=30).predict(X)[:, 1], 7, atol=0.2)


# --- scale --------------------------------------------------------------------------------------


@pytest.mark.parametrize("offset", [0.0, -3e5])
@pytest.mark.parametrize("scale", [1e-30, 1e-6, 1e6, 1e12, 1e100])
def test_scale_of_the_targets_does_not_matter(scale, offset):
    model = fit(scale * (Y + offset))
    expected = scale * (fit().predict(X) + offset)
    np.testing.assert_allclose(model.predict(X), expected, rtol=1e-6, atol=1e-4 * scale)


@pytest.mark.parametrize("loss", ["absolute_error", "huber", "quantile"])
def test_scale_of_the_targets_does_not_matter_to_other_losses(loss):
    expected = 1e9 * fit(loss=loss).predict(X) - 5e9
    np.testing.assert_allclose(fit(1e9 * Y - 5e9, loss=loss).predict(X), expected, rtol=1e-5)


@pytest.mark.parametrize("scale, offset", [(1e-12, 0.0), (1e12, 0.0), (1.0, 1e8), (1e-3, -1e5)])
def test_scale_of_the_steps_does_not_matter(scale, offset):
    model = fit(X=[scale * x + offset for x in X])
    actual = model.predict([scale * x + offset for x in X])
    np.testing.assert_allclose(actual, fit().predict(X), rtol=0, atol=1e-4)


# --- losses -------------------------------------------------------------------------------------

SKEWED = np.random.default_rng(1).exponential(size=200)
NOTHING_TO_SEE = [[1.0, 1.0]] * 200


def without_information(loss, **parameters):
    """What is predicted where the steps tell nothing: what the loss makes of the targets."""
    options = {"max_epochs": 40, "batch_size": 50, "lr": 0.05, "dropout": 0.0, "weight_decay": 0.0}
    model = fit(SKEWED, NOTHING_TO_SEE, loss=loss, **options, **parameters)
    return model.predict(NOTHING_TO_SEE[:1])[0]


def test_squared_error_predicts_the_mean():
    assert abs(without_information("squared_error") - SKEWED.mean()) < 0.03


def test_absolute_error_predicts_the_median():
    assert abs(without_information("absolute_error") - np.median(SKEWED)) < 0.03
    assert np.median(SKEWED) < SKEWED.mean() - 0.2


def test_huber_goes_from_the_median_to_the_mean():
    predicted = [without_information("huber", delta=delta) for delta in (0.01, 1.0, 100.0)]
    assert abs(predicted[0] - np.median(SKEWED)) < 0.05
    assert predicted[0] < predicted[1] < predicted[2]
    assert abs(predicted[2] - SKEWED.mean()) < 0.03


@pytest.mark.parametrize("quantile", [0.05, 0.25, 0.5, 0.9])
def test_quantile_loss_predicts_the_quantile(quantile):
    predicted = without_information("quantile", quantile=quantile)
    assert abs(np.mean(predicted > SKEWED) - quantile) < 0.03


@pytest.mark.parametrize("quantile", [0.1, 0.5, 0.9])
def test_quantile_loss_covers_its_share_where_the_noise_varies(quantile):
    rng = np.random.default_rng(0)
    steps = rng.uniform(-1, 1, size=(500, 3))
    y = steps[:, 2] + (1 + steps[:, 0]) * rng.normal(size=500)
    options = {"max_epochs": 20, "batch_size": 32, "dropout": 0.0}
    model = fit(y, steps, loss="quantile", quantile=quantile, **options)
    predicted = model.predict(steps)
    assert abs(np.mean(y < predicted) - quantile) < 0.05
    wide = steps[:, 0] > 0
    assert abs(np.mean((y < predicted)[wide]) - quantile) < 0.1


@pytest.mark.parametrize(
    "loss, expected",
    [
        ("squared_error", lambda error: error**2 / 2),
        ("absolute_error", np.abs),
        ("huber", lambda e: np.where(np.abs(e) < 0.5, e**2 / 2, 0.5 * (np.abs(e) - 0.25))),
        ("quantile", lambda error: np.where(error > 0, 0.8 * error, -0.2 * error)),
    ],
)
def test_recorded_loss_is_that_of_standardised_targets(loss, expected):
    options = {"delta": 0.5, "quantile": 0.8, "lr": 1e-12, "dropout": 0.0, "weight_decay": 0.0}
    model = fit(loss=loss, max_epochs=1, **options)
    error = (Y - model.predict(X)) / Y.std()
    np.testing.assert_allclose(model.history_[0]["train_loss"], expected(error).mean(), rtol=1e-5)


# --- learning -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "cell, loss",
    [
        *((cell, "squared_error") for cell in ("lstm", "gru", "rnn_tanh", "rnn_relu")),
        *(("gru", loss) for loss in ("absolute_error", "huber", "quantile")),
    ],
)
def test_first_less_last_step_is_learned(cell, loss):
    rng = np.random.default_rng(0)
    recordings = [rng.normal(size=rng.integers(3, 6)) for _ in range(500)]
    y = np.array([recording[0] - recording[-1] for recording in recordings])
    means = np.array([recording.mean() for recording in recordings])
    assert abs(np.corrcoef(means, y)[0, 1]) < 0.2  # what the order does not change tells nothing
    options = {"pooling": "last", "hidden_size": 16, "max_epochs": 20, "batch_size": 16}
    model = fit(
        y[:400], recordings[:400], cell=cell, loss=loss, bidirectional=False, dropout=0.0, **options
    )
    assert model.score(recordings[400:], y[400:]) > 0.9


def test_number_is_read_from_words():
    rng = np.random.default_rng(0)
    words = {"one": 1, "two": 2, "three": 3, "four": 4}
    texts = [" ".join(rng.choice(list(words), size=rng.integers(1, 5))) for _ in range(300)]
    y = np.array([sum(words[word] for word in text.split()) for text in texts])
    model = fit(y[:200], texts[:200], max_epochs=15, dropout=0.0, token_dropout=0.0)
    assert model.score(texts[200:], y[200:]) > 0.9


def test_default_estimator_learns_a_small_task():
    rng = np.random.default_rng(0)
    recordings = [rng.normal(size=rng.integers(3, 9)) for _ in range(200)]
    y = [recording.mean() for recording in recordings]
    model = RNNRegressor(random_state=0).fit(recordings[:150], y[:150])
    assert model.score(recordings[150:], y[150:]) > 0.9
