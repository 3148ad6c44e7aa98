"""A sequence to one or more numbers."""

from collections.abc import Iterator
from numbers import Real
from typing import Any, Literal, Self

import numpy as np
from sklearn.base import RegressorMixin
from sklearn.frozen import FrozenEstimator
from sklearn.metrics import r2_score
from sklearn.utils.validation import check_is_fitted

from sklearn_rnn._sklearn import Interval, StrOptions
from sklearn_rnn.estimators._base import BaseRNN
from sklearn_rnn.estimators._constraints import STRETCH_CONSTRAINTS
from sklearn_rnn.estimators._embedding_start import EMBEDDING_CONSTRAINTS, EmbeddingStartMixin
from sklearn_rnn.estimators._exporting import ExportMixin
from sklearn_rnn.estimators._language_model import RNNLanguageModel
from sklearn_rnn.estimators._pooled_state import PooledStateMixin
from sklearn_rnn.estimators._pretraining import PRETRAINING_CONSTRAINTS, PretrainingMixin
from sklearn_rnn.estimators._streaming import stream_outputs
from sklearn_rnn.estimators._targets import (
    align_target,
    align_weight,
    check_length,
    check_numbers,
)
from sklearn_rnn.estimators._types import (
    Cell,
    Embedding,
    Folder,
    Optimizer,
    PointLoss,
    Precision,
    RandomState,
    Schedule,
)
from sklearn_rnn.modules import RegressionNetwork
from sklearn_rnn.nn import LOSSES
from sklearn_rnn.training import StepScaler

__all__ = ["RNNRegressor"]


