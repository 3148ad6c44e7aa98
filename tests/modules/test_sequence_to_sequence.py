"""The network from sequences to sequences, against steps that are run one by one."""

import numpy as np
import pytest
import torch

from sklearn_rnn.modules import Seq2SeqNetwork, Seq2SeqPlan
from sklearn_rnn.nn import set_dropout_generator

SOURCES = torch.tensor([[2, 3, 4, 5], [6, 2, 0, 0], [3, 0, 0, 0]])
LENGTHS = torch.tensor([4, 2, 1])
TARGETS = torch.tensor([[3, 4, 0], [2, 0, 0], [5, 6, 0]])
TARGET_LENGTHS = torch.tensor([3, 2, 3])


class OwnCell(torch.nn.Module):
    """A cell of a user's own, whose state is batch first, beside a count of its steps."""

    def __init__(self, input_size, hidden_size, batch_first):
        super().__init__()
        self.mix = torch.nn.Linear(input_size + hidden_size, hidden_size)

    def forward(self, steps, state=None):
        zeros = steps.new_zeros(len(steps), 1 + self.mix.out_features)
        hidden, n = state or (zeros[:, 1:], zeros[:, :1])
        states = []
        for step in steps.unbind(1):
            hidden = torch.tanh(self.mix(torch.cat([step, hidden], dim=1)))
            states.append(hidden)
        return torch.stack(states, dim=1), (hidden, n + steps.shape[1])


def make(seed=0, training=False, **changes):
    plan = {
        "n_features": None,
        "n_source_tokens": 7,
        "n_target_tokens": 8,
        "embedding_dim": 6,
        "cell": "lstm",
        "hidden_size": 5,
        "num_layers": 1,
        "dropout": 0.0,
        "token_dropout": 0.0,
        "attention_type": "additive",
        "share_vocabulary": False,
        "tie_weights": False,
        "label_smoothing": 0.0,
        "scheduled_sampling": 0.0,
    } | changes
    generator = torch.Generator().manual_seed(seed)
    module = Seq2SeqNetwork(Seq2SeqPlan(**plan), generator=generator).train(training)
    set_dropout_generator(module, torch.Generator().manual_seed(1))
    return module


def surprise(module, **changes):
    batch = {"teacher": TARGETS, "target_lengths": TARGET_LENGTHS} | changes
    return module(SOURCES, LENGTHS, **batch)


def by_steps(module, i):
    """The surprise at each token of one pair, the decoder run step by step, source alone."""
    source = module.read(SOURCES[i : i + 1, : LENGTHS[i]], None)
    read, carried, found = source.start[:, None], None, []
    for token in TARGETS[i, : TARGET_LENGTHS[i]]:
        written = module.write(source, read, carried)
        carried = written.carried
        scores = module.scores(written.states[:, 0])
        found.append(-scores.log_softmax(1)[0, token].item())
        read = module.embed(token.view(1, 1))
    return found


CASES = {
    "additive": {},
    "multiplicative": {"attention_type": "multiplicative"},
    "no attention": {"attention_type": None},
    "three layers": {"num_layers": 3},
    "gru": {"cell": "gru", "num_layers": 2},
    "own cell": {"cell": OwnCell, "num_layers": 2},
    "tied": {"tie_weights": True},
    "shared": {"share_vocabulary": True, "n_source_tokens": 8, "tie_weights": True},
}
every_case = pytest.mark.parametrize("changes", CASES.values(), ids=CASES)


@every_case
def test_whole_targets_give_what_single_steps_give(changes):
    module = make(**changes)
    expected = [value for i in range(3) for value in by_steps(module, i)]
    np.testing.assert_allclose(surprise(module).detach(), expected, rtol=1e-5)


@every_case
def test_an_empty_target_is_as_probable_as_an_end_at_the_beginning(changes):
    module = make(**changes)
    source = module.read(SOURCES[:1], None)
    first = module.write(source, source.start[:, None], None)
    shares = module.scores(first.states[:, 0]).softmax(1)
    assert shares.sum().item() == pytest.approx(1)
    ends = torch.zeros(1, 1, dtype=torch.int64)
    of_nothing = module(SOURCES[:1], None, teacher=ends, target_lengths=torch.tensor([1]))
    assert of_nothing.exp().item() == pytest.approx(1 / shares[0, 0].item(), rel=1e-5)


