"""Texts or tokens to word vectors."""

import unicodedata
from itertools import pairwise
from numbers import Integral, Real
from os import PathLike

import numpy as np
from sklearn.base import ClassNamePrefixFeaturesOutMixin
from sklearn.utils.metaestimators import available_if
from sklearn.utils.validation import check_is_fitted

from sklearn_rnn._sklearn import Interval, StrOptions, validate_parameters
from sklearn_rnn.data import Sequences, describe, show, static_fields
from sklearn_rnn.preprocessing._base import SequenceTransformer
from sklearn_rnn.preprocessing._gensim import hash_ngrams, train_vectors
from sklearn_rnn.preprocessing._token_encoder import TokenEncoder
from sklearn_rnn.preprocessing._vector_files import read_vector_file
from sklearn_rnn.preprocessing._word_vectors import (
    WordVectors,
    gensim_seed,
    mean_vectors,
    nearest_rows,
)

__all__ = ["WordEmbedder"]

_COUNT = Interval(Integral, 1, None, closed="left")
# gensim reads these as C does, unchecked: what is far too large ends the process.
_FEW = Interval(Integral, 1, 10_000, closed="both")
_SHARE = Interval(Real, 0, None, closed="left")


def _gives_means(self):
    if self.output != "mean":
        raise AttributeError('get_feature_names_out is there with output="mean" only.')
    return True


