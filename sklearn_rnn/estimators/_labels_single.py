"""One label a sequence, of classes with or without an order."""

import numpy as np
from scipy.special import log_softmax, softmax

from sklearn_rnn.estimators._label_encoding import class_indices, weigh_classes
from sklearn_rnn.estimators._label_table import LabelTable
from sklearn_rnn.estimators._targets import check_classes
from sklearn_rnn.modules import ClassificationNetwork

__all__ = ["OrdinalLabels", "SingleLabel"]


class SingleLabel:
    """One of several classes a sequence.

    Parameters
    ----------
    classes : ndarray of shape (n_classes,)
        Sorted.
    """

    kind = "one label a sequence"
    names = None

    def __init__(self, classes: np.ndarray):
        self.classes = classes

    @classmethod
    def learn(cls, y, classes=None) -> "SingleLabel":
        """Take the classes from labels ``(n,)``, or those that are given."""
        return cls(np.unique(y) if classes is None else check_classes(classes))

    def check_classes(self, classes) -> None:
        """Raise an error if these are other classes."""
        classes = check_classes(classes)
        if not np.array_equal(classes, self.classes):
            raise ValueError(
                f"classes={classes} differ from those of the first call, {self.classes}."
            )

    def encode(self, y, *, place="", in_parts=False) -> np.ndarray:
        """Give the index of each label's class ``(n,)``."""
        if isinstance(y, LabelTable):
            raise ValueError(
                f"y holds {y.kind}, but fit saw {self.kind}; give y of that kind, or fit anew with "
                "warm_start=False."
            )
        return class_indices(y, self.classes, place=place, in_parts=in_parts)

    def class_weights(self, class_weight, target) -> np.ndarray:
        """Give the weight of each class."""
        if isinstance(class_weight, list):
            raise ValueError(
                "class_weight is a list, which is for y of several columns, but y holds "
                f"{self.kind}; give a dict."
            )
        return weigh_classes(class_weight, self.classes, target)

    def weigh(self, class_weights, target) -> np.ndarray:
        """Give the weight of each sequence by its class ``(n,)``."""
        return class_weights[target]

    def strata(self, target) -> np.ndarray:
        """Give what a validation part keeps the shares of."""
        return target

    def make_network(self, architecture, generator):
        """Build the network."""
        return ClassificationNetwork(architecture, len(self.classes), generator=generator)

    def decide(self, logits) -> np.ndarray:
        """Give the label of each sequence ``(n,)``."""
        return self.classes[logits.argmax(axis=1)]

    def decide_top(self, logits, k: int) -> np.ndarray:
        """Give the k most probable labels ``(n, k)``, equals in the order of the classes."""
        return self.classes[np.argsort(-logits, axis=1, kind="stable")[:, :k]]

    def probabilities(self, logits) -> np.ndarray:
        """Give the probability of each class ``(n, n_classes)``."""
        return softmax(logits, axis=1)

    def log_probabilities(self, logits) -> np.ndarray:
        """Give the logarithm of the probability of each class ``(n, n_classes)``."""
        return log_softmax(logits, axis=1)

    def decision(self, logits) -> np.ndarray:
        """Give the logits ``(n, n_classes)``, or for two classes their difference ``(n,)``."""
        return logits[:, 1] - logits[:, 0] if logits.shape[1] == 2 else logits


class OrdinalLabels(SingleLabel):
    """One of several classes that have an order.

    Parameters
    ----------
    classes : ndarray of shape (n_classes,)
        Sorted.
    ranks : ndarray of shape (n_classes,), int
        The place of each class in the order, from 0.
    shares : ndarray of shape (n_classes,)
        How frequent each class is.
    """

    def __init__(self, classes: np.ndarray, ranks: np.ndarray, shares: np.ndarray):
        super().__init__(classes)
        self.ranks = ranks
        self.shares = shares

    @classmethod
    def learn(cls, y, classes=None, *, order=None, kept=None) -> "OrdinalLabels":
        """Take the classes from labels ``(n,)``, or those that are given.

        Parameters
        ----------
        y : ndarray of shape (n,)
        classes : array-like or None
        order : list or None
            Labels from the lowest to the highest; None means the order of the classes.
        kept : ndarray of int, or None
            The sequences that are counted; None means all.
        """
        classes = SingleLabel.learn(y, classes).classes
        ranks = np.arange(len(classes)) if order is None else _ranks(classes, order)
        counted = class_indices(y, classes, in_parts=True)
        counted = counted if kept is None else counted[kept]
        shares = 1.0 + np.bincount(counted, minlength=len(classes))  # none is zero
        return cls(classes, ranks, shares / shares.sum())

    def make_network(self, architecture, generator):
        """Build the network."""
        return ClassificationNetwork(
            architecture,
            len(self.classes),
            ranks=self.ranks,
            shares=self.shares,
            generator=generator,
        )


def _ranks(classes, order):
    """Give the place of each class in a list of labels, from 0 and without gaps."""
    for i, label in enumerate(order):
        if label in order[:i]:
            raise ValueError(
                f"ordinal={order!r:.80} holds {label!r} twice; list each label once, from the "
                "lowest to the highest."
            )
    lacking = [label for label in classes.tolist() if label not in order]
    if lacking:
        raise ValueError(
            f"ordinal={order!r:.80} lacks {lacking[0]!r}, which is a label of y; list every label, "
            "from the lowest to the highest."
        )
    places = [order.index(label) for label in classes.tolist()]
    return np.argsort(np.argsort(places))
