"""The network of the tagger: its loss, score and decisions, held against sums written out."""

from itertools import pairwise

import numpy as np
import pytest
import torch

from sklearn_rnn.data import allowed_transitions
from sklearn_rnn.modules import TaggingNetwork, TagPlan
from sklearn_rnn.nn import Subwords, set_dropout_generator
from tests.architectures import small_architecture
from tests.references import crf_log_probabilities, crf_path_scores

TAGS = ["B-X", "I-X", "O"]
LENGTHS = {"ragged": torch.tensor([4, 1, 3]), "full": None}
CLASS_WEIGHT = (0.5, 2.0, 1.5)

both_outputs = pytest.mark.parametrize("output", ["crf", "softmax"])
either_length = pytest.mark.parametrize("lengths", LENGTHS.values(), ids=LENGTHS)
constrained = pytest.mark.parametrize("scheme", [None, "IOB2"])


def build(output, scheme=None, weight=None, mean_length=2.5, language_model=0.0, **changes):
    allowed = None if scheme is None else allowed_transitions(TAGS, scheme)
    plan = TagPlan(len(TAGS), output, allowed, weight, mean_length, language_model)
    generator = torch.Generator().manual_seed(0)
    network = TaggingNetwork(small_architecture(**changes), plan, generator=generator)
    for parameter in network.parameters():
        torch.nn.init.normal_(parameter, generator=generator)
    set_dropout_generator(network, generator)
    return network.double()


def draw(seed=0, width=3):
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(3, 4, width, generator=generator, dtype=torch.float64)


def true_paths(network, scores, lengths):
    """The log-probabilities of all paths of each sequence."""
    parts = np.zeros(3), np.zeros((3, 3)), np.zeros(3)
    if network.crf is not None:
        parts = [part.detach().numpy() for part in network.crf.scores()]
    lengths = [4, 4, 4] if lengths is None else lengths
    rows = zip(scores.detach().numpy(), lengths, strict=True)
    return [crf_log_probabilities(crf_path_scores(row[:n], *parts)) for row, n in rows]


def possible(scheme, paths):
    """The paths that are legal, with their log-probabilities among these."""
    if scheme is None:
        return paths
    starts, moves, ends = allowed_transitions(TAGS, scheme)
    legal = {
        path: value
        for path, value in paths.items()
        if starts[path[0]] and ends[path[-1]] and all(moves[a, b] for a, b in pairwise(path))
    }
    total = np.logaddexp.reduce(list(legal.values()))
    return {path: value - total for path, value in legal.items()}


TARGET = torch.tensor([[0, 1, 2, 0], [2, 0, 0, 0], [0, 1, 1, 0]])  # legal, and so are the ends


@both_outputs
@either_length
@constrained
@pytest.mark.parametrize("weighted", [False, True])
def test_the_loss_is_the_negative_log_likelihood_over_the_mean_length(
    output, lengths, scheme, weighted
):
    network, scores = build(output, scheme), draw()
    weight = torch.tensor([0.5, 1.5, 1.0], dtype=torch.float64) if weighted else None
    expected = [
        -paths[tuple(row[: len(next(iter(paths)))].tolist())]
        for paths, row in zip(true_paths(network, scores, lengths), TARGET, strict=True)
    ]
    found = network.loss(scores, TARGET, weight, lengths).detach()
    mean = np.mean(np.array(expected) * (1 if weight is None else weight.numpy()))
    assert float(found) == pytest.approx(mean / 2.5, rel=1e-10)


@either_length
def test_weights_of_tags_are_factors_on_the_losses_of_steps(lengths):
    network, scores = build("softmax", weight=CLASS_WEIGHT), draw()
    log = scores.log_softmax(2).numpy()
    total = sum(
        -CLASS_WEIGHT[tag] * log[i, t, tag]
        for i, row in enumerate(TARGET.tolist())
        for t, tag in enumerate(row[: 4 if lengths is None else lengths[i]])
    )
    assert float(network.loss(scores, TARGET, None, lengths)) == pytest.approx(total / 3 / 2.5)
    crf = build("crf", weight=CLASS_WEIGHT)
    steps = torch.tensor(CLASS_WEIGHT)[TARGET]
    expected = crf.crf.loss(scores, TARGET, lengths, steps).mean().detach() / 2.5
    assert float(crf.loss(scores, TARGET, None, lengths).detach()) == pytest.approx(float(expected))


