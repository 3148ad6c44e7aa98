"""Networks of several labels a sequence, held against scikit-learn's metrics one column a time."""

import numpy as np
import pytest
import torch
from scipy.special import expit, softmax
from sklearn.metrics import accuracy_score, log_loss

from sklearn_rnn.modules import ClassificationNetwork, MultilabelNetwork, MultiOutputNetwork
from tests.architectures import small_architecture

N = 40
SIZES = [3, 1, 4]  # classes of each target

both_precisions = pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
weighted = pytest.mark.parametrize("shape", [None, (N,), (N, 3)], ids=["alike", "rows", "each"])


@pytest.fixture
def logits(rng):
    return rng.normal(size=(N, 8), scale=2)


@pytest.fixture
def weight(rng, shape):
    """Weights of a mean of 1, as training gives them, or None."""
    if shape is None:
        return None
    weight = rng.exponential(size=shape)
    return (weight / weight.mean()).astype(np.float32)


def of_column(weight, j):
    if weight is None or weight.ndim == 1:
        return np.ones(N) if weight is None else weight
    return weight[:, j]


def as_tensor(array):
    return None if array is None else torch.from_numpy(array)


# --- any of several labels ----------------------------------------------------------------------


@pytest.fixture
def labels(rng):
    return rng.integers(2, size=(N, 3), dtype=np.uint8)


@pytest.fixture
def multilabel(generator):
    return MultilabelNetwork(small_architecture(), 3, generator=generator)


@weighted
@both_precisions
def test_binary_cross_entropy_is_the_mean_log_loss_of_the_labels(
    multilabel, logits, labels, weight, dtype
):
    losses = [
        log_loss(labels[:, j], expit(logits[:, j]), sample_weight=w, labels=[0, 1]) * w.mean()
        for j in range(3)
        for w in [of_column(weight, j)]
    ]
    loss = multilabel.loss(
        torch.from_numpy(logits[:, :3]).to(dtype), as_tensor(labels), as_tensor(weight)
    )
    assert float(loss) == pytest.approx(np.mean(losses), rel=1e-5)


def test_the_score_of_labels_is_subset_accuracy(multilabel, logits):
    labels = (logits[:, :3] > 0.4).astype(np.uint8)
    score = multilabel.score(torch.from_numpy(logits[:, :3]), as_tensor(labels))
    expected = accuracy_score(labels, logits[:, :3] > 0)
    assert 0 < expected < 1
    assert float(score.mean()) == pytest.approx(expected)


def test_labels_more_probable_than_not_are_decided_on(multilabel, logits):
    outputs = torch.from_numpy(logits[:, :3])
    np.testing.assert_array_equal(multilabel.decide(outputs), expit(logits[:, :3]) > 0.5)
    np.testing.assert_allclose(multilabel.probabilities(outputs), expit(logits[:, :3]))
    assert multilabel(torch.zeros(5, 3, 3), None).shape == (5, multilabel.n_classes)


# --- several targets ----------------------------------------------------------------------------


@pytest.fixture
def target(rng):
    return np.stack([rng.integers(size, size=N) for size in SIZES], axis=1)


@pytest.fixture
def multi_output(generator):
    return MultiOutputNetwork(small_architecture(), SIZES, generator=generator)


def parts(logits):
    return np.split(logits, np.cumsum(SIZES)[:-1], axis=1)


@weighted
@both_precisions
def test_cross_entropy_is_the_mean_log_loss_of_the_targets(
    multi_output, logits, target, weight, dtype
):
    losses = []
    for j, part in enumerate(parts(logits)):
        w = of_column(weight, j)
        right = softmax(part, axis=1)[np.arange(N), target[:, j]]
        losses.append(np.average(-np.log(right), weights=w) * w.mean())
    loss = multi_output.loss(
        torch.from_numpy(logits).to(dtype), as_tensor(target), as_tensor(weight)
    )
    assert float(loss) == pytest.approx(np.mean(losses), rel=1e-5)


def test_the_score_of_targets_is_the_share_of_rows_all_right(multi_output, logits, target):
    decided = np.column_stack([part.argmax(axis=1) for part in parts(logits)])
    target[: N // 2] = decided[: N // 2]
    score = multi_output.score(torch.from_numpy(logits), as_tensor(target))
    np.testing.assert_array_equal(score, (decided == target).all(axis=1))
    np.testing.assert_array_equal(multi_output.decide(torch.from_numpy(logits)), decided)


def test_probabilities_are_those_of_each_target(multi_output, logits):
    given = multi_output.probabilities(torch.from_numpy(logits))
    for part, probabilities in zip(parts(logits), given, strict=True):
        np.testing.assert_allclose(probabilities, softmax(part, axis=1))
    assert multi_output(torch.zeros(5, 3, 3), None).shape == (5, sum(multi_output.n_classes))


def test_each_target_has_a_head_of_its_own_on_one_body(multi_output):
    def outputs():
        return multi_output.eval()(torch.ones(2, 3, 3), None).detach()

    before = outputs()
    with torch.no_grad():
        multi_output.heads[0].bias.add_(1)
    assert torch.equal(outputs()[:, 3:], before[:, 3:])
    np.testing.assert_allclose(outputs()[:, :3], before[:, :3] + 1)


# --- classes in order ---------------------------------------------------------------------------


def test_classes_in_order_are_probabilities_whose_loss_is_their_logarithm(rng, generator):
    network = ClassificationNetwork(
        small_architecture(), 4, ranks=[1, 0, 3, 2], shares=[1, 2, 3, 4], generator=generator
    )
    outputs = network.eval()(torch.from_numpy(rng.normal(size=(N, 2, 3))).float(), None).detach()
    np.testing.assert_allclose(outputs.exp().sum(1), 1)
    np.testing.assert_allclose(network.probabilities(outputs), outputs.exp())
    labels, weight = rng.integers(4, size=N), rng.exponential(size=N)
    expected = -np.average(outputs[np.arange(N), labels], weights=weight) * weight.mean()
    loss = network.loss(outputs, as_tensor(labels), as_tensor(weight))
    assert float(loss) == pytest.approx(expected, rel=1e-12)
