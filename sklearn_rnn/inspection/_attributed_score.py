"""Which score of a network is explained."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from sklearn_rnn.estimators import RNNClassifier, RNNRegressor, RNNTagger

__all__ = ["EXPLAINED", "AttributedScore", "find_score"]

EXPLAINED = "RNNClassifier, RNNRegressor or RNNTagger"


class AttributedScore(NamedTuple):
    """A score, as a function of the network's outputs ``(n, ...) -> (n,)``, and its name."""

    select: Callable
    name: str


def find_score(estimator, X, target, step) -> AttributedScore:
    """Find the score of a target: a label, the number of a column, or what is predicted.

    Parameters
    ----------
    estimator : RNNClassifier, RNNRegressor or RNNTagger
        Fitted.
    X : what ``fit`` takes, of one sequence
    target : object
        As ``SaliencyDisplay.from_estimator`` takes it.
    step : int or None
        Of a tagger, the step whose label is explained.

    Raises
    ------
    TypeError
        If the estimator is none of those.
    ValueError
        If there is no such target or step, or it has to be told.
    """
    if not isinstance(estimator, RNNClassifier | RNNRegressor | RNNTagger):
        raise TypeError(
            f"expected a fitted {EXPLAINED}, or a pipeline or a search of one, but "
            f"{type(estimator).__name__} came."
        )
    if isinstance(estimator, RNNTagger):
        return _of_step(estimator, X, target, step)
    if step is not None:
        raise ValueError(
            f"step={step!r} is for an RNNTagger, but {type(estimator).__name__} says one thing of "
            "the whole sequence; leave it out."
        )
    if isinstance(estimator, RNNRegressor):
        return _of_number(estimator, target)
    if isinstance(estimator.classes_, list):
        return _of_label_column(estimator, target)
    if hasattr(estimator._labels, "n_labels"):
        return _of_indicator(estimator, X, target)
    label = estimator.predict(X)[0] if target is None else target
    return _among(estimator.classes_, label, 0)


def _of_step(tagger, X, target, step):
    labels = tagger.predict(X)[0]
    if not isinstance(step, int | np.integer) or not -len(labels) <= step < len(labels):
        raise ValueError(
            f"step={step!r}, but the label of one of the {len(labels)} steps is explained; give "
            f"its number, from 0 to {len(labels) - 1}."
        )
    classes, label = tagger.classes_, labels[step] if target is None else target
    i, step = _position(classes, label), step % len(labels)
    return AttributedScore(lambda scores: scores[:, step, i], f"label {label} at step {step}")


def _of_number(regressor, target):
    scaler, n = regressor._target_scaler, regressor.n_outputs_
    if target is None and n == 1:
        target = 0
    if not isinstance(target, int | np.integer) or not 0 <= target < n:
        raise ValueError(
            f"target={target!r}, but y of fit had {n} columns; give the number of one, from 0 to "
            f"{n - 1}."
        )
    scale, mean = float(scaler.scale[target]), float(scaler.mean[target])
    name = "the prediction" if n == 1 else f"prediction {target}"
    return AttributedScore(lambda outputs: outputs[:, target] * scale + mean, name)


def _of_label_column(classifier, target):
    """Give the score of one label of one column of labels."""
    n = len(classifier.classes_)
    names = list(getattr(classifier, "target_names_", range(n)))
    if not isinstance(target, tuple) or len(target) != 2 or target[0] not in names:
        raise ValueError(
            f"target={target!r}, but y of fit had the columns {names!r:.200}; give a column and "
            "one of its labels: (column, label)."
        )
    column = names.index(target[0])
    first = sum(map(len, classifier.classes_[:column]))
    score = _among(classifier.classes_[column], target[1], first)
    return score._replace(name=f"{target[0]}: {score.name}")


def _of_indicator(classifier, X, target):
    """Give the score that a label is there; by default of the most probable one."""
    n = classifier._labels.n_labels
    names = list(getattr(classifier, "target_names_", range(n)))
    i = int(classifier.decision_function(X)[0].argmax()) if target is None else None
    i = _position(np.array(names, dtype=object), target) if i is None else i
    return AttributedScore(lambda logits: logits[:, i], f"label {names[i]}")


def _among(classes, label, first):
    """Give the score of a label; of two, by how much it exceeds that of the other."""
    i, name = first + _position(classes, label), f"label {label}"
    if len(classes) > 2:
        return AttributedScore(lambda logits: logits[:, i], name)
    other = 2 * first + len(classes) - 1 - i
    if len(classes) == 1:
        return AttributedScore(lambda logits: logits[:, i], name)
    return AttributedScore(lambda logits: logits[:, i] - logits[:, other], name)


def _position(classes, label):
    found = [
        i for i, known in enumerate(classes.tolist()) if np.ndim(label) == 0 and known == label
    ]
    if not found:
        raise ValueError(
            f"target={label!r} is none of the labels that fit saw: {classes.tolist()!r:.200}."
        )
    return found[0]
