"""Text to tokens."""

import numpy as np

from sklearn_rnn._sklearn import StrOptions, validate_parameters
from sklearn_rnn.data import Texts, check_text
from sklearn_rnn.preprocessing._analyzers import analyze, find_offsets
from sklearn_rnn.preprocessing._base import SequenceTransformer

__all__ = ["WordTokenizer"]


class WordTokenizer(SequenceTransformer):
    """Split texts into tokens.

    Parameters
    ----------
    analyzer : {"word", "char"} or callable, default="word"
        "word" gives words, with their inner apostrophes, and every other visible sign as a token
        of its own; "char" gives every character; a callable takes one text and gives a list of
        str.
    lowercase : bool, default=False
        Whether to lower-case the text first.

    See Also
    --------
    TokenEncoder : Turns tokens into ids; it can also take texts as they are.

    Notes
    -----
    Combining marks belong to the word or sign that they stand on: vowel signs do not split words.
    Texts are not normalized, so that ``token_offsets`` hold; ``TokenEncoder`` does that.

    Examples
    --------
    >>> from sklearn_rnn.preprocessing import WordTokenizer
    >>> WordTokenizer().fit_transform(["Don't panic!", "So long."]).tolist()
    [["Don't", 'panic', '!'], ['So', 'long', '.']]
    """

    _parameter_constraints = {
        "analyzer": [StrOptions({"word", "char"}), callable],
        "lowercase": ["boolean"],
    }

    def __init__(self, analyzer="word", *, lowercase=False):
        self.analyzer = analyzer
        self.lowercase = lowercase

    def fit(self, X, y=None):
        """Check the parameters; there is nothing to learn.

        Parameters
        ----------
        X : list of str
            The texts.
        y : None
            Not used.

        Returns
        -------
        self : WordTokenizer
            The transformer, fitted.
        """
        validate_parameters(self)
        return self

    def transform(self, X):
        """Split each text.

        Parameters
        ----------
        X : list of str
            The texts.

        Returns
        -------
        ndarray of shape (n,), object, or Texts
            A list of str for each text; ``Texts`` keep their static columns.
        """
        validate_parameters(self)
        texts = check_text(X)
        if self.lowercase:
            texts = map(str.lower, texts)
        tokens = np.fromiter(analyze(texts, self.analyzer), dtype=object)
        return X.with_texts(tokens) if isinstance(X, Texts) else tokens

    def token_offsets(self, X):
        """Tell where each token stands in its text.

        Parameters
        ----------
        X : list of str
            The texts.

        Returns
        -------
        list of ndarray of shape (n_tokens, 2), int
            For each token the index of its first character and the index after its last one.

        Raises
        ------
        ValueError
            If ``analyzer`` is a callable whose tokens are not pieces of the text.

        Examples
        --------
        >>> from sklearn_rnn.preprocessing import WordTokenizer
        >>> WordTokenizer().token_offsets(["So long."])[0].tolist()
        [[0, 2], [3, 7], [7, 8]]
        """
        validate_parameters(self)
        texts = check_text(X)
        # Lower-casing may change the length of a text ("İ"), so tokens keep their case here.
        found = map(find_offsets, texts, analyze(texts, self.analyzer))
        return [np.array(offsets, dtype=np.int64).reshape(-1, 2) for offsets in found]

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags.string = True
        tags.input_tags.two_d_array = False
        tags.requires_fit = False
        return tags

    def __sklearn_is_fitted__(self):
        return True