@both_outputs
@either_length
@constrained
def test_the_best_tags_are_those_of_the_likeliest_legal_path(output, lengths, scheme):
    network = build(output, scheme)
    for seed in range(5):
        values = draw(seed)
        scores = network(values, lengths).detach()
        found = network.decode(values, lengths)
        assert torch.equal(found, network.best(scores, lengths))
        for row, paths in zip(found, true_paths(network, scores, lengths), strict=True):
            legal = possible(scheme, paths)
            best = max(legal, key=legal.get)
            assert tuple(row[: len(best)].tolist()) == best


@both_outputs
@either_length
@constrained
def test_the_score_counts_right_steps(output, lengths, scheme):
    network, scores = build(output, scheme), draw()
    right = (network.best(scores, lengths) == TARGET).tolist()
    ends = [4, 4, 4] if lengths is None else lengths.tolist()
    expected = [sum(row[:n]) / 2.5 for row, n in zip(right, ends, strict=True)]
    assert network.score(scores, TARGET, lengths).tolist() == pytest.approx(expected)
    assert network.score_name == "accuracy" and network.n_classes == 3


@both_outputs
@either_length
@constrained
def test_marginals_normaliser_and_nbest_are_of_one_distribution(output, lengths, scheme):
    network, values = build(output, scheme), draw()
    scores = network(values, lengths).detach()
    marginals = network.marginals(values, lengths).detach()
    best = network.chain.decode_nbest(scores, lengths, 100)
    totals = network.chain.log_normalizer(scores, lengths).detach()
    crf = network.crf
    for i, paths in enumerate(true_paths(network, scores, lengths)):
        legal = possible(scheme, paths)
        expected = np.zeros((len(next(iter(paths))), 3))
        for path, value in legal.items():
            expected[np.arange(len(path)), path] += np.exp(value)
        np.testing.assert_allclose(marginals[i, : len(expected)], expected, atol=1e-10)
        ranked = sorted(legal, key=legal.get, reverse=True)[:100]
        assert best.counts[i] == len(ranked)
        np.testing.assert_allclose(
            best.log_probabilities[i, : len(ranked)], [legal[path] for path in ranked], atol=1e-10
        )
        path = torch.tensor(ranked[0])
        score = scores[i, torch.arange(len(path)), path].sum()
        if crf is not None:
            start, moves, end = (part.detach() for part in crf.scores())
            score = score + start[path[0]] + moves[path[:-1], path[1:]].sum() + end[path[-1]]
        assert float(score - totals[i]) == pytest.approx(legal[ranked[0]], abs=1e-10)


@both_outputs
def test_padding_changes_nothing_and_learns_nothing(output):
    network, lengths = build(output), LENGTHS["ragged"]
    scores = draw()
    spoilt = scores.clone()
    for row, n in zip(spoilt, lengths, strict=True):
        row[n:] = 1e3
    spoilt.requires_grad_()
    loss = network.loss(spoilt, TARGET, None, lengths)
    torch.testing.assert_close(loss, network.loss(scores, TARGET, None, lengths))
    (gradient,) = torch.autograd.grad(loss, spoilt)
    for row, n in zip(gradient, lengths, strict=True):
        assert not row[n:].any() and row[:n].any()


@both_outputs
def test_a_step_without_a_finite_score_is_told(output):
    network, values = build(output), draw()
    values[1, 2] = torch.nan
    tags = network.decode(values, None)
    assert (tags[1] == -1).any() and (tags[[0, 2]] >= 0).all()


def tokens():
    """Three words: what they are made of, and which is where."""
    steps = torch.tensor([[0, 1, 2, 0], [1, 0, 0, 0], [2, 2, 1, 0]])
    real = torch.arange(4) < LENGTHS["ragged"][:, None]
    return Subwords(
        buckets=torch.tensor([0, 1, 2, 2]),
        starts=torch.tensor([0, 2, 2]),
        bag_of_step=steps,
        characters=torch.tensor([[2, 4, 3, 0], [2, 4, 5, 3], [2, 3, 0, 0]]),
        shapes=torch.tensor([1, 2, 7]),
        real=real,
    )


