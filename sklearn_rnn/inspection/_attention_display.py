"""A picture of where a network looks."""

import copy
from typing import Self

import torch

from sklearn_rnn.data import Sequences
from sklearn_rnn.estimators import RNNSeq2Seq
from sklearn_rnn.inspection._matplotlib import axes_of, write_rows, write_steps
from sklearn_rnn.inspection._unwrapping import (
    fitted_network,
    one_sequence,
    tokens_of,
    transformed_for_network,
)
from sklearn_rnn.nn import POOLINGS

__all__ = ["AttentionDisplay"]


class AttentionDisplay:
    """Where a network looks: of a translator, for each token that it writes; of a pooling, once.

    Parameters
    ----------
    weights : ndarray of shape (n_rows, n_steps)
        Each row adds up to 1: one row for each token of the target, or a single one.
    steps : sequence of str
        What stands at the steps that are looked at.
    targets : sequence of str or None, default=None
        What stands in the rows; None for a pooling.

    Attributes
    ----------
    weights, steps, targets
        As given.
    ax_ : matplotlib Axes
    figure_ : matplotlib Figure

    See Also
    --------
    SaliencyDisplay : What a prediction is made of, which need not be where the network looks.

    Examples
    --------
    >>> from sklearn_rnn import RNNClassifier
    >>> from sklearn_rnn.inspection import AttentionDisplay
    >>> texts = ["a good film", "a bad film", "good", "bad"] * 5
    >>> model = RNNClassifier(pooling="attention", hidden_size=8, max_epochs=2, random_state=0)
    >>> model = model.fit(texts, [1, 0, 1, 0] * 5)
    >>> display = AttentionDisplay.from_estimator(model, "a good film")
    >>> display.weights.shape
    (1, 3)
    """

    def __init__(self, *, weights, steps, targets=None):
        self.weights = weights
        self.steps = steps
        self.targets = targets

    @classmethod
    def from_estimator(cls, estimator, sequence, target=None, *, steps=None, ax=None) -> Self:
        """Look at one sequence and draw where the network looks.

        Parameters
        ----------
        estimator : RNNSeq2Seq, or RNNClassifier or RNNRegressor with ``pooling="attention"``
            Fitted; or a pipeline or a search of such. In a pipeline the steps are those that its
            last step gets.
        sequence : str, list of str or array of shape (n_steps[, n_features])
            One sequence, as an element of the X of ``fit``; or ``Sequences``, of which the first is
            taken.
        target : str, list of str or None, default=None
            For a translator, what is written; None means what it predicts.
        steps : sequence of str or None, default=None
            What to write at the steps; None means the tokens, or the steps' numbers.
        ax : matplotlib Axes or None, default=None
            None makes a figure.

        Returns
        -------
        AttentionDisplay

        Raises
        ------
        TypeError
            If the estimator has no attention.
        ValueError
            If there are not as many ``steps`` as the network looks at.
        """
        network = fitted_network(estimator)
        X = transformed_for_network(estimator, one_sequence(sequence))
        if isinstance(network, RNNSeq2Seq):
            weights, targets = _of_translator(network, X, target)
        elif target is not None:
            raise ValueError(
                f"target={target!r:.60} is what an RNNSeq2Seq writes, but "
                f"{type(network).__name__} writes nothing; leave it out."
            )
        else:
            weights, targets = _of_pooling(network, X), None
        if steps is None:
            read = X if isinstance(X, Sequences) else next(iter(X))
            steps = _names(getattr(network, "encoder_", None), read, weights.shape[1])
        if len(steps) != weights.shape[1]:
            raise ValueError(
                f"there are {len(steps)} steps to write, but the network looks at "
                f"{weights.shape[1]}; give one for each."
            )
        return cls(weights=weights, steps=list(steps), targets=targets).plot(ax)

    def plot(self, ax=None, *, cmap="Greens") -> Self:
        """Draw a square for each step and row.

        Parameters
        ----------
        ax : matplotlib Axes or None, default=None
            None makes a figure.
        cmap : str or matplotlib Colormap, default="Greens"
            The colours of the weights, from 0 to the largest.

        Returns
        -------
        self : AttentionDisplay
            The display itself, with its axes and figure.
        """
        n_rows, n_steps = self.weights.shape
        width, height = min(max(4, 0.45 * n_steps + 2), 16), min(max(1.6, 0.4 * n_rows + 1.4), 12)
        (self.ax_,) = axes_of(ax, width=width, height=height)
        self.figure_ = self.ax_.figure
        image = self.ax_.imshow(self.weights, cmap=cmap, vmin=0, aspect="auto")
        self.figure_.colorbar(image, ax=self.ax_, label="weight")
        write_steps(self.ax_, self.steps)
        targets = [] if self.targets is None else self.targets
        write_rows(self.ax_, targets)
        self.ax_.set_xlabel("looks at")
        if self.targets is not None:
            self.ax_.set_ylabel("writes")
        return self


def _of_translator(network, X, target):
    y = network.predict(X) if target is None else [target]
    weights = network.attention(X, y)[0]
    return weights, _names(getattr(network, "target_encoder_", None), y[0], len(weights))


def _of_pooling(network, X):
    """Run the network on one sequence, and keep the weights on the way."""
    kind = POOLINGS["attention"]
    module = copy.deepcopy(network.module_).eval().requires_grad_(False)
    layers = [layer for layer in module.modules() if isinstance(layer, kind)]
    if not layers:
        raise TypeError(
            "expected an estimator that looks at steps: an RNNSeq2Seq, or an RNNClassifier or "
            f"RNNRegressor with pooling='attention', but {_describe(network)}."
        )
    found = []

    def keep(layer, inputs, pooled):
        found.append(layer.weights(*inputs)[:1].float().cpu().numpy())

    def read_whole(*args, **extras):
        with torch.enable_grad():  # else very long sequences would be pooled part by part
            return module(*args, **extras)

    layers[0].register_forward_hook(keep)
    network._outputs(X, read_whole)
    return found[0]


def _describe(network):
    name, pooling = type(network).__name__, getattr(network, "pooling_", None)
    return f"{name} came" if pooling is None else f"{name} has pooling={pooling!r}"


def _names(encoder, sequence, n):
    """Give the tokens of a sequence if there are as many as steps, else the steps' numbers."""
    if isinstance(sequence, Sequences):
        sequence = tokens_of(sequence) or ()
    if encoder is not None and isinstance(sequence, str):
        sequence = encoder.inverse_transform(encoder.transform([sequence]))[0]
    if (
        not isinstance(sequence, str)
        and len(sequence) == n
        and all(isinstance(token, str) for token in sequence)
    ):
        return list(sequence)
    return [str(i) for i in range(n)]
