"""The CoNLL formats of named entities, chunks and the like: a few columns a word."""

import os
from numbers import Integral
from typing import Any

from sklearn_rnn.datasets._tagged_text import (
    Token,
    check_cell,
    quote,
    read_sentences,
    tagged_rows,
    write_text,
)

_DOCUMENT = "-DOCSTART-"


def read_conll(
    path: str | os.PathLike,
    columns: tuple[int, int] = (0, -1),
    *,
    comments: str | None = None,
    return_groups: bool = False,
) -> tuple[Any, ...]:
    r"""Read words and labels from a file with a word a line and a blank line after a sentence.

    So come most data of named entities, chunks and parts of speech, those of the CoNLL shared
    tasks [1]_ among them. A line is split at tabs if it has any, else at runs of plain spaces,
    and never at other signs that look like one, such as a no-break space within a word. Plain
    spaces around a column are dropped; lines of nothing but tabs and spaces are blank.

    Parameters
    ----------
    path : str or os.PathLike
        The file, in UTF-8. A name that ends in `.gz` is unpacked on the way.
    columns : tuple of two int, default=(0, -1)
        The column of the words and that of the labels, counted from 0, or from the last by
        negative numbers.
    comments : str or None, default=None
        Lines that begin so, such as `"# "`, are skipped. None skips none: `#` is a word in many
        files.
    return_groups : bool, default=False
        Whether to give the document of each sentence too, for
        :class:`~sklearn.model_selection.GroupKFold`. Lines whose first column is `-DOCSTART-`
        part documents; they are no words in any case.

    Returns
    -------
    X : list of lists of str
        The words of each sentence.
    y : list of lists of str
        The labels of each sentence, one a word.
    groups : ndarray of shape (n_sentences,), int64
        Only if `return_groups`.

    Raises
    ------
    ValueError
        If the lines of a sentence differ in their number of columns, or lack one of those asked
        for. The message names the file, the line, what was expected, what came, and what to do.
    OSError
        If the file cannot be opened.

    See Also
    --------
    write_conll : Writes such a file.
    read_conllu : Reads the ten columns of Universal Dependencies.

    References
    ----------
    .. [1] E. F. Tjong Kim Sang and F. De Meulder, "Introduction to the CoNLL-2003 shared task:
       language-independent named entity recognition", CoNLL, 2003.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> from sklearn_rnn.datasets import read_conll
    >>> text = "Rosa NNP B-PER\nLuxemburg NNP I-PER\nspoke VBD O\n\nYes UH O\n"
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder) / "news.conll"
    ...     size = path.write_text(text)
    ...     X, y = read_conll(path)
    ...     _, parts_of_speech = read_conll(path, columns=(0, 1))
    >>> X
    [['Rosa', 'Luxemburg', 'spoke'], ['Yes']]
    >>> y
    [['B-PER', 'I-PER', 'O'], ['O']]
    >>> parts_of_speech
    [['NNP', 'NNP', 'VBD'], ['UH']]
    """
    _check_columns(columns)
    if comments is not None and (not isinstance(comments, str) or not comments):
        raise ValueError(f"comments must be a str that is not empty, or None, but is {comments!r}")
    reader = _LineReader(columns, comments)
    X, y, groups = read_sentences(path, reader.read_line, _starts_document)
    return (X, y, groups) if return_groups else (X, y)


