"""Texts that are joined to streams, and read from their beginnings."""

import numpy as np
import pytest
import torch

from sklearn_rnn.data import UNKNOWN_ID, Sequences
from sklearn_rnn.modules import END_ID, LanguageNetwork, LanguagePlan
from sklearn_rnn.nn import set_dropout_generator
from sklearn_rnn.training import (
    StreamBatches,
    StreamDataset,
    after_texts,
    surprise_at_tokens,
    write_on,
)
from sklearn_rnn.training import _carried_runs as carried_runs

N_TOKENS = 12
PLAN = LanguagePlan(
    n_tokens=N_TOKENS,
    embedding_dim=5,
    cell="lstm",
    hidden_size=6,
    num_layers=2,
    dropout=0.3,
    embedding_dropout=0.2,
    weight_drop=0.2,
    tie_weights=True,
    cutoffs=None,
)


def make_texts(rng, lengths):
    return Sequences.from_list([rng.integers(2, N_TOKENS, size=length) for length in lengths])


def make_network(**changes):
    generator = torch.Generator().manual_seed(0)
    network = LanguageNetwork(PLAN._replace(**changes), generator=generator)
    for parameter in network.parameters():
        torch.nn.init.normal_(parameter, std=0.7, generator=generator)
    set_dropout_generator(network, generator)
    return network


def streams_of(dataset, n_streams, generator=None):
    """What the batches hold, put together again: values, following tokens, and where fresh."""
    batches = [inputs for inputs, _ in StreamBatches(dataset, n_streams, generator)]
    values, following = (
        torch.cat([batch[name] for batch in batches], dim=1) for name in ("values", "teacher")
    )
    return batches, values, following


def surprise_by_hand(network, ids):
    """Run one text in one go, in float64, and look up what each next token got."""
    network = make_copy(network).double().eval()
    read, following = torch.tensor([[END_ID, *ids]]), torch.tensor([*ids, END_ID])
    with torch.no_grad():
        states, _ = network.read(read, None)
        scores = network.log_probabilities(states[0])
    return -scores[torch.arange(len(following)), following].numpy()


def make_copy(network):
    copied = make_network()
    copied.load_state_dict(network.state_dict())
    return copied


# --- streams ------------------------------------------------------------------------------------


def test_streams_hold_the_texts_between_their_ends(rng):
    texts = make_texts(rng, [3, 1, 4, 2] * 10)
    dataset = StreamDataset(texts, bptt=5)
    joined = [END_ID]
    for text in texts:
        joined += [*text.tolist(), END_ID]
    _, values, following = streams_of(dataset, 3)
    length = dataset.n_targets // 3
    assert values.flatten().tolist() == joined[: 3 * length]
    assert following.flatten().tolist() == joined[1 : 3 * length + 1]
    assert dataset.n_targets == len(dataset) == len(joined) - 1


def test_training_reads_every_text_once_in_another_order(rng):
    texts = make_texts(rng, rng.integers(1, 6, size=40))
    dataset, generator = StreamDataset(texts, bptt=7), torch.Generator().manual_seed(0)
    written = sorted(tuple(text.tolist()) for text in texts)
    first, second = (dataset.join(generator).tolist() for _ in range(2))
    assert first != second
    for joined in (first, second):
        cut = " ".join(map(str, joined[1:-1])).split(f" {END_ID} ")
        assert sorted(tuple(map(int, text.split())) for text in cut) == written


def test_first_stretch_of_training_is_cut_anywhere(rng):
    dataset = StreamDataset(make_texts(rng, [400]), bptt=8)
    generator = torch.Generator().manual_seed(0)
    lengths = []
    for _ in range(30):
        batches, _, _ = streams_of(dataset, 4, generator)
        sizes = [batch["values"].shape[1] for batch in batches]
        assert sum(sizes) == 401 // 4
        assert set(sizes[1:-1]) == {8}
        lengths.append(sizes[0])
    assert set(lengths) <= set(range(1, 9))
    assert len(set(lengths)) > 4


def test_stream_begins_anew_at_its_start_and_where_a_text_does(rng):
    dataset = StreamDataset(make_texts(rng, [3] * 40), bptt=6)
    batches, _, _ = streams_of(dataset, 2)
    assert batches[0]["fresh"] is None  # all of them
    later = [batch["fresh"] == (batch["values"][:, 0] == END_ID) for batch in batches[1:]]
    assert torch.stack(later).all()
    assert any(batch["fresh"].any() for batch in batches[1:])


@pytest.mark.parametrize("n, expected", [(10, 1), (100, 6), (10_000, 20)])
def test_little_text_makes_fewer_streams(n, expected, rng):
    dataset = StreamDataset(make_texts(rng, [n]), bptt=6)
    assert StreamBatches(dataset, 20).n_streams == expected


def test_batches_tell_their_size_in_tokens(rng):
    dataset = StreamDataset(make_texts(rng, [100]), bptt=9)
    batches, values, _ = streams_of(dataset, 3)
    assert sum(batch["n_rows"] for batch in batches) == values.numel()


def test_rare_tokens_are_unknown_every_other_time(rng):
    texts = make_texts(rng, [2000])
    rare = np.zeros(N_TOKENS, dtype=bool)
    rare[[3, 5]] = True
    joined = StreamDataset(texts, bptt=9, rare=rare).join(torch.Generator().manual_seed(0))
    given = torch.from_numpy(texts.values)
    hidden = joined[1:-1] != given
    assert set(given[hidden].tolist()) == {3, 5}
    assert set(joined[1:-1][hidden].tolist()) == {UNKNOWN_ID}
    share = hidden.sum() / np.isin(texts.values, [3, 5]).sum()
    assert float(share) == pytest.approx(0.5, abs=0.1)


