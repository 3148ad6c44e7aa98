"""Weights averaged over the course of training."""

import torch

from sklearn_rnn.training._training_state import TrainingCallback

__all__ = ["AverageWeights"]


class AverageWeights(TrainingCallback):
    """Validate and end with a moving average of the weights, while training moves them freely.

    The average takes the noise of single batches out of the weights, much as a falling learning
    rate does (Polyak and Juditsky, "Acceleration of Stochastic Approximation by Averaging", 1992).
    It begins with the weights there are and follows fast at first: after ``n`` batches the decay is
    ``min(decay, (n + 1) / (n + 10))``.

    Put it before a callback that keeps the weights of the best epoch.

    Parameters
    ----------
    decay : float
        How much of the average a batch leaves as it is, between 0 and 1.
    """

    kept = ("n_seen_", "average_", "moving_")

    def __init__(self, decay: float):
        self.decay = decay

    def on_train_begin(self, net, **kwargs):
        self.n_seen_ = 0
        self.average_ = [weight.detach().clone() for weight in net.module_.parameters()]
        self.moving_ = None  # the weights in training, while the average stands in the module

    def on_epoch_begin(self, net, **kwargs):
        self._put_back(net)

    def on_batch_begin(self, net, training=False, **kwargs):
        if not training and self.moving_ is None:
            self._put_in(net)

    @torch.no_grad()
    def on_batch_end(self, net, training=False, **kwargs):
        if not training:
            return
        self.n_seen_ += 1
        decay = min(self.decay, (self.n_seen_ + 1) / (self.n_seen_ + 10))
        for average, weight in zip(self.average_, net.module_.parameters(), strict=True):
            average.lerp_(weight, 1 - decay)

    def on_epoch_end(self, net, **kwargs):
        if self.moving_ is None:
            self._put_in(net)

    def on_train_end(self, net, **kwargs):
        if self.moving_ is None:
            self._put_in(net)
        self.average_ = self.moving_ = None

    def _put_in(self, net):
        self.moving_ = [weight.detach().clone() for weight in net.module_.parameters()]
        _fill(net.module_, self.average_)

    def _put_back(self, net):
        if self.moving_ is not None:
            _fill(net.module_, self.moving_)
            self.moving_ = None


@torch.no_grad()
def _fill(module, weights):
    for weight, value in zip(module.parameters(), weights, strict=True):
        weight.copy_(value)