def test_what_is_read_of_a_step_is_joined_and_zero_at_padding():
    changes = {"n_characters": 6, "n_bag_features": 3, "embedding_dim": 5}
    network = build("softmax", **changes)
    read = network.input
    found, words = read(draw(), tokens(), None), tokens()
    assert found.shape == (3, 4, read.output_size) == (3, 4, 3 + 160 + 8 + 5)
    characters, shapes = read.characters(words.characters), read.shapes(words.shapes[:, None])
    bags = read.features.weight[[0, 1]].sum(0), torch.zeros(5), read.features.weight[[2, 2]].sum(0)
    for i, n in enumerate(LENGTHS["ragged"].tolist()):
        for t in range(4):
            word = int(words.bag_of_step[i, t])
            expected = torch.cat([characters[word], shapes[word], bags[word]])
            torch.testing.assert_close(found[i, t, 3:], expected if t < n else 0 * expected)


def test_frozen_vectors_are_where_the_table_starts():
    network = build("softmax", n_features=None, n_tokens=6).float()
    table = network.input.embedding
    before = table.weight.detach().clone()
    table.start_from(torch.tensor([2, 5]), torch.ones(2, 5), freeze=True)
    assert (table.weight[[2, 5]] == 1).all() and not table.weight.requires_grad
    assert torch.equal(table.weight[[0, 1, 3, 4]], before[[0, 1, 3, 4]])
    table.start_from(torch.tensor([3]), torch.zeros(1, 5), freeze=False)
    assert table.weight.requires_grad and not table.weight[3].any()


WORDS = torch.tensor([[2, 5, 3, 4], [3, 0, 0, 0], [6, 2, 1, 0]])
LETTERS = {"n_features": None, "n_tokens": 7, "embedding_dim": 3}


@both_outputs
def test_training_adds_the_surprise_at_neighbouring_words_to_the_loss(output):
    network, tags = build(output, language_model=0.3, **LETTERS).train(), torch.zeros_like(WORDS)
    weight, lengths = torch.tensor([1.0, 0.5, 2.0]).double(), LENGTHS["ragged"]
    surprise = network.neighbours(network.states(WORDS, lengths), WORDS)
    alone = network.loss(network.eval()(WORDS, lengths), tags, weight, lengths)
    loss = network.loss(network.train()(WORDS, lengths), tags, weight, lengths)
    added = 0.3 * (surprise * weight).mean() / network.mean_length
    torch.testing.assert_close(loss, alone + added)


def test_neither_validation_nor_prediction_looks_at_neighbouring_words():
    network = build("softmax", language_model=0.3, **LETTERS).eval()
    plain = build("softmax", **LETTERS).eval()
    plain.load_state_dict(network.state_dict(), strict=False)
    scores = network(WORDS, LENGTHS["ragged"])
    tags = torch.zeros_like(WORDS)
    torch.testing.assert_close(scores, plain(WORDS, LENGTHS["ragged"]), rtol=0, atol=0)
    losses = [part.loss(scores, tags, None, LENGTHS["ragged"]) for part in (network, plain)]
    torch.testing.assert_close(*losses, rtol=0, atol=0)


@pytest.mark.parametrize("num_layers", [1, 2])
def test_no_state_has_seen_the_word_that_it_foretells(num_layers):
    changes = {"num_layers": num_layers, "bidirectional": True, **LETTERS}
    network = build("softmax", language_model=0.3, **changes).train()
    seen = []
    network.neighbours.heads[0].register_forward_pre_hook(lambda _, inputs: seen.append(inputs[0]))
    network.neighbours.heads[1].register_forward_pre_hook(lambda _, inputs: seen.append(inputs[0]))
    network(torch.tensor([[2, 5, 3]]), None)
    network(torch.tensor([[2, 5, 4]]), None)
    network(torch.tensor([[6, 5, 3]]), None)
    torch.testing.assert_close(seen[0], seen[2], rtol=0, atol=0)  # forward: the last word differs
    torch.testing.assert_close(seen[1], seen[5], rtol=0, atol=0)  # backward: the first word does