def test_validation_leaves_texts_as_they_are(rng):
    texts = make_texts(rng, [5, 3, 8])
    rare = np.ones(N_TOKENS, dtype=bool)
    joined = StreamDataset(texts, bptt=9, rare=rare).join(None)
    assert joined[joined != END_ID].tolist() == texts.values.tolist()


# --- the state that is carried ------------------------------------------------------------------


def test_losses_of_stretches_are_those_of_one_run(rng):
    network = make_network().eval()
    dataset = StreamDataset(make_texts(rng, [60]), bptt=7)
    with torch.no_grad():
        found = torch.cat(
            [
                network(b["values"], None, fresh=b["fresh"], teacher=b["teacher"])
                for b, _ in StreamBatches(dataset, 1)
            ],
            dim=1,
        )
    np.testing.assert_allclose(
        found[0], surprise_by_hand(network, dataset.join(None)[1:-1].tolist()), atol=1e-5
    )


def test_fresh_stream_forgets_what_came_before():
    network = make_network().eval()
    part = torch.tensor([[0, 4, 5], [3, 4, 5]])
    everywhere, first = torch.tensor([True, True]), torch.tensor([True, False])
    with torch.no_grad():
        begun = network(part, None, fresh=everywhere, teacher=part)
        again = network(part, None, fresh=first, teacher=part)
    torch.testing.assert_close(again[0], begun[0])
    assert (again[1] - begun[1]).abs().max() > 1e-3


# --- whole texts --------------------------------------------------------------------------------


@pytest.mark.parametrize("cutoffs", [None, (4, 8)], ids=str)
def test_surprise_is_that_of_each_text_by_itself(cutoffs, rng):
    network = make_network(cutoffs=cutoffs)
    texts = make_texts(rng, [3, 1, 30, 7, 2, 300, 5, 5, 9, 11])
    found = surprise_at_tokens(network, texts, "cpu")
    if cutoffs is None:
        expected = np.concatenate([surprise_by_hand(network, text.tolist()) for text in texts])
        np.testing.assert_allclose(found, expected, atol=1e-5)
    alone = [surprise_at_tokens(network, texts[[i]], "cpu") for i in range(len(texts))]
    np.testing.assert_allclose(found, np.concatenate(alone), rtol=0, atol=1e-7)


@pytest.mark.parametrize("sizes", [{"_STEPS": 16}, {"_STRETCH": 3}, {"_LONG": 4}, {"_SCORES": 20}])
def test_surprise_does_not_depend_on_how_texts_are_batched(sizes, rng, monkeypatch):
    network, texts = make_network(), make_texts(rng, rng.integers(1, 40, size=30))
    expected = surprise_at_tokens(network, texts, "cpu")
    for name, size in sizes.items():
        monkeypatch.setattr(carried_runs, name, size)
    np.testing.assert_allclose(surprise_at_tokens(network, texts, "cpu"), expected, atol=2e-6)


@pytest.mark.parametrize("stretch", [256, 3])
def test_what_comes_after_a_text_is_read_off_its_last_state(stretch, rng, monkeypatch):
    monkeypatch.setattr(carried_runs, "_STRETCH", stretch)
    network, texts = make_network(), make_texts(rng, [3, 1, 30, 7, 2, 6])
    found = after_texts(network, texts, "cpu", lambda scores: scores)
    double = make_copy(network).double().eval()
    for row, text in zip(found, texts, strict=True):
        with torch.no_grad():
            states, _ = double.read(torch.tensor([[END_ID, *text.tolist()]]), None)
            expected = double.log_probabilities(states[0, -1:])[0]
        np.testing.assert_allclose(row, expected, atol=1e-5)


@pytest.mark.parametrize("prompt", [[], [3, 4, 5]], ids=str)
def test_writing_goes_on_from_all_that_was_written(prompt):
    network, plan, told = make_network(), [5, 2, 9, 7, 2], []

    def choose(log_probabilities):
        told.append(log_probabilities[0].numpy())
        return torch.tensor([plan[len(told) - 1]])

    (written,) = write_on(network, np.array(prompt), 1, 5, choose, "cpu")
    assert written.tolist() == plan
    double = make_copy(network).double().eval()
    for i, found in enumerate(told):
        with torch.no_grad():
            states, _ = double.read(torch.tensor([[END_ID, *prompt, *plan[:i]]]), None)
            expected = double.log_probabilities(states[0, -1:])[0]
        np.testing.assert_allclose(found, expected, atol=1e-5)


def test_writing_ends_with_the_text_or_the_length():
    plan = iter([[5, 6], [7, END_ID], [END_ID, 9], [3, 3]])
    rows = write_on(make_network(), np.zeros(0), 2, 9, lambda _: torch.tensor(next(plan)), "cpu")
    assert [row.tolist() for row in rows] == [[5, 7], [6]]
    assert next(plan) == [3, 3]  # both had ended, so nothing more was asked for
    rows = write_on(make_network(), np.zeros(0), 1, 4, lambda _: torch.tensor([8]), "cpu")
    assert rows[0].tolist() == [8] * 4
