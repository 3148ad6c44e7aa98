"""Text or tokens to ids."""

import unicodedata
from collections.abc import Iterator
from numbers import Integral

import numpy as np
from sklearn.utils.validation import check_is_fitted

from sklearn_rnn._sklearn import Interval, StrOptions, validate_parameters
from sklearn_rnn.data import (
    PADDING_ID,
    InputKind,
    NumberedTokens,
    Sequences,
    Vocabulary,
    check_text,
    check_tokens,
    count_steps,
    input_kind,
    number_tokens,
    rows_of_table,
    show,
    static_fields,
)
from sklearn_rnn.preprocessing._analyzers import analyze, choose_analyzer
from sklearn_rnn.preprocessing._base import SequenceTransformer

__all__ = ["TokenEncoder"]


class TokenEncoder(SequenceTransformer):
    """Turn texts or lists of tokens into sequences of ids.

    ``fit`` learns the vocabulary; a token outside it becomes the unknown id. Texts and tokens are
    brought into Unicode's normal form C first, so that an accent is the same in every spelling.

    Parameters
    ----------
    analyzer : {"auto", "word", "char"} or callable, default="auto"
        How texts are split, as in :class:`WordTokenizer`. "auto" means characters if most texts
        are a single word, else words. Lists of tokens are taken as they are.
    lowercase : bool, default=True
        Whether to lower-case texts and tokens first.
    min_count : int, default=1
        A token needs as many occurrences to be known.
    max_tokens : int or None, default=None
        How many tokens are known at most, the most frequent first; padding and unknown are not
        counted.
    unknown_token : str, default="<unk>"
        What ``inverse_transform`` gives for the unknown id, 1.
    padding_token : str, default="<pad>"
        How the padding id, 0, is named.

    Attributes
    ----------
    vocabulary_ : Vocabulary
        The tokens in the order of their ids: padding, unknown, then by falling frequency, equally
        frequent ones in alphabetical order.
    analyzer_ : {"word", "char"}, callable or None
        How texts are split; None if ``fit`` saw lists of tokens.

    See Also
    --------
    WordTokenizer : Only splits texts.

    Examples
    --------
    >>> from sklearn_rnn.preprocessing import TokenEncoder
    >>> encoder = TokenEncoder().fit(["the cat sat", "the dog sat"])
    >>> ids = encoder.transform(["the cow sat"])
    >>> ids.to_list()
    [array([3, 1, 2], dtype=int32)]
    >>> encoder.inverse_transform(ids).tolist()
    [['the', '<unk>', 'sat']]
    """

    _parameter_constraints = {
        "analyzer": [StrOptions({"auto", "word", "char"}), callable],
        "lowercase": ["boolean"],
        "min_count": [Interval(Integral, 1, None, closed="left")],
        "max_tokens": [Interval(Integral, 1, None, closed="left"), None],
        "unknown_token": [str],
        "padding_token": [str],
    }

    def __init__(
        self,
        analyzer="auto",
        *,
        lowercase=True,
        min_count=1,
        max_tokens=None,
        unknown_token="<unk>",
        padding_token="<pad>",
    ):
        self.analyzer = analyzer
        self.lowercase = lowercase
        self.min_count = min_count
        self.max_tokens = max_tokens
        self.unknown_token = unknown_token
        self.padding_token = padding_token

    def fit(self, X, y=None):
        """Learn the vocabulary.

        Parameters
        ----------
        X : list of str, or list of lists of str
            Texts, or lists of tokens.
        y : None
            Not used.

        Returns
        -------
        self : TokenEncoder
            The transformer, fitted.

        Raises
        ------
        ValueError
            If X is neither, or no token is frequent enough to be known.
        """
        self._fit_tokens(X)
        return self

    def fit_transform(self, X, y=None):
        """Learn the vocabulary and give the ids, splitting each text once.

        Parameters
        ----------
        X : list of str, or list of lists of str
            Texts, or lists of tokens.
        y : None
            Not used.

        Returns
        -------
        Sequences
            Ids, with the vocabulary; static columns of ``Texts`` are kept.
        """
        return self._encode(self._fit_tokens(X), X)

    def transform(self, X):
        """Give the ids of the tokens.

        Parameters
        ----------
        X : list of str, or list of lists of str
            Texts, or lists of tokens.

        Returns
        -------
        Sequences
            Ids, with the vocabulary; static columns of ``Texts`` are kept.
        """
        check_is_fitted(self)
        return self._encode(self._number(X), X)

    def inverse_transform(self, X):
        """Give the tokens of the ids.

        Parameters
        ----------
        X : Sequences, padded array of shape (n, time), or list of arrays of ids
            The ids; padding is left out.

        Returns
        -------
        ndarray of shape (n,), object
            A list of str for each sequence.
        """
        check_is_fitted(self)
        sequences = X if isinstance(X, Sequences) else Sequences.from_list(X)
        values = sequences.values
        if values.size and (values.ndim != 1 or values.dtype.kind not in "iu"):
            sequences = self._whole(sequences)
        decode = self.vocabulary_.decode
        texts = (decode(int(i) for i in ids if i != PADDING_ID) for ids in sequences)
        return np.fromiter(texts, dtype=object)

    @staticmethod
    def _whole(sequences):
        """Give ids that came as floats, or raise an error that says where one is none."""
        values = sequences.values.reshape(len(sequences.values), -1)
        wrong = np.flatnonzero((values % 1 != 0).any(axis=1) | (values.shape[1] != 1))
        if len(wrong):
            i = int(np.searchsorted(sequences.offsets, wrong[0], side="right")) - 1
            step = wrong[0] - sequences.offsets[i]
            raise ValueError(
                f"sequence {i}, step {step} is {show(values[wrong[0]].tolist())}, but an id must "
                "be one whole number; give what transform gave."
            )
        return sequences.with_values(values[:, 0].astype(np.int64))

    def get_feature_names_out(self, input_features=None):
        """Give the tokens in the order of their ids.

        Parameters
        ----------
        input_features : None
            Not used.

        Returns
        -------
        ndarray of shape (n_tokens,), object
            The token of id i at i; those of padding and of the unknown come first.
        """
        check_is_fitted(self)
        return np.array(self.vocabulary_.tokens, dtype=object)

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags.string = True
        tags.input_tags.two_d_array = False
        return tags

    def _fit_tokens(self, X):
        validate_parameters(self)
        self.analyzer_ = self._resolve_analyzer(X)
        numbered = self._number(X)
        self.vocabulary_ = Vocabulary(
            self._known_tokens(numbered), padding=self.padding_token, unknown=self.unknown_token
        )
        return numbered

    def _resolve_analyzer(self, X):
        kind = input_kind(X)
        if kind is InputKind.RAGGED and not any(map(count_steps, X)):
            raise ValueError("X holds no tokens, but a vocabulary is learned from at least one.")
        if kind is InputKind.TOKENS:
            return None
        if kind is not InputKind.TEXT:
            raise ValueError(
                f"texts or lists of tokens are expected, but X is {kind.value}; numbers go to the "
                "estimator as they are, a column of texts by itself, X[name]."
            )
        return choose_analyzer(check_text(X)) if self.analyzer == "auto" else self.analyzer

    def _tokenize(self, X) -> Iterator[list[str]]:
        """Yield the tokens of one text or token list after the other, in the form ``fit`` saw."""
        if self.analyzer_ is None:
            return (list(map(self._normalize, tokens)) for tokens in check_tokens(X))
        return analyze(map(self._normalize, check_text(X)), self.analyzer_)

    def _normalize(self, text):
        # Lower-casing may decompose a character, so the normal form comes last.
        return unicodedata.normalize("NFC", text.lower() if self.lowercase else text)

    def _number(self, X) -> NumberedTokens:
        return number_tokens(self._tokenize(X), source=X)

    def _known_tokens(self, numbered):
        counts = numbered.counts().tolist()
        counted = zip(numbered.distinct, counts, strict=True)
        frequent = [(-count, token) for token, count in counted if count >= self.min_count]
        if not frequent:
            most = max(counts, default=0)
            raise ValueError(
                f"no token occurs min_count={self.min_count} times (the most frequent one occurs "
                f"{most} times), so the vocabulary would be empty; lower min_count or check X."
            )
        return [token for _, token in sorted(frequent)[: self.max_tokens]]

    def _encode(self, numbered, X):
        ids = np.array(self.vocabulary_.encode(numbered.distinct), dtype=np.int32)
        return Sequences(
            values=rows_of_table(ids, numbered.codes),
            offsets=numbered.offsets,
            vocabulary=self.vocabulary_,
            codes=numbered.codes[:, None],
            categories=(numbered.distinct,),
            **static_fields(X),
        )
