"""skorch callbacks of the library's own."""

import math
import sys
import time
from collections.abc import Callable

import torch
from tqdm import tqdm

from sklearn_rnn.training._net import StopTraining
from sklearn_rnn.training._training_state import TrainingCallback

__all__ = [
    "SCHEDULES",
    "BestEpoch",
    "ClipGradients",
    "EpochLog",
    "EpochTime",
    "LastEpoch",
    "LearningRateCurve",
    "ProgressBar",
    "ScheduledSampling",
]


class BestEpoch(TrainingCallback):
    """Keep the weights of the best epoch, and stop when it is long past.

    Parameters
    ----------
    monitor : str
        The entry of the history that is watched.
    higher_is_better : bool
        Whether it should rise.
    patience : int
        Training stops after so many epochs without an improvement.
    tol : float
        An improvement that resets the patience is larger than this.
    """

    kept = ("best_", "best_epoch_", "best_weights_", "milestone_", "milestone_epoch_", "n_whole_")
    n_whole_, best_weights_ = 0, None  # nothing is kept before training begins

    def __init__(self, monitor: str, *, higher_is_better: bool, patience: int, tol: float):
        self.monitor = monitor
        self.higher_is_better = higher_is_better
        self.patience = patience
        self.tol = tol

    def on_train_begin(self, net, **kwargs):
        self.best_ = self.milestone_ = -math.inf
        self.best_epoch_ = self.milestone_epoch_ = None
        self.best_weights_ = None
        self.n_whole_ = 0
        self.frozen_ = _frozen_weights(net.module_)

    def on_epoch_end(self, net, **kwargs):
        epoch, record = len(net.history), net.history[-1]
        value = record[self.monitor] if self.higher_is_better else -record[self.monitor]
        best = self.best_, self.best_epoch_, self.best_weights_
        if value > self.best_:
            best = value, epoch, _copy_weights(net.module_, self.frozen_)
        # All at once: Ctrl-C comes between two lines.
        self.best_, self.best_epoch_, self.best_weights_, self.n_whole_ = *best, epoch
        if self.milestone_epoch_ is None or value > self.milestone_ + self.tol:
            self.milestone_, self.milestone_epoch_ = value, epoch
        elif epoch - self.milestone_epoch_ >= self.patience:
            raise StopTraining

    def on_train_end(self, net, **kwargs):
        if self.best_weights_ is not None:
            net.module_.load_state_dict(self.best_weights_)
            self.best_weights_ = None

    def go_back(self, net) -> int:
        """Fill the module with the weights of the best epoch; give how many epochs are whole."""
        self.on_train_end(net)
        return self.n_whole_


class LastEpoch(TrainingCallback):
    """Keep the weights of the last whole epoch, in case that the next one is interrupted."""

    kept = ("n_whole_", "weights_")
    n_whole_, weights_ = 0, None

    def on_train_begin(self, net, **kwargs):
        self.n_whole_, self.weights_ = 0, None
        self.frozen_ = _frozen_weights(net.module_)

    def on_epoch_end(self, net, **kwargs):
        self.n_whole_, self.weights_ = len(net.history), _copy_weights(net.module_, self.frozen_)

    def on_train_end(self, net, **kwargs):
        self.weights_ = None

    def go_back(self, net) -> int:
        """Fill the module with the weights of the last whole epoch; give how many are whole."""
        if self.weights_ is not None:
            net.module_.load_state_dict(self.weights_)
            self.weights_ = None
        return self.n_whole_


def _frozen_weights(module):
    """Name the weights that all of training leaves as they are, which it tells before it begins.

    What is frozen in a later epoch may be released in the next one.
    """
    return {name for name, weight in module.named_parameters() if not weight.requires_grad}


def _copy_weights(module, frozen):
    """Copy the weights that training moves; frozen ones, which may be large, are shared."""
    return {
        name: weight.detach() if name in frozen else weight.detach().clone()
        for name, weight in module.state_dict().items()
    }


def _cosine(progress: float) -> float:
    return (1 + math.cos(math.pi * progress)) / 2


def _one_cycle(progress: float, *, rise: float = 0.3, start: float = 1 / 25) -> float:
    """Rise from a 25th over the first part, by default 30 %, then fall along a cosine.

    Smith and Topin, "Super-Convergence", 2018; the figures are those of torch's ``OneCycleLR``.
    """
    if progress < rise:
        return start + (1 - start) * (1 - _cosine(progress / rise))
    return _cosine((progress - rise) / (1 - rise))


SCHEDULES: dict[str, Callable[..., float]] = {"cosine": _cosine, "one_cycle": _one_cycle}


