"""A sequence to a vector, learned without labels."""

from contextlib import contextmanager
from functools import partial
from numbers import Real
from typing import Any, Literal, Self

import numpy as np
import torch
from sklearn.utils.metaestimators import available_if
from sklearn.utils.validation import check_is_fitted

from sklearn_rnn._sklearn import Interval, StrOptions
from sklearn_rnn.estimators._base import BaseRNN
from sklearn_rnn.estimators._defaults import AUTO_ENCODING_PARAMETERS
from sklearn_rnn.estimators._embedding_start import EMBEDDING_CONSTRAINTS, EmbeddingStartMixin
from sklearn_rnn.estimators._encoder_data import (
    MarkedGaps,
    count_ids,
    count_told,
    find_neighbours,
    refuse_columns,
    split_sequences,
    token_shares,
)
from sklearn_rnn.estimators._encoder_writing import spacing_of, write_numbers, write_tokens
from sklearn_rnn.estimators._exporting import ExportMixin
from sklearn_rnn.estimators._language_defaults import choose_cutoffs
from sklearn_rnn.estimators._pooled_state import PooledStateMixin
from sklearn_rnn.estimators._targets import align_target
from sklearn_rnn.estimators._training_data import TrainingData
from sklearn_rnn.estimators._types import (
    Cell,
    Embedding,
    Folder,
    Optimizer,
    Precision,
    RandomState,
    Schedule,
)
from sklearn_rnn.modules import EncodingNetwork, EncodingPlan
from sklearn_rnn.training import NeighbourDataset, SequenceDataset

__all__ = ["RNNEncoder"]

_OF_OTHERS = ("convolution", "stride")


def _setting(estimator, name):
    """Give a parameter as it was fitted, else as it is."""
    return getattr(estimator, "_loss_settings", {}).get(name, getattr(estimator, name))


def _with_marked_gaps(kind, *parts, missing, **options):
    """Make a dataset that tells of each number whether it is filled in."""
    return kind(*parts, missing=None if missing is None else MarkedGaps(*missing), **options)


def _is_autoencoder(self):
    if _setting(self, "objective") != "autoencoder":
        raise AttributeError('that is there with objective="autoencoder" only.')
    return True


def _writes(self):
    if _is_autoencoder(self) and _setting(self, "decoder") == "bag":
        raise AttributeError('a bag of tokens has no order: fit with decoder="recurrent".')
    return True


