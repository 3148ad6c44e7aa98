"""The net: its outputs, its epochs, and how training ends."""

import copy

import numpy as np
import pytest
import torch
from sklearn.metrics import accuracy_score, log_loss
from skorch.callbacks import Callback, EarlyStopping
from torch import nn
from torch.nn.utils.rnn import pack_padded_sequence

from sklearn_rnn.exceptions import DivergenceError
from sklearn_rnn.modules import RegressionNetwork
from sklearn_rnn.nn import CELLS, POOLINGS
from sklearn_rnn.training import (
    ClipGradients,
    LearningRateCurve,
    SequenceDataset,
    StopTraining,
)

LENGTHS = [5, 1, 17, 2, 2, 64, 9, 33, 8, 1, 70, 12, 3]


class Recorder(Callback):
    """Keeps the training batches, the learning rate of each and the names of what was called."""

    def on_train_begin(self, net, **kwargs):
        self.batches_, self.rates_, self.calls_ = [], [], []

    def on_batch_begin(self, net, batch=None, training=False, **kwargs):
        if training:
            self.batches_.append(copy.deepcopy(batch))
            self.rates_.append(net.optimizer_.param_groups[0]["lr"])

    def on_epoch_end(self, net, **kwargs):
        self.calls_.append(("epoch", len(net.history)))

    def on_train_end(self, net, **kwargs):
        self.calls_.append(("end", len(net.history)))


def shake(network, generator):
    """Make every weight another, those that begin at zero too."""
    with torch.no_grad():
        for weight in network.parameters():
            weight.add_(torch.randn(weight.shape, generator=generator) / 4)


# --- outputs ------------------------------------------------------------------------------------


@pytest.mark.parametrize("n_tokens", [None, 30], ids=["numbers", "ids"])
@pytest.mark.parametrize("bidirectional", [False, True], ids=["one-way", "both"])
@pytest.mark.parametrize("pooling", list(POOLINGS))
@pytest.mark.parametrize("cell", list(CELLS))
def test_outputs_are_those_of_each_sequence_alone_bit_for_bit(
    cell, pooling, bidirectional, n_tokens, make_net, make_sequences, generator
):
    net = make_net(
        3,
        cell=cell,
        pooling=pooling,
        bidirectional=bidirectional,
        n_tokens=n_tokens,
        num_layers=2,
        dropout=0.5,
    )
    shake(net.module_, generator)
    sequences = make_sequences(LENGTHS, n_tokens)
    together = net.outputs(SequenceDataset(sequences))
    alone = [net.outputs(SequenceDataset(sequences[i : i + 1])) for i in range(len(sequences))]
    assert together.shape == (len(LENGTHS), 3)
    assert torch.equal(together, torch.cat(alone))
    assert len(together.unique(dim=0)) == len(LENGTHS)


@pytest.mark.parametrize("pooling", ["mean", "attention"])
@pytest.mark.parametrize("cell", ["lstm", "gru"])
def test_outputs_of_long_sequences_are_those_of_each_alone_bit_for_bit(
    cell, pooling, make_net, make_sequences, generator
):
    net = make_net(3, cell=cell, pooling=pooling)
    shake(net.module_, generator)
    sequences = make_sequences([2048, 9, 2049, 2500, 2049, 2047, 1])
    together = net.outputs(SequenceDataset(sequences))
    alone = [net.outputs(SequenceDataset(sequences[i : i + 1])) for i in range(len(sequences))]
    assert torch.equal(together, torch.cat(alone))


def test_outputs_of_a_function_are_in_the_order_of_the_data(make_net, make_sequences):
    sequences = make_sequences(LENGTHS)
    firsts = make_net().outputs(SequenceDataset(sequences), lambda values, lengths: values[:, 0])
    np.testing.assert_array_equal(firsts, [s[0].astype(np.float32) for s in sequences])


def test_outputs_of_many_batches_are_in_the_order_of_the_data(make_net, make_sequences, rng):
    lengths = rng.integers(1, 40, size=2500)
    dataset = SequenceDataset(make_sequences(lengths))
    sizes = []

    def read_lengths(values, lengths):
        sizes.append(len(values))
        return lengths

    assert make_net().outputs(dataset, read_lengths).tolist() == lengths.tolist()
    assert len(sizes) > 2