@every_case
def test_every_weight_learns(changes):
    module = make(training=True, **changes)
    module.loss(surprise(module), None, None).backward()
    idle = [name for name, weight in module.named_parameters() if not weight.grad.abs().sum() > 0]
    assert idle == []


@pytest.mark.parametrize("share_vocabulary", [False, True])
def test_token_dropout_hides_tokens_of_sources_alone(share_vocabulary):
    changes = {"share_vocabulary": share_vocabulary, "n_source_tokens": 8}
    module = make(training=True, token_dropout=0.999, **changes)
    sure = make(training=True, **changes)
    assert torch.equal(module.embed(TARGETS), sure.embed(TARGETS))
    hidden = module.source_embedding(SOURCES)[0]
    assert (hidden == module.source_embedding.weight[1]).all()


def test_scheduled_sampling_never_reads_the_unknown_token():
    module = make(training=True, scheduled_sampling=1.0)
    module.softmax.bias.data[1] = 100.0
    mixed = module._mix(module.read(SOURCES, LENGTHS), TARGETS[:, :2])
    assert not (mixed == 1).any()


def test_the_first_token_depends_on_every_step_of_the_source():
    for kind in ("additive", "multiplicative", None):
        module = make(n_features=2, n_source_tokens=None, attention_type=kind)
        steps = torch.ones(1, 6, 2, requires_grad=True)
        source = module.read(steps, None)
        module.write(source, source.start[:, None], None).states.sum().backward()
        assert (steps.grad.abs().sum(2) > 0).all(), kind


@every_case
def test_rows_of_what_is_carried_are_those_of_their_targets(changes):
    module = make(**changes)
    source = module.read(SOURCES, LENGTHS)
    before = module.write(source, source.start[:, None], None)
    rows = torch.tensor([2, 0])
    ids = torch.tensor([[3], [4], [5]])
    expected = module.write(source, module.embed(ids), before.carried).states[rows]
    carried = module.take_rows(before.carried, rows)
    found = module.write(source.take(rows), module.embed(ids[rows]), carried).states
    torch.testing.assert_close(found, expected, rtol=1e-6, atol=1e-6)


def test_label_smoothing_spreads_some_of_the_target_over_all_tokens():
    plain, smooth = make(training=True), make(training=True, label_smoothing=0.2)
    source = plain.read(SOURCES, LENGTHS)
    states = plain.write(source, plain.embed_target(source, TARGETS[:, :-1]), None).states
    logs = plain.scores(states.flatten(0, 1)).log_softmax(1).view(3, 3, 8)
    real = torch.arange(3) < TARGET_LENGTHS[:, None]
    chosen = logs.gather(2, TARGETS[..., None])[..., 0]
    expected = -(0.8 * chosen + 0.2 * logs.mean(2))[real]
    torch.testing.assert_close(surprise(smooth), expected)
    torch.testing.assert_close(surprise(smooth.eval()), surprise(plain.eval()))


def test_scheduled_sampling_reads_what_the_network_would_have_written():
    module = make(training=True, scheduled_sampling=1.0)
    source = module.read(SOURCES, LENGTHS)
    expected = []
    for i in range(3):
        one, read, carried = source.take(torch.tensor([i])), source.start[i : i + 1, None], None
        # written behind the target's own beginning, not behind what was written before
        own, given = [], TARGETS[i, : TARGET_LENGTHS[i]]
        for token in given:
            written = module.write(one, read, carried)
            carried, scores = written.carried, module.scores(written.states[:, 0])
            own.append(scores.argmax().item() or token.item())
            read = module.embed(token.view(1, 1))
        ids = torch.tensor([own[:-1]])
        states = module.write(one, module.embed_target(one, ids), None).states[0]
        logs = module.scores(states).log_softmax(1)
        expected += [-logs[t, token].item() for t, token in enumerate(given)]
    np.testing.assert_allclose(surprise(module).detach(), expected, rtol=1e-5)
    assert not torch.allclose(surprise(module), surprise(make(training=True)))


def test_scheduled_sampling_happens_as_often_as_asked():
    module = make(training=True)
    target = torch.full((200, 50), 3)
    mixed = module.mixed(target, torch.full_like(target, 4), 0.3)
    assert (mixed == 4).double().mean().item() == pytest.approx(0.3, abs=0.02)
    assert (module.mixed(target, torch.zeros_like(target), 0.9) == 3).all()  # no end is put in
