"""The CoNLL-U format of Universal Dependencies: ten columns a word."""

import os
import re
from typing import Any

from sklearn_rnn.datasets._tagged_text import (
    Token,
    check_cell,
    quote,
    read_sentences,
    tagged_rows,
    write_text,
)

_FIELDS = {"lemma": 2, "upos": 3, "xpos": 4, "feats": 5, "deprel": 7}
_N_COLUMNS = 10
_NO_WORD = re.compile(r"[0-9]+[-.][0-9]+")  # 3-4 spans two words; 8.1 is a node without a form


def read_conllu(
    path: str | os.PathLike, field: str = "upos", *, return_groups: bool = False
) -> tuple[Any, ...]:
    r"""Read words and one field of a CoNLL-U file, the format of Universal Dependencies.

    The words are the syntactic ones: lines of multiword tokens (`3-4`) and of empty nodes
    (`8.1`) are left out, so that `du` comes as `de` and `le`. So are comments. All of the format
    is told in [1]_.

    Parameters
    ----------
    path : str or os.PathLike
        The file, in UTF-8. A name that ends in `.gz` is unpacked on the way.
    field : {"upos", "xpos", "lemma", "feats", "deprel"}, default="upos"
        The column that becomes y, each cell whole and as it stands: features are one string
        (`Case=Nom|Number=Sing`), and what the file leaves open is `_`.
    return_groups : bool, default=False
        Whether to give the document of each sentence too, for
        :class:`~sklearn.model_selection.GroupKFold`. Comments `# newdoc` part documents.

    Returns
    -------
    X : list of lists of str
        The words of each sentence, as they are written.
    y : list of lists of str
        The field of each word.
    groups : ndarray of shape (n_sentences,), int64
        Only if `return_groups`.

    Raises
    ------
    ValueError
        If the file departs from the format. The message names the file, the line, what was
        expected, what came, and what to do.
    OSError
        If the file cannot be opened.

    See Also
    --------
    write_conllu : Writes such a file.
    read_conll : Reads files of fewer columns.

    References
    ----------
    .. [1] https://universaldependencies.org/format.html

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> from sklearn_rnn.datasets import read_conllu, write_conllu
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder) / "news.conllu"
    ...     write_conllu(path, [["Birds", "sing"], ["Yes"]], [["NOUN", "VERB"], ["INTJ"]])
    ...     X, y = read_conllu(path)
    >>> X
    [['Birds', 'sing'], ['Yes']]
    >>> y
    [['NOUN', 'VERB'], ['INTJ']]
    """
    column = _column(field)

    def read_line(line, n_words):
        return _read_line(line, n_words, column)

    X, y, groups = read_sentences(path, read_line, _starts_document)
    return (X, y, groups) if return_groups else (X, y)


def write_conllu(path: str | os.PathLike, X, y, field: str = "upos") -> None:
    """Write words and one field as a CoNLL-U file; the other columns are left open (`_`).

    Parameters
    ----------
    path : str or os.PathLike
        The file, which is overwritten. If its name ends in `.gz`, it is packed.
    X : list of lists of str
        The words of each sentence. They may contain spaces, but no tab and no line end.
    y : list of lists of str
        The field of each word, as `predict` of a tagger gives it too.
    field : {"upos", "xpos", "lemma", "feats", "deprel"}, default="upos"
        The column that y becomes.

    Raises
    ------
    ValueError or TypeError
        If X and y do not belong together, or if a word or label cannot be written. The message
        names the sentence, and nothing is written.

    See Also
    --------
    read_conllu : Reads the file back.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> from sklearn_rnn.datasets import write_conllu
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder) / "tagged.conllu"
    ...     write_conllu(path, [["Cats", "sleep"]], [["NOUN", "VERB"]])
    ...     len(path.read_text().splitlines())  # a word a line, and an empty line
    3
    """
    column = _column(field)
    lines = []
    for i, words, labels in tagged_rows(X, y):
        for number, (word, label) in enumerate(zip(words, labels, strict=True), start=1):
            cells = ["_"] * _N_COLUMNS
            cells[0] = str(number)
            cells[1] = check_cell(word, "word", i, "\t\n\r")
            cells[column] = check_cell(label, "label", i, "\t\n\r")
            lines.append("\t".join(cells))
        lines.append("")
    write_text(path, lines)


def _column(field: str) -> int:
    """Where a field stands in a line."""
    if not isinstance(field, str) or field not in _FIELDS:
        raise ValueError(f"field must be one of {sorted(_FIELDS)}, but is {quote(field)}")
    return _FIELDS[field]


def _starts_document(line: str) -> bool:
    """Whether a line is the comment that begins a document: `# newdoc`, perhaps with an id."""
    return line[:1] == "#" and line[1:].split()[:1] == ["newdoc"]


def _read_line(line: str, n_words: int, column: int) -> Token | None:
    """The word and field of a line; None for a comment, a multiword token or an empty node."""
    if line[0] == "#":
        return None
    cells = line.split("\t")
    if len(cells) != _N_COLUMNS:
        raise ValueError(
            f"expected {_N_COLUMNS} columns separated by tabs, but got {len(cells)}: "
            f"{quote(line)}; correct the line, or read a file of fewer columns with read_conll"
        )
    if cells[0] != str(n_words + 1):
        if _NO_WORD.fullmatch(cells[0]):
            return None
        raise ValueError(
            f"expected word {n_words + 1} of the sentence, but the first column is "
            f"{quote(cells[0])}; number the words from 1, and put a blank line between sentences"
        )
    word, label = cells[1], cells[column]
    if not word or not label:
        raise ValueError(f"expected no empty column, but got {quote(line)}; write _ for nothing")
    return Token(word, label)