def write_conll(path: str | os.PathLike, X, y, *, separator: str = "\t") -> None:
    r"""Write words and labels in two columns, a word a line and a blank line after a sentence.

    Parameters
    ----------
    path : str or os.PathLike
        The file, which is overwritten. If its name ends in `.gz`, it is packed.
    X : list of lists of str
        The words of each sentence. They contain no separator, tab or line end, neither begin
        nor end with a space, and are not `-DOCSTART-`.
    y : list of lists of str
        The labels of each sentence, one a word, as `predict` of a tagger gives them too.
    separator : {"\t", " "}, default="\t"
        What stands between word and label. With a tab, words may contain spaces.

    Raises
    ------
    ValueError or TypeError
        If X and y do not belong together, or if a word or label cannot be written. The message
        names the sentence, and nothing is written.

    See Also
    --------
    read_conll : Reads the file back.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> from sklearn_rnn.datasets import read_conll, write_conll
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder) / "cities.conll"
    ...     write_conll(path, [["New York", "sleeps"]], [["B-LOC", "O"]])
    ...     read_conll(path)
    ([['New York', 'sleeps']], [['B-LOC', 'O']])
    """
    if separator not in ("\t", " "):
        raise ValueError(f"separator must be '\\t' or ' ', but is {separator!r}")
    lines = []
    for i, words, labels in tagged_rows(X, y):
        for word, label in zip(words, labels, strict=True):
            word = _check_column(word, "word", i, separator)
            lines.append(word + separator + _check_column(label, "label", i, separator))
        lines.append("")
    write_text(path, lines)


class _LineReader:
    """Takes word and label from each line; the first line of a sentence sets its width."""

    def __init__(self, columns: tuple[int, int], comments: str | None):
        self.columns = columns
        self.comments = comments
        self.width = 0

    def read_line(self, line: str, n_words: int) -> Token | None:
        """The word and label of a line, or None for a comment."""
        if self.comments is not None and line.startswith(self.comments):
            return None
        cells = _split(line)
        if n_words == 0:
            self.width = len(cells)
            self._check_width(line)
        if len(cells) != self.width:
            raise ValueError(
                f"expected {self.width} columns, as the sentence began, but got {len(cells)}: "
                f"{quote(line)}; correct the line, or put a blank line between sentences"
            )
        word, label = (cells[column] for column in self.columns)
        if not word or not label:
            raise ValueError(
                f"expected a word and a label, but one of them is empty: {quote(line)}; write a "
                "sign for it, or remove the line"
            )
        return Token(word, label)

    def _check_width(self, line: str) -> None:
        """Raise unless word and label are two of the columns."""
        places = {c if c >= 0 else self.width + c for c in self.columns}
        if not places <= set(range(self.width)) or len(places) < 2:
            raise ValueError(
                f"expected a line with columns {self.columns[0]} and {self.columns[1]}, two "
                f"different ones, but it has {self.width}: {quote(line)}; correct the line or "
                "the parameter columns (columns are separated by tabs or plain spaces)"
            )


def _split(line: str) -> list[str]:
    """The columns of a line; only tabs and plain spaces separate them."""
    if "\t" in line:
        return [cell.strip(" ") for cell in line.split("\t")]
    return [cell for cell in line.split(" ") if cell]


def _starts_document(line: str) -> bool:
    """Whether the first column of a line is the mark of a new document."""
    return _DOCUMENT in line and _split(line)[0] == _DOCUMENT


def _check_columns(columns) -> None:
    """Raise unless columns are two different integers."""
    integers = isinstance(columns, tuple | list) and all(
        isinstance(c, Integral) and not isinstance(c, bool) for c in columns
    )
    if not integers or len(columns) != 2 or columns[0] == columns[1]:
        raise ValueError(
            "columns must be two different integers, the column of the words and that of the "
            f"labels, but is {quote(columns)}"
        )


def _check_column(text, what: str, i: int, separator: str) -> str:
    """A word or label that reads back as it is."""
    text = check_cell(text, what, i, "\t\n\r" + separator.strip("\t"))
    if text != text.strip(" "):
        raise ValueError(
            f"sentence {i}: the {what} {quote(text)} begins or ends with a space, which would not "
            "be read back; strip it"
        )
    if what == "word" and text == _DOCUMENT:
        raise ValueError(
            f"sentence {i}: the word {_DOCUMENT!r} marks a new document in this format; leave it "
            "out"
        )
    return text
