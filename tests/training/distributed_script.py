"""What each of two processes does: torchrun starts it, and gives the folder for what comes out."""

import os
import signal
import sys
import threading
import time
from pathlib import Path

import numpy as np
import torch

from sklearn_rnn import RNNClassifier, RNNLanguageModel, RNNRegressor, RNNTagger
from sklearn_rnn.exceptions import DivergenceError
from sklearn_rnn.training import TrainingCallback

TOGETHER = {"distributed": True}
SMALL = {"hidden_size": 8, "max_epochs": 2, "batch_size": 8, "dropout": 0.0, "token_dropout": 0.0}


def make_data(n=33):
    """Ragged sequences; the last batch of 8 has one row, fewer than there are processes."""
    rng = np.random.default_rng(0)
    X = [rng.normal(size=(2 + i % 5, 2)) for i in range(n)]
    return X, np.arange(n) % 3, rng.uniform(0.5, 2, size=n)


def fits(**options):
    """Give name, estimator and arguments of fit of each case that equals a fit alone."""
    X, y, weight = make_data()
    common = {**SMALL, "random_state": 0, **options}
    tags = [[("a", "b")[int(step[0] > 0)] for step in steps] for steps in X]
    words = [[f"word{int(abs(step[0]) * 5)}" for step in steps] for steps in X]
    plain = {**common, "convolution": None}
    return {
        "weighted": (RNNClassifier(**plain), (X, y, weight)),
        "validated": (RNNClassifier(early_stopping=True, **plain), (X, y)),
        "normalised": (RNNClassifier(**{**common, "convolution": "stem+branch"}), (X, y)),
        "regressor": (RNNRegressor(optimizer="sgd", **plain), (X, weight)),
        "softmax": (RNNTagger(**common), (X, tags)),
        "crf": (RNNTagger(output="crf", language_model=0.1, **common), (words, tags)),
    }


def weights_of(model):
    return {name: weight.numpy() for name, weight in model.module_.state_dict().items()}


class Fails(TrainingCallback):
    """Raises an error in one process alone, in the second epoch."""

    def __init__(self, rank, error):
        self.rank, self.error = rank, error

    def on_batch_begin(self, net, **kwargs):
        if len(net.history) == 2 and torch.distributed.get_rank() == self.rank:
            raise self.error("pulled the plug")


class Stops(TrainingCallback):
    """Ends the training of one process."""

    def on_epoch_end(self, net, **kwargs):
        from sklearn_rnn.training import StopTraining

        if torch.distributed.get_rank() == 1:
            raise StopTraining


class FailsAtEnd(TrainingCallback):
    """Raises an error in one process when all batches are through."""

    def on_train_end(self, net, **kwargs):
        if torch.distributed.get_rank() == 1:
            raise ValueError("pulled the plug")


class FailsWithin(TrainingCallback):
    """Lets one process fail in the middle of a pass through the network."""

    def on_epoch_begin(self, net, **kwargs):
        if len(net.history) == 2 and torch.distributed.get_rank() == 1:
            net.module_.body.recurrent.register_forward_hook(self._fail)

    def _fail(self, *given):
        raise ValueError("pulled the plug")


class Interrupts(TrainingCallback):
    """Sends Ctrl-C to one process while it waits for the other."""

    def on_batch_begin(self, net, **kwargs):
        if len(net.history) < 2:
            return
        if torch.distributed.get_rank() == 0:
            time.sleep(0.4)
        else:
            threading.Timer(0.2, os.kill, (os.getpid(), signal.SIGINT)).start()


def outcome(call, *args, **options):
    try:
        call(*args, **options)
    except BaseException as error:
        return f"{type(error).__name__}: {error}"
    return "none"


def main(folder):
    torch.distributed.init_process_group("gloo")
    rank = torch.distributed.get_rank()
    X, y, _ = make_data()
    said = {}
    for name, (model, given) in fits(net_params=TOGETHER).items():
        model.fit(*given)
        losses = [epoch["train_loss"] for epoch in model.history_]
        np.savez(folder / f"{name}-{rank}.npz", losses=losses, **weights_of(model))
    options = {**SMALL, "net_params": TOGETHER}

    unseeded = RNNClassifier(**{**options, "dropout": 0.3}).fit(X, y)
    np.savez(folder / f"unseeded-{rank}.npz", **weights_of(unseeded))
    part = RNNClassifier(random_state=0, **options)
    part.partial_fit(X, y, classes=[0, 1, 2]).partial_fit(X[:3], y[:3])
    np.savez(folder / f"partial-{rank}.npz", **weights_of(part))

    for which, error in ((0, ValueError), (1, KeyboardInterrupt)):
        failing = RNNClassifier(callbacks=[Fails(which, error)], **options)
        said[f"fails-{which}"] = outcome(failing.fit, X, y)
    diverging = RNNRegressor(lr=1e30, optimizer="sgd", gradient_clip=None, **options)
    said["diverges"] = outcome(diverging.fit, X, np.arange(33.0))
    assert said["diverges"].startswith(DivergenceError.__name__)
    said["bad"] = outcome(RNNClassifier(**options).fit, X, y if rank == 0 else y[1:])
    said["other"] = outcome(RNNClassifier(**options).fit, X[rank:], y[rank:])
    said["values"] = outcome(RNNClassifier(**options).fit, [steps + rank for steps in X], y)
    other = RNNClassifier(**{**options, "max_epochs": 2 + rank}, verbose=rank)
    said["parameters"] = outcome(other.fit, X, y)
    refused = RNNClassifier(**{**options, "hidden_size": 8 if rank == 0 else -1})
    said["refused parameter"] = outcome(refused.fit, X, y)
    for name, hook, convolution in (
        ("ends badly", FailsAtEnd(), None),
        ("waits", Interrupts(), None),
        ("fails within", FailsWithin(), "stem+branch"),
    ):
        failing = RNNClassifier(callbacks=[hook], convolution=convolution, **options)
        said[name] = outcome(failing.fit, X, y)
    given = {"callbacks": [Stops()], "checkpoint": folder / "stopped", "random_state": 0}
    stopped = RNNClassifier(**given, **options).fit(X, y)
    torch.distributed.barrier()
    said["stops"] = f"{stopped.n_iter_} {stopped.fit(X, y, resume=True).n_iter_}"
    said["refused"] = outcome(RNNLanguageModel(net_params=TOGETHER).fit, ["a b", "b a"])
    loud = RNNClassifier(verbose=2, checkpoint=folder / "kept", random_state=0, **options)
    loud.fit(X, y)
    files = sorted(path.name for path in (folder / "kept").iterdir())
    torch.distributed.barrier()
    begin = time.perf_counter()
    resumed = loud.set_params(verbose=0).fit(X, y, resume=True)
    said["resumed"] = f"{resumed.n_iter_} {len(files)} {time.perf_counter() - begin < 60}"
    if rank == 0:  # the other one is over
        said["alone"] = outcome(RNNClassifier(**options).fit, X, y).replace("\n", " ")
    (folder / f"said-{rank}.txt").write_text("\n".join(f"{k}={v}" for k, v in said.items()))
    torch.distributed.destroy_process_group()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
