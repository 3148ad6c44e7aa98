"""What each network's loss, score and decision are, held against scikit-learn's metrics."""

from functools import partial

import numpy as np
import pytest
import torch
from sklearn.metrics import (
    accuracy_score,
    log_loss,
    mean_absolute_error,
    mean_pinball_loss,
    mean_squared_error,
)

from sklearn_rnn.modules import ClassificationNetwork, RegressionNetwork
from tests import references
from tests.architectures import small_architecture

N = 50

weighted = pytest.mark.parametrize("has_weight", [False, True], ids=["alike", "weighted"])
both_precisions = pytest.mark.parametrize("dtype", [torch.float32, torch.float64])


@pytest.fixture
def weight(rng, has_weight):
    """Weights of a mean of 1, as training gives them, or None."""
    if not has_weight:
        return None
    weight = rng.exponential(size=N)
    return (weight / weight.mean()).astype(np.float32)


def as_tensor(array):
    return None if array is None else torch.from_numpy(array)


# --- classification -----------------------------------------------------------------------------


@pytest.fixture
def classifier(generator):
    return ClassificationNetwork(small_architecture(), 4, generator=generator)


@pytest.fixture
def logits(rng):
    return rng.normal(size=(N, 4), scale=3)


@pytest.fixture
def labels(rng):
    return rng.integers(4, size=N)


@weighted
@both_precisions
def test_cross_entropy_is_the_log_loss_of_the_softmax(classifier, logits, labels, weight, dtype):
    probabilities = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    expected = log_loss(labels, probabilities, sample_weight=weight)
    loss = classifier.loss(torch.from_numpy(logits).to(dtype), as_tensor(labels), as_tensor(weight))
    assert float(loss) == pytest.approx(expected, rel=1e-5)


def test_cross_entropy_is_that_of_each_row(classifier, logits, labels):
    expected = [references.cross_entropy(*row) for row in zip(logits, labels, strict=True)]
    loss = classifier.loss(torch.from_numpy(logits), as_tensor(labels), None)
    assert float(loss) == pytest.approx(np.mean(expected), rel=1e-12)


@weighted
def test_the_score_is_accuracy(classifier, logits, labels, weight):
    assert classifier.score_name == "accuracy"
    score = classifier.score(torch.from_numpy(logits), as_tensor(labels))
    expected = accuracy_score(labels, logits.argmax(axis=1), sample_weight=weight)
    assert np.average(score.double().numpy(), weights=weight) == pytest.approx(expected, rel=1e-12)


def test_the_decision_is_the_class_of_the_largest_logit(classifier, logits):
    decided = classifier.decide(torch.from_numpy(logits))
    np.testing.assert_array_equal(decided, logits.argmax(axis=1))


def test_there_is_one_logit_a_class(classifier):
    assert classifier(torch.zeros(5, 3, 3), torch.tensor([3, 1, 2, 3, 1])).shape == (5, 4)


# --- regression ---------------------------------------------------------------------------------


def huber_loss(y, predicted, sample_weight):
    losses = np.vectorize(lambda p, t: references.huber(p, t, delta=0.7))(predicted, y)
    return np.average(losses.mean(axis=1), weights=sample_weight)


def half_squared_error(y, predicted, sample_weight):
    return mean_squared_error(y, predicted, sample_weight=sample_weight) / 2


LOSSES = {
    "squared_error": ({}, half_squared_error),
    "absolute_error": ({}, mean_absolute_error),
    "huber": ({"delta": 0.7}, huber_loss),
    "quantile": ({"quantile": 0.8}, partial(mean_pinball_loss, alpha=0.8)),
}


@weighted
@both_precisions
@pytest.mark.parametrize("n_targets", [1, 3])
@pytest.mark.parametrize("name", LOSSES)
def test_a_loss_is_the_metric_averaged_over_targets(name, n_targets, dtype, weight, rng, generator):
    params, metric = LOSSES[name]
    network = RegressionNetwork(small_architecture(), n_targets, name, params, generator=generator)
    y, predicted = rng.normal(size=(2, N, n_targets))
    target = torch.from_numpy(y).float()  # as training gives it, whatever the prediction is
    loss = network.loss(torch.from_numpy(predicted).to(dtype), target, as_tensor(weight))
    expected = metric(y, predicted, sample_weight=weight)
    assert float(loss) == pytest.approx(expected, rel=1e-5)


def test_a_regression_has_no_score_and_decides_on_its_prediction(generator):
    network = RegressionNetwork(small_architecture(), 2, "squared_error", {}, generator=generator)
    assert network.score_name is None
    prediction = torch.randn(5, 2, generator=generator)
    assert torch.equal(network.decide(prediction), prediction)
    assert network(torch.zeros(5, 3, 3), None).shape == (5, 2)
