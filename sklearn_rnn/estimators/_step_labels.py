"""What the labels of a tagger are: which there are, what they spell, and what each counts."""

from typing import NamedTuple

import numpy as np

from sklearn_rnn.data import Sequences, allowed_transitions
from sklearn_rnn.estimators._label_encoding import weigh_classes
from sklearn_rnn.estimators._schemes import check_rows, learn_scheme
from sklearn_rnn.estimators._tags import check_kind, flatten_tags, nest, number_tags
from sklearn_rnn.estimators._targets import check_classes
from sklearn_rnn.modules import TagPlan

__all__ = ["FlatLabels", "StepLabels", "read_step_labels", "weigh_labels"]


class FlatLabels(NamedTuple):
    """Labels end to end ``(steps,)``, and which of them count; ``lengths`` is (sequences,)."""

    labels: np.ndarray
    counts: np.ndarray
    lengths: np.ndarray

    def rows(self) -> np.ndarray:
        """Give a list a sequence, of the labels that count."""
        begins = np.cumsum(self.lengths) - self.lengths
        return nest(self.labels[self.counts], np.add.reduceat(self.counts, begins, dtype=np.int64))


def read_step_labels(y, sequences: Sequences, kept: np.ndarray | None) -> FlatLabels:
    """Lay the labels of sequences end to end.

    What has no weight, every sequence but ``kept`` (None: no sequence), is neither learned from
    nor checked.

    Raises
    ------
    ValueError
        As ``flatten_tags`` does.
    """
    labels = flatten_tags(y, sequences.lengths)
    counts = np.ones(len(labels), dtype=bool)
    if kept is not None:
        counts = np.isin(sequences.rows_of_steps(), kept)
    return FlatLabels(labels, counts, sequences.lengths)


class StepLabels:
    """What ``fit`` saw as labels.

    Attributes
    ----------
    classes : ndarray of shape (n_classes,)
        The labels, sorted.
    scheme : {"IOB1", "IOB2", "BIOES"} or None
        The scheme in which they spell spans.
    weight : tuple of float, or None
        The weight of each label, of a mean of 1 over all steps; None for all alike.
    mean_length : float
        How many steps a sequence has on average.
    """

    @classmethod
    def learn(
        cls, steps: FlatLabels, *, classes, constraints, class_weight
    ) -> tuple["StepLabels", Sequences]:
        """Learn from the labels of all sequences, and give their numbers as well.

        Parameters
        ----------
        steps : FlatLabels
        classes : array-like of shape (n_classes,) or None
            The labels that ``partial_fit`` is told of; None means those that there are.
        constraints : {"auto", "IOB1", "IOB2", "BIOES"} or None
        class_weight : dict, "balanced" or None

        Raises
        ------
        ValueError
            If there are labels that are not among ``classes`` or not legal in the scheme, or if
            the weights are none.
        """
        labels = cls()
        seen, rows = steps.labels[steps.counts], steps.rows()
        labels.classes = np.unique(seen) if classes is None else check_classes(classes)
        target = labels._number(steps)
        labels.mean_length = float(np.mean([len(row) for row in rows if row]))
        labels.weight = weigh_labels(class_weight, labels.classes, target.values[steps.counts])
        labels.scheme = learn_scheme(constraints, labels.classes, rows)
        return labels, target

    def encode(self, steps: FlatLabels, classes=None) -> Sequences:
        """Give the numbers of the labels; one that does not count may have any.

        Raises
        ------
        ValueError
            If the labels, or ``classes`` of ``partial_fit``, are not as before.
        """
        if classes is not None and not np.array_equal(check_classes(classes), self.classes):
            raise ValueError(
                f"classes={check_classes(classes)} differ from those of the first call, "
                f"{self.classes}."
            )
        target = self._number(steps)
        if self.scheme is not None:
            check_rows(steps.rows(), self.scheme)
        return target

    def are_right(self, tags: np.ndarray, y, lengths: np.ndarray) -> np.ndarray:
        """Tell of which steps the number is that of the true label: ``(steps,)``, bool."""
        true = flatten_tags(y, lengths)
        check_kind(true, self.classes, lengths)
        return self.classes[tags] == true

    def nest(self, tags: np.ndarray, lengths: np.ndarray) -> np.ndarray:
        """Give numbers that lie end to end as one list of labels a sequence."""
        return nest(self.classes[tags], lengths)

    def plan(self, output: str, language_model: float) -> TagPlan:
        """Give what a network has to know."""
        allowed = None
        if self.scheme is not None:
            allowed = allowed_transitions(self.classes.tolist(), self.scheme)
        return TagPlan(
            n_tags=len(self.classes),
            output=output,
            allowed=allowed,
            weight=self.weight,
            mean_length=self.mean_length,
            language_model=language_model,
        )

    def _number(self, steps):
        return number_tags(steps.labels, self.classes, steps.lengths, steps.counts)


def weigh_labels(class_weight, classes, numbers) -> tuple[float, ...] | None:
    """Give the weight of each class, of a mean of 1 over the labels ``numbers``; None for all."""
    if class_weight is None:
        return None
    weights = weigh_classes(class_weight, classes, numbers)
    mean = weights[numbers].mean()
    if mean == 0:
        raise ValueError("class_weight is zero for all labels; at least one needs a weight.")
    return tuple((weights / mean).tolist())