class RNNRegressor(
    PooledStateMixin, RegressorMixin, PretrainingMixin, EmbeddingStartMixin, ExportMixin, BaseRNN
):
    """Predict one or several numbers from sequences with a recurrent network.

    Takes texts, lists of tokens, recordings of unequal length, 3-D arrays, tables or
    :class:`~sklearn_rnn.Sequences` as they are; see ``fit``. Targets are standardised inside. A
    prediction depends neither on padding nor on the other sequences in the batch.

    Parameters
    ----------
    loss : {"squared_error", "absolute_error", "huber", "quantile"}, default="squared_error"
        What training makes small; "absolute_error" aims at the median, "quantile" at a quantile.
    quantile : float, default=0.5
        The quantile that ``loss="quantile"`` aims at.
    delta : float, default=1.35
        Where ``loss="huber"`` turns from squared to linear, in standard deviations of the target.
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
        Dropout of the embedded tokens, between layers and of the pooled state.
    token_dropout : float or "auto", default="auto"
        The probability that training reads a token as the unknown one.
    subwords : bool or "auto", default="auto"
        Whether a token's vector also holds those of its character n-grams, so that unknown tokens
        are told apart. "auto" means True for words, if X is text, tokens or what a
        ``TokenEncoder`` made of them.
    encoder : transformer or None, default=None
        Turns texts or lists of tokens into :class:`~sklearn_rnn.Sequences` of ids; it is cloned.
        None means :class:`~sklearn_rnn.preprocessing.TokenEncoder`.
    embedding : WordEmbedder, dict of str to array, gensim ``KeyedVectors``, array or None, \
default=None
        Vectors of words, from which those of the network start, if X holds texts or tokens; words
        that only the vectors know become known, unless X comes encoded. A
        :class:`~sklearn_rnn.preprocessing.WordEmbedder` is cloned and fitted on the tokens of X,
        unless it is fitted: then it is used as it is, also by a ``clone``. Among the values of a
        search, a fitted one has to stand in a ``FrozenEstimator``. An array (n_tokens,
        embedding_dim) has a row for each id, if X holds ids; plain integers are ids then.
    freeze_embedding : bool, default=False
        Whether the vectors of ``embedding`` stay as they are.
    pretrained : RNNLanguageModel, FrozenEstimator or None, default=None
        A language model whose embedding and recurrent layers the network starts from; all above,
        and a backward direction, begin anew. What it knows of words that stand in the same texts
        is read beside the states. Vocabulary and encoder are then its own, and
        "auto" means its sizes and one direction. A fitted one is used as it is, also by a
        ``clone`` (among the values of a search, in a ``FrozenEstimator``); one that is not is
        cloned and fitted on X, and a search may set ``pretrained__hidden_size``.
    lr_decay : float or "auto", default="auto"
        With ``pretrained``, the learning rate of each part is that of the one above it divided by
        this: first what is new, then the recurrent layers from the top, then the embedding.
        "auto" means 1.
    unfreeze_epochs : int or "auto", default="auto"
        With ``pretrained``, after so many epochs each of these parts begins to be trained as well,
        from the top down; 0 means all at once. ``partial_fit`` trains all at once.
        "auto" means 0.
    embedding_dim : int or "auto", default="auto"
        The width of the vectors of tokens. If set, plain integers are ids: 0 is padding, 1 an
        unknown token.
    n_tokens : int or None, default=None
        How many ids there are, 0 and 1 among them; None means up to the largest one of ``fit``.
        A larger id is unknown. If set, plain integers are ids.
    missing : {"error", "mask"}, default="error"
        What NaN in X means. "mask" fills it in with the last value of the sequence, or the mean,
        and tells the network which values are filled in and for how long they have been missing.
    pooling : {"auto", "last", "mean", "max", "attention"}, default="auto"
        How the states of a sequence become one vector.
    convolution : {"auto", "branch", "stem", "stem+branch"} or None, default="auto"
        "branch" sets three convolutions over time beside the recurrent layers, as LSTM-FCN does;
        their mean joins the pooled state. "stem" sets convolutions in front of the recurrent
        layers, which shorten the sequences ``stride`` times.
    stride : int or "auto", default="auto"
        How many times the stem shortens the sequences; more than 1 needs a stem.
    segment : int or "auto", default="auto"
        How many steps the recurrent layers read at a time; more make long sequences short.
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
    tbptt : int or None, default=None
        Truncated backpropagation through time: after so many steps of the recurrent layers
        (segments, or what a stem leaves) the state goes on, but the gradient does not go back.
        Sequences of less than twice as many steps are not cut. None means that it goes all the way.
        With ``pooling="last"``, in one direction or with one layer in both, memory is that of one
        stretch of steps.
    recompute : bool, default=False
        Whether training computes states again for the gradient instead of keeping all: less
        memory for long sequences, the same model up to rounding, a tenth to a third more time.
    lr_schedule : {"one_cycle", "cosine", "plateau"} or None, default="one_cycle"
        How the learning rate changes: up and down in one cycle, down along a cosine, down where
        the loss no longer falls, or not at all. A skorch ``LRScheduler`` among ``callbacks`` takes
        its place.
    early_stopping : bool or "auto", default="auto"
        Whether to validate after each epoch, keep the best epoch's weights, and stop after
        ``n_iter_no_change`` epochs without improvement. False means exactly ``max_epochs`` and
        the last weights. "auto" means True where there are 20 000 sequences or more, or ``X_val``.
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
        parameter of the estimator sets is refused. ``{"distributed": True}`` shares the batches
        among the processes of torch's group, which torchrun starts.
    checkpoint : str, os.PathLike or None, default=None
        A folder for the state of training, one file an epoch, from which ``fit`` with
        ``resume=True`` goes on after whatever cut it short. The name of a file tells data and
        parameters, so that a search can use one folder; the file of the epoch before is removed.

    Attributes
    ----------
    n_outputs_ : int
        The number of targets.
    n_features_in_ : int
        The number of columns of a table, else the width of a step.
    feature_names_in_ : ndarray of shape (`n_features_in_`,)
        The column names of a table, if it had any.
    net_ : skorch.NeuralNet
        The trained net.
    module_ : torch.nn.Module
        Its module.
    encoder_ : transformer
        The fitted encoder, if X was text or tokens.
    pretrained_ : RNNLanguageModel
        The fitted language model that the network started from, with ``pretrained``.
    history_ : list of dict
        A record of each epoch: ``epoch`` from 1, ``train_loss``, ``lr``, the seconds ``dur``, and,
        where there is validation data, ``valid_loss``; ``train_loss_best`` and so on say
        whether the figure was the best of its fit so far. Callbacks add their own.
    n_iter_ : int
        How many epochs were run.
    best_epoch_ : int
        The epoch, from 1, whose weights were kept.
    interrupted_ : bool
        Whether Ctrl-C ended ``fit``, whose whole epochs then count as all there are.
    hidden_size_, bidirectional_, dropout_, token_dropout_, subwords_, embedding_dim_, \
pooling_, convolution_, stride_, segment_, batch_size_, lr_, lr_decay_, unfreeze_epochs_, \
max_epochs_, early_stopping_
        What "auto" was resolved to.

    See Also
    --------
    RNNClassifier : Predicts classes.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_rnn import RNNRegressor
    >>> rng = np.random.default_rng(0)
    >>> recordings = [rng.normal(size=rng.integers(3, 9)) for _ in range(300)]
    >>> means = [recording.mean() for recording in recordings]
    >>> regressor = RNNRegressor(random_state=0).fit(recordings, means)
    >>> bool(regressor.score(recordings, means) > 0.9)
    True
    """

    # What ``fit`` gives, as the docstring tells: for editors and type checkers.
    n_outputs_: int
    n_features_in_: int
    feature_names_in_: np.ndarray
    encoder_: Any
    pretrained_: RNNLanguageModel
    bidirectional_: bool
    token_dropout_: float
    subwords_: bool
    embedding_dim_: int | None
    pooling_: str
    convolution_: str | None
    stride_: int
    segment_: int

    _trains_distributed = _reads_chunks = True
    _parameter_constraints = {
        **BaseRNN._parameter_constraints,
        **EMBEDDING_CONSTRAINTS,
        **PRETRAINING_CONSTRAINTS,
        **STRETCH_CONSTRAINTS,
        "loss": [StrOptions(set(LOSSES))],
        "quantile": [Interval(Real, 0, 1, closed="neither")],
        "delta": [Interval(Real, 0, None, closed="neither")],
    }

    def __init__(
        self,
        *,
        loss: PointLoss = "squared_error",
        quantile: float = 0.5,
        delta: float = 1.35,
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
        pretrained: RNNLanguageModel | FrozenEstimator | None = None,
        lr_decay: float | Literal["auto"] = "auto",
        unfreeze_epochs: int | Literal["auto"] = "auto",
        embedding_dim: int | Literal["auto"] = "auto",
        n_tokens: int | None = None,
        missing: Literal["error", "mask"] = "error",
        pooling: Literal["auto", "last", "mean", "max", "attention"] = "auto",
        convolution: Literal["auto", "branch", "stem", "stem+branch"] | None = "auto",
        stride: int | Literal["auto"] = "auto",
        segment: int | Literal["auto"] = "auto",
        max_epochs: int | Literal["auto"] = "auto",
        batch_size: int | Literal["auto"] = "auto",
        lr: float | Literal["auto"] = "auto",
        optimizer: Optimizer = "adamw",
        weight_decay: float = 0.01,
        gradient_clip: float | None = 1.0,
        tbptt: int | None = None,
        recompute: bool = False,
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
        self.loss = loss
        self.quantile = quantile
        self.delta = delta
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
        self.pretrained = pretrained
        self.lr_decay = lr_decay
        self.unfreeze_epochs = unfreeze_epochs
        self.embedding_dim = embedding_dim
        self.n_tokens = n_tokens
        self.missing = missing
        self.pooling = pooling
        self.convolution = convolution
        self.stride = stride
        self.segment = segment
        self.max_epochs = max_epochs
        self.batch_size = batch_size
        self.lr = lr
        self.optimizer = optimizer
        self.weight_decay = weight_decay
        self.gradient_clip = gradient_clip
        self.tbptt = tbptt
        self.recompute = recompute
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

    def partial_fit(self, X, y, sample_weight=None) -> Self:
        """Train for one epoch, going on from the last call.

        The first call on an unfitted estimator fixes what depends on the data: vocabulary,
        standardisation, the scale of the weights and whatever is "auto". The learning rate stays
        ``lr``. The state of the optimiser lasts from call to call until a parameter of training is
        changed; a pickle does not hold it, so a loaded model begins it anew.

        Parameters
        ----------
        X : list, array, DataFrame or Sequences
            The n sequences, in a form that ``fit`` takes.
        y : array-like of shape (n,) or (n, n_targets)
            Numbers.
        sample_weight : array-like of shape (n,) or None, default=None
            How much each sequence counts.

        Returns
        -------
        self : RNNRegressor
            The estimator, fitted.
        """
        return self._partial_fit(X, y, sample_weight)

    def predict(self, X) -> np.ndarray:
        """Predict the target of each sequence.

        Parameters
        ----------
        X : list, array, DataFrame or Sequences
            The n sequences, in a form that ``fit`` takes.

        Returns
        -------
        ndarray of shape (n,) or (n, n_targets), float64
            In the units of y.
        """
        check_is_fitted(self)
        return self._in_units(self._outputs(X))

    def predict_stream(self, chunks) -> Iterator[Any]:
        """Predict while one sequence is still coming in.

        Memory and the time of a chunk do not grow with what was read before. The last answer is
        that of ``predict`` for the whole sequence.

        Parameters
        ----------
        chunks : iterable
            The steps of one sequence, piece by piece: each is what a sequence of X may be, such as
            an array (time, n_features), a list of tokens, or a piece of a text that was cut at
            white space.

        Returns
        -------
        iterator of float, or of ndarray of shape (n_targets,)
            After each chunk, the prediction for a sequence of all steps so far.

        Raises
        ------
        ValueError
            If the network needs the whole sequence: it has to be fitted with
            ``bidirectional=False`` and ``convolution=None``, for example; the message says with
            what. And if a chunk is not as X was in ``fit``.

        Examples
        --------
        >>> import numpy as np
        >>> from sklearn_rnn import RNNRegressor
        >>> rng = np.random.default_rng(0)
        >>> X = [rng.normal(size=(rng.integers(5, 15), 2)) for _ in range(100)]
        >>> y = [x.mean() for x in X]
        >>> regressor = RNNRegressor(bidirectional=False, convolution=None, random_state=0)
        >>> regressor = regressor.fit(X, y)
        >>> *_, last = regressor.predict_stream([X[0][:3], X[0][3:]])
        >>> bool(np.isclose(last, regressor.predict(X[:1])[0]))
        True
        """
        check_is_fitted(self)
        return (self._in_units(outputs)[0] for outputs in stream_outputs(self, chunks))

    def score(self, X, y, sample_weight=None) -> float:
        """Give the coefficient of determination, R2, the mean over the targets.

        Parameters
        ----------
        X : list, array, DataFrame or Sequences
            The n sequences, in a form that ``fit`` takes.
        y : array-like of shape (n,) or (n, n_targets)
            The true targets.
        sample_weight : array-like of shape (n,) or None, default=None
            How much each sequence counts.

        Returns
        -------
        float
            1 is the best.
        """
        predicted, y = self.predict(X), align_target(X, y)
        check_length(y, len(predicted))
        sample_weight = align_weight(X, sample_weight, predicted)
        return r2_score(check_numbers(y), predicted, sample_weight=sample_weight)

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.target_tags.multi_output = True
        return tags

    def _in_units(self, outputs):
        """Give standardised outputs in the units of the target."""
        scaler = self._target_scaler
        predicted = outputs.astype(np.float64) * scaler.scale + scaler.mean
        return predicted[:, 0] if self._target_ndim == 1 else predicted

    def _encode_target(self, y, *, reset, kept, sequences):
        check_length(y, len(sequences))
        y = check_numbers(y)
        columns = y.reshape(len(y), -1)
        if reset:
            self.n_outputs_, self._target_ndim = columns.shape[1], y.ndim
            self._target_scaler = StepScaler.fit(columns if kept is None else columns[kept])
        elif columns.shape[1] != self.n_outputs_:
            raise ValueError(
                f"y has {columns.shape[1]} targets, but {type(self).__name__} was fitted with "
                f"{self.n_outputs_}."
            )
        return self._target_scaler.transform(columns)

    def _make_module(self, architecture, generator):
        loss, *params = self._loss_settings.items()
        module = RegressionNetwork(
            architecture, self.n_outputs_, loss[1], dict(params), generator=generator
        )
        self._start_embedding(module.body.input.embedding)
        return module

    def _loss_parameters(self):
        params = {"huber": {"delta": self.delta}, "quantile": {"quantile": self.quantile}}
        return {"loss": self.loss} | params.get(self.loss, {})
