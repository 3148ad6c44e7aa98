"""The one subclass of skorch's net."""

import contextlib

import numpy as np
import torch
from sklearn.utils import ClassifierTags
from skorch import NeuralNet
from skorch.callbacks import EarlyStopping
from skorch.utils import to_numpy
from torch import Tensor

from sklearn_rnn.data import gather_positions
from sklearn_rnn.exceptions import DivergenceError
from sklearn_rnn.nn import lengths_to_mask
from sklearn_rnn.training._batches import PredictionBatches, TrainingBatches, load_batch
from sklearn_rnn.training._cuda_graphs import GpuRecorder, GraphedSteps
from sklearn_rnn.training._dataset import SequenceDataset
from sklearn_rnn.training._memory import keep_freed_memory, naming_batch
from sklearn_rnn.training._pairs import PairBatches, PairDataset
from sklearn_rnn.training._streams import StreamBatches, StreamDataset

__all__ = ["SequenceNet", "StopTraining", "loss_of_rows"]

_KINDS = {"train": "training", "valid": "validation"}
_OF_SEQUENCES = ("subwords", "codes", "static", "static_codes")
_OF_WINDOWS = (
    "observed",
    "calendar",
    "known",
    "past",
    "known_codes",
    "past_codes",
    "scale",
    "teacher",
)
_OF_STREAMS = ("fresh",)
_OF_TREES = ("forest",)
_OF_PIECES = ("unscored", "ends")
_OF_NEIGHBOURS = ("neighbours", "neighbour_lengths")
_OF_PAIRS = ("target_lengths", "told")
_EXTRAS = (
    _OF_SEQUENCES + _OF_WINDOWS + _OF_STREAMS + _OF_TREES + _OF_PIECES + _OF_NEIGHBOURS + _OF_PAIRS
)
_LESS_STEEP = "Try a lower lr (a tenth), or a smaller gradient_clip."


class StopTraining(Exception):
    """Raised by a callback to end training at the end of an epoch."""