class LearningRateCurve(TrainingCallback):
    """Set the learning rate before each batch, by how much of the training is done.

    Parameters
    ----------
    curve : callable
        Maps the progress, from 0 to 1, to a factor of the learning rate.
    """

    kept = ("n_seen_", "base_")

    def __init__(self, curve: Callable[[float], float]):
        self.curve = curve

    def on_train_begin(self, net, **kwargs):
        self.n_seen_ = 0
        self.base_ = [group["lr"] for group in net.optimizer_.param_groups]

    def on_epoch_begin(self, net, dataset_train=None, **kwargs):
        self.total_ = net.max_epochs * dataset_train.epoch_size

    def on_batch_begin(self, net, batch=None, training=False, **kwargs):
        if not training:
            return
        factor = self.curve(min(1.0, self.n_seen_ / self.total_))
        self.n_seen_ += batch[0]["n_rows"]
        for group, base in zip(net.optimizer_.param_groups, self.base_, strict=True):
            group["lr"] = base * factor

    def on_train_end(self, net, **kwargs):
        for group, base in zip(net.optimizer_.param_groups, self.base_, strict=True):
            group["lr"] = base


class ScheduledSampling(TrainingCallback):
    """Let a decoder read its own tokens more and more often, from epoch to epoch.

    The rate rises evenly from 0 in the first epoch to its full value in the last one (Bengio et
    al., "Scheduled Sampling for Sequence Prediction with Recurrent Neural Networks", 2015,
    section 2.4, linear decay).

    Parameters
    ----------
    rate : float
        How probable it is, in the end, that a token is the decoder's own.
    """

    def __init__(self, rate: float):
        self.rate = rate

    def on_epoch_begin(self, net, **kwargs):
        before = len(net.history) - 1
        net.module_.sampling_rate = self.rate * min(1.0, before / max(1, net.max_epochs - 1))


class ClipGradients(TrainingCallback):
    """Scale the gradients of a batch down to a norm.

    Parameters
    ----------
    max_norm : float
    """

    def __init__(self, max_norm: float):
        self.max_norm = max_norm

    def on_train_begin(self, net, **kwargs):
        self.parameters_ = list(net.module_.parameters())

    def on_grad_computed(self, net, **kwargs):
        gradients = [weight.grad for weight in self.parameters_ if weight.grad is not None]
        norm = torch.nn.utils.get_total_norm(gradients, foreach=True)
        # To scale by 1 takes a pass over all gradients; to know that it is 1, other devices would
        # have to be waited for.
        if norm.device.type == "cpu" and self.max_norm / (norm + 1e-6) >= 1:
            return
        torch.nn.utils.clip_grads_with_norm_(self.parameters_, self.max_norm, norm, foreach=True)

    def on_train_end(self, net, **kwargs):
        del self.parameters_


class EpochTime(TrainingCallback):
    """Record the learning rate and the seconds of each epoch."""

    def on_epoch_begin(self, net, **kwargs):
        self.start_ = time.perf_counter()

    def on_epoch_end(self, net, **kwargs):
        net.history.record("lr", net.optimizer_.param_groups[-1]["lr"])
        net.history.record("dur", time.perf_counter() - self.start_)


class _Bar(tqdm):
    """A bar that starts no thread beside the training."""

    monitor_interval = 0


class ProgressBar(TrainingCallback):
    """Show one bar over the epochs on the standard error stream.

    It is redrawn in place in terminals, whose width it takes, and in notebooks. Elsewhere, such as
    in the log of a job, where a line cannot be drawn again, each epoch has a line of its own.
    """

    bar_ = None

    def initialize(self):
        self.bar_ = None
        return self

    def on_train_begin(self, net, **kwargs):
        self.close()
        self.n_before_ = len(net.history)
        if _redraws(sys.stderr):
            self.bar_ = _Bar(
                total=net.max_epochs, unit="epoch", file=sys.stderr, dynamic_ncols=True
            )

    def on_epoch_end(self, net, **kwargs):
        if self.bar_ is None:
            _write_line(net, sys.stderr)
            return
        self.bar_.set_postfix(_figures(net.history[-1]), refresh=False)
        self.bar_.update(len(net.history) - self.n_before_ - self.bar_.n)  # many, if resumed

    def on_train_end(self, net, **kwargs):
        self.close()

    def on_train_failed(self, net):
        """Close the bar when training ends with an exception."""
        self.close()

    def close(self):
        """End the line of the bar, if there is one."""
        if self.bar_ is not None:
            self.bar_.close()
            self.bar_ = None


class EpochLog(TrainingCallback):
    """Print one line an epoch."""

    def on_epoch_end(self, net, **kwargs):
        _write_line(net, sys.stdout)


def _redraws(stream) -> bool:
    """Tell whether a line can be drawn again: in a terminal, or in the output of a notebook."""
    # A kernel says that its streams are no terminals, but a carriage return works there.
    return getattr(stream, "isatty", bool)() or type(stream).__module__.startswith("ipykernel.")


def _write_line(net, stream):
    record = net.history[-1]
    figures = [f"{name} {value}" for name, value in _figures(record).items()]
    figures += [f"{record['dur']:.2f} s"] if "dur" in record else []
    line = f"epoch {len(net.history)} of {net.max_epochs}: {', '.join(figures)}"
    print(line, file=stream, flush=True)


def _figures(record):
    return {
        name: f"{value:.4f}"
        for name, value in record.items()
        if name.startswith(("train_", "valid_")) and isinstance(value, float)
    }
