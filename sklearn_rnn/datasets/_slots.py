"""Slots and intents of utterances: folders of `seq.in`, `seq.out` and `label`."""

import os
import sys
from pathlib import Path
from typing import Any

import numpy as np

from sklearn_rnn.datasets._tagged_text import (
    check_cell,
    read_lines,
    tagged_rows,
    write_text,
)


def read_slots(folder: str | os.PathLike, *, return_intents: bool = False) -> tuple[Any, ...]:
    """Read utterances and their slots, as ATIS and SNIPS are mostly handed on.

    The folder has a file `seq.in` with an utterance a line, its words separated by spaces, a
    file `seq.out` with as many labels in the same line, and perhaps a file `label` with what
    the utterance as a whole is after. SNIPS is the data of [1]_.

    Parameters
    ----------
    folder : str or os.PathLike
        The folder, its files in UTF-8. A file may be packed (`seq.in.gz`).
    return_intents : bool, default=False
        Whether to read the file `label` too.

    Returns
    -------
    X : list of lists of str
        The words of each utterance, split at plain spaces and tabs only.
    y : list of lists of str
        The slot of each word.
    intents : ndarray of shape (n_utterances,), of str
        Only if `return_intents`: the classes for an
        :class:`~sklearn_rnn.RNNClassifier` of the same X.

    Raises
    ------
    ValueError
        If the files differ in their number of lines, or two lines in their number of words and
        labels. The message names the file, the line, what was expected, what came, and what to
        do.
    OSError
        If a file cannot be opened.

    See Also
    --------
    write_slots : Writes such a folder.

    References
    ----------
    .. [1] A. Coucke et al., "Snips voice platform: an embedded spoken language understanding
       system for private-by-design voice interfaces", arXiv:1805.10190, 2018.

    Examples
    --------
    >>> import tempfile
    >>> from sklearn_rnn.datasets import read_slots, write_slots
    >>> X = [["play", "some", "jazz"], ["rain", "today"]]
    >>> y = [["O", "O", "B-genre"], ["B-weather", "B-day"]]
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     write_slots(folder, X, y, intents=["PlayMusic", "GetWeather"])
    ...     X, y, intents = read_slots(folder, return_intents=True)
    >>> X[1], y[1], str(intents[1])
    (['rain', 'today'], ['B-weather', 'B-day'], 'GetWeather')
    """
    words_path, X = _read_rows(folder, "seq.in")
    labels_path, y = _read_rows(folder, "seq.out")
    _check_same_number(words_path, X, labels_path, y)
    for number, (words, labels) in enumerate(zip(X, y, strict=True), start=1):
        if len(words) != len(labels):
            raise ValueError(
                f"{labels_path}, line {number}: expected {len(words)} labels, one for each word "
                f"of that line in {words_path.name}, but got {len(labels)}; correct one of the two"
            )
    if not return_intents:
        return X, y
    intents_path, rows = _read_rows(folder, "label")
    _check_same_number(words_path, X, intents_path, rows)
    return X, y, np.array([" ".join(row) for row in rows])


def write_slots(folder: str | os.PathLike, X, y, *, intents=None) -> None:
    """Write words and slots, and intents if there are any, into the files of a folder.

    Parameters
    ----------
    folder : str or os.PathLike
        Where `seq.in`, `seq.out` and `label` go; it is made if it is missing, and files of these
        names are overwritten.
    X : list of lists of str
        The words of each utterance. They contain no space, tab or line end.
    y : list of lists of str
        The slot of each word, as `predict` of a tagger gives it too.
    intents : array-like of shape (n_utterances,), of str, default=None
        What each utterance as a whole is after. None writes no file `label`.

    Raises
    ------
    ValueError or TypeError
        If X, y and intents do not belong together, or if a word or label cannot be written. The
        message names the utterance by its index, as a sentence, and nothing is written.

    See Also
    --------
    read_slots : Reads the folder back.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> from sklearn_rnn.datasets import write_slots
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     write_slots(folder, [["to", "Rome"]], [["O", "B-city"]], intents=["travel"])
    ...     sorted(path.name for path in Path(folder).iterdir())
    ['label', 'seq.in', 'seq.out']
    """
    files = {"seq.in": [], "seq.out": []}
    for i, words, labels in tagged_rows(X, y):
        files["seq.in"].append(" ".join(check_cell(w, "word", i, " \t\n\r") for w in words))
        files["seq.out"].append(" ".join(check_cell(t, "label", i, " \t\n\r") for t in labels))
    if intents is not None:
        files["label"] = [check_cell(t, "intent", i, " \t\n\r") for i, t in enumerate(intents)]
        if len(files["label"]) != len(files["seq.in"]):
            raise ValueError(
                f"X has {len(files['seq.in'])} sentences, but intents has {len(files['label'])} "
                "entries; give one for each sentence"
            )
    os.makedirs(folder, exist_ok=True)
    for name, lines in files.items():
        write_text(Path(os.fsdecode(folder)) / name, lines)


def _read_rows(folder: str | os.PathLike, name: str) -> tuple[Path, list[list[str]]]:
    """A file of the folder, packed or not, and the words of each of its lines."""
    path = Path(os.fsdecode(folder)) / name
    packed = path.with_name(f"{name}.gz")
    if not path.exists() and packed.exists():
        path = packed
    rows = [[sys.intern(word) for word in _split(line)] for line in read_lines(path)]
    while rows and not rows[-1]:
        rows.pop()
    if not rows:
        raise ValueError(f"{path}: expected at least one line, but found none; check the file")
    for number, row in enumerate(rows, start=1):
        if not row:
            raise ValueError(
                f"{path}, line {number}: expected words, but the line is blank; remove it here "
                "and in the files beside this one"
            )
    return path, rows


def _split(line: str) -> list[str]:
    """The words of a line; only plain spaces and tabs separate them."""
    return [word for word in line.replace("\t", " ").split(" ") if word]


def _check_same_number(first_path: Path, first: list, second_path: Path, second: list) -> None:
    """Raise unless two files have a line for each line of the other."""
    if len(first) != len(second):
        raise ValueError(
            f"{second_path}, line {min(len(first), len(second)) + 1}: expected {len(first)} lines, "
            f"as {first_path.name} has, but got {len(second)}; the files must go line by line"
        )