class SequenceNet(NeuralNet):
    """A skorch net whose batches are gathered from flat sequences and whose module owns its loss.

    It differs from ``skorch.NeuralNet`` where that costs time or loses something: batches are
    made by index without a ``DataLoader``; the losses of an epoch stay on the device until its
    end, when the first one that is not finite raises ``DivergenceError``; Ctrl-C goes through; and
    a batch that does not fit into memory is named.

    Parameters
    ----------
    module : torch.nn.Module
        An instance with ``loss(outputs, target, weight)``, ``decide(outputs)``, ``score_name``
        and, unless that is None, ``score(outputs, target)``, a figure a sequence. Where it is
        ``per_step``, both are also given the lengths, and divide by its ``mean_length``. One whose
        score is the accuracy has ``n_classes`` (a list for several targets) and
        ``probabilities(outputs)``.
    shuffle_generator : torch.Generator
        What the order of the training data is drawn from.
    precision : {"float32", "bfloat16"}, default="float32"
        What the network computes in during training; losses are taken in float32, and so is all
        else.
    cuda_graphs : bool, default=False
        Whether training steps of a shape that comes again are recorded and repeated on a GPU, see
        ``GraphedSteps``; elsewhere it changes nothing.
    **kwargs
        As ``skorch.NeuralNet`` takes them.
    """

    def __init__(
        self,
        module,
        *,
        shuffle_generator,
        precision="float32",
        cuda_graphs=False,
        criterion=torch.nn.Identity,
        **kwargs,
    ):
        super().__init__(module, criterion=criterion, **kwargs)
        self.shuffle_generator = shuffle_generator
        self.precision = precision
        self.cuda_graphs = _checked_switch(cuda_graphs)
        self._graphed_steps = None
        self.checkpoint = None  # a Checkpoint that keeps each epoch of ``partial_fit``

    @property
    def _default_callbacks(self):
        return []

    @property
    def classes_(self):
        """The class indices, where the module classifies; scikit-learn's scorers ask for them."""
        if self.module_.score_name != "accuracy":
            raise AttributeError(f"{type(self.module_).__name__} has no classes")
        n_classes = self.module_.n_classes
        if isinstance(n_classes, list):
            return [np.arange(n) for n in n_classes]
        return np.arange(n_classes)

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        if getattr(self.module, "score_name", None) == "accuracy":
            tags.estimator_type = "classifier"
            tags.classifier_tags = ClassifierTags()
        return tags

    def initialize(self):
        """Get ready to train and to predict."""
        keep_freed_memory(self.device)
        return super().initialize()

    def get_iterator(self, dataset, training=False):
        """Give batches: shuffled for training, else sorted by length and in larger batches."""
        if isinstance(dataset, StreamDataset):
            generator = self.shuffle_generator if training else None
            return StreamBatches(dataset, self.batch_size, generator)
        if isinstance(dataset, PairDataset):
            return PairBatches(
                dataset, self.batch_size, self.shuffle_generator if training else None
            )
        if training:
            return TrainingBatches(dataset, self.batch_size, self.shuffle_generator)
        return PredictionBatches(dataset)

    def _set_training(self, training=True):
        """Switch the mode only where it changes; skorch walks over all layers at every batch."""
        if self.module_.training != training:
            super()._set_training(training)

    def _zero_grad_optimizer(self, set_to_none=None):
        """Drop the gradients, without torch's entry in a profile, which takes longer than that."""
        for name in self._optimizers:
            optimizer = getattr(self, f"{name}_")
            if type(optimizer).zero_grad is not torch.optim.Optimizer.zero_grad:
                optimizer.zero_grad()
                continue
            for group in optimizer.param_groups:
                for weight in group["params"]:
                    weight.grad = None

    def infer(self, x, **fit_params):
        """Run the module on a batch and drop the spare rows."""
        if self.precision == "float32" or not self.module_.training:
            return _call(self.module_, x)[: x["n_rows"]]
        with torch.autocast(torch.device(self.device).type, dtype=torch.bfloat16):
            return _call(self.module_, x)[: x["n_rows"]].float()

    def train_step_single(self, batch, **fit_params):
        """Run a batch there and back, or let the GPU repeat what it recorded of such a one."""
        if self._graphed_steps is None:
            return super().train_step_single(batch, **fit_params)
        return self._graphed_steps(batch)

    def get_loss(self, y_pred, y_true, X=None, training=False):
        """Give the module's own loss."""
        if self.module_.per_step:
            return self.module_.loss(y_pred, y_true, X["weight"], _rows_lengths(X))
        return self.module_.loss(y_pred, y_true, X["weight"])

    def run_single_epoch(self, iterator, training, prefix, step_fn, **fit_params):
        """Run one epoch; its losses reach the host once, at its end."""
        if iterator is None:
            return
        losses, scores, weights, sizes, rates = [], [], [], [], []
        scored = not training and self.module_.score_name is not None
        for batch in iterator:
            self.notify("on_batch_begin", batch=batch, training=training)
            rates.append(self.optimizer_.param_groups[-1]["lr"])
            with self._naming(batch, self.batch_size if training else None):
                step = step_fn(batch, **fit_params)
            inputs, target = batch
            losses.append(step["loss"].detach())
            sizes.append(inputs["n_rows"])
            weight = inputs["weight"]
            if weight is not None:
                weights.append(_row_weight(weight).sum())
            self.history.record_batch(f"{prefix}_batch_size", inputs["n_rows"])
            if scored:
                score = self._score(step["y_pred"], target, inputs)
                scores.append(score if weight is None else score * _row_weight(weight))
            self.notify("on_batch_end", batch=batch, training=training, **step)
        host_losses, weights, scores = _to_host(losses, weights, scores)
        self._check_finite(host_losses, rates, prefix)
        rows = torch.tensor(sizes, dtype=torch.float64)
        total = float(weights.sum() if len(weights) else rows.sum())
        if total == 0:
            kind, n = _KINDS[prefix], sum(sizes)
            raise ValueError(
                f"all {n} weights of the {kind} data are zero, but its mean loss needs a "
                "weight above zero: weigh other sequences, or keep those of weight zero out."
            )
        steps = iterator.dataset.n_targets / len(iterator.dataset)  # of a sequence, on average
        scale = self.module_.mean_length / steps if self.module_.per_step else 1.0
        self._record(f"{prefix}_loss", scale * float(host_losses @ rows) / total)
        if scored:
            mean_score = scale * float(scores.sum()) / total
            self._record(f"{prefix}_{self.module_.score_name}", mean_score, higher_is_better=True)

    def _score(self, outputs, target, inputs):
        if self.module_.per_step:
            return self.module_.score(outputs, target, _rows_lengths(inputs))
        return self.module_.score(outputs, target)

    def partial_fit(self, X, y=None, classes=None, **fit_params):
        """Train; unlike skorch's, this lets ``KeyboardInterrupt`` through.

        Raises
        ------
        DivergenceError
            If a loss, or in the end a weight, is NaN or infinite.
        """
        if not self.initialized_:
            self.initialize()
        try:
            self.notify("on_train_begin", X=X, y=y)
            if self.cuda_graphs and torch.device(self.device).type == "cuda":
                self._graphed_steps = GraphedSteps(
                    super().train_step_single, self.module_, GpuRecorder(torch.device(self.device))
                )
            epochs = None if self.checkpoint is None else self.checkpoint.begin(self)
            with contextlib.suppress(StopTraining):
                self.fit_loop(X, y, epochs=epochs)
            self.notify("on_train_end", X=X, y=y)
        except BaseException:
            for _, callback in self.callbacks_:
                getattr(callback, "on_train_failed", _do_nothing)(self)
            raise
        finally:
            self._graphed_steps = None  # it holds memory of the GPU, and so do gradients
            for weight in self.module_.parameters():
                weight.grad = None
        for record in self.history:
            record["batches"].clear()  # what only callbacks read; there may be a great many
        self._check_weights()
        self.module_.eval()  # here, so that threads which predict at once change nothing
        return self

    def notify(self, method_name, **cb_kwargs):
        """Call the callbacks; one that ends training does so when all of them were called.

        skorch's ``EarlyStopping`` raises ``KeyboardInterrupt`` to that end, which is told from a
        Ctrl-C.
        """
        getattr(self, method_name)(self, **cb_kwargs)
        stop = False
        for _, callback in self.callbacks_:
            try:
                getattr(callback, method_name)(self, **cb_kwargs)
            except StopTraining:
                stop = True
            except KeyboardInterrupt:
                if not _stops_early(callback):
                    raise
                stop = True
            except KeyError as error:
                _explain_missing_figure(error, callback, self.history)
                raise
        if method_name == "on_epoch_end":
            stop = self._ends_with_epoch(stop)
            if self.checkpoint is not None:
                self.checkpoint.after_epoch(self, is_over=stop)
        if stop:
            raise StopTraining

    def _ends_with_epoch(self, stop):
        """Tell whether training ends, where a callback has said so or not."""
        return stop

    def forward_iter(self, X, training=False, device="cpu"):
        """Yield the outputs of all sequences at once, in the order of the dataset."""
        batches, parts = PredictionBatches(self.get_dataset(X)), []
        for batch in batches:
            with self._naming(batch):
                parts.append(self.evaluation_step(batch, training=training))
        yield batches.restore(torch.cat(parts)).to(device)

    def predict(self, X):
        """Give the decisions of the module, class indices or standardised numbers."""
        return to_numpy(self.module_.decide(self.forward(X)))

    def predict_proba(self, X):
        """Give the probabilities that the module's outputs mean."""
        return to_numpy(self.module_.probabilities(self.forward(X)))

    def outputs(self, dataset: SequenceDataset, function=None) -> Tensor:
        """Run ``function`` (default: the module) over all sequences, without gradients.

        Parameters
        ----------
        dataset : SequenceDataset
        function : callable ``(values, lengths, **columns) -> (batch, ...)``, default=None

        Returns
        -------
        Tensor of shape (n, ...), on the CPU, in the order of the dataset
        """
        function = self.module_ if function is None else function
        self.module_.eval()
        batches, parts = PredictionBatches(dataset), []
        with torch.inference_mode():
            for batch in batches:
                with self._naming(batch):
                    parts.append(_call(function, batch[0])[: batch[0]["n_rows"]].cpu())
        return batches.restore(torch.cat(parts))

    def step_outputs(self, dataset: SequenceDataset, function) -> Tensor:
        """Run ``function`` over all sequences, and lay what it gives for each step end to end.

        Parameters
        ----------
        dataset : SequenceDataset
        function : callable ``(values, lengths, **columns) -> (batch, time, ...)``

        Returns
        -------
        Tensor of shape (steps, ...), on the CPU, in the order of the dataset
        """
        self.module_.eval()
        batches = PredictionBatches(dataset)
        parts, start = [], 0
        with torch.inference_mode():
            for batch in batches:
                inputs = batch[0]
                with self._naming(batch):
                    outputs = _call(function, inputs)[: inputs["n_rows"]].cpu()
                # The mask is made on the CPU, since how many steps it keeps depends on the data.
                lengths = dataset.lengths[batches.order[start : start + len(outputs)]]
                start += len(outputs)
                parts.append(outputs[lengths_to_mask(lengths, outputs.shape[1])])
        flat = torch.cat(parts)
        lengths = dataset.lengths.numpy()
        order = batches.order.numpy()
        positions = gather_positions((np.cumsum(lengths) - lengths)[order], lengths[order])
        ordered = torch.empty_like(flat)
        ordered[torch.from_numpy(positions)] = flat
        return ordered

    def _naming(self, batch, batch_size=None):
        """Name a batch in what is raised if it does not fit into memory."""
        shape = batch[0]["values"].shape
        return naming_batch(shape[0], shape[1], self.device, batch_size=batch_size)

    def _check_finite(self, losses, rates, prefix):
        bad = torch.nonzero(~losses.isfinite())
        if not len(bad):
            return
        kind = _KINDS[prefix]
        first = int(bad[0])
        raise DivergenceError(
            f"training diverged: in epoch {len(self.history)} the {kind} loss of batch "
            f"{first + 1} of {len(losses)} is {float(losses[first])} at a learning rate of "
            f"{rates[first]:.3g}. {_LESS_STEEP}"
        )

    def _check_weights(self):
        """Find what the last update broke, which no loss was measured after."""
        weights = list(self.module_.parameters())
        if not torch.stack([weight.isfinite().all() for weight in weights]).all():
            raise DivergenceError(
                f"training diverged: after epoch {len(self.history)}, its last batch, there are "
                "weights that are NaN or infinite, at a learning rate of "
                f"{self.optimizer_.param_groups[-1]['lr']:.3g}. {_LESS_STEEP}"
            )

    def _record(self, name, value, *, higher_is_better=False):
        """Record a figure of the epoch, and whether it is the best so far."""
        sign = -1 if higher_is_better else 1
        earlier = [record[name] for record in self.history[:-1] if name in record]
        self.history.record(name, value)
        self.history.record(f"{name}_best", all(sign * value < sign * past for past in earlier))