@pytest.mark.parametrize(
    "lengths", [LENGTHS, [4] * 7, [3000, 1, 2500]], ids=["ragged", "equal", "long"]
)
def test_outputs_of_steps_lie_end_to_end_in_the_order_of_the_data(
    lengths, make_net, make_sequences
):
    sequences = make_sequences(lengths)
    found = make_net().step_outputs(SequenceDataset(sequences), lambda values, lengths: 2 * values)
    np.testing.assert_array_equal(found, 2 * sequences.values.astype(np.float32))
    firsts = make_net().step_outputs(
        SequenceDataset(sequences), lambda values, lengths: values[..., 0]
    )
    np.testing.assert_array_equal(firsts, sequences.values[:, 0].astype(np.float32))


def test_outputs_carry_no_gradient_and_drop_nothing(make_net, make_dataset):
    dataset = make_dataset()
    net, whole = make_net(dropout=0.9), make_net(dropout=0.0)
    net.module_.train()
    outputs = net.outputs(dataset)
    assert not outputs.requires_grad
    assert torch.equal(outputs, whole.outputs(dataset))


def test_skorchs_ways_of_predicting_agree_with_outputs(make_net, make_dataset):
    net, dataset = make_net(), make_dataset()
    outputs = net.outputs(dataset)
    assert torch.equal(net.forward(dataset), outputs)
    np.testing.assert_array_equal(net.predict(dataset), outputs.argmax(1))
    np.testing.assert_array_equal(net.predict_proba(dataset), outputs.softmax(1))
    np.testing.assert_allclose(net.forward(dataset, training=True).detach(), outputs, atol=1e-6)


# --- a target for each step ---------------------------------------------------------------------


class StepNetwork(nn.Module):
    """Two numbers a step: the loss is their squared distance from the target, a step."""

    per_step, score_name, n_classes = True, "accuracy", 2

    def __init__(self, mean_length, generator):
        super().__init__()
        self.mean_length = mean_length
        weight = torch.empty(3, dtype=torch.float32).normal_(generator=generator)
        self.weight = nn.Parameter(weight)

    def forward(self, values, lengths):
        return values @ self.weight

    def loss(self, outputs, target, weight, lengths):
        losses = self._sum((outputs - target) ** 2, lengths) / self.mean_length
        return (losses if weight is None else losses * weight).mean()

    def score(self, outputs, target, lengths):
        return self._sum(((outputs > 0) == (target > 0)).float(), lengths) / self.mean_length

    @staticmethod
    def _sum(steps, lengths):
        rows = [len(row) for row in steps] if lengths is None else lengths
        return torch.stack([row[:n].sum() for row, n in zip(steps, rows, strict=True)])


@pytest.mark.parametrize("lengths", [LENGTHS, [4] * 9], ids=["ragged", "equal"])
@pytest.mark.parametrize("weighted", [False, True])
def test_figures_of_an_epoch_are_means_over_the_steps(
    lengths, weighted, make_net, make_sequences, generator, rng
):
    sequences = make_sequences(lengths)
    other = make_sequences([2, 7, 1, 1])
    target, other_target = (
        part.with_values(rng.integers(-1, 2, size=len(part.values))) for part in (sequences, other)
    )
    weight = None
    if weighted:
        weight = rng.uniform(0.5, 1.5, size=len(lengths)).astype(np.float32)
        weight /= weight.mean()
    train = SequenceDataset(sequences, target, weight)
    network = StepNetwork(float(np.mean(lengths)), generator)
    options = {"lr": 1e-30, "max_epochs": 1, "batch_size": 4}
    net = make_net(
        network=network, valid=SequenceDataset(other, other_target),
        net_params=options | {"optimizer": torch.optim.SGD},
    )  # fmt: skip
    net.partial_fit(train)
    record = net.history[-1]
    by_hand = network.weight.detach().double().numpy()
    per_step = 1 if weight is None else np.repeat(weight, lengths)
    losses = per_step * (sequences.values @ by_hand - target.values) ** 2
    assert record["train_loss"] == pytest.approx(losses.sum() / sum(lengths), rel=1e-5)
    given = other.values @ by_hand
    assert record["valid_loss"] == pytest.approx(
        np.mean((given - other_target.values) ** 2), rel=1e-5
    )
    right = (given > 0) == (other_target.values > 0)
    assert record["valid_accuracy"] == pytest.approx(right.mean(), rel=1e-5)


# --- an epoch -----------------------------------------------------------------------------------


