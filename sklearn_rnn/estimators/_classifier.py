"""A sequence to a class."""

from collections.abc import Iterator
from numbers import Integral
from typing import Any, Literal, Self

import numpy as np
from sklearn.base import ClassifierMixin
from sklearn.frozen import FrozenEstimator
from sklearn.metrics import accuracy_score
from sklearn.utils.validation import check_is_fitted

from sklearn_rnn._sklearn import StrOptions
from sklearn_rnn.estimators._base import BaseRNN
from sklearn_rnn.estimators._constraints import STRETCH_CONSTRAINTS
from sklearn_rnn.estimators._embedding_start import EMBEDDING_CONSTRAINTS, EmbeddingStartMixin
from sklearn_rnn.estimators._exporting import ExportMixin
from sklearn_rnn.estimators._labels import (
    IndicatorLabels,
    LabelColumns,
    SingleLabel,
    category_order,
    learn_labels,
    read_labels,
)
from sklearn_rnn.estimators._language_model import RNNLanguageModel
from sklearn_rnn.estimators._pooled_state import PooledStateMixin
from sklearn_rnn.estimators._pretraining import PRETRAINING_CONSTRAINTS, PretrainingMixin
from sklearn_rnn.estimators._streaming import check_method, stream_outputs
from sklearn_rnn.estimators._targets import (
    align_target,
    align_weight,
    check_labels,
    check_length,
)
from sklearn_rnn.estimators._types import (
    Cell,
    Embedding,
    Folder,
    Optimizer,
    Precision,
    RandomState,
    Schedule,
)

__all__ = ["RNNClassifier"]


