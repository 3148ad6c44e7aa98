"""Spans written as one label a word, from one scheme into another."""

from sklearn_rnn.data import convert_labels
from sklearn_rnn.datasets._tagged_text import as_rows


def convert_scheme(y, from_scheme: str, to_scheme: str) -> list[list[str]]:
    """Write the same spans in another scheme.

    A span of three words is ``I I I`` in IOB1 [1]_, where B begins one only if it follows another
    of its type at once; ``B I I`` in IOB2; and ``B I E`` in BIOES, where one of a single word is
    ``S``. Taggers often do better with BIOES [2]_.

    Parameters
    ----------
    y : list of lists of str
        The labels of each sentence, each ``"O"`` or a letter and a type, as in ``"B-PER"``. In
        BIOES the letters L and U are read as E and S, and M as I.
    from_scheme, to_scheme : {"IOB1", "IOB2", "BIOES"}
        How y writes spans, and how the result does.

    Returns
    -------
    labels : list of lists of str
        One label a word, as in y.

    Raises
    ------
    ValueError or TypeError
        If a sentence breaks `from_scheme`, as it may not mean what it seems to. The message
        names the sentence and the step.

    See Also
    --------
    sklearn_rnn.metrics.span_f1_score : Scores spans in any of these schemes.

    References
    ----------
    .. [1] L. A. Ramshaw and M. P. Marcus, "Text chunking using transformation-based learning",
       Third Workshop on Very Large Corpora, 1995.
    .. [2] L. Ratinov and D. Roth, "Design challenges and misconceptions in named entity
       recognition", CoNLL, 2009.

    Examples
    --------
    >>> from sklearn_rnn.datasets import convert_scheme
    >>> convert_scheme([["I-PER", "I-PER", "B-PER", "O"]], "IOB1", "BIOES")
    [['B-PER', 'E-PER', 'S-PER', 'O']]
    """
    rows = [as_rows(f"sentence {i} of y", row) for i, row in enumerate(as_rows("y", y))]
    return convert_labels(rows, from_scheme, to_scheme)
