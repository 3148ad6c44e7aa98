"""Whatever holds numbers, as a numpy array; what does not is named."""

import numpy as np
import pandas as pd

__all__ = [
    "as_array",
    "as_floats",
    "count_steps",
    "describe",
    "find_fault",
    "is_sparse",
    "objects_as_floats",
    "show",
]

_DATES = (np.datetime64, np.timedelta64)


def show(value) -> str:
    """Show the beginning of a value in one line, for messages."""
    try:
        shown = repr(value)
    except Exception:  # a whole number of more than 4300 digits, or whatever else has no repr
        shown = object.__repr__(value)
    return f"{' '.join(shown[:200].splitlines()):.40}"


def describe(value) -> str:
    """Show the beginning of a value and its type, for messages."""
    return f"{show(value)} of type {type(value).__name__}"


def count_steps(sequence) -> int:
    """Give the number of steps of one sequence in any form; 0 for what has none to count."""
    try:
        return len(sequence)
    except TypeError:  # one number or None, a tensor without dimensions, a sparse matrix
        return 0


def is_sparse(X) -> bool:
    """Tell whether X is a sparse matrix of scipy or a sparse tensor of torch."""
    return hasattr(X, "tocsr") or str(getattr(X, "layout", "")).startswith("torch.sparse")


def as_array(sequence) -> np.ndarray:
    """Give an array-like as a numpy array.

    Torch tensors come from any device and in any precision; masked values become NaN.
    """
    if is_sparse(sequence):
        raise TypeError("sparse data is not supported; toarray() or to_dense() makes it dense")
    if hasattr(sequence, "detach"):
        return _tensor_as_array(sequence)
    if isinstance(sequence, list | tuple) and sequence and hasattr(sequence[0], "detach"):
        sequence = [as_array(step) for step in sequence]
    if np.ma.is_masked(sequence):
        return np.ma.filled(sequence.astype(np.float64), np.nan)
    return np.asarray(sequence)


def _tensor_as_array(tensor):
    try:
        tensor = tensor.detach().cpu()
        if tensor.is_floating_point() and tensor.element_size() < 4:
            tensor = tensor.float()  # numpy knows no bfloat16
        return np.asarray(tensor)
    except (RuntimeError, TypeError) as error:  # on the meta device, quantized, nested
        raise TypeError(
            f"a tensor of {tensor.dtype} on the device {str(tensor.device)!r} holds no numbers "
            f"that numpy can read ({error}); give one of floats or integers on the CPU"
        ) from error


def as_floats(array: np.ndarray) -> np.ndarray:
    """Give an array of objects as floats, any other array as it is.

    Raises
    ------
    TypeError or ValueError
        The message names the sequence and the step of what is no number.
    """
    if array.dtype.kind != "O":
        return array
    try:
        return objects_as_floats(array)
    except (TypeError, ValueError, OverflowError) as error:
        kind = TypeError if isinstance(error, TypeError) else ValueError
        raise kind(_name_fault(array, str(error).rstrip("."))) from error


def objects_as_floats(array):
    """Give an array of objects as floats; dates, which numpy would turn into some, are refused."""
    dates = [kind.__name__ for kind in set(map(type, array.flat)) if issubclass(kind, _DATES)]
    if dates:
        raise TypeError(f"a number is expected, not {dates[0]!r}")
    return array.astype(np.float64)


def _name_fault(array, reason):
    found = ((where, value) for where, value in np.ndenumerate(array) if not _is_number(value))
    where, value = next(found, (None, None))
    if where is None or len(where) < 2:
        return f"sequence 0 is no row of numbers: {reason}."
    i, step, *feature = where
    place = f"sequence {i}, step {step}" + "".join(f", feature {j}" for j in feature)
    return (
        f"{place} is no number: {describe(value)} came ({reason}). Every value must be a number, "
        "or None where it is missing."
    )


def _is_number(value):
    if value is None:  # becomes NaN
        return True
    if isinstance(value, _DATES):
        return False
    try:
        float(value)
    except (TypeError, ValueError, RuntimeError, OverflowError):
        return False
    return True


def find_fault(sequence) -> str:
    """Name the first step that keeps one sequence from being an array of numbers; "" if none."""
    if hasattr(sequence, "columns"):
        return _find_in_table(sequence)
    if isinstance(sequence, np.ndarray) and sequence.dtype.kind == "O" and sequence.ndim:
        sequence = sequence.tolist()
    first = None
    for step, value in enumerate(sequence if isinstance(sequence, list | tuple) else ()):
        nested = isinstance(value, list | tuple | np.ndarray)
        if not nested and (isinstance(value, str) or not _is_number(value)):
            return f"step {step} is {describe(value)}"
        if isinstance(value, list | tuple):
            for feature, part in enumerate(value):
                if not _is_number(part):
                    return f"step {step}, feature {feature} is {describe(part)}"
        width = np.size(value) if isinstance(value, np.ndarray) else len(value) if nested else 1
        first = (width, nested, value) if first is None else first
        if width != first[0]:
            return f"step {step} has the width {width}, but step 0 has {first[0]}"
        if nested != first[1]:
            return f"step {step} is {describe(value)}, but step 0 is {describe(first[2])}"
    return ""


def _find_in_table(table):
    for name in table.columns:
        column = pd.Series(np.asarray(table[name]))
        for row, value in column.items():
            if isinstance(value, str) or not _is_number(value):
                return f"row {row} of its column {name!r} is {describe(value)}"
    return ""