class RNNEncoder(PooledStateMixin, EmbeddingStartMixin, ExportMixin, BaseRNN):
    """Turn sequences into vectors that tell what they hold, learned without labels.

    A recurrent network reads a sequence and gives a vector of fixed length, from which a decoder
    has to tell the sequence itself ("autoencoder"), or those before and after it
    ("next_sentence"). Sequences that are alike have vectors that are alike: for clusters, nearest
    neighbours (search by meaning), maps, as features of other models; ``score_samples`` finds what
    is odd. X is texts, lists of tokens, ids, recordings of unequal lengths, arrays or tables; see
    ``fit``. A vector depends neither on padding nor on the other sequences in the batch.

    Parameters
    ----------
    objective : {"autoencoder", "next_sentence"}, default="autoencoder"
        What a vector has to tell: its own sequence, or the sequences before and after it, in which
        case X is in order, such as the sentences of documents or the windows of a recording.
    decoder : {"auto", "bag", "recurrent"}, default="auto"
        How the vector has to tell it. A "bag" tells tokens in no order, which is what makes
        vectors alike that mean alike; with ``token_dropout`` above 0 an autoencoder tells those
        that are hidden, by the others, one at least and never all (but the only token of a
        sequence is told as it is read). "recurrent" tells step by step, so that order counts
        and ``reconstruct`` can write. "auto" is "bag" for words and "recurrent" for characters and
        numbers.
    teacher_forcing : float or "auto", default="auto"
        The probability that a recurrent decoder reads the true step before. The fewer it reads,
        the more the vector has to tell; with 0 it reads none, at prediction neither.
    sample : float, default=0.001
        Tokens of a larger share of the text than this count less in a bag, by the root of how much
        larger; 0 lets all count alike. Tokens that come once are told as unknown ones.
    cell : str or class, default="lstm"
        The recurrent cell: "lstm", "gru", "rnn_tanh", "rnn_relu"; "mingru", "minlstm", "lru", which
        are scans over time; "indrnn", "slstm", "peephole_lstm", "layer_norm_lstm", "rnn_sigmoid".
        The user guide, section "Cells", tells what each is good for. Or a ``torch.nn.Module``
        class called like ``torch.nn.LSTM``:
        ``cell(input_size, hidden_size, batch_first=True)``.
    hidden_size : int or "auto", default="auto"
        Units of a layer in one direction.
    num_layers : int, default=1
        Recurrent layers on top of each other.
    bidirectional : bool or "auto", default="auto"
        Whether each layer reads from both ends.
    residual : bool, default=False
        Whether the states of a layer are added to what it reads, where both have the same width;
        deep stacks learn sooner so.
    initialization : {"orthogonal", "chrono"}, default="orthogonal"
        How the recurrent weights begin. "chrono" also sets the gates of cells that have some
        to keep what they hold for up to as many steps as the longest sequence has.
    dropout : float or "auto", default="auto"
        Dropout of the embedded tokens, between layers and of the vectors while training.
    token_dropout : float or "auto", default="auto"
        The probability that training hides a token from the network.
    subwords : bool or "auto", default="auto"
        Whether a token's vector also holds those of its character n-grams, so that unknown tokens
        are told apart. "auto" means False.
    encoder : transformer or None, default=None
        Turns texts or lists of tokens into :class:`~sklearn_rnn.Sequences` of ids; it is cloned.
        None means :class:`~sklearn_rnn.preprocessing.TokenEncoder`.
    embedding : WordEmbedder, dict of str to array, gensim ``KeyedVectors``, array or None, \
default=None
        Vectors of words, from which those of the network start, if X holds texts or tokens; words
        that only the vectors know become known, unless X comes encoded. A
        :class:`~sklearn_rnn.preprocessing.WordEmbedder` is cloned and fitted on the tokens of X,
        unless it is fitted; ``clone``, and so a search, forgets a fit, unless the embedder stands
        in scikit-learn's ``FrozenEstimator``. An array (n_tokens, embedding_dim) has a row for
        each id, if X holds ids; plain integers are ids then.
    freeze_embedding : bool, default=False
        Whether the vectors of ``embedding`` stay as they are.
    embedding_dim : int or "auto", default="auto"
        The width of the vectors of tokens. If set, plain integers are ids: 0 is padding, 1 an
        unknown token.
    n_tokens : int or None, default=None
        How many ids there are, 0 and 1 among them; None means up to the largest one of ``fit``.
        A larger id is unknown. If set, plain integers are ids.
    missing : {"error", "mask"}, default="error"
        What NaN in X means. "mask" fills it in with the last value of the sequence, or the mean,
        and tells the network which values are filled in; they need not be told by the vector.
    pooling : {"auto", "last", "mean", "max", "attention"}, default="auto"
        How the states of a sequence become one vector.
    segment : int or "auto", default="auto"
        How many steps the recurrent layers read at a time; more make long sequences short. A
        recurrent decoder of numbers tells as many at a time.
    step_means : bool or "auto", default="auto"
        Whether the vector also holds the mean of what the network reads at each step: the vectors
        of tokens, or standardised numbers.
    max_epochs : int or "auto", default="auto"
        Passes over the training data.
    batch_size : int or "auto", default="auto"
        Sequences in a batch; very long ones go in smaller batches.
    lr : float or "auto", default="auto"
        The learning rate.
    optimizer : {"adamw", "adam", "nadam", "rmsprop", "sgd"} or class, default="adamw"
        The optimiser, or a ``torch.optim.Optimizer`` class.
    weight_decay : float, default=0.01
        Decay of the weights, as the optimiser defines it; one that has none is not given it.
    gradient_clip : float or None, default=1.0
        The norm that the gradients of a batch are scaled down to.
    lr_schedule : {"one_cycle", "cosine", "plateau"} or None, default="one_cycle"
        How the learning rate changes: up and down in one cycle, down along a cosine, down where
        the loss no longer falls, or not at all. A skorch ``LRScheduler`` among ``callbacks`` takes
        its place.
    early_stopping : bool or "auto", default="auto"
        Whether to validate after each epoch, keep the best epoch's weights, and stop after
        ``n_iter_no_change`` epochs without improvement. False means exactly ``max_epochs`` and
        the last weights. "auto" means True where ``X_val`` is given.
    validation_fraction : float, default=0.1
        The part of the training data to validate on.
    n_iter_no_change : int, default=10
        The patience of early stopping, in epochs.
    tol : float, default=0.0001
        An improvement has to be larger than this to count for the patience.
    warm_start : bool, default=False
        Whether ``fit`` goes on from the weights of the last call.
    device : str, default="auto"
        "cpu", "cuda", "cuda:1", "mps"; "auto" takes a CUDA device where there is one.
    precision : {"float32", "bfloat16"}, default="float32"
        What training computes in. "bfloat16" is faster for large networks on processors and GPUs
        that have it; weights, sums and predictions stay in float32.
    random_state : int, RandomState or None, default=None
        An int makes fits repeatable, bit for bit on a CPU with the same number of threads.
    verbose : int, default=0
        0 is silent, 1 shows a progress bar, 2 prints one line an epoch.
    callbacks : list or None, default=None
        Further skorch callbacks. Each net gets copies, which stand in ``net_.callbacks_``.
    net_params : dict or None, default=None
        Further arguments of the skorch net, ``{"optimizer__betas": (0.9, 0.95)}``; what a
        parameter of the estimator sets is refused.
    checkpoint : str, os.PathLike or None, default=None
        A folder for the state of training, one file an epoch, from which ``fit`` with
        ``resume=True`` goes on after whatever cut it short. The name of a file tells data and
        parameters, so that a search can use one folder; the file of the epoch before is removed.

    Attributes
    ----------
    n_features_in_ : int
        The number of columns of a table, else the width of a step.
    feature_names_in_ : ndarray of shape (`n_features_in_`,)
        The column names of a table, if it had any.
    encoder_ : transformer
        The fitted encoder, if X was text or tokens.
    net_ : skorch.NeuralNet
        The trained net.
    module_ : torch.nn.Module
        Its module.
    history_ : list of dict
        A record of each epoch: ``epoch`` from 1, ``train_loss`` and, where there is validation
        data, ``valid_loss``: nats a token, or the mean squared error of standardised numbers;
        ``lr``, the seconds ``dur``.
    n_iter_ : int
        How many epochs were run.
    best_epoch_ : int
        The epoch, from 1, whose weights were kept.
    interrupted_ : bool
        Whether Ctrl-C ended ``fit``, whose whole epochs then count as all there are.
    decoder_, teacher_forcing_, hidden_size_, bidirectional_, dropout_, token_dropout_, \
subwords_, embedding_dim_, pooling_, segment_, step_means_, batch_size_, lr_, max_epochs_, \
early_stopping_
        What "auto" was resolved to.

    See Also
    --------
    RNNClassifier : Learns vectors for a purpose, from labels.
    RNNLanguageModel : Learns what comes next.
    sklearn_rnn.preprocessing.WordEmbedder : Vectors of words, and their mean for a text.

    Notes
    -----
    Neighbours are best found by cosine, as lengths of vectors tell little:
    ``NearestNeighbors(metric="cosine")``.

    References
    ----------
    Dai and Le, "Semi-supervised Sequence Learning", 2015 (sequence autoencoders).

    Hill, Cho and Korhonen, "Learning Distributed Representations of Sentences from Unlabelled
    Data", 2016 (denoising autoencoders; bags of neighbouring sentences).

    Kiros et al., "Skip-Thought Vectors", 2015.

    Srivastava, Mansimov and Salakhutdinov, "Unsupervised Learning of Video Representations using
    LSTMs", 2015 (decoders that do not read the step before).

    Examples
    --------
    >>> from sklearn.metrics.pairwise import cosine_similarity
    >>> from sklearn_rnn import RNNEncoder
    >>> texts = ["play some jazz music", "play a rock song", "will it rain today"]
    >>> texts += ["will it snow today", "play a jazz song", "will it rain or snow"]
    >>> encoder = RNNEncoder(max_epochs=30, random_state=0).fit(texts * 5)
    >>> vectors = encoder.transform(["play rock music", "play some song", "will it snow"])
    >>> vectors.shape
    (3, 256)
    >>> (first, second, other) = cosine_similarity(vectors)[0]
    >>> bool(second > other)
    True
    """

    # What ``fit`` gives, as the docstring tells: for editors and type checkers.
    n_features_in_: int
    feature_names_in_: np.ndarray
    encoder_: Any
    decoder_: str
    teacher_forcing_: float
    bidirectional_: bool
    token_dropout_: float
    subwords_: bool
    embedding_dim_: int | None
    pooling_: str
    segment_: int
    step_means_: bool

    _parameter_constraints = {
        **{
            name: allowed
            for name, allowed in BaseRNN._parameter_constraints.items()
            if name not in _OF_OTHERS
        },
        **EMBEDDING_CONSTRAINTS,
        "objective": [StrOptions({"autoencoder", "next_sentence"})],
        "decoder": [StrOptions({"auto", "bag", "recurrent"})],
        "teacher_forcing": [StrOptions({"auto"}), Interval(Real, 0, 1, closed="both")],
        "step_means": [StrOptions({"auto"}), "boolean"],
        "sample": [Interval(Real, 0, 1, closed="left")],
    }
    _auto_parameters = AUTO_ENCODING_PARAMETERS
    _encodes = True
    _ids = None
    _spacing = None

    def __init__(
        self,
        *,
        objective: Literal["autoencoder", "next_sentence"] = "autoencoder",
        decoder: Literal["auto", "recurrent", "bag"] = "auto",
        teacher_forcing: float | Literal["auto"] = "auto",
        sample: float = 1e-3,
        cell: Cell = "lstm",
        hidden_size: int | Literal["auto"] = "auto",
        num_layers: int = 1,
        bidirectional: bool | Literal["auto"] = "auto",
        residual: bool = False,
        initialization: Literal["orthogonal", "chrono"] = "orthogonal",
        dropout: float | Literal["auto"] = "auto",
        token_dropout: float | Literal["auto"] = "auto",
        subwords: bool | Literal["auto"] = "auto",
        encoder: Any | None = None,
        embedding: Embedding | None = None,
        freeze_embedding: bool = False,
        embedding_dim: int | Literal["auto"] = "auto",
        n_tokens: int | None = None,
        missing: Literal["error", "mask"] = "error",
        pooling: Literal["auto", "last", "mean", "max", "attention"] = "auto",
        segment: int | Literal["auto"] = "auto",
        step_means: bool | Literal["auto"] = "auto",
        max_epochs: int | Literal["auto"] = "auto",
        batch_size: int | Literal["auto"] = "auto",
        lr: float | Literal["auto"] = "auto",
        optimizer: Optimizer = "adamw",
        weight_decay: float = 0.01,
        gradient_clip: float | None = 1.0,
        lr_schedule: Schedule | None = "one_cycle",
        early_stopping: bool | Literal["auto"] = "auto",
        validation_fraction: float = 0.1,
        n_iter_no_change: int = 10,
        tol: float = 1e-4,
        warm_start: bool = False,
        device: str = "auto",
        precision: Precision = "float32",
        random_state: RandomState | None = None,
        verbose: int = 0,
        callbacks: list[Any] | None = None,
        net_params: dict[str, Any] | None = None,
        checkpoint: Folder | None = None,
    ):
        self.objective = objective
        self.decoder = decoder
        self.teacher_forcing = teacher_forcing
        self.sample = sample
        self.cell = cell
        self.hidden_size = hidden_size
        self.num_layers = num_layers
        self.bidirectional = bidirectional
        self.residual = residual
        self.initialization = initialization
        self.dropout = dropout
        self.token_dropout = token_dropout
        self.subwords = subwords
        self.encoder = encoder
        self.embedding = embedding
        self.freeze_embedding = freeze_embedding
        self.embedding_dim = embedding_dim
        self.n_tokens = n_tokens
        self.missing = missing
        self.pooling = pooling
        self.segment = segment
        self.step_means = step_means
        self.max_epochs = max_epochs
        self.batch_size = batch_size
        self.lr = lr
        self.optimizer = optimizer
        self.weight_decay = weight_decay
        self.gradient_clip = gradient_clip
        self.lr_schedule = lr_schedule
        self.early_stopping = early_stopping
        self.validation_fraction = validation_fraction
        self.n_iter_no_change = n_iter_no_change
        self.tol = tol
        self.warm_start = warm_start
        self.device = device
        self.precision = precision
        self.random_state = random_state
        self.verbose = verbose
        self.callbacks = callbacks
        self.net_params = net_params
        self.checkpoint = checkpoint

    def fit(
        self,
        X,
        y=None,
        X_val=None,
        *,
        documents=None,
        documents_val=None,
        resume: bool | Literal["auto"] = False,
    ) -> Self:
        """Train the network.

        Parameters
        ----------
        X : list of str, list of token lists, list of arrays, array, DataFrame or Sequences
            The n sequences: texts; lists of tokens; arrays (time,) or (time, n_features) of any
            lengths; an array (n, time, n_features), where all-NaN steps at the right end are
            padding; a table whose rows are sequences of one feature; or ``Sequences``. For
            ``objective="next_sentence"`` they stand in order.
        y : None
            Not used.
        X_val : like X, or None, default=None
            What early stopping watches, instead of a part of the training data.
        documents : array-like of shape (n,) or None, default=None
            For "next_sentence" the document of each sequence, in pandas by the ids of X if it has
            any: only those of one document, which stand together, are neighbours. None means one
            document. In a search or cross-validation ``groups`` go to the splitter alone: enable
            scikit-learn's metadata routing, call ``set_fit_request(documents=True)`` and
            ``set_score_request(documents=True)``, and give ``documents`` too, or all that a part
            holds is one document.
        documents_val : array-like or None, default=None
            The same for ``X_val``.
        resume : bool or "auto", default=False
            Whether to go on after the last epoch that the same fit has left in ``checkpoint``:
            what comes out is, bit for bit, what the fit would have given if nothing had cut it
            short. In an empty folder it begins anew; if there are only fits of other data or
            parameters, True is an error, and "auto" begins anew.

        Returns
        -------
        self : RNNEncoder
            The estimator, fitted.

        Raises
        ------
        ValueError or TypeError
            If the input is not as it should be; the message says what and where.
        DivergenceError
            If a loss becomes NaN or infinite.
        OSError
            If ``checkpoint`` cannot be written to; the last file that was whole stays.
        """
        if documents_val is not None and X_val is None:
            raise ValueError("documents_val are those of X_val, which was not given.")
        with self._forgetting_ids():
            return self._fit(X, documents, None, X_val, documents_val, resume=resume)

    def partial_fit(self, X, y=None, *, documents=None) -> Self:
        """Train for one epoch, going on from the last call.

        The first call on an unfitted estimator fixes what depends on the data: vocabulary,
        standardisation and whatever is "auto". The learning rate stays ``lr``.

        Parameters
        ----------
        X : list, array, DataFrame or Sequences
            The n sequences, in a form that ``fit`` takes.
        y : None
            Not used.
        documents : array-like of shape (n,) or None, default=None
            As in ``fit``.

        Returns
        -------
        self : RNNEncoder
            The estimator, fitted.
        """
        with self._forgetting_ids():
            return self._partial_fit(X, documents, None)

    def transform(self, X) -> np.ndarray | Any:
        """Give the vector of each sequence.

        Parameters
        ----------
        X : list, array, DataFrame or Sequences
            The n sequences, in any order.

        Returns
        -------
        ndarray of shape (n, n_units), float32
            ``n_units`` is ``hidden_size``, twice that if bidirectional; ``step_means`` adds the
            width of a step.
        """
        return super().transform(X)

    @available_if(_is_autoencoder)
    def score_samples(self, X) -> np.ndarray:
        """Give how well each sequence is told by its vector: what is odd scores low.

        Parameters
        ----------
        X : list, array, DataFrame or Sequences
            The n sequences, in a form that ``fit`` takes.

        Returns
        -------
        ndarray of shape (n,), float64
            The mean over the steps of the log-likelihood of a token, in nats, or of the negative
            squared error of standardised numbers. In a bag tokens are weighted as in training
            (``sample``), and, with ``token_dropout`` above 0, each is told by a vector from which
            it is hidden, as every second to fourth token is in turn. A recurrent decoder reads the
            true steps before, unless ``teacher_forcing`` is 0. NaN where all values of a sequence
            are missing (``missing="mask"``).
        """
        check_is_fitted(self)
        total, count = self._losses(X).T
        return -total / np.where(count > 0, count, np.nan)

    def score(self, X, y=None, *, documents=None) -> float:
        """Give how well sequences are told by the vectors: higher is better.

        Parameters
        ----------
        X : list, array, DataFrame or Sequences
            The n sequences; for "next_sentence" in order.
        y : None
            Not used.
        documents : array-like of shape (n,) or None, default=None
            As in ``fit``.

        Returns
        -------
        float
            The mean of ``score_samples``, without the sequences whose values are all missing; for
            "next_sentence" the mean over all steps of neighbours.

        Raises
        ------
        ValueError
            If all values are missing, or the input is not as it should be.
        """
        check_is_fitted(self)
        total, count = self._losses(X, documents).T
        if not (count > 0).any():
            raise ValueError("X holds no value that could be scored: all are missing.")
        if self._loss_settings["objective"] == "next_sentence":
            return float(-total.sum() / count.sum())
        return float(-np.mean(total[count > 0] / count[count > 0]))

    @available_if(_writes)
    def reconstruct(self, X) -> np.ndarray:
        """Write each sequence from its vector alone, each step read for the next one.

        Parameters
        ----------
        X : list, array, DataFrame or Sequences
            The n sequences, in a form that ``fit`` takes.

        Returns
        -------
        ndarray of shape (n,), object
            In the form of X: str, lists of tokens or arrays of ids, the likeliest known token at
            each step up to the end, at most as many as the longest sequence of ``fit`` had, in
            texts with spaces where those of ``fit`` had them; arrays
            (time, n_features) of as many steps as the sequence has.
        """
        check_is_fitted(self)
        vectors = self.transform(X)
        if self._is_ids:
            return write_tokens(self, vectors, self._architecture.longest)
        return write_numbers(self, vectors, self._read(X, reset=False).lengths)

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.target_tags.required = False
        return tags

    @contextmanager
    def _forgetting_ids(self):
        """Leave no ids of training behind, whether or not a network came of them."""
        try:
            yield
        finally:
            self._ids = None

    def _losses(self, X, documents=None):
        """Give, for each sequence, the sum of its losses and by what to divide it: ``(n, 2)``."""
        data = self._read_training_data(X, documents, None, reset=False)
        with np.errstate(over="ignore"):  # what overflows shows in the outputs
            dataset = self._as_dataset(data, self.net_.device)
        return self._run(dataset).astype(np.float64)

    def _encode_target(self, y, *, reset, kept, sequences):
        """Give the rows of the neighbours of each sequence, or nothing."""
        if self._objective(reset) == "next_sentence":
            return find_neighbours(len(sequences), y)
        if y is not None:
            raise ValueError(
                'documents are for objective="next_sentence", but objective is "autoencoder"; '
                "leave them out."
            )
        return np.empty((len(sequences), 0), dtype=np.int64)

    def _objective(self, reset):
        return self.objective if reset else self._loss_settings["objective"]

    def _read_training_data(self, X, y, sample_weight, *, reset, validation=False):
        y = align_target(X, y, "documents")
        sequences = self._read(X, reset=reset)
        refuse_columns(self)
        target = self._encode_target(y, reset=reset, kept=None, sequences=sequences)
        if reset:
            writes = self.objective == "autoencoder" and self.decoder == "recurrent"
            self._spacing = spacing_of(getattr(self, "encoder_", None), X) if writes else None
        if reset and self._is_ids:
            self._ids = sequences.values  # those of training, until the network is there
        return TrainingData(sequences, target, None)

    def _loss_parameters(self):
        decoder = self.decoder_
        if decoder == "bag" and not self._is_ids:
            raise ValueError(
                'decoder="bag" tells tokens, but X holds numbers; set decoder="recurrent", or '
                'leave it at "auto".'
            )
        cutoffs = n_told = None
        if self._is_ids:
            counts = count_ids(self._ids, self._architecture.n_tokens)
            cutoffs = choose_cutoffs(counts) if decoder == "recurrent" else None
            n_told = count_told(counts) if decoder == "bag" else None
        return {
            "objective": self.objective,
            "decoder": decoder,
            "teacher_forcing": self.teacher_forcing_,
            "sample": self.sample,
            "cutoffs": cutoffs,
            "n_told": n_told,
        }

    def _split(self, data, X_val, y_val, seed):
        if X_val is not None:
            try:
                return data, self._read_training_data(X_val, y_val, None, reset=False)
            except (TypeError, ValueError) as error:
                raise ValueError(f"X_val: {error}") from error
        if self.early_stopping_:
            return split_sequences(data, self.validation_fraction, seed)
        return data, None

    def _as_dataset(self, data, device):
        if self._loss_settings["objective"] == "autoencoder":
            kind, target = SequenceDataset, None
        else:
            kind, target = NeighbourDataset, data.target
        return self._dataset(
            data.sequences,
            target,
            None,
            data.rows,
            device=device,
            kind=partial(_with_marked_gaps, kind),
        )

    def _make_module(self, architecture, generator):
        module = EncodingNetwork(architecture, self._plan(), generator=generator)
        if self._is_ids:
            self._start_embedding(module.body.input.embedding)
        ids, self._ids = self._ids, None
        if ids is not None and self._loss_settings["decoder"] == "bag":
            counts = count_ids(ids, self._loss_settings["n_told"])
            shares = token_shares(counts, self._loss_settings["sample"])
            module.shares.copy_(torch.from_numpy(shares))
        return module

    def _plan(self):
        """Plan the decoder, from what is known of the sequences."""
        settings, missing = self._loss_settings, self._missing
        n_values, marks = None, ()
        if not self._is_ids:
            n_values = len(self._scaler.mean)
            marks = () if missing is None else MarkedGaps(*missing).pairs(n_values)
        return EncodingPlan(
            settings["objective"],
            settings["decoder"],
            settings["teacher_forcing"],
            n_values,
            marks,
            settings["cutoffs"],
            settings["n_told"],
        )
