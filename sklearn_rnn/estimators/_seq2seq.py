"""A sequence to another sequence."""

from collections.abc import Callable
from numbers import Integral, Real
from typing import Any, Literal, Self

import numpy as np
from sklearn.base import BaseEstimator
from sklearn.utils.validation import check_is_fitted

from sklearn_rnn._sklearn import (
    CallbackSupport,
    HasMethods,
    Interval,
    StrOptions,
    validate_parameters,
)
from sklearn_rnn.data import Sequences
from sklearn_rnn.estimators._building import net_settings
from sklearn_rnn.estimators._constraints import PARAMETER_CONSTRAINTS
from sklearn_rnn.estimators._resuming import begin_run
from sklearn_rnn.estimators._scikit_callbacks import train_in_tasks
from sklearn_rnn.estimators._seq2seq_defaults import AUTO_SEQ2SEQ_PARAMETERS
from sklearn_rnn.estimators._seq2seq_input import Pairs, read_pairs, read_sources
from sklearn_rnn.estimators._seq2seq_output import (
    as_targets,
    check_n_best,
    learn_spacing,
    score_targets,
)
from sklearn_rnn.estimators._seq2seq_planning import plan_seq2seq
from sklearn_rnn.estimators._splitting import validation_split
from sklearn_rnn.estimators._targets import align_target
from sklearn_rnn.estimators._trained_net import TrainedNetMixin
from sklearn_rnn.estimators._types import Cell, Folder, Optimizer, Precision, RandomState, Schedule
from sklearn_rnn.modules import Seq2SeqNetwork
from sklearn_rnn.training import (
    PairDataset,
    Search,
    SequenceDataset,
    fit_seed,
    read_targets,
    write_targets,
)

__all__ = ["RNNSeq2Seq"]

_AUTO = StrOptions({"auto"})
_SHARE = Interval(Real, 0, 1, closed="left")
_COUNT = Interval(Integral, 1, None, closed="left")
_OF_OTHERS = ("bidirectional", "residual", "initialization", "subwords", "missing", "stride")
_OF_OTHERS += ("segment", "pooling", "convolution")


