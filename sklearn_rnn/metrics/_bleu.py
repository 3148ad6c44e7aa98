"""How close translations are to those of people."""

import math
import re
from collections import Counter
from collections.abc import Callable

from sklearn_rnn.metrics._label_rows import quote

__all__ = ["bleu_score"]

_ORDERS = (1, 2, 3, 4)
_ENTITIES = {"&quot;": '"', "&amp;": "&", "&lt;": "<", "&gt;": ">"}
_SPLITS = [
    (re.compile(r"([{-~\[-` -&(-+:-@/])"), r" \1 "),  # signs, but for apostrophes and .,-
    (re.compile(r"([^0-9])([.,])"), r"\1 \2 "),
    (re.compile(r"([.,])([^0-9])"), r" \1 \2"),
    (re.compile(r"([0-9])(-)"), r"\1 \2 "),
]


def bleu_score(
    y_true,
    y_pred,
    *,
    tokenize: str | Callable | None = "13a",
    lowercase: bool = False,
    effective_order: bool = False,
) -> float:
    """BLEU of a whole corpus: how many words, pairs, triples and fours of words are as expected.

    It is the geometric mean of the shares of the n-grams of the predictions, ``n`` from 1 to 4,
    that stand in the reference as often, times a penalty for predictions that are shorter
    together. Figures are those of sacrebleu with its defaults, one reference each; figures of
    texts that were tokenised or lower-cased otherwise cannot be compared.

    Parameters
    ----------
    y_true : list of n str, or list of n lists of str
        The references: texts, or tokens.
    y_pred : list of n str, or list of n lists of str
        The predictions.
    tokenize : {"13a"}, callable or None, default="13a"
        How texts are split: as NIST's script ``mteval-v13a`` does, by a function of a text, or at
        spaces (None). Lists of tokens are taken as they are.
    lowercase : bool, default=False
        Whether to lower-case all.
    effective_order : bool, default=False
        Whether n-grams count only up to the length of the longest reference. Without it, where
        no reference has four tokens, even predictions without a mistake score 0. The option of
        that name in sacrebleu goes by the predictions, which may make themselves short.

    Returns
    -------
    score : float
        From 0 to 100, the best.

    Raises
    ------
    ValueError or TypeError
        If the two differ in their number, or hold what is neither text nor tokens.

    See Also
    --------
    sequence_accuracy_score : Share of the predictions without a mistake.

    Notes
    -----
    Where no n-gram of a length is right, half a right one is taken for the first such length, a
    quarter for the next ("exp" smoothing).

    References
    ----------
    Papineni et al., "BLEU: a Method for Automatic Evaluation of Machine Translation", 2002.

    Post, "A Call for Clarity in Reporting BLEU Scores", 2018.

    Examples
    --------
    >>> from sklearn_rnn.metrics import bleu_score
    >>> reference = ["the cat sat on the mat", "a dog barks at the moon"]
    >>> round(bleu_score(reference, ["the cat sat on a mat", "a dog barks at the moon"]), 2)
    77.82
    >>> bleu_score(["a cat", "a dog"], ["a cat", "a dog"])
    0.0
    >>> round(bleu_score(["a cat", "a dog"], ["a cat", "a dog"], effective_order=True), 2)
    100.0
    """
    split = _splitter(tokenize)
    references = _token_lists("y_true", y_true, split, lowercase)
    predictions = _token_lists("y_pred", y_pred, split, lowercase)
    if len(references) != len(predictions):
        raise ValueError(
            f"y_true has {len(references)} reference(s), but y_pred has {len(predictions)} "
            "prediction(s); give both for the same samples."
        )
    longest = max(map(len, references)) if effective_order else _ORDERS[-1]
    counts = [_count(references, predictions, n) for n in _ORDERS if n <= max(1, longest)]
    lengths = [sum(map(len, rows)) for rows in (references, predictions)]
    return _combine(counts, *lengths)


def _splitter(tokenize):
    if tokenize == "13a":
        return _split_13a
    if tokenize is None:
        return str.split
    if callable(tokenize):
        return tokenize
    raise ValueError(f'tokenize must be "13a", None or a function, but is {tokenize!r:.40}.')


def _split_13a(text: str) -> list[str]:
    text = text.rstrip().replace("<skipped>", "").replace("-\n", "").replace("\n", " ")
    for entity, sign in _ENTITIES.items():
        text = text.replace(entity, sign)
    text = f" {text} "
    for pattern, parted in _SPLITS:
        text = pattern.sub(parted, text)
    return text.split()


def _token_lists(name, y, split, lowercase):
    if isinstance(y, str | dict) or not hasattr(y, "__len__"):
        raise TypeError(
            f"{name} must be a list of texts, or of lists of tokens, but is {quote(y)} "
            f"({type(y).__name__})."
        )
    rows = list(y)
    if not rows:
        raise ValueError(f"{name} is empty; give at least one text.")
    return [_tokens(f"sample {i} of {name}", row, split, lowercase) for i, row in enumerate(rows)]


def _tokens(where, row, split, lowercase):
    if isinstance(row, str):
        return split(row.lower() if lowercase else row)
    tokens = list(row) if hasattr(row, "__iter__") else [None]
    if not all(isinstance(token, str) for token in tokens):
        raise TypeError(
            f"{where} is {quote(row)} ({type(row).__name__}), but a text, or a list of tokens that "
            "are str, is expected."
        )
    return [token.lower() for token in tokens] if lowercase else tokens


def _count(references, predictions, n):
    """Give how many n-grams of the predictions are right, and how many there are."""
    right = total = 0
    for reference, prediction in zip(references, predictions, strict=True):
        written = _ngrams(prediction, n)
        right += (written & _ngrams(reference, n)).total()
        total += written.total()
    return right, total


def _ngrams(tokens, n):
    return Counter(zip(*(tokens[i:] for i in range(n)), strict=False))


def _combine(counts, n_expected, n_written):
    """Give the geometric mean of the shares, times the penalty (Papineni et al., section 2.3)."""
    if not any(right for right, _ in counts) or not all(total for _, total in counts):
        return 0.0
    smallest, logarithms = 1.0, []
    for right, total in counts:
        smallest = smallest if right else smallest / 2
        logarithms.append(math.log((right or smallest) / total))
    brevity = min(0.0, 1 - n_expected / n_written)
    return 100 * math.exp(brevity + sum(logarithms) / len(logarithms))
