"""Averaged weights, held against an average that is taken beside the training."""

import torch
from skorch.callbacks import Callback

from sklearn_rnn.training import AverageWeights, BestEpoch


class Recorder(Callback):
    """Keep the weights after each training batch, and those that validation sees."""

    def on_train_begin(self, net, **kwargs):
        self.moving_, self.validated_ = [weights_of(net)], []

    def on_batch_end(self, net, training=False, **kwargs):
        (self.moving_ if training else self.validated_).append(weights_of(net))


def weights_of(net):
    return torch.cat([weight.detach().flatten().clone() for weight in net.module_.parameters()])


def average(weights, decay):
    """The moving average, step by step."""
    found = weights[0]
    for n, weight in enumerate(weights[1:], start=1):
        keep = min(decay, (n + 1) / (n + 10))
        found = keep * found + (1 - keep) * weight
    return found


def fit(make_net, make_dataset, *callbacks, valid=None):
    recorder = Recorder()
    net = make_net(callbacks=[*callbacks, recorder], valid=valid, dropout=0.2)
    net.partial_fit(make_dataset())
    return net, recorder


def test_training_ends_with_the_average_of_what_it_went_through(make_net, make_dataset):
    net, recorder = fit(make_net, make_dataset, AverageWeights(0.5))
    torch.testing.assert_close(weights_of(net), average(recorder.moving_, 0.5))


def test_training_itself_goes_as_without(make_net, make_dataset, rng):
    train, valid = make_dataset(), make_dataset(n=40)
    runs = []
    for callbacks in ([AverageWeights(0.9)], []):
        recorder = Recorder()
        net = make_net(callbacks=[*callbacks, recorder], valid=valid)
        net.partial_fit(train)
        runs.append(recorder)
    assert torch.equal(torch.stack(runs[0].moving_), torch.stack(runs[1].moving_))


def test_validation_sees_the_average(make_net, make_dataset):
    _, recorder = fit(make_net, make_dataset, AverageWeights(0.9), valid=make_dataset(n=40))
    per_epoch = (len(recorder.moving_) - 1) // 3
    for epoch in range(3):
        so_far = recorder.moving_[: 1 + (epoch + 1) * per_epoch]
        torch.testing.assert_close(recorder.validated_[epoch], average(so_far, 0.9))


def test_the_end_of_an_epoch_sees_the_average(make_net, make_dataset):
    class AtEnd(Recorder):
        def on_epoch_end(self, net, **kwargs):
            self.validated_.append(weights_of(net))

    recorder = AtEnd()
    net = make_net(callbacks=[AverageWeights(0.9), recorder])
    net.partial_fit(make_dataset())
    per_epoch = (len(recorder.moving_) - 1) // 3
    for epoch, seen in enumerate(recorder.validated_):
        so_far = recorder.moving_[: 1 + (epoch + 1) * per_epoch]
        torch.testing.assert_close(seen, average(so_far, 0.9))


def test_the_best_epoch_is_one_of_averages(make_net, make_dataset):
    best = BestEpoch("valid_loss", higher_is_better=False, patience=1, tol=0.0)
    average_weights = AverageWeights(0.9)
    valid = make_dataset(n=40)
    net, recorder = fit(make_net, make_dataset, average_weights, best, valid=valid)
    assert torch.equal(weights_of(net), recorder.validated_[best.best_epoch_ - 1])
