"""Whether what texts are about tells their labels better than their words do."""

import numpy as np
from scipy.sparse import csr_array
from sklearn.preprocessing import normalize

from sklearn_rnn.data import UNKNOWN_ID
from sklearn_rnn.estimators._training_data import TrainingData

__all__ = ["tells_more_than_words"]

# Of more texts, the network learns from the words what it has to know.
_FEW = 2000
# So many are looked at.
_MOST = 1000
_PENALTIES = (0.1, 0.3, 1.0, 3.0)


def tells_more_than_words(data: TrainingData, table: np.ndarray) -> bool:
    """Compare two linear models of labels, each text being foretold by all others.

    One reads the direction of the sum of a text's vectors, one its words, weighted by how rare
    they are. What is about things, such as opinions, is told by the former where labels are few;
    what hangs on grammar, such as what a question asks for, is not.

    Parameters
    ----------
    data : TrainingData
        Ids, and the index of each text's class.
    table : ndarray of shape (n_tokens, size)
        The vectors.

    Returns
    -------
    bool
        False for more texts than are few.
    """
    if len(data.target) > _FEW:
        return False
    rows = np.sort(np.random.default_rng(0).permutation(len(data.target))[:_MOST])
    target = np.asarray(data.target)[rows]
    texts = data.sequences[rows if data.rows is None else data.rows[rows]]
    counts = _count_words(texts, len(table))
    rarity = np.log((1 + len(texts)) / (1 + (counts > 0).sum(axis=0))) + 1
    about, words = normalize(counts @ table), normalize(counts.sign() * rarity[None])
    return _foretold(about, target) > _foretold(words, target)


def _count_words(texts, n_tokens):
    """Count the known words of each text: ``(n, n_tokens)``."""
    owners = np.repeat(np.arange(len(texts)), texts.lengths)
    known = (texts.values > UNKNOWN_ID) & (texts.values < n_tokens)
    places = owners[known], texts.values[known]
    return csr_array((np.ones(known.sum()), places), shape=(len(texts), n_tokens))


def _foretold(features, target):
    """Give the share of labels that ridge regression on all others gets right.

    Leaving one out has a closed form (Hastie et al., "The Elements of Statistical Learning", 2009,
    section 7.10): the error at a text is that of the whole fit, divided by its diagonal.
    """
    product = features @ features.T
    kernel = product.toarray() if hasattr(product, "toarray") else product
    indicators = (target[:, None] == np.unique(target)).astype(np.float64)
    shares = indicators.mean(axis=0)
    best, indicators = 0.0, indicators - shares
    for penalty in _PENALTIES:
        inverse = np.linalg.inv(kernel + penalty * np.eye(len(kernel)))
        foretold = indicators - inverse @ indicators / np.diag(inverse)[:, None]
        best = max(best, np.mean((shares + foretold).argmax(1) == indicators.argmax(1)))
    return best