def _checked_switch(cuda_graphs):
    if not isinstance(cuda_graphs, bool):
        raise ValueError(f"cuda_graphs must be True or False, but it is {cuda_graphs!r}.")
    return cuda_graphs


def _to_host(*parts):
    """Give lists of tensors of the device as one vector each, float64, by a single copy."""
    flat = [torch.cat([one.reshape(-1) for one in part]) if part else None for part in parts]
    sizes = [0 if part is None else len(part) for part in flat]
    together = torch.cat([part for part in flat if part is not None]).cpu()
    return together.double().split(sizes)  # converted here: some devices have no float64


def loss_of_rows(module, dataset: SequenceDataset, rows: Tensor) -> Tensor:
    """Give the loss of a module on some rows of a dataset, without dropout if it is so set."""
    inputs, target = load_batch(dataset, rows)
    outputs = _call(module, inputs)
    if module.per_step:
        return module.loss(outputs, target, inputs["weight"], inputs["lengths"])
    return module.loss(outputs, target, inputs["weight"])


def _do_nothing(net):
    pass


def _explain_missing_figure(error, callback, history):
    """Raise an error that says what to do, if the callback watches what nobody records."""
    monitor = getattr(callback, "monitor", None)
    if not isinstance(monitor, str) or repr(monitor) not in str(error) or monitor in history[-1]:
        return
    way_out = "watch another one"
    if monitor.startswith("valid_"):
        way_out = (
            "give validation data (early_stopping=True, or X_val and y_val of fit), or watch "
            f"{monitor.replace('valid_', 'train_', 1)!r}"
        )
    figures = [name for name, value in history[-1].items() if isinstance(value, float)]
    raise ValueError(
        f"the callback {type(callback).__name__} watches {monitor!r}, but each epoch records only "
        f"{', '.join(figures)}: {way_out}."
    ) from error


def _row_weight(weight):
    """Give one weight a sequence: the mean where each of its targets has one."""
    return weight if weight.ndim == 1 else weight.mean(1)


def _stops_early(callback):
    return isinstance(callback, EarlyStopping) and callback.misses_ >= callback.patience


def _rows_lengths(batch):
    """Give the lengths of a batch without its spare rows; None where all rows are full."""
    lengths = batch["lengths"]
    return None if lengths is None else lengths[: batch["n_rows"]]


def _call(function, batch):
    """Call a module on a batch; it is handed only those columns that there are."""
    extras = {name: batch[name] for name in _EXTRAS if batch.get(name) is not None}
    return function(batch["values"], batch["lengths"], **extras)