class RNNClassifier(
    PooledStateMixin, ClassifierMixin, PretrainingMixin, EmbeddingStartMixin, ExportMixin, BaseRNN
):
    """Classify sequences with a recurrent network.

    Takes texts, lists of tokens, recordings of unequal length, 3-D arrays, tables or
    :class:`~sklearn_rnn.Sequences` as they are; see ``fit``. A prediction depends neither on
    padding nor on the other sequences in the batch.

    y may hold one label a sequence, whose classes may have an order (``ordinal``); a row of 0 and
    1 a sequence, for any number of labels (multilabel); or a row of labels of different kinds, for
    several targets at once. See the Notes.

    Parameters
    ----------
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
        search, a fitted one has to stand in a ``FrozenEstimator``. Where it lower-cases words,
        ``encoder`` has to. An array (n_tokens, embedding_dim) has a row for each id, if X holds
        ids; plain integers are ids then.
    freeze_embedding : bool, default=False
        Whether the vectors of ``embedding`` stay as they are.
    pretrained : RNNLanguageModel, FrozenEstimator or None, default=None
        A language model whose embedding and recurrent layers the network starts from; all above,
        and a backward direction, begin anew. What it knows of words that stand in the same texts
        is read beside the states (see the Notes). Vocabulary and encoder are then its own, and
        "auto" means its sizes and one direction. A fitted one is used as it is, also by a
        ``clone`` (among the values of a search, in a ``FrozenEstimator``); one that is not is
        cloned and fitted on X, and a search may set ``pretrained__hidden_size``.
    lr_decay : float or "auto", default="auto"
        With ``pretrained``, the learning rate of each part is that of the one above it divided by
        this: first what is new, then the recurrent layers from the top, then the embedding.
        "auto" means 2.6 where states are hidden
        (see the Notes), else 1.
    unfreeze_epochs : int or "auto", default="auto"
        With ``pretrained``, after so many epochs each of these parts begins to be trained as well,
        from the top down; 0 means all at once. ``partial_fit`` trains all at once.
        "auto" means 1 where states are hidden, else 0.
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
        The part of the training data to validate on, with the shares of the classes kept.
    n_iter_no_change : int, default=10
        The patience of early stopping, in epochs.
    tol : float, default=0.0001
        An improvement has to be larger than this to count for the patience.
    class_weight : dict, list of dict, "balanced" or None, default=None
        Weights of the classes, ``{label: weight}``; "balanced" makes all classes count alike. For
        y of several columns it is a list of dicts, one a column (``{0: weight, 1: weight}`` where
        y is 0 and 1), and "balanced" counts each column by itself.
    ordinal : bool or list, default=False
        Whether the classes have an order, such as grades. A list gives the labels from the lowest
        to the highest; True means the order of ``classes_``, or, for a y that is an ordered
        Categorical of pandas, that of its categories.
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
    classes_ : ndarray of shape (n_classes,), or list of ndarray
        The labels, sorted; a list of those of each column for several targets. For multilabel y,
        the numbers of its columns.
    target_names_ : ndarray of shape (n_columns,)
        The column names of y, if it was a DataFrame of several columns.
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
        where there is validation data, ``valid_loss`` and ``valid_accuracy``, which is what
        ``score`` gives; ``train_loss_best`` and so on say whether the figure was the best of its
        fit so far. Callbacks add their own.
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
    RNNRegressor : Predicts numbers.
    RNNLanguageModel : What ``pretrained`` takes.

    Notes
    -----
    What y holds decides on the loss and on what is predicted:

    ==================  ========================  =====================  ========================
    y                   loss                      ``predict``            ``predict_proba``
    ==================  ========================  =====================  ========================
    (n,) labels         cross-entropy             (n,) labels            (n, n_classes)
    the same, ordinal   cross-entropy of the      (n,) labels            (n, n_classes)
                        proportional-odds model
    (n, k) of 0 and 1   binary cross-entropy,     (n, k) of 0 and 1      (n, k)
                        averaged over columns
    (n, k) labels       cross-entropy, averaged   (n, k) labels          list of k arrays
                        over columns                                     (n, n_classes)
    ==================  ========================  =====================  ========================

    A language model of words also has vectors that are alike for words of the same texts
    (``context_dim``). With ``pretrained``, the direction of their sum over a text joins the pooled
    state. Of up to 2000 labelled texts, leave-one-out ridge regression tells whether it foretells
    one label a text better than the words do; if so, training hides the state of every other text,
    so that the network does not learn its few texts by heart before it has read what they are
    about.

    Several targets, words and numbers side by side, need a splitter in cross-validation and
    searches, such as ``cv=KFold(5)``: for ``cv=5`` scikit-learn sorts all of y.

    References
    ----------
    Howard and Ruder, "Universal Language Model Fine-tuning for Text Classification", 2018.

    Hochreiter and Schmidhuber, "Long Short-Term Memory", Neural Computation 9, 1997.

    McCullagh, "Regression Models for Ordinal Data", Journal of the Royal Statistical Society
    B 42, 1980.

    Examples
    --------
    >>> from sklearn_rnn import RNNClassifier
    >>> texts = ["good film", "great fun", "bad film", "no fun"] * 5
    >>> labels = ["good", "good", "bad", "bad"] * 5
    >>> classifier = RNNClassifier(random_state=0).fit(texts, labels)
    >>> classifier.predict(["great film", "bad"]).tolist()
    ['good', 'bad']

    Any of several labels, a row of 0 and 1 for each text:

    >>> y = [[1, 0], [1, 1], [0, 0], [0, 1]] * 5  # is it good? is it about fun?
    >>> classifier = RNNClassifier(random_state=0).fit(texts, y)
    >>> classifier.predict(["great fun", "bad film"]).tolist()
    [[1, 1], [0, 0]]

    Two targets of different kinds:

    >>> y = [["good", 1], ["good", 2], ["bad", 1], ["bad", 2]] * 5
    >>> classifier = RNNClassifier(random_state=0).fit(texts, y)
    >>> classifier.predict(["great fun", "bad film"]).tolist()
    [['good', 2], ['bad', 1]]
    """

    # What ``fit`` gives, as the docstring tells: for editors and type checkers.
    classes_: np.ndarray | Any
    target_names_: np.ndarray
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
        "class_weight": [dict, list, StrOptions({"balanced"}), None],
        "ordinal": ["boolean", list],
    }

    def __init__(
        self,
        *,
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
        class_weight: dict[Any, float] | list[Any] | Literal["balanced"] | None = None,
        ordinal: bool | list[Any] = False,
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
        self.class_weight = class_weight
        self.ordinal = ordinal
        self.warm_start = warm_start
        self.device = device
        self.precision = precision
        self.random_state = random_state
        self.verbose = verbose
        self.callbacks = callbacks
        self.net_params = net_params
        self.checkpoint = checkpoint

    def partial_fit(self, X, y, classes=None, sample_weight=None) -> Self:
        """Train for one epoch, going on from the last call.

        The first call on an unfitted estimator fixes what depends on the data: vocabulary,
        standardisation, the scale of the weights and whatever is "auto". The learning rate stays
        ``lr``. The state of the optimiser lasts from call to call until a parameter of training is
        changed; a pickle does not hold it, so a loaded model begins it anew.

        Parameters
        ----------
        X : list, array, DataFrame or Sequences
            The n sequences, in a form that ``fit`` takes.
        y : array-like of shape (n,) or (n, n_columns)
            Labels.
        classes : array-like of shape (n_classes,), list of array-likes, or None, default=None
            All labels that any call will see; for y of several columns, a list of those of each.
            Needed in the first call, unless y is 0 and 1 in several columns, or ``ordinal`` a list.
        sample_weight : array-like of shape (n,) or None, default=None
            How much each sequence counts.

        Returns
        -------
        self : RNNClassifier
            The estimator, fitted.
        """
        if self.class_weight == "balanced":
            raise ValueError(
                'class_weight="balanced" needs all labels at once, which partial_fit never sees; '
                "give a dict of weights, or one a column."
            )
        return self._partial_fit(X, y, sample_weight, classes=classes, in_parts=True)

    def predict(self, X) -> np.ndarray:
        """Predict the label of each sequence, or its labels.

        Parameters
        ----------
        X : list, array, DataFrame or Sequences
            The n sequences, in a form that ``fit`` takes.

        Returns
        -------
        ndarray of shape (n,) or (n, n_columns)
            Of dtype object where columns of labels differ in kind.
        """
        check_is_fitted(self)
        return self._labels.decide(self._outputs(X))

    def predict_proba(self, X) -> np.ndarray | Any:
        """Predict the probability of each class.

        Parameters
        ----------
        X : list, array, DataFrame or Sequences
            The n sequences, in a form that ``fit`` takes.

        Returns
        -------
        ndarray of shape (n, n_classes), float64, or list of them
            In the order of ``classes_``; a list, one array a column, for several targets. For
            multilabel y, the probability that each label is there.
        """
        check_is_fitted(self)
        return self._labels.probabilities(self._outputs(X))

    def predict_log_proba(self, X) -> np.ndarray | Any:
        """Predict the logarithm of the probability of each class.

        Parameters
        ----------
        X : list, array, DataFrame or Sequences
            The n sequences, in a form that ``fit`` takes.

        Returns
        -------
        ndarray of shape (n, n_classes), float64, or list of them
            As ``predict_proba`` gives them.
        """
        check_is_fitted(self)
        return self._labels.log_probabilities(self._outputs(X))

    def decision_function(self, X) -> np.ndarray | Any:
        """Give the score of each class.

        Parameters
        ----------
        X : list, array, DataFrame or Sequences
            The n sequences, in a form that ``fit`` takes.

        Returns
        -------
        ndarray of shape (n, n_classes), or (n,) for two classes, or list of them
            The logits; for two classes the logit of the second one less that of the first. For
            ordinal classes they are the logarithms of probabilities. A list, one array a column,
            for several targets; for multilabel y, one logit a label.
        """
        check_is_fitted(self)
        return self._labels.decision(self._outputs(X))

    def predict_stream(self, chunks, method: str = "predict") -> Iterator[Any]:
        """Predict while one sequence is still coming in.

        Memory and the time of a chunk do not grow with what was read before. The last answer is
        that of ``method`` for the whole sequence.

        Parameters
        ----------
        chunks : iterable
            The steps of one sequence, piece by piece: each is what a sequence of X may be, such as
            an array (time, n_features), a list of tokens, or a piece of a text that was cut at
            white space.
        method : str, default="predict"
            What is predicted: "predict", "predict_proba", "predict_log_proba" or
            "decision_function".

        Returns
        -------
        iterator
            After each chunk, what ``method`` gives for a sequence of all steps so far: a label or
            an array of labels; an array of shape (n_classes,), or a list of such arrays; a score
            or an array of scores.

        Raises
        ------
        ValueError
            If the network needs the whole sequence: it has to be fitted with
            ``bidirectional=False`` and ``convolution=None``, for example; the message says with
            what. And if a chunk is not as X was in ``fit``.

        Examples
        --------
        >>> import numpy as np
        >>> from sklearn_rnn import RNNClassifier
        >>> rng = np.random.default_rng(0)
        >>> X = [rng.normal(i % 2, size=(rng.integers(5, 15), 2)) for i in range(100)]
        >>> y = ["low", "high"] * 50
        >>> classifier = RNNClassifier(bidirectional=False, convolution=None, random_state=0)
        >>> classifier = classifier.fit(X, y)
        >>> recording = X[1]
        >>> [str(label) for label in classifier.predict_stream([recording[:3], recording[3:]])]
        ['high', 'high']
        """
        check_is_fitted(self)
        methods = {
            "predict": self._labels.decide,
            "predict_proba": self._labels.probabilities,
            "predict_log_proba": self._labels.log_probabilities,
            "decision_function": self._labels.decision,
        }
        answer = check_method(method, methods)
        answers = map(answer, stream_outputs(self, chunks))
        return ([part[0] for part in a] if isinstance(a, list) else a[0] for a in answers)

    def predict_top_k(self, X, k: int = 10) -> np.ndarray:
        """Predict the most probable labels of each sequence, the likeliest first.

        This is what recommends the next items after a history of items.

        Parameters
        ----------
        X : list, array, DataFrame or Sequences
            The n sequences, in a form that ``fit`` takes.
        k : int, default=10
            How many labels.

        Returns
        -------
        ndarray of shape (n, k)
            By falling probability; labels that are equally probable stand in the order of
            ``classes_``.

        Raises
        ------
        ValueError
            If there are fewer than k classes, or y of ``fit`` had several columns.

        Examples
        --------
        >>> from sklearn_rnn import RNNClassifier
        >>> histories = [["bread", "butter"], ["tea"], ["bread"], ["tea", "milk"]] * 10
        >>> bought_next = ["jam", "milk", "butter", "sugar"] * 10
        >>> recommender = RNNClassifier(random_state=0).fit(histories, bought_next)
        >>> recommender.predict_top_k([["bread", "butter"], ["tea"]], k=2)[:, 0].tolist()
        ['jam', 'milk']
        """
        check_is_fitted(self)
        if not isinstance(self._labels, SingleLabel):
            raise ValueError(
                "predict_top_k ranks the classes of one label a sequence, but y of fit had "
                f"{self._labels.kind}; rank the columns of predict_proba instead."
            )
        if not isinstance(k, Integral) or not 1 <= k <= len(self.classes_):
            raise ValueError(
                f"k must be an int from 1 to the number of classes, {len(self.classes_)}, but is "
                f"{k!r}."
            )
        return self._labels.decide_top(self._outputs(X), k)

    def score(self, X, y, sample_weight=None) -> float:
        """Give the accuracy: the share of sequences whose labels are all right.

        Parameters
        ----------
        X : list, array, DataFrame or Sequences
            The n sequences, in a form that ``fit`` takes.
        y : array-like of shape (n,) or (n, n_columns)
            The true labels.
        sample_weight : array-like of shape (n,) or None, default=None
            How much each sequence counts.

        Returns
        -------
        float
            Between 0 and 1.
        """
        check_is_fitted(self)
        predicted, y = self.predict(X), align_target(X, y)
        check_length(y, len(predicted))
        sample_weight = align_weight(X, sample_weight, predicted)
        if isinstance(self._labels, IndicatorLabels):
            y = self._labels.encode(read_labels(y))
        elif not isinstance(self._labels, LabelColumns):
            y = check_labels(y, warn=False)
        if not isinstance(self._labels, LabelColumns):
            return accuracy_score(y, predicted, sample_weight=sample_weight)
        right = self._labels.all_right(read_labels(y), predicted)
        return accuracy_score(np.ones_like(right), right, sample_weight=sample_weight)

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.classifier_tags.multi_label = True
        tags.target_tags.multi_output = True
        return tags

    def _encode_target(self, y, *, reset, kept, sequences, classes=None, in_parts=False):
        check_length(y, len(sequences))
        order = category_order(y)
        y = read_labels(y)
        if reset:
            self._labels = learn_labels(
                y, classes=classes, ordinal=self.ordinal, order=order, kept=kept, in_parts=in_parts
            )
            self.classes_ = self._labels.classes
            self.__dict__.pop("target_names_", None)
            if self._labels.names is not None:
                self.target_names_ = np.array(self._labels.names, dtype=object)
        elif classes is not None:
            self._labels.check_classes(classes)
        return self._labels.encode(y, in_parts=in_parts)

    def _target_weight(self, target, sample_weight, *, validation, kept):
        if self.class_weight is None:
            return sample_weight
        if not validation:
            counted = target if kept is None else target[kept]
            self._class_weight = self._labels.class_weights(self.class_weight, counted)
        weight = self._labels.weigh(self._class_weight, target)
        if sample_weight is None:
            return weight
        return weight * (sample_weight if weight.ndim == 1 else sample_weight[:, None])

    def _stratify_by(self, target):
        return self._labels.strata(target)

    def _loss_parameters(self):
        return {"ordinal": list(self.ordinal) if isinstance(self.ordinal, list) else self.ordinal}

    def _make_module(self, architecture, generator):
        module = self._labels.make_network(architecture, generator)
        self._start_embedding(module.body.input.embedding)
        return module