class PlainNetwork(nn.Module):
    """The same network as anyone writes it: torch's packed sequences and a linear layer."""

    def __init__(self, network):
        super().__init__()
        ahead, back = (layer for layer in network.modules() if isinstance(layer, nn.LSTM))
        self.lstm = nn.LSTM(3, 16, batch_first=True, bidirectional=True, device="meta")
        weights = ahead.state_dict()
        weights |= {f"{name}_reverse": weight for name, weight in back.state_dict().items()}
        self.lstm = self.lstm.to_empty(device="cpu")
        self.lstm.load_state_dict(weights)
        self.head = nn.Linear(32, 2, device="meta").to_empty(device="cpu")
        self.head.load_state_dict(network.head.state_dict())

    def forward(self, values, lengths):
        if lengths is None:
            lengths = torch.full((len(values),), values.shape[1])
        packed = pack_padded_sequence(values, lengths, batch_first=True, enforce_sorted=False)
        ahead, back = self.lstm(packed)[1][0]
        return self.head(torch.cat([ahead, back], dim=1))


@pytest.mark.parametrize("has_weight", [False, True], ids=["alike", "weighted"])
@pytest.mark.parametrize("optimizer", [torch.optim.SGD, torch.optim.AdamW])
def test_an_epoch_is_that_of_a_plain_loop_over_the_same_batches(
    optimizer, has_weight, make_net, make_dataset, rng
):
    weight = rng.exponential(size=30).astype(np.float32) if has_weight else None
    dataset = make_dataset(weight=weight)
    recorder = Recorder()
    net = make_net(
        callbacks=[recorder, ClipGradients(0.5)],
        net_params={
            "optimizer": optimizer,
            "lr": 0.02,
            "optimizer__weight_decay": 0.1,
            "max_epochs": 1,
        },
    )
    plain = PlainNetwork(net.module_)
    net.partial_fit(dataset)

    by_hand = optimizer(plain.parameters(), lr=0.02, weight_decay=0.1, foreach=False)
    total, norms = 0.0, []
    for inputs, target in recorder.batches_:
        by_hand.zero_grad()
        logits = plain(inputs["values"], inputs["lengths"])
        losses = nn.functional.cross_entropy(logits, target, reduction="none")
        if has_weight:
            losses = losses * inputs["weight"]
        losses.mean().backward()
        norms.append(float(nn.utils.clip_grad_norm_(plain.parameters(), 0.5)))
        by_hand.step()
        total += float(losses.detach().double().sum())

    assert len(recorder.batches_) == 4
    assert max(norms) > 0.5  # so clipping took part
    expected = PlainNetwork(net.module_).state_dict()
    for name, weights in plain.state_dict().items():
        torch.testing.assert_close(weights, expected[name], rtol=1e-4, atol=1e-5)
    mean = total / (weight.sum() if has_weight else 30)
    assert net.history[-1, "train_loss"] == pytest.approx(mean, rel=1e-5)


def test_every_epoch_sees_all_rows_and_max_epochs_are_run(make_net, make_dataset):
    recorder = Recorder()
    net = make_net(callbacks=[recorder]).partial_fit(make_dataset(30))
    assert [len(target) for _, target in recorder.batches_].count(6) == 3
    assert sum(len(target) for _, target in recorder.batches_) == 3 * 30
    assert recorder.calls_ == [("epoch", 1), ("epoch", 2), ("epoch", 3), ("end", 3)]
    assert len(net.history) == 3


@pytest.mark.parametrize("has_weight", [False, True], ids=["alike", "weighted"])
def test_validation_records_loss_and_accuracy_of_the_validation_data(
    has_weight, make_net, make_dataset, rng
):
    weight = rng.exponential(size=50).astype(np.float32) * 4 if has_weight else None
    valid = make_dataset(50, weight=weight)
    net = make_net(valid=valid, dropout=0.5).partial_fit(make_dataset())
    probabilities, labels = net.predict_proba(valid), valid.target.numpy()
    expected = log_loss(labels, probabilities, sample_weight=weight)
    assert net.history[-1, "valid_loss"] == pytest.approx(expected, rel=1e-6)
    expected = accuracy_score(labels, probabilities.argmax(axis=1), sample_weight=weight)
    assert net.history[-1, "valid_accuracy"] == pytest.approx(expected, rel=1e-6)


def test_a_regression_is_validated_by_its_loss_alone(make_net, make_dataset):
    valid = make_dataset(20, numbers=True)
    net = make_net(network=RegressionNetwork, valid=valid).partial_fit(make_dataset(numbers=True))
    error = net.outputs(valid).numpy() - valid.target.numpy()
    assert net.history[-1, "valid_loss"] == pytest.approx((error**2).mean() / 2, rel=1e-6)
    assert not any(name.startswith("valid_acc") for name in net.history[-1])


def test_validation_data_of_no_weight_are_refused(make_net, make_dataset):
    valid = make_dataset(20, weight=np.zeros(20, dtype=np.float32))
    with pytest.raises(ValueError, match="all 20 weights of the validation data are zero"):
        make_net(valid=valid).partial_fit(make_dataset())


