"""The one subclass of skorch's net."""

import contextlib

import torch
from skorch import NeuralNet
from skorch.callbacks import EarlyStopping
from torch import Tensor

from sklearn_rnn.exceptions import DivergenceError
from sklearn_rnn.training._batches import PredictionBatches, TrainingBatches
from sklearn_rnn.training._dataset import SequenceDataset

__all__ = ["SequenceNet", "StopTraining"]


class StopTraining(Exception):
    """Raised by a callback to end training at the end of an epoch."""


class SequenceNet(NeuralNet):
    """A skorch net whose batches are gathered from flat sequences and whose module owns its loss.

    It differs from ``skorch.NeuralNet`` where that costs time or loses something: batches are
    made by index without a ``DataLoader``; the losses of an epoch stay on the device until its
    end, when the first one that is not finite raises ``DivergenceError``; and Ctrl-C goes
    through.

    Parameters
    ----------
    module : torch.nn.Module
        An instance with ``loss(outputs, target, weight)``, ``decide(outputs)``, ``score_name``
        and, unless that is None, ``score(outputs, target, weight)``.
    shuffle_generator : torch.Generator
        What the order of the training data is drawn from.
    **kwargs
        As ``skorch.NeuralNet`` takes them.
    """

    def __init__(self, module, *, shuffle_generator, criterion=torch.nn.Identity, **kwargs):
        super().__init__(module, criterion=criterion, **kwargs)
        self.shuffle_generator = shuffle_generator

    @property
    def _default_callbacks(self):
        return []

    def get_iterator(self, dataset, training=False):
        """Give batches: shuffled for training, else sorted by length and in larger batches."""
        if training:
            return TrainingBatches(dataset, self.batch_size, self.shuffle_generator)
        return PredictionBatches(dataset)

    def infer(self, x, **fit_params):
        """Run the module on a batch and drop the spare rows."""
        return self.module_(x["values"], x["lengths"])[: x["n_rows"]]

    def get_loss(self, y_pred, y_true, X=None, training=False):
        """Give the module's own loss."""
        return self.module_.loss(y_pred, y_true, X["weight"])

    def run_single_epoch(self, iterator, training, prefix, step_fn, **fit_params):
        """Run one epoch; its losses reach the host once, at its end."""
        if iterator is None:
            return
        losses, scores, sizes = [], [], []
        scored = not training and self.module_.score_name is not None
        for batch in iterator:
            self.notify("on_batch_begin", batch=batch, training=training)
            step = step_fn(batch, **fit_params)
            inputs, target = batch
            losses.append(step["loss"].detach())
            sizes.append(inputs["n_rows"])
            if scored:
                scores.append(self.module_.score(step["y_pred"], target, inputs["weight"]))
            self.notify("on_batch_end", batch=batch, training=training, **step)
        host_losses = torch.stack(losses).double().cpu()
        self._check_finite(host_losses, prefix)
        self._record(prefix, "loss", host_losses, sizes)
        if scored:
            self._record(prefix, self.module_.score_name, torch.stack(scores).cpu(), sizes)

    def partial_fit(self, X, y=None, classes=None, **fit_params):
        """Train; unlike skorch's, this lets ``KeyboardInterrupt`` through."""
        if not self.initialized_:
            self.initialize()
        self.notify("on_train_begin", X=X, y=y)
        with contextlib.suppress(StopTraining):
            self.fit_loop(X, y)
        self.notify("on_train_end", X=X, y=y)
        return self

    def notify(self, method_name, **cb_kwargs):
        """Call the callbacks; skorch's ``EarlyStopping`` ends training without a Ctrl-C."""
        getattr(self, method_name)(self, **cb_kwargs)
        for _, callback in self.callbacks_:
            try:
                getattr(callback, method_name)(self, **cb_kwargs)
            except KeyboardInterrupt:
                if isinstance(callback, EarlyStopping) and callback.misses_ >= callback.patience:
                    raise StopTraining from None
                raise

    def predict(self, X):
        """Give the decisions of the module, class indices or standardised numbers."""
        outputs = torch.cat(list(self.forward_iter(X)))
        return self.module_.decide(outputs).numpy()

    def predict_proba(self, X):
        """Give the softmax of the module's outputs, in the order of the batches."""
        return torch.cat(list(self.forward_iter(X))).softmax(1).numpy()

    def outputs(self, dataset: SequenceDataset, function=None) -> Tensor:
        """Run ``function`` (default: the module) over all sequences, without gradients.

        Parameters
        ----------
        dataset : SequenceDataset
        function : callable ``(values, lengths) -> (batch, ...)``, default=None

        Returns
        -------
        Tensor of shape (n, ...), on the CPU, in the order of the dataset
        """
        function = self.module_ if function is None else function
        self.module_.eval()
        batches = PredictionBatches(dataset)
        with torch.inference_mode():
            parts = [
                function(inputs["values"], inputs["lengths"])[: inputs["n_rows"]].cpu()
                for inputs, _ in batches
            ]
        joined = torch.cat(parts)
        ordered = torch.empty_like(joined)
        ordered[batches.order] = joined
        return ordered

    def _check_finite(self, losses, prefix):
        bad = torch.nonzero(~losses.isfinite())
        if not len(bad):
            return
        kind = "training" if prefix == "train" else "validation"
        raise DivergenceError(
            f"training diverged: in epoch {len(self.history)} the {kind} loss of batch "
            f"{int(bad[0]) + 1} of {len(losses)} is {float(losses[bad[0]])} at a learning rate of "
            f"{self.optimizer_.param_groups[0]['lr']:.3g}. Try a lower lr (a tenth), or a smaller "
            "gradient_clip."
        )

    def _record(self, prefix, name, values, sizes):
        """Record the mean over all sequences, and whether it is the best so far."""
        weights = torch.tensor(sizes, dtype=torch.float64)
        mean = float((values * weights).sum() / weights.sum())
        self.history.record(f"{prefix}_{name}", mean)