class WordEmbedder(
    ClassNamePrefixFeaturesOutMixin, SequenceTransformer, auto_wrap_output_keys=("transform",)
):
    """Turn texts or lists of tokens into sequences of word vectors, or into one vector a text.

    The vectors are trained on the texts of ``fit``, by gensim, or read from a file. They can also
    start the embedding of an estimator: ``RNNClassifier(embedding=WordEmbedder())``.

    Parameters
    ----------
    path : str, path or None, default=None
        A file of word vectors: text (GloVe, word2vec, .vec), with or without a header, or the
        binary format of word2vec or fastText; packed by gzip or not. None trains them.
    limit : int or None, default=None
        How many words of the file to read at most, from its beginning.
    vector_size : int, default=100
        The width of trained vectors; those of a file have their own.
    window : int, default=5
        How many tokens to the left and to the right a token is told by.
    min_count : int, default=2
        A token needs as many occurrences to get a vector of its own.
    sg : {0, 1}, default=1
        1 is skip-gram, which foretells the tokens around from a token; 0 is CBOW, the other way
        round, which is faster.
    negative : int, default=5
        How many tokens that are not there each token is told from.
    ns_exponent : float, default=0.75
        How often these are drawn: in proportion to their frequency to this power.
    sample : float, default=0.001
        Tokens of a larger share are often left out of training; 0 leaves out none.
    alpha : float, default=0.025
        The learning rate at the beginning.
    min_alpha : float, default=0.0001
        The learning rate at the end.
    epochs : int, default=20
        Passes over the texts.
    workers : int, default=1
        Threads of training. More than one is faster, but then ``random_state`` does not make fits
        repeatable.
    min_n, max_n : int, default=3 and 6
        The lengths of the character n-grams that ``oov="subword"`` reads.
    bucket : int or "auto", default="auto"
        How many vectors of n-grams there are, which are hashed; "auto" is a power of two that
        holds those of all tokens.
    oov : {"zeros", "mean", "subword"}, default="zeros"
        The vector of a token that has none: zeros, the mean of all vectors, or the mean of those
        of its character n-grams. For "subword" fastText is trained in place of word2vec, or read.
    output : {"sequences", "mean"}, default="sequences"
        Whether to give a vector for each token, or their mean for each text.
    analyzer : {"auto", "word", "char"} or callable, default="auto"
        How texts are split, as in :class:`TokenEncoder`. Lists of tokens are taken as they are.
    lowercase : bool, default=True
        Whether to lower-case tokens, and the words of a file. Where several words of a file are
        one then, the vector of the word that is written so counts, else that of the first one.
    random_state : int, RandomState or None, default=None
        An int makes fits repeatable.

    Attributes
    ----------
    words_ : tuple of str
        The words that have vectors; trained ones by falling frequency.
    vectors_ : ndarray of shape (n_words, `vector_size_`), float32
        Their vectors.
    vector_size_ : int
        The width of the vectors.
    encoder_ : TokenEncoder
        What splits texts.

    See Also
    --------
    TokenEncoder : Gives ids, for which a network learns vectors by itself.

    Notes
    -----
    Texts longer than 10 000 tokens are cut for training, as gensim would leave out the rest.

    References
    ----------
    Mikolov et al., "Distributed Representations of Words and Phrases and their
    Compositionality", 2013.

    Bojanowski et al., "Enriching Word Vectors with Subword Information", 2017.

    Examples
    --------
    >>> from sklearn_rnn.preprocessing import WordEmbedder
    >>> texts = ["the cat sat down", "the dog sat down", "a cat ran"] * 5
    >>> embedder = WordEmbedder(vector_size=8, random_state=0).fit(texts)
    >>> embedder.transform(["the cat", "a dog ran"])
    Sequences: 2 sequences of 2 to 3 steps, 8 features
    >>> len(embedder.most_similar("cat", topn=3))
    3

    One vector a text, for any scikit-learn model:

    >>> from sklearn.linear_model import LogisticRegression
    >>> from sklearn.pipeline import make_pipeline
    >>> embedder = WordEmbedder(vector_size=8, output="mean", random_state=0)
    >>> model = make_pipeline(embedder, LogisticRegression()).fit(texts, [0, 1, 2] * 5)
    >>> model[:-1].transform(["the cat"]).shape
    (1, 8)
    """

    _parameter_constraints = {
        "path": [str, PathLike, None],
        "limit": [_COUNT, None],
        "vector_size": [_COUNT],
        "window": [_FEW],
        "min_count": [_COUNT],
        "sg": [Interval(Integral, 0, 1, closed="both")],
        "negative": [_FEW],
        "ns_exponent": [Interval(Real, -10, 10, closed="both")],
        "sample": [_SHARE],
        "alpha": [Interval(Real, 0, 1, closed="right")],
        "min_alpha": [_SHARE],
        "epochs": [_COUNT],
        "workers": [_COUNT],
        "min_n": [_FEW],
        "max_n": [_FEW],
        "bucket": [_COUNT, StrOptions({"auto"})],
        "oov": [StrOptions({"zeros", "mean", "subword"})],
        "output": [StrOptions({"sequences", "mean"})],
        "analyzer": TokenEncoder._parameter_constraints["analyzer"],
        "lowercase": ["boolean"],
        "random_state": ["random_state"],
    }

    def __init__(
        self,
        path=None,
        *,
        limit=None,
        vector_size=100,
        window=5,
        min_count=2,
        sg=1,
        negative=5,
        ns_exponent=0.75,
        sample=1e-3,
        alpha=0.025,
        min_alpha=1e-4,
        epochs=20,
        workers=1,
        min_n=3,
        max_n=6,
        bucket="auto",
        oov="zeros",
        output="sequences",
        analyzer="auto",
        lowercase=True,
        random_state=None,
    ):
        self.path = path
        self.limit = limit
        self.vector_size = vector_size
        self.window = window
        self.min_count = min_count
        self.sg = sg
        self.negative = negative
        self.ns_exponent = ns_exponent
        self.sample = sample
        self.alpha = alpha
        self.min_alpha = min_alpha
        self.epochs = epochs
        self.workers = workers
        self.min_n = min_n
        self.max_n = max_n
        self.bucket = bucket
        self.oov = oov
        self.output = output
        self.analyzer = analyzer
        self.lowercase = lowercase
        self.random_state = random_state

    def fit(self, X, y=None):
        """Train the vectors, or read them from the file.

        Parameters
        ----------
        X : list of str, or list of lists of str
            Texts, or lists of tokens.
        y : None
            Not used.

        Returns
        -------
        self : WordEmbedder
            The transformer, fitted.

        Raises
        ------
        ValueError
            If X is neither, or no token of it has a vector, or the file is damaged; the message
            says where.
        FileNotFoundError
            If there is no such file.
        ImportError
            If gensim is missing (``pip install "sklearn-rnn[embeddings]"``); all files but the
            binary ones of fastText are read without it.
        """
        validate_parameters(self)
        for low, high in (("min_n", "max_n"), ("min_alpha", "alpha")):
            lowest, highest = getattr(self, low), getattr(self, high)
            if lowest > highest:
                raise ValueError(f"{low}={lowest} is above {high}={highest}; lower it.")
        self.encoder_ = TokenEncoder(self.analyzer, lowercase=self.lowercase)
        tokens = self.encoder_.fit_transform(X)
        found = self._train(tokens) if self.path is None else self._read()
        self.words_, self.vectors_, self._ngrams = self._merge(found)
        self._rows = {word: row for row, word in enumerate(self.words_)}
        if self.path is not None:
            self._check_known(tokens.categories[0])
        return self

    def transform(self, X):
        """Give the vectors of the tokens.

        Parameters
        ----------
        X : list of str, or list of lists of str
            Texts, or lists of tokens.

        Returns
        -------
        Sequences, or ndarray of shape (n, `vector_size_`)
            With ``output="sequences"`` a vector, float32, for each token; static columns of
            ``Texts`` are kept. With ``output="mean"`` the mean of these for each text, of those
            of ``oov`` too; zeros for a text without tokens.
        """
        check_is_fitted(self)
        tokens = self.encoder_.transform(X)
        vectors, codes = self._look_up(tokens.categories[0]), tokens.codes[:, 0]
        if self.output == "mean":
            return mean_vectors(vectors, codes, tokens.offsets)
        return Sequences(values=vectors[codes], offsets=tokens.offsets, **static_fields(X))

    def get_vectors(self, words):
        """Give the vectors of words.

        Parameters
        ----------
        words : list of str
            The words, in any order; they may repeat.

        Returns
        -------
        ndarray of shape (n, `vector_size_`), float32
            Words that have no vector get that of ``oov``.

        Raises
        ------
        TypeError
            If it is no list of str; one word is a list as well.
        """
        check_is_fitted(self)
        return self._look_up(self._forms(words, "words"))

    def most_similar(self, positive, negative=(), *, topn=10):
        """Find the words whose vectors point most nearly where given ones do.

        Parameters
        ----------
        positive : str or list of str
            The words to be like; several count alike.
        negative : str or list of str, default=()
            The words to be unlike: ``most_similar(["king", "woman"], "man")``.
        topn : int, default=10
            How many words to find.

        Returns
        -------
        list of (str, float)
            Words, none of the given ones among them, and the cosines, the highest first.

        Raises
        ------
        ValueError or TypeError
            If a word has no vector; with ``oov="subword"`` every word has one. If words are no
            str, or topn is no int from 1.
        """
        check_is_fitted(self)
        if not isinstance(topn, Integral) or isinstance(topn, bool) or topn < 1:
            raise ValueError(f"topn must be an int of at least 1, but is {show(topn)}.")
        positive, negative = (
            self._forms([words] if isinstance(words, str) else words, name)
            for name, words in (("positive", positive), ("negative", negative))
        )
        forms = positive + negative
        if not forms:
            raise ValueError("give at least one word to be like, or unlike.")
        self._check_have_vectors(forms)
        vectors = self._look_up(forms)
        norms = np.linalg.norm(vectors, axis=1, keepdims=True)
        signs = np.repeat([1, -1], [len(positive), len(negative)]).astype(np.float32)
        rows, cosines = nearest_rows(signs @ (vectors / np.maximum(norms, 1e-30)), self.vectors_)
        found = zip(rows.tolist(), cosines.tolist(), strict=True)
        others = ((self.words_[row], cosine) for row, cosine in found)
        return [pair for pair in others if pair[0] not in forms][:topn]

    @available_if(_gives_means)
    def get_feature_names_out(self, input_features=None):
        """Give the names of the columns, with ``output="mean"``.

        Parameters
        ----------
        input_features : None
            Not used.

        Returns
        -------
        ndarray of shape (`vector_size_`,), object
            Made of the class's name and the column's number.
        """
        return super().get_feature_names_out(input_features)

    def set_output(self, *, transform=None):
        """Choose the container of means; ragged output stays as it is.

        Parameters
        ----------
        transform : {"default", "pandas", "polars"} or None, default=None
            As for any scikit-learn transformer.

        Returns
        -------
        self : WordEmbedder
            The transformer itself.
        """
        if self.output == "mean":  # past the base, which is for ragged output
            return super(SequenceTransformer, self).set_output(transform=transform)
        return self

    @property
    def vector_size_(self):
        """The width of the vectors."""
        return self.vectors_.shape[1]

    @property
    def _n_features_out(self):
        return self.vector_size_

    def __sklearn_is_fitted__(self):
        return hasattr(self, "vectors_")

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags.string = True
        tags.input_tags.two_d_array = False
        tags.transformer_tags.preserves_dtype = []
        return tags

    def _train(self, tokens) -> WordVectors:
        distinct, codes = tokens.categories[0], tokens.codes[:, 0]
        most = int(np.bincount(codes).max())
        if most < self.min_count:
            raise ValueError(
                f"no token occurs min_count={self.min_count} times (the most frequent one occurs "
                f"{most} times), so there are no vectors to train; lower min_count or check X."
            )
        words = np.array(distinct, dtype=object)[codes].tolist()
        bounds = tokens.offsets.tolist()
        names = ("vector_size", "window", "min_count", "sg", "negative", "ns_exponent", "sample")
        names += ("alpha", "min_alpha", "epochs", "workers")
        return train_vectors(
            [words[start:end] for start, end in pairwise(bounds)],
            ngram_sizes=(self.min_n, self.max_n) if self.oov == "subword" else None,
            bucket=self.bucket,
            seed=gensim_seed(self.random_state),
            **{name: getattr(self, name) for name in names},
        )

    def _read(self) -> WordVectors:
        found = read_vector_file(self.path, self.limit)
        if self.oov == "subword" and found.ngrams is None:
            raise ValueError(
                f'oov="subword" needs vectors of character n-grams, but {self.path} holds those '
                'of words only; give a binary file of fastText (.bin), or set oov to "zeros" or '
                '"mean".'
            )
        return found

    def _merge(self, found) -> WordVectors:
        """Keep one vector of the words of a file that have one form."""
        rows = {}
        for row, word in enumerate(found.words):
            rows.setdefault(self._form(word), row)
        rows |= {word: i for i, word in enumerate(found.words) if self._form(word) == word}
        if len(rows) == len(found.words):
            return found._replace(words=tuple(rows))
        return found._replace(words=tuple(rows), vectors=found.vectors[[*rows.values()]])

    def _form(self, word):
        """Give a word as ``encoder_`` would."""
        return unicodedata.normalize("NFC", word.lower() if self.lowercase else word)

    def _forms(self, words, name):
        """Give a list of words as ``encoder_`` would, or raise an error that names what is none."""
        if isinstance(words, str | bytes | dict | set) or not hasattr(words, "__iter__"):
            raise TypeError(
                f"{name} is {describe(words)}, but a list of str is expected; one word is [word]."
            )
        words = list(words)
        for i, word in enumerate(words):
            if not isinstance(word, str):
                raise TypeError(f"{name}[{i}] is {describe(word)}, but words are str.")
        return [self._form(word) for word in words]

    def _check_known(self, distinct):
        if self.oov == "subword" or any(token in self._rows for token in distinct):
            return
        raise ValueError(
            f"none of the {len(distinct)} distinct tokens of X has a vector in {self.path}: X "
            f"holds {list(distinct[:3])!r:.80}, the file {list(self.words_[:3])!r:.80}; look at "
            "analyzer and lowercase, or give a file of the language of X."
        )

    def _check_have_vectors(self, forms):
        unknown = [form for form in forms if form not in self._rows]
        if unknown and self.oov != "subword":
            raise ValueError(
                f"{unknown[0]!r} has no vector, as it is none of the {len(self.words_)} words_; "
                'ask for one of them, or fit with oov="subword".'
            )

    def _look_up(self, forms):
        """Give the vectors of words in their normal form, those of ``oov`` among them."""
        rows = np.fromiter((self._rows.get(form, -1) for form in forms), np.int64, len(forms))
        vectors = self.vectors_[rows]
        unknown = np.flatnonzero(rows < 0)
        if not len(unknown):
            return vectors
        if self.oov == "subword":
            for i in unknown:
                vectors[i] = self._from_ngrams(forms[i])
        else:
            vectors[unknown] = self.vectors_.mean(axis=0) if self.oov == "mean" else 0
        return vectors

    def _from_ngrams(self, form):
        """Give the mean of the vectors of n-grams; zeros for a word that is too short for any."""
        if self._ngrams is None:
            raise ValueError(
                'oov="subword", but the vectors were fitted without those of n-grams; fit again.'
            )
        rows = hash_ngrams(form, self._ngrams)
        return self._ngrams.vectors[rows].mean(axis=0) if rows else 0