def test_nothing_but_prediction_computes_in_float64_before_it_is_on_the_host(
    make_net, make_dataset, monkeypatch
):
    on_host, doubled = set(), []
    to_host, to_double = torch.Tensor.cpu, torch.Tensor.double

    def cpu(tensor):
        copy = to_host(tensor).clone()
        on_host.add(id(copy))
        doubled.append(copy)  # keeps it alive, and its id its own
        return copy

    def double(tensor):
        assert id(tensor) in on_host
        return to_double(tensor)

    weight = np.ones(30, dtype=np.float32)
    net, dataset = make_net(), make_dataset(30, weight=weight)
    monkeypatch.setattr(torch.Tensor, "cpu", cpu)
    monkeypatch.setattr(torch.Tensor, "double", double)
    net.partial_fit(dataset)
    assert doubled
    monkeypatch.undo()
    score = net.module_.score(torch.zeros(4, 2), torch.zeros(4, dtype=torch.int64))
    assert score.dtype == torch.float32 and score.tolist() == [1] * 4


def test_records_of_single_batches_are_there_for_callbacks_and_then_dropped(make_net, make_dataset):
    class Count(Callback):
        def on_train_end(self, net, **kwargs):
            self.counts_ = [len(record["batches"]) for record in net.history]

    count = Count()
    net = make_net(callbacks=[count], valid=make_dataset()).partial_fit(make_dataset())
    assert count.counts_ == [5, 5, 5]  # 4 to train and 1 to validate
    assert [record["batches"] for record in net.history] == [[], [], []]
    assert len(net.history[:, "train_loss"]) == 3


def test_the_history_says_which_epoch_was_the_best_so_far(make_net, make_dataset):
    net = make_net(valid=make_dataset(), net_params={"max_epochs": 25, "lr": 0.3})
    history = net.partial_fit(make_dataset()).history
    for name, best in (("train_loss", min), ("valid_loss", min), ("valid_accuracy", max)):
        figures = history[:, name]
        expected = [
            value not in figures[:i] and value == best(figures[: i + 1])
            for i, value in enumerate(figures)
        ]
        assert history[:, f"{name}_best"] == expected
        assert set(expected[1:]) == {False, True}


def test_the_same_seed_trains_the_same_net_and_dropout_takes_part(make_net, make_dataset):
    dataset = make_dataset()

    def trained(seed=0, dropout=0.3):
        net = make_net(seed=seed, dropout=dropout, n_tokens=None).partial_fit(dataset)
        return net.outputs(dataset)

    assert torch.equal(trained(), trained())
    assert not torch.equal(trained(), trained(seed=1))
    assert not torch.equal(trained(), trained(dropout=0.0))


# --- divergence ---------------------------------------------------------------------------------


def curve(progress):
    return 1 - progress / 2


def test_divergence_names_epoch_batch_and_learning_rate(make_net, make_dataset):
    dataset = make_dataset(40, numbers=True)
    recorder = Recorder()
    net = make_net(
        network=RegressionNetwork,
        callbacks=[LearningRateCurve(curve), recorder],
        net_params={"max_epochs": 1, "lr": 0.07},
    )
    dataset.target[17] = torch.inf
    with pytest.raises(DivergenceError) as error:
        net.partial_fit(dataset)
    hit = next(i for i, (_, y) in enumerate(recorder.batches_) if y.isinf().any())
    message = str(error.value)
    assert f"in epoch 1 the training loss of batch {hit + 1} of 5 is inf" in message
    assert f"at a learning rate of {recorder.rates_[hit]:.3g}." in message
    assert "lower lr" in message
    assert len(set(recorder.rates_)) == 5


def test_divergence_of_a_later_epoch_is_found_in_that_epoch(make_net, make_dataset):
    class Poison(Callback):
        def on_epoch_begin(self, net, dataset_train=None, **kwargs):
            if len(net.history) == 3:
                dataset_train.target[:] = torch.nan

    net = make_net(network=RegressionNetwork, callbacks=[Poison()], net_params={"max_epochs": 9})
    with pytest.raises(
        DivergenceError, match="in epoch 3 the training loss of batch 1 of 4 is nan"
    ):
        net.partial_fit(make_dataset(numbers=True))
    assert len(net.history) == 3


def test_divergence_in_validation_is_named_as_such(make_net, make_dataset):
    valid = make_dataset(numbers=True)
    valid.target[4] = -torch.inf
    net = make_net(network=RegressionNetwork, valid=valid)
    with pytest.raises(DivergenceError, match="epoch 1 the validation loss of batch 1 of 1 is inf"):
        net.partial_fit(make_dataset(numbers=True))