class RNNSeq2Seq(TrainedNetMixin, CallbackSupport, BaseEstimator):
    """Turn sequences into other sequences: encoder, attention, decoder.

    An encoder reads a source in both directions; a decoder writes the target token by token, and
    attends at each step to what it needs of the source. Sources are texts, tokens, ids, recordings,
    or one vector each (captions); targets are texts, tokens or ids, and predictions come in their
    form.

    Parameters
    ----------
    cell : str or class, default="lstm"
        The recurrent cell: "lstm", "gru", "rnn_tanh", "rnn_relu"; "mingru", "minlstm", "lru", which
        are scans over time; "indrnn", "slstm", "peephole_lstm", "layer_norm_lstm", "rnn_sigmoid".
        The user guide, section "Cells", tells what each is good for. Or a ``torch.nn.Module``
        class called like ``torch.nn.LSTM``, with a
        state too: ``states, state = cell(steps, state)``.
    hidden_size : int or "auto", default="auto"
        Units of a layer, in each direction.
    num_layers : int or "auto", default="auto"
        Recurrent layers on top of each other, of the encoder and of the decoder. The first one of
        the decoder attends; those above it read what it found.
    dropout : float or "auto", default="auto"
        Dropout of what the layers read and give; one mask a sequence.
    token_dropout : float or "auto", default="auto"
        The probability that training reads a token of a source as unknown, which is how the
        unknown token learns its vector.
    attention_type : {"additive", "multiplicative"} or None, default="additive"
        How a state of the decoder is held against those of the encoder: by a small network
        (Bahdanau et al.), or by a product (Luong et al.), which is faster. None gives every step
        the summary of the whole source.
    encoder : transformer or None, default=None
        What turns texts and tokens of X into ids; None means ``TokenEncoder()``, which reads words
        of lower case, ``TokenEncoder("char")`` reads characters. Subwords come from a function:
        ``TokenEncoder(split_into_subwords)``.
    target_encoder : transformer or None, default=None
        The same for y; None means ``TokenEncoder(lowercase=False)``.
    join : callable or None, default=None
        Makes a text of predicted tokens. None sets words and signs as close together as the texts
        of ``fit`` do, and characters side by side. A function that splits into subwords needs one
        that joins them. A model with a function, here or in an encoder, can be pickled where the
        function can, but ``save`` refuses it.
    share_vocabulary : bool, default=False
        Whether X and y are tokens of one vocabulary, with one encoder and one table of vectors;
        ``encoder=None`` means ``TokenEncoder(lowercase=False)`` then.
    embedding_dim : int or "auto", default="auto"
        The width of the vectors of tokens. If it is set, integers in X are ids.
    n_tokens : int or None, default=None
        How many ids X has, 0 and 1 among them; None means up to the largest one of ``fit``. If it
        is set, integers in X are ids. An id beyond is unknown.
    tie_weights : bool or "auto", default="auto"
        Whether the vectors of targets' tokens are also the weights that tell the next token.
    source : {"sequences", "vectors"}, default="sequences"
        What a row of a table is: a sequence of one feature, or one vector, of which a target is
        made.
    max_length : int or None, default=None
        How many steps of a source are read. Of longer ones the end is left out, with a warning that
        counts them. None reads all.
    label_smoothing : float or "auto", default="auto"
        How much of a target token's probability training spreads over all tokens.
    scheduled_sampling : float, default=0.0
        How probable it is, at the end of training, that the decoder reads its own last token in
        the place of the target's; it grows evenly from epoch to epoch, from 0 in the first, which
        is all there is with ``max_epochs=1``. ``partial_fit``, which knows no last epoch, has it
        from the first call on. 0 is teacher forcing.
    beam_size : int or "auto", default="auto"
        How many targets are written side by side, of which the best one is predicted. 1 takes the
        likeliest token at each step. "auto" means 5, or less where there are fewer tokens.
    length_penalty : float, default=0.0
        The exponent ``a`` of what log-probabilities are divided by, ``((5 + length) / 6) ** a``,
        to rank targets of different lengths: the larger, the longer they become.
    max_target_length : int or "auto", default="auto"
        How many tokens a prediction has at most; it has one at least, as targets have. "auto"
        means a quarter more than the longest target of ``fit``.
    max_epochs : int or "auto", default="auto"
        Passes over the training data.
    batch_size : int or "auto", default="auto"
        Pairs in a batch.
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
        The part of the pairs to validate on.
    n_iter_no_change : int, default=10
        The patience of early stopping, in epochs.
    tol : float, default=0.0001
        An improvement has to be larger than this to count for the patience.
    warm_start : bool, default=False
        Whether ``fit`` goes on from the weights of the last call, with its vocabularies.
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
    classes_ : ndarray of shape (n_target_tokens,)
        What is written, by its id: the end of a target ("<end>", for ids 0), the unknown token,
        which is never written, then the known ones.
    encoder_, target_encoder_ : transformer
        The fitted encoders, of those sides where ``fit`` saw texts or tokens.
    net_ : skorch.NeuralNet
        The trained net.
    module_ : torch.nn.Module
        Its module.
    history_ : list of dict
        A record of each epoch: "train_loss", of smoothed targets, and, if validated, "valid_loss",
        of targets as they are, in nats a token, "lr", "dur" in seconds.
    n_iter_ : int
        How many epochs were run.
    best_epoch_ : int
        The epoch, from 1, whose weights were kept.
    interrupted_ : bool
        Whether Ctrl-C ended ``fit``, whose whole epochs then count as all there are.
    hidden_size_, num_layers_, dropout_, token_dropout_, embedding_dim_, tie_weights_, \
label_smoothing_, max_target_length_, max_epochs_, batch_size_, lr_, early_stopping_
        What "auto" was resolved to.

    See Also
    --------
    RNNTagger : A label for every step.
    RNNLanguageModel : The next token, and texts without a source.
    sklearn_rnn.metrics.bleu_score : What ``score`` counts.

    Notes
    -----
    The queries of the attention are the states of the first layer of the decoder, which does not
    read what was found before; so training runs each layer over whole targets at once.

    ``beam_size``, ``length_penalty`` and ``max_target_length`` are read when something is
    predicted: they may be set after ``fit``.

    References
    ----------
    Sutskever, Vinyals and Le, "Sequence to Sequence Learning with Neural Networks", 2014.

    Bahdanau, Cho and Bengio, "Neural Machine Translation by Jointly Learning to Align and
    Translate", 2015.

    Luong, Pham and Manning, "Effective Approaches to Attention-based Neural Machine Translation",
    2015.

    Examples
    --------
    >>> from sklearn_rnn import RNNSeq2Seq
    >>> numbers = [f"{n:03d}" for n in range(0, 1000, 3)]
    >>> backwards = [number[::-1] for number in numbers]
    >>> model = RNNSeq2Seq(hidden_size=32, max_epochs=20, random_state=0).fit(numbers, backwards)
    >>> model.predict(["124", "680"]).tolist()
    ['421', '086']
    """

    # What ``fit`` gives, as the docstring tells: for editors and type checkers.
    classes_: np.ndarray
    encoder_: Any
    target_encoder_: Any
    num_layers_: int
    token_dropout_: float
    embedding_dim_: int | None
    tie_weights_: bool
    label_smoothing_: float
    max_target_length_: int

    _parameter_constraints = {
        **{
            name: allowed
            for name, allowed in PARAMETER_CONSTRAINTS.items()
            if name not in _OF_OTHERS
        },
        "num_layers": [_AUTO, _COUNT],
        "attention_type": [StrOptions({"additive", "multiplicative"}), None],
        "target_encoder": [HasMethods(["fit", "transform"]), None],
        "join": [callable, None],
        "share_vocabulary": ["boolean"],
        "tie_weights": [_AUTO, "boolean"],
        "source": [StrOptions({"sequences", "vectors"})],
        "max_length": [_COUNT, None],
        "label_smoothing": [_AUTO, _SHARE],
        "scheduled_sampling": [Interval(Real, 0, 1, closed="both")],
        "beam_size": [_AUTO, _COUNT],
        "length_penalty": [Interval(Real, 0, None, closed="left")],
        "max_target_length": [_AUTO, _COUNT],
    }
    _auto_parameters = AUTO_SEQ2SEQ_PARAMETERS
    _rise_of_lr = 0.15

    def __init__(
        self,
        *,
        cell: Cell = "lstm",
        hidden_size: int | Literal["auto"] = "auto",
        num_layers: int | Literal["auto"] = "auto",
        dropout: float | Literal["auto"] = "auto",
        token_dropout: float | Literal["auto"] = "auto",
        attention_type: Literal["additive", "multiplicative"] | None = "additive",
        encoder: Any | None = None,
        target_encoder: Any | None = None,
        join: Callable[[list[str]], str] | None = None,
        share_vocabulary: bool = False,
        embedding_dim: int | Literal["auto"] = "auto",
        n_tokens: int | None = None,
        tie_weights: bool | Literal["auto"] = "auto",
        source: Literal["sequences", "vectors"] = "sequences",
        max_length: int | None = None,
        label_smoothing: float | Literal["auto"] = "auto",
        scheduled_sampling: float = 0.0,
        beam_size: int | Literal["auto"] = "auto",
        length_penalty: float = 0.0,
        max_target_length: int | Literal["auto"] = "auto",
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
        self.cell = cell
        self.hidden_size = hidden_size
        self.num_layers = num_layers
        self.dropout = dropout
        self.token_dropout = token_dropout
        self.attention_type = attention_type
        self.encoder = encoder
        self.target_encoder = target_encoder
        self.join = join
        self.share_vocabulary = share_vocabulary
        self.embedding_dim = embedding_dim
        self.n_tokens = n_tokens
        self.tie_weights = tie_weights
        self.source = source
        self.max_length = max_length
        self.label_smoothing = label_smoothing
        self.scheduled_sampling = scheduled_sampling
        self.beam_size = beam_size
        self.length_penalty = length_penalty
        self.max_target_length = max_target_length
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

    def fit(self, X, y, X_val=None, y_val=None, *, resume: bool | Literal["auto"] = False) -> Self:
        """Train the network.

        Parameters
        ----------
        X : list of str, list of token lists, list of arrays, array, DataFrame or Sequences
            The n sources: texts; lists of tokens; arrays (time,) or (time, n_features) of any
            lengths; an array (n, time, n_features), where all-NaN steps at the right end are
            padding; ``Sequences``; or a table, whose rows are what ``source`` says.
        y : list of str, list of token lists, list of arrays of ids, array of ids or Sequences
            The n targets. Ids are integers: 1 is an unknown token, known ones begin at 2; in a 2-D
            array, 0 is padding.
        X_val, y_val : like X and y, or None, default=None
            What early stopping watches, instead of a part of the training data.
        resume : bool or "auto", default=False
            Whether to go on after the last epoch that the same fit has left in ``checkpoint``:
            what comes out is, bit for bit, what the fit would have given if nothing had cut it
            short. In an empty folder it begins anew; if there are only fits of other data or
            parameters, True is an error, and "auto" begins anew.

        Returns
        -------
        self : RNNSeq2Seq
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
        validate_parameters(self)
        goes_on = self.warm_start and hasattr(self, "net_")
        with self._as_before_if_it_fails(goes_on, keeps_epochs=True):
            pairs = self._read(X, y, reset=not goes_on)
            run = begin_run(
                self, pairs, resume=resume, goes_on=goes_on, validates_on_other=X_val is not None
            )
            if not goes_on or not hasattr(self, "_split_seed"):
                # A fit that goes on validates on no pair that was trained on before.
                self._split_seed = run.seed
            if X_val is not None and self.early_stopping == "auto":
                self.early_stopping_ = True
            train, valid = self._split(pairs, X_val, y_val, self._split_seed)
            validated = valid is not None
            self._build(run.seed, goes_on, max_epochs=self.max_epochs_, validated=validated)
            run.watch(self.net_, None if X_val is None else valid)
            self._settings = None
            train_in_tasks(self, train, valid, X=X, y=y, sample_weight=None)
        return self

    def partial_fit(self, X, y) -> Self:
        """Train for one epoch, going on from the last call.

        The first call on an unfitted estimator fixes what depends on the data: the vocabularies
        and whatever is "auto".

        Parameters
        ----------
        X, y : as in ``fit``
            The n sources and targets.

        Returns
        -------
        self : RNNSeq2Seq
            The estimator, fitted.
        """
        validate_parameters(self)
        first = not hasattr(self, "net_")
        with self._as_before_if_it_fails(not first):
            pairs = self._read(X, y, reset=first, keep_auto=True)
            self.early_stopping_ = False
            settings = net_settings(self)
            if first or settings != self._settings:
                seed = fit_seed(self.random_state)
                self._build(seed, not first, max_epochs=1, validated=False, scheduled=False)
                self._settings = settings
            self._train(pairs, None)
        return self

    def predict(self, X) -> np.ndarray:
        """Predict the target of each source.

        Parameters
        ----------
        X : list, array, DataFrame or Sequences
            The n sources, in a form that ``fit`` takes.

        Returns
        -------
        ndarray of shape (n,), object
            In the form of the targets of ``fit``: str, lists of tokens, or arrays of ids.
        """
        return as_targets(self, (best[0].tokens for best in self._search(X)))

    def predict_nbest(self, X, n: int = 5) -> tuple[np.ndarray, np.ndarray]:
        """Predict several targets of each source.

        Their tokens are all different; texts that are joined of them may be the same.

        Parameters
        ----------
        X : list, array, DataFrame or Sequences
            The n sources, in a form that ``fit`` takes.
        n : int, default=5
            How many targets; ``beam_size`` or more are looked for. There are fewer where fewer are
            possible.

        Returns
        -------
        targets : ndarray of shape (n,), object
            For each source a list of targets, the best first.
        scores : ndarray of shape (n,), object
            For each source an array of what they are ranked by: the logarithms of their
            probabilities, over what ``length_penalty`` makes of their lengths.
        """
        found = self._search(X, n)
        targets, scores = (np.empty(len(found), dtype=object) for _ in range(2))
        for i, best in enumerate(found):
            targets[i] = list(as_targets(self, (one.tokens for one in best)))
            scores[i] = np.array([one.score for one in best])
        return targets, scores

    def attention(self, X, y=None) -> np.ndarray:
        """Tell where in its source the decoder looks for each token of a target.

        Parameters
        ----------
        X : list, array, DataFrame or Sequences
            The n sources, in a form that ``fit`` takes.
        y : like y of ``fit``, or None, default=None
            The targets; None means those that are predicted.

        Returns
        -------
        ndarray of shape (n,), object
            For each source an array (target tokens, source steps); each row adds up to 1. The end
            of a target has no row.

        Raises
        ------
        ValueError
            If there is no attention.
        """
        self._check_ready()
        if self._architecture.attention_type is None:
            raise ValueError(
                "attention_type=None, so there is nothing to look at; fit with "
                'attention_type="additive" or "multiplicative".'
            )
        if y is None:
            pairs = self._with_predictions(X)
        else:
            pairs = read_pairs(self, X, y, reset=False)
        found = np.empty(len(pairs.sources), dtype=object)
        sizes = list(zip(pairs.targets.lengths, pairs.sources.lengths, strict=True))
        for part in self._readings(pairs):
            for row, weights in zip(part.rows, part.weights, strict=True):
                n_tokens, n_steps = sizes[row]
                found[row] = weights[:n_tokens, :n_steps].copy()  # not the whole batch
        return found

    def score_samples(self, X, y) -> np.ndarray:
        """Give the mean log-likelihood of the tokens of each target, its end being one.

        Parameters
        ----------
        X, y : as in ``fit``
            The n sources and targets.

        Returns
        -------
        ndarray of shape (n,), float64
            In nats a token; higher is more probable.
        """
        self._check_ready()
        pairs = read_pairs(self, X, y, reset=False)
        n_tokens, found = pairs.targets.lengths + 1, np.empty(len(pairs.targets))
        for part in self._readings(pairs):
            for row, values in zip(part.rows, part.log_likelihoods, strict=True):
                found[row] = values[: n_tokens[row]].mean()
        return found

    def score(self, X, y) -> float:
        """Give the BLEU score of the predictions, from 0 to 100.

        Texts are split as sacrebleu does ("13a"), or into characters where targets are written
        character by character; tokens and ids are taken as they are. N-grams count up to four
        tokens, or up to the length of the longest target of y, so that short targets that are all
        right score 100, where sacrebleu gives 0 for want of n-grams of four. Where
        ``target_encoder`` lower-cases, so does the score. Call
        ``sklearn_rnn.metrics.bleu_score`` for figures that are compared with those of others.
        Where a target is right or wrong as a whole, ``exact_match_scorer`` says more.

        Parameters
        ----------
        X, y : as in ``fit``
            The n sources and targets.

        Returns
        -------
        float
            Higher is better.
        """
        self._check_ready()
        y = align_target(X, y)
        pairs = read_pairs(self, X, y, reset=False)
        found = self._search_for(pairs.sources, *check_n_best(self))
        return score_targets(self, y, pairs.targets, [best[0].tokens for best in found])

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags.three_d_array = True
        tags.input_tags.string = True
        tags.target_tags.required = True
        return tags

    def _check_ready(self):
        """Refuse to answer unfitted, or with parameters that were badly set after ``fit``."""
        check_is_fitted(self)
        validate_parameters(self)

    def _read(self, X, y, *, reset, keep_auto=False):
        """Read pairs to train on, and plan the network; one that is there stays."""
        pairs = read_pairs(self, X, y, reset=reset)
        if reset:
            self._spacing = learn_spacing(self, align_target(X, y))
        plan_seq2seq(self, pairs, reset=reset, keep_auto=keep_auto)
        check_n_best(self)
        return pairs

    def _split(self, pairs, X_val, y_val, seed):
        """Give training and validation data (None where nothing is validated)."""
        if (X_val is None) != (y_val is None):
            raise ValueError("X_val and y_val belong together, but only one of them was given.")
        if X_val is not None:
            try:
                return pairs, read_pairs(self, X_val, y_val, reset=False)
            except (TypeError, ValueError) as error:
                raise ValueError(f"X_val and y_val: {error}") from error
        if not self.early_stopping_:
            return pairs, None
        rows = validation_split(len(pairs.targets), self.validation_fraction, seed=seed % 2**32)
        return tuple(pairs.take(part) for part in rows)

    def _search(self, X, n=1):
        """Write the n best targets of each source."""
        self._check_ready()
        n_best, beam_size = check_n_best(self, n)
        return self._search_for(read_sources(self, X, reset=False), n_best, beam_size)

    def _search_for(self, sources, n_best, beam_size):
        longest = self.max_target_length
        search = Search(
            beam_size=beam_size,
            n_best=n_best,
            max_length=self.max_target_length_ if longest == "auto" else longest,
            alpha=self.length_penalty,
            # No target of fit is empty; but where all their tokens are unknown there is no other.
            min_length=int(self._architecture.n_target_tokens > 2),
        )
        return write_targets(self.module_, self._sources(sources), search)

    def _sources(self, sources):
        with np.errstate(over="ignore"):  # what overflows shows in the outputs
            return SequenceDataset(sources, scaler=self._scaler, device=self._module_device())

    def _with_predictions(self, X):
        """Pair sources with what is predicted for them."""
        sources = read_sources(self, X, reset=False)
        found = [best[0].tokens for best in self._search_for(sources, *check_n_best(self))]
        offsets = np.cumsum([0, *map(len, found)])
        ids = np.array([token for tokens in found for token in tokens], dtype=np.int64)
        return Pairs(sources, Sequences(values=ids, offsets=offsets))

    def _readings(self, pairs):
        with np.errstate(over="ignore"):  # what overflows shows in the outputs
            dataset = self._as_dataset(pairs, self._module_device())
        return read_targets(self.module_, dataset)

    def _module_device(self):
        return next(self.module_.parameters()).device

    def _as_dataset(self, data, device):
        return PairDataset(*data, scaler=self._scaler, device=device)

    def _make_module(self, architecture, generator):
        return Seq2SeqNetwork(architecture, generator=generator)
