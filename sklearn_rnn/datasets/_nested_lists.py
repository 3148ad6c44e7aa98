"""Nested lists of digits, whose value takes a tree to find."""

import numpy as np

from sklearn_rnn.datasets._parameters import check_int, check_order, generator

__all__ = ["make_nested_lists"]

_DIGITS = 10
_DEEPEST = 20
# The chance that a further operand is a list again, and not a digit.
_NESTED = 0.35

_OPERATORS = {
    "max": max,
    "min": min,
    "med": lambda values: sorted(values)[(len(values) - 1) // 2],
    "sum": lambda values: sum(values) % _DIGITS,
    "first": lambda values: values[0],
    "last": lambda values: values[-1],
    "sub": lambda values: (values[0] - sum(values[1:])) % _DIGITS,
}


def make_nested_lists(
    n_samples=1000,
    *,
    min_depth=1,
    max_depth=4,
    max_operands=4,
    operators=("max", "min", "med"),
    random_state=None,
) -> tuple[list[tuple], np.ndarray]:
    """Make nested lists of digits, and what they come to.

    A list is an operator and two or more operands, digits or lists, ``("max", 2, 9, ("min", 4,
    7), 0)``. Its value is a digit again. Which operands an operator has is told by the brackets
    alone, over any distance, so a network that reads tokens one after the other has to keep count
    of all that are open, while a recursive network learns each operator once.

    Parameters
    ----------
    n_samples : int, default=1000
        The number of lists.
    min_depth, max_depth : int, default=1 and 4
        How deep operators are nested; the depth of each list is drawn from this range, both ends
        included. 1 means no list within the list; at most 20, as lists grow with their depth.
    max_operands : int, default=4
        The most operands of an operator, at least 2.
    operators : sequence of str, default=("max", "min", "med")
        Of "max", "min", "med" (the median, the lower one of two) and "sum" (modulo 10), for which
        the order of operands does not matter, and "first", "last" and "sub" (the first less the
        others, modulo 10), for which it does.
    random_state : int, RandomState instance or None, default=None
        Pass an int for the same data every time.

    Returns
    -------
    X : list of n_samples nested tuples
        Operators are str, digits are int.
    y : ndarray of shape (n_samples,), int64
        The values, 0 to 9.

    Raises
    ------
    ValueError or TypeError
        If a parameter is out of range or of the wrong type; the message names it.

    See Also
    --------
    sklearn_rnn.TreeRNNClassifier : Learns them.

    References
    ----------
    Nangia and Bowman, "ListOps: A Diagnostic Dataset for Latent Tree Learning", 2018.

    Examples
    --------
    >>> from sklearn_rnn.datasets import make_nested_lists
    >>> X, y = make_nested_lists(3, max_depth=2, max_operands=3, random_state=1)
    >>> for nested, value in zip(X, y):
    ...     print(nested, "=", value)
    ('med', 8, 4) = 4
    ('max', 8, ('max', 9, 1), ('min', 7, 0)) = 9
    ('max', 2, ('min', 2, 1, 4)) = 2
    """
    n_samples = check_int("n_samples", n_samples, 1)
    min_depth = check_int("min_depth", min_depth, 1)
    max_depth = check_int("max_depth", max_depth, 1)
    check_order("min_depth", min_depth, "max_depth", max_depth)
    if max_depth > _DEEPEST:
        raise ValueError(f"max_depth must be at most {_DEEPEST}, but is {max_depth}.")
    max_operands = check_int("max_operands", max_operands, 2)
    operators = _check_operators(operators)
    rng = generator(random_state)
    depths = rng.integers(min_depth, max_depth, size=n_samples, endpoint=True)
    made = [_make(rng, depth, operators, max_operands) for depth in depths.tolist()]
    return [nested for nested, _ in made], np.array([value for _, value in made], dtype=np.int64)


def _make(rng, depth, operators, max_operands):
    """Give a list of just this depth, and its value."""
    operator = operators[rng.integers(len(operators))]
    n = int(rng.integers(2, max_operands, endpoint=True))
    depths = np.where(rng.random(n) < _NESTED, rng.integers(0, depth, size=n), 0)
    depths[rng.integers(n)] = depth - 1
    operands = []
    for below in depths.tolist():
        if below:
            operands.append(_make(rng, below, operators, max_operands))
        else:
            digit = int(rng.integers(_DIGITS))
            operands.append((digit, digit))
    value = _OPERATORS[operator]([value for _, value in operands])
    return (operator, *(nested for nested, _ in operands)), value


def _check_operators(operators):
    if isinstance(operators, str) or not hasattr(operators, "__iter__"):
        raise TypeError(
            f"operators must be a list of names, some of {list(_OPERATORS)}, but is "
            f"{operators!r:.40}."
        )
    names = list(operators)
    unknown = [name for name in names if not isinstance(name, str) or name not in _OPERATORS]
    if unknown or not names:
        raise ValueError(
            f"operators must be some of {list(_OPERATORS)}, but "
            f"{f'holds {unknown[0]!r:.40}' if unknown else 'is empty'}."
        )
    return names
