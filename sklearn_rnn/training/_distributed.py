"""The net of one of several processes that train one network together."""

import numpy as np
import torch
from torch import Tensor

from sklearn_rnn.nn import MaskedBatchNorm, SeededModule
from sklearn_rnn.training._batches import TrainingBatches, load_batch
from sklearn_rnn.training._checkpoint import Checkpoint
from sklearn_rnn.training._net import SequenceNet
from sklearn_rnn.training._processes import Processes

__all__ = ["DistributedNet"]


class DistributedNet(SequenceNet):
    """A net that computes its share of each batch, and adds its gradients to those of the others.

    All processes have the same data and draw the same batches. Each takes its share of the rows;
    losses count by the rows they are of, so that the sum of all gradients is that of the whole
    batch, whatever the shares. This is what torch's ``DistributedDataParallel`` does, which takes
    the mean of the processes, however many rows each of them had, and needs the loss to
    be part of the forward pass, the same weights to be trained in all epochs, and no process
    to fail; here one that fails stops the others.

    Parameters
    ----------
    module, shuffle_generator, **kwargs
        As ``SequenceNet`` takes them.
    seed : int
        What the dropout of all but the first process is drawn from.

    Attributes
    ----------
    processes : Processes or None
        Those that train together, while they do.
    """

    def __init__(self, module, *, shuffle_generator, seed: int, **kwargs):
        super().__init__(module, shuffle_generator=shuffle_generator, **kwargs)
        self.processes = None
        self.seed = seed

    def get_iterator(self, dataset, training=False):
        """Give batches; while training, the share that this process has of each."""
        if training:
            return SharedBatches(dataset, self.batch_size, self.shuffle_generator, self.processes)
        return super().get_iterator(dataset, training)

    def partial_fit(self, X, y=None, classes=None, **fit_params):
        """Train together with the other processes, which call this, too."""
        self.processes = Processes.joined()
        try:
            return self._train_together(X, y, classes, **fit_params)
        finally:
            self.processes = None  # a group lives as long as somebody holds it

    def _train_together(self, X, y, classes, **fit_params):
        self._check_alike()
        for weight in (*self.module_.parameters(), *self.module_.buffers()):
            self.processes.copy_first(weight.detach())
        if self.checkpoint is not None and not self.processes.is_first:
            given = vars(self.checkpoint)
            self.checkpoint = _FollowingCheckpoint(**given)
        norms = [layer for layer in self.module_.modules() if isinstance(layer, MaskedBatchNorm)]
        self._norms = norms
        try:
            return super().partial_fit(X, y, classes, **fit_params)
        finally:
            self._join_norms(None)

    def train_step_single(self, batch, **fit_params):
        """Compute the share of this process, and make its gradients those of the whole batch."""
        inputs, _ = batch
        is_shared = 1 < self.processes.size <= len(inputs["rows"])
        self._join_norms(self.processes.sum_with_gradient if is_shared else None)
        step = super().train_step_single(inputs["share"], **fit_params)
        return {**step, "loss": self._sum_gradients(step["loss"].detach())}

    def get_loss(self, y_pred, y_true, X=None, training=False):
        """Give the module's own loss, while training what it adds to that of the whole batch."""
        loss = super().get_loss(y_pred, y_true, X, training)
        return loss * X["part"] if training else loss

    def on_epoch_begin(self, net, **kwargs):
        """Let each process but the first, which draws as one alone, have a dropout of its own."""
        super().on_epoch_begin(net, **kwargs)
        if self.processes.is_first:
            return
        state = np.random.SeedSequence([self.seed, self.processes.rank, len(self.history)])
        seed = int(state.generate_state(1, np.uint64)[0]) >> 1
        layers = [layer for layer in self.module_.modules() if isinstance(layer, SeededModule)]
        for generator in {layer.generator for layer in layers}:
            generator.manual_seed(seed)

    def _ends_with_epoch(self, stop):
        """Tell whether training ends: where it does in one process, it does in all."""
        return bool(self.processes.agree(stop).total)

    def _record(self, name, value, **options):
        """Record what the first process has measured, by which all of them go."""
        super()._record(name, self.processes.agree(value).first, **options)

    def _check_alike(self):
        """Refuse another network, or another beginning, than the first process has."""
        done = 0 if self.checkpoint is None else getattr(self.checkpoint.resumed, "epoch", 0)
        numbers = {
            "weights": sum(weight.numel() for weight in self.module_.parameters()),
            "epochs in its checkpoint": done,
        }
        for what, number in numbers.items():
            first = self.processes.agree(number).first
            n_others = self.processes.count_others(number)
            if n_others:
                raise ValueError(
                    f"process {self.processes.rank} has {number} {what}, process 0 has "
                    f"{first:.0f}, and {n_others} of {self.processes.size} differ from it: "
                    "every process has to fit the same estimator on the same data, and to read "
                    "the same checkpoints."
                )

    def _join_norms(self, add_up):
        for norm in self._norms:
            norm.add_up = add_up

    def _sum_gradients(self, loss: Tensor) -> Tensor:
        """Add up the gradients of all processes, in one go, and give the sum of the losses."""
        weights = [weight for weight in self.module_.parameters() if weight.requires_grad]
        parts = [torch.zeros_like(w) if w.grad is None else w.grad for w in weights]
        flat = torch.cat([part.reshape(-1) for part in (*parts, loss)])
        sums = self.processes.sum(flat).split([part.numel() for part in (*parts, loss)])
        for weight, part in zip(weights, sums, strict=False):
            if weight.grad is not None:
                weight.grad.copy_(part.view_as(weight))
            elif part.any():  # elsewhere it took part
                weight.grad = part.view_as(weight).clone()
        return sums[-1].reshape(())


class SharedBatches(TrainingBatches):
    """Shuffled batches, the same in each process, of which each loads its share.

    A batch tells the rows and weights of the whole; ``share`` holds the inputs and targets of this
    process, with the part that its mean loss is of that of the whole.

    Parameters
    ----------
    dataset, batch_size, generator
        As ``TrainingBatches`` takes them.
    processes : Processes
    """

    def __init__(self, dataset, batch_size, generator, processes: Processes):
        super().__init__(dataset, batch_size, generator)
        self.processes = processes

    def _load(self, rows):
        mine = self.processes.share(rows)
        inputs, target = load_batch(self.dataset, mine, batch_size=self.batch_size)
        n_parts = self.processes.size if mine is rows else 1
        inputs["part"] = len(mine) / len(rows) / n_parts
        whole = {
            "n_rows": len(rows),
            "rows": rows,
            "weight": self.dataset.gather_weight(rows),
            "share": (inputs, target),
        }
        return inputs | whole, target


class _FollowingCheckpoint(Checkpoint):
    """Goes on from the file of the first process, which alone writes."""

    def begin(self, net):
        if self.resumed is None:
            return net.max_epochs
        return 0 if self._restore(net) else net.max_epochs - len(net.history)

    def after_epoch(self, net, *, is_over):
        """Leave the files to the first process."""