def test_an_update_that_breaks_the_weights_is_found_though_no_loss_follows(make_net, make_dataset):
    net = make_net(
        net_params={"optimizer": torch.optim.SGD, "lr": 1e38, "max_epochs": 1, "batch_size": 30}
    )
    heavy = np.full(30, 1e6, dtype=np.float32)
    with pytest.raises(DivergenceError, match="after epoch 1.*at a learning rate of 1e\\+38"):
        net.partial_fit(make_dataset(30, weight=heavy))
    assert np.isfinite(net.history[-1, "train_loss"])


# --- the end of training ------------------------------------------------------------------------


class Interrupt(Callback):
    """Raises on a given call."""

    def __init__(self, method, error=KeyboardInterrupt):
        setattr(self, method, self.interrupt)
        self.error = error

    def interrupt(self, net, **kwargs):
        raise self.error


@pytest.mark.parametrize("method", ["on_train_begin", "on_batch_end", "on_epoch_end"])
def test_ctrl_c_goes_through(method, make_net, make_dataset):
    net = make_net(callbacks=[("interrupt", Interrupt(method))])
    with pytest.raises(KeyboardInterrupt):
        net.partial_fit(make_dataset())
    assert len(net.history) <= 1


def test_ctrl_c_goes_through_beside_skorchs_early_stopping(make_net, make_dataset):
    stopping = EarlyStopping(monitor="train_loss", patience=5)
    net = make_net(callbacks=[stopping, ("interrupt", Interrupt("on_epoch_end"))])
    with pytest.raises(KeyboardInterrupt):
        net.partial_fit(make_dataset())


def test_ctrl_c_goes_through_while_skorchs_early_stopping_is_patient(make_net, make_dataset):
    class Interrupted(EarlyStopping):
        def on_epoch_end(self, net, **kwargs):
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        make_net(callbacks=[Interrupted(patience=5)]).partial_fit(make_dataset())


def stoppers():
    # A threshold that no loss can pass: every epoch after the first one is a miss.
    never = EarlyStopping(monitor="train_loss", patience=2, threshold=100, threshold_mode="abs")
    return {"skorch": (never, 3), "ours": (Interrupt("on_epoch_end", StopTraining), 1)}


@pytest.mark.parametrize("stopper", ["skorch", "ours"])
@pytest.mark.parametrize("first", [False, True], ids=["after", "before"])
def test_a_callback_ends_training_when_all_have_seen_the_epoch(
    stopper, first, make_net, make_dataset, capsys
):
    stopping, epochs = stoppers()[stopper]
    recorder = Recorder()
    callbacks = [("stopping", stopping), ("recorder", recorder)]
    net = make_net(callbacks=callbacks if first else callbacks[::-1], net_params={"max_epochs": 8})
    assert net.partial_fit(make_dataset()) is net
    assert len(net.history) == epochs
    expected = [("epoch", i + 1) for i in range(epochs)] + [("end", epochs)]
    assert recorder.calls_ == expected
    assert capsys.readouterr() == ("", "")


def test_a_callback_that_watches_validation_without_any_says_how_to_have_some(
    make_net, make_dataset
):
    net = make_net(callbacks=[EarlyStopping()])
    with pytest.raises(ValueError, match="EarlyStopping watches 'valid_loss'.* X_val") as error:
        net.partial_fit(make_dataset())
    assert "early_stopping=True" in str(error.value)
    assert "only train_loss:" in str(error.value)


def test_a_callback_that_watches_what_nobody_records_is_told(make_net, make_dataset):
    with pytest.raises(ValueError, match="watches 'nonsense', but .*: watch another one"):
        make_net(callbacks=[EarlyStopping("nonsense")]).partial_fit(make_dataset())


def test_a_key_error_of_a_callbacks_own_goes_through(make_net, make_dataset):
    with pytest.raises(KeyError, match="mine"):
        make_net(callbacks=[Interrupt("on_epoch_end", KeyError("mine"))]).partial_fit(
            make_dataset()
        )


def test_other_errors_of_callbacks_go_through(make_net, make_dataset):
    net = make_net(callbacks=[("broken", Interrupt("on_epoch_end", ZeroDivisionError))])
    with pytest.raises(ZeroDivisionError):
        net.partial_fit(make_dataset())


def test_training_prints_nothing(make_net, make_dataset, capsys):
    make_net(valid=make_dataset()).partial_fit(make_dataset())
    assert capsys.readouterr() == ("", "")
