"""The scheme in which the labels of a tagger spell spans."""

import numpy as np

from sklearn_rnn.data import allowed_transitions, check_scheme, detect_scheme

__all__ = ["check_rows", "learn_scheme"]


def learn_scheme(constraints: str | None, classes: np.ndarray, rows) -> str | None:
    """Find the scheme, or check that labels are legal in the one that is asked for.

    Parameters
    ----------
    constraints : {"auto", "IOB1", "IOB2", "BIOES"} or None
    classes : ndarray of shape (n_classes,)
        All labels.
    rows : sequence of lists of labels

    Returns
    -------
    str or None
        None for no scheme: with "auto" also where in none of them each label can be read, and each
        number of steps has a legal sequence.
    """
    is_text = classes.dtype.kind == "U"
    if constraints == "auto":
        found = detect_scheme(rows) if is_text else None
        return found if found and _fits_all(classes, found) else None
    if constraints is None:
        return None
    if not is_text:
        raise ValueError(
            f"constraints={constraints!r}, but the labels are {classes.tolist()!r:.60}; labels of "
            "spans are str, such as 'B-PER'."
        )
    check_rows(rows, constraints)
    if not _spells_all_lengths(allowed_transitions(classes.tolist(), constraints)):
        raise ValueError(
            f"constraints={constraints!r}, but with the labels {classes.tolist()!r:.80} there are "
            "sequences of which no labels are legal, those of one step for example; give data "
            "that have 'O', or allow anything with constraints=None."
        )
    return constraints


def check_rows(rows, scheme: str) -> None:
    """Raise an error that names the sequence whose labels are not legal in a scheme."""
    try:
        check_scheme(rows, scheme)
    except ValueError as error:
        raise ValueError(
            f"{error}. Mend the labels, or allow anything with constraints=None."
        ) from error


def _fits_all(classes, scheme):
    try:
        return _spells_all_lengths(allowed_transitions(classes.tolist(), scheme))
    except ValueError:  # a label of another form
        return False


def _spells_all_lengths(allowed):
    """Tell whether there is a legal sequence of each length: what may stand alone may repeat."""
    return bool((allowed.starts & allowed.ends).any())
