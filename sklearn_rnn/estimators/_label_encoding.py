"""From labels to indices of classes, and the weights of classes."""

import numpy as np
from sklearn.utils.class_weight import compute_class_weight

__all__ = [
    "check_columns",
    "class_indices",
    "is_list_of_lists",
    "row_strata",
    "weigh_classes",
    "weigh_columns",
]


def class_indices(labels, classes, *, place="", in_parts=False) -> np.ndarray:
    """Give the index of each label among the sorted classes.

    Parameters
    ----------
    labels : ndarray of shape (n,)
    classes : ndarray of shape (n_classes,)
    place : str
        What an error says after the number of the sequence.
    in_parts : bool
        Whether the classes came from ``partial_fit``.

    Raises
    ------
    ValueError
        If a label is not among the classes.
    """
    try:
        indices = np.searchsorted(classes, labels).clip(max=len(classes) - 1)
        unknown = np.flatnonzero(classes[indices] != labels)
    except TypeError:  # words among numbers
        unknown = np.arange(len(labels))
    if len(unknown):
        where = "in y of fit" + (", or in classes of the first call of partial_fit" * in_parts)
        raise ValueError(
            f"the label {labels.tolist()[unknown[0]]!r} of sequence {unknown[0]}{place} is not "
            f"among the classes {classes.tolist()}; all of them must be {where}."
        )
    return indices


def weigh_classes(class_weight, classes, target) -> np.ndarray:
    """Give the weight of each class; "balanced" counts the classes in ``target``.

    Parameters
    ----------
    class_weight : dict or "balanced"
    classes : ndarray of shape (n_classes,)
    target : ndarray of shape (n,)
        Indices of the classes.

    Returns
    -------
    ndarray of shape (n_classes,)
    """
    weights = np.ones(len(classes))
    weighed = slice(None) if isinstance(class_weight, dict) else np.unique(target)
    weights[weighed] = compute_class_weight(
        class_weight, classes=classes[weighed], y=classes[target]
    )
    bad = np.flatnonzero(~(weights >= 0) | np.isinf(weights))
    if len(bad):
        raise ValueError(
            f"class_weight of {classes.tolist()[bad[0]]!r} is {weights[bad[0]]}, but weights must "
            "be finite and not negative."
        )
    return weights


def weigh_columns(class_weight, classes, target) -> list[np.ndarray]:
    """Give the weights of the classes of each column.

    Parameters
    ----------
    class_weight : list of dict, or "balanced"
        "balanced" counts each column by itself.
    classes : list of ndarray
        The classes of each column.
    target : ndarray of shape (n, n_columns)
        Indices of the classes.

    Returns
    -------
    list of ndarray
    """
    n_columns = len(classes)
    if class_weight == "balanced":
        class_weight = ["balanced"] * n_columns
    elif not isinstance(class_weight, list):
        raise ValueError(
            f"class_weight is one dict, but y has {n_columns} columns; give a list of {n_columns} "
            'dicts, one a column, or "balanced".'
        )
    elif len(class_weight) != n_columns:
        raise ValueError(
            f"class_weight is a list of {len(class_weight)}, but y has {n_columns} columns; give "
            "one dict a column."
        )
    weights = []
    for j, (weight, labels) in enumerate(zip(class_weight, classes, strict=True)):
        if not (isinstance(weight, dict) or weight == "balanced"):
            raise ValueError(f"class_weight[{j}] must be a dict, but is {weight!r:.40}.")
        try:
            weights.append(weigh_classes(weight, labels, target[:, j]))
        except ValueError as error:
            raise ValueError(f"class_weight[{j}]: {error}") from error
    return weights


def check_columns(y, kind, n_columns, names) -> None:
    """Raise an error unless y is a ``LabelTable`` of columns such as ``fit`` saw."""
    columns = getattr(y, "columns", None)
    if columns is None or len(columns) != n_columns:
        given = "one label a sequence" if columns is None else y.kind
        raise ValueError(
            f"y holds {given}, but fit saw {kind}; give y of that kind, or fit anew with "
            "warm_start=False."
        )
    if names is not None and y.names is not None and names != y.names:
        raise ValueError(f"y has the columns {y.names!r:.80}, but fit saw {names!r:.80}.")


def row_strata(target) -> np.ndarray:
    """Number the distinct rows of targets: ``(n,)`` for ``(n, n_columns)``."""
    return np.unique(target, axis=0, return_inverse=True)[1].ravel()


def is_list_of_lists(classes) -> bool:
    """Tell whether classes are those of several columns."""
    kinds = list | tuple | np.ndarray
    return (
        isinstance(classes, kinds)
        and len(classes) > 0
        and all(isinstance(labels, kinds) and np.ndim(labels) > 0 for labels in classes)
    )
