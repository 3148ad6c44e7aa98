"""The next token of a text, and texts written token by token."""

from numbers import Integral, Real
from typing import Any, Literal, Self

import numpy as np
import torch
from sklearn.base import BaseEstimator
from sklearn.utils.validation import check_is_fitted

from sklearn_rnn._sklearn import CallbackSupport, Interval, StrOptions, validate_parameters
from sklearn_rnn.data import UNKNOWN_ID
from sklearn_rnn.estimators._building import net_settings
from sklearn_rnn.estimators._constraints import PARAMETER_CONSTRAINTS
from sklearn_rnn.estimators._cooccurrence import cooccurrence_vectors
from sklearn_rnn.estimators._language_defaults import AUTO_LANGUAGE_PARAMETERS
from sklearn_rnn.estimators._language_input import read_texts, split_texts
from sklearn_rnn.estimators._language_planning import count_known, plan_language
from sklearn_rnn.estimators._language_prompts import check_prompt, encode_prompt, join_tokens
from sklearn_rnn.estimators._language_writing import (
    check_writing,
    choose_likeliest,
    forbid_unknown,
    make_sampler,
)
from sklearn_rnn.estimators._resuming import begin_run
from sklearn_rnn.estimators._scikit_callbacks import train_in_tasks
from sklearn_rnn.estimators._tags import cut
from sklearn_rnn.estimators._trained_net import TrainedNetMixin
from sklearn_rnn.estimators._types import Cell, Folder, Optimizer, Precision, RandomState, Schedule
from sklearn_rnn.modules import LanguageNetwork
from sklearn_rnn.training import (
    StreamDataset,
    after_texts,
    fit_seed,
    surprise_at_tokens,
    write_on,
)

__all__ = ["RNNLanguageModel"]

_AUTO = StrOptions({"auto"})
_SHARE = Interval(Real, 0, 1, closed="left")
_COUNT = Interval(Integral, 1, None, closed="left")
_OF_OTHERS = ("bidirectional", "residual", "initialization", "token_dropout", "subwords", "missing")
_OF_OTHERS += ("stride", "segment", "pooling", "convolution")


class RNNLanguageModel(TrainedNetMixin, CallbackSupport, BaseEstimator):
    """Learn what token comes next, and write texts token by token.

    Tokens are words, characters, or the items of any sequences of choices. Training joins the
    texts to a few long streams, reads these side by side, a stretch at a time, and carries the
    state from one stretch to the next. Everything else reads each text by itself, from its
    beginning to its end, so that no figure depends on other texts or on how they are batched.

    Parameters
    ----------
    cell : str or class, default="lstm"
        The recurrent cell: "lstm", "gru", "rnn_tanh", "rnn_relu"; "mingru", "minlstm", "lru", which
        are scans over time; "indrnn", "slstm", "peephole_lstm", "layer_norm_lstm", "rnn_sigmoid".
        The user guide, section "Cells", tells what each is good for. Or a ``torch.nn.Module``
        class called like ``torch.nn.LSTM``, with a
        state too: ``states, state = cell(steps, state)``. The state is a tensor ``(..., batch,
        hidden)``, or lists, tuples or NamedTuples of such ones.
    hidden_size : int or "auto", default="auto"
        Units of a layer.
    num_layers : int or "auto", default="auto"
        Recurrent layers on top of each other.
    dropout : float or "auto", default="auto"
        Dropout of what the layers read and of the last states; one mask for a stretch of text.
    embedding_dropout : float or "auto", default="auto"
        The probability that a token of the vocabulary is read as nothing throughout a batch.
    weight_drop : float or "auto", default="auto"
        The probability that a recurrent weight is left out throughout a batch. "mingru",
        "minlstm" and "lru" have no such weights; there "auto" is 0.
    encoder : transformer or None, default=None
        What turns texts and tokens into ids; None means ``TokenEncoder()``, which reads words,
        ``TokenEncoder("char")`` reads characters. Its ``min_count`` decides what is unknown.
    embedding_dim : int or "auto", default="auto"
        The width of the vectors of tokens.
    n_tokens : int or None, default=None
        How many ids there are, 0 and 1 among them; None means up to the largest one of ``fit``.
        An id beyond is unknown. Of texts and tokens, ids beyond those of the vocabulary are spare:
        they stand for nothing, and are neither written nor among the most probable.
    tie_weights : bool or "auto", default="auto"
        Whether the vectors of tokens are also the weights that tell the next token.
    cutoffs : list of int, "auto" or None, default="auto"
        The first ids of clusters of rarer tokens, for an adaptive softmax, which is faster for
        large vocabularies. Ids go by falling frequency, as those of ``TokenEncoder`` do. None
        means one softmax over all tokens.
    context_dim : int or None, default=64
        The width of vectors by which words that stand in the same texts are alike, which
        classifiers and regressors that start from this model read beside it; fewer where there are
        fewer words. None means none; characters, and ``partial_fit``, have none.
    max_epochs : int or "auto", default="auto"
        Passes over the training data.
    batch_size : int or "auto", default="auto"
        How many streams are read side by side.
    bptt : int or "auto", default="auto"
        How many tokens are read at a time: so far back go gradients.
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
        The part of the texts to validate on; of fewer than ten texts, the part at their end.
    n_iter_no_change : int, default=10
        The patience of early stopping, in epochs.
    tol : float, default=0.0001
        An improvement has to be larger than this to count for the patience.
    warm_start : bool, default=False
        Whether ``fit`` goes on from the weights of the last call, with its vocabulary.
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
    classes_ : ndarray of shape (n_tokens,)
        What may come next, by its id: the end of the text ("<end>", for ids 0), the unknown
        token ("<unk>"), then the known ones. Where the texts hold a token "<end>" itself, the end
        is "<<end>>", and so on.
    encoder_ : transformer
        The fitted encoder, if ``fit`` saw texts or tokens.
    net_ : skorch.NeuralNet
        The trained net.
    module_ : torch.nn.Module
        Its module; its parts ``embedding`` and ``recurrent`` are what other networks can start
        from.
    history_ : list of dict
        A record of each epoch: "train_loss" and, if validated, "valid_loss" in nats a token, "lr",
        "dur" in seconds. The latter loss is measured on streams, and so a little above that of
        whole texts.
    n_iter_ : int
        How many epochs were run.
    best_epoch_ : int
        The epoch, from 1, whose weights were kept.
    interrupted_ : bool
        Whether Ctrl-C ended ``fit``, whose whole epochs then count as all there are.
    hidden_size_, num_layers_, dropout_, embedding_dropout_, weight_drop_, embedding_dim_, \
tie_weights_, cutoffs_, max_epochs_, batch_size_, bptt_, lr_, early_stopping_
        What "auto" was resolved to.

    See Also
    --------
    RNNClassifier : The label of a whole text.
    sklearn_rnn.preprocessing.TokenEncoder : Words or characters to ids.

    Notes
    -----
    Training takes tokens that occur once for unknown ones every other time, if nothing else is
    unknown; so the unknown token gets about the probability of what was never seen.

    References
    ----------
    Merity, Keskar and Socher, "Regularizing and Optimizing LSTM Language Models", 2017.

    Grave et al., "Efficient softmax approximation for GPUs", 2017.

    Examples
    --------
    >>> from sklearn_rnn import RNNLanguageModel
    >>> texts = ["the cat sees the dog", "the dog sees the bird", "a bird sings"] * 10
    >>> model = RNNLanguageModel(max_epochs=50, random_state=0).fit(texts)
    >>> model.complete("a bird")
    'a bird sings'
    >>> model.predict(["the dog sees"]).tolist()
    ['the']
    >>> right, odd = model.score_samples(["the cat sees the bird", "cat bird the the sees"])
    >>> bool(right > odd)
    True
    """

    # What ``fit`` gives, as the docstring tells: for editors and type checkers.
    classes_: np.ndarray
    encoder_: Any
    num_layers_: int
    embedding_dropout_: float
    weight_drop_: float
    embedding_dim_: int | None
    tie_weights_: bool
    cutoffs_: list[int] | None
    bptt_: int

    _parameter_constraints = {
        **{
            name: allowed
            for name, allowed in PARAMETER_CONSTRAINTS.items()
            if name not in _OF_OTHERS
        },
        "num_layers": [_AUTO, _COUNT],
        "embedding_dropout": [_AUTO, _SHARE],
        "weight_drop": [_AUTO, _SHARE],
        "tie_weights": [_AUTO, "boolean"],
        "cutoffs": [_AUTO, list, tuple, None],
        "bptt": [_AUTO, _COUNT],
        "context_dim": [_COUNT, None],
    }
    _auto_parameters = AUTO_LANGUAGE_PARAMETERS

    def __init__(
        self,
        *,
        cell: Cell = "lstm",
        hidden_size: int | Literal["auto"] = "auto",
        num_layers: int | Literal["auto"] = "auto",
        dropout: float | Literal["auto"] = "auto",
        embedding_dropout: float | Literal["auto"] = "auto",
        weight_drop: float | Literal["auto"] = "auto",
        encoder: Any | None = None,
        embedding_dim: int | Literal["auto"] = "auto",
        n_tokens: int | None = None,
        tie_weights: bool | Literal["auto"] = "auto",
        cutoffs: list[int] | tuple[int, ...] | Literal["auto"] | None = "auto",
        context_dim: int | None = 64,
        max_epochs: int | Literal["auto"] = "auto",
        batch_size: int | Literal["auto"] = "auto",
        bptt: int | Literal["auto"] = "auto",
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
        self.embedding_dropout = embedding_dropout
        self.weight_drop = weight_drop
        self.encoder = encoder
        self.embedding_dim = embedding_dim
        self.n_tokens = n_tokens
        self.tie_weights = tie_weights
        self.cutoffs = cutoffs
        self.context_dim = context_dim
        self.max_epochs = max_epochs
        self.batch_size = batch_size
        self.bptt = bptt
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

    def fit(self, X, y=None, X_val=None, *, resume: bool | Literal["auto"] = False) -> Self:
        """Train the network.

        Parameters
        ----------
        X : list of str, list of token lists, list of arrays of ids, array of ids or Sequences
            The n texts. Ids are integers: 1 is an unknown token, known ones begin at 2; in a 2-D
            array, 0 is padding. One long text is a list of one str.
        y : None
            Not used.
        X_val : like X, or None, default=None
            What early stopping watches, instead of a part of the training data.
        resume : bool or "auto", default=False
            Whether to go on after the last epoch that the same fit has left in ``checkpoint``:
            what comes out is, bit for bit, what the fit would have given if nothing had cut it
            short. In an empty folder it begins anew; if there are only fits of other data or
            parameters, True is an error, and "auto" begins anew.

        Returns
        -------
        self : RNNLanguageModel
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
            texts = read_texts(self, X, reset=not goes_on)
            plan_language(self, texts, reset=not goes_on)
            run = begin_run(self, texts, resume=resume, goes_on=goes_on)
            if not goes_on or not hasattr(self, "_split_seed"):
                # A fit that goes on validates on no text that was trained on before.
                self._split_seed = run.seed
            if X_val is not None and self.early_stopping == "auto":
                self.early_stopping_ = True
            train, valid = split_texts(self, texts, X_val, self._split_seed, reset=not goes_on)
            self._learn_unknown(train, reset=not goes_on)
            validated = valid is not None
            self._build(run.seed, goes_on, max_epochs=self.max_epochs_, validated=validated)
            self._learn_context(train, reset=not goes_on)
            run.watch(self.net_, None if X_val is None else valid)
            self._settings = None
            train_in_tasks(self, train, valid, X=X, y=y, sample_weight=None)
        return self

    def partial_fit(self, X, y=None) -> Self:
        """Train for one epoch, going on from the last call.

        The first call on an unfitted estimator fixes what depends on the data: the vocabulary and
        whatever is "auto".

        Parameters
        ----------
        X : list, array or Sequences
            The n texts, in a form that ``fit`` takes.
        y : None
            Not used.

        Returns
        -------
        self : RNNLanguageModel
            The estimator, fitted.
        """
        validate_parameters(self)
        first = not hasattr(self, "net_")
        with self._as_before_if_it_fails(not first):
            texts = read_texts(self, X, reset=first)
            plan_language(self, texts, reset=first, keep_auto=True, whole=False)
            self.early_stopping_ = False
            train, _ = split_texts(self, texts, None, 0, reset=first)
            self._learn_unknown(train, reset=first)
            settings = net_settings(self)
            if first or settings != self._settings:
                seed = fit_seed(self.random_state)
                self._build(seed, not first, max_epochs=1, validated=False, scheduled=False)
                self._settings = settings
            self._train(train, None)
        return self

    def predict(self, X) -> np.ndarray:
        """Predict the token that comes next after each text.

        Parameters
        ----------
        X : list, array or Sequences
            The n texts, or their beginnings.

        Returns
        -------
        ndarray of shape (n,)
            The likeliest of ``classes_``, the unknown token left out.
        """
        return self.predict_top_k(X, 1)[:, 0]

    def predict_top_k(self, X, k: int = 10) -> np.ndarray:
        """Predict the most probable next tokens of each text, the likeliest first.

        Parameters
        ----------
        X : list, array or Sequences
            The n texts, or their beginnings.
        k : int, default=10
            How many tokens.

        Returns
        -------
        ndarray of shape (n, k)
            Of ``classes_``, the unknown token left out; equally probable ones stand in their order.

        Raises
        ------
        ValueError
            If there are fewer than k of them.
        """
        check_is_fitted(self)
        possible = self._n_known - 1
        if not isinstance(k, Integral) or isinstance(k, bool) or not 1 <= k <= possible:
            raise ValueError(
                f"k must be an int from 1 to the number of tokens, {possible} with the end of the "
                f"text and without the unknown one, but is {k!r}."
            )

        def likeliest(log_probabilities):
            known = forbid_unknown(log_probabilities, self._n_known)
            order = np.argsort(-known, axis=1, kind="stable")
            return order[:, :k].copy()  # a view would keep all of it in memory

        return self.classes_[self._after(X, likeliest)]

    def predict_proba(self, X) -> np.ndarray:
        """Predict the probability of each token to come next after each text.

        Parameters
        ----------
        X : list, array or Sequences
            The n texts, or their beginnings.

        Returns
        -------
        ndarray of shape (n, n_tokens), float64
            In the order of ``classes_``.
        """
        return self._after(X, np.exp)

    def score_tokens(self, X) -> np.ndarray:
        """Give how probable each token is after those before it in its text.

        Parameters
        ----------
        X : list, array or Sequences
            The n texts, in a form that ``fit`` takes.

        Returns
        -------
        ndarray of shape (n,), object
            For each text an array (its tokens + 1,) of log-likelihoods in nats; the last one is
            that of the end of the text.
        """
        check_is_fitted(self)
        return cut(*self._log_likelihoods(X))

    def score_samples(self, X) -> np.ndarray:
        """Give the mean log-likelihood of the tokens of each text, which finds the odd one out.

        Parameters
        ----------
        X : list, array or Sequences
            The n texts, in a form that ``fit`` takes.

        Returns
        -------
        ndarray of shape (n,), float64
            In nats a token, the end of the text being one.
        """
        check_is_fitted(self)
        values, lengths = self._log_likelihoods(X)
        return np.add.reduceat(values, np.cumsum(lengths) - lengths) / lengths

    def score(self, X, y=None) -> float:
        """Give the mean log-likelihood of all tokens, ends of texts among them.

        Parameters
        ----------
        X : list, array or Sequences
            The n texts, in a form that ``fit`` takes.
        y : None
            Not used.

        Returns
        -------
        float
            In nats a token; higher is better.
        """
        check_is_fitted(self)
        return float(self._log_likelihoods(X)[0].mean())

    def perplexity(self, X) -> float:
        """Give the exponential of the negative score: among how many tokens it is left to guess.

        Parameters
        ----------
        X : list, array or Sequences
            The n texts, in a form that ``fit`` takes.

        Returns
        -------
        float
            Lower is better.
        """
        return float(np.exp(-self.score(X)))

    def sample(
        self,
        n=1,
        prompt=None,
        *,
        max_length=200,
        temperature: float = 1.0,
        top_k: int | None = None,
        top_p: float | None = None,
        random_state=None,
    ) -> np.ndarray:
        """Write texts, each token drawn by its probability. The unknown token is never written.

        Parameters
        ----------
        n : int, default=1
            How many texts.
        prompt : str, list of tokens, list of ids or None, default=None
            What each text begins with, in the form of what ``fit`` saw.
        max_length : int, default=200
            How many tokens are written at most behind the prompt.
        temperature : float, default=1.0
            Below 1 likely tokens become likelier, above 1 texts become more varied.
        top_k : int or None, default=None
            Draw among so many likeliest tokens.
        top_p : float or None, default=None
            Draw among the fewest tokens that have this probability together, up to 1.
        random_state : int, RandomState or None, default=None
            An int gives the same texts again.

        Returns
        -------
        ndarray of shape (n,), object
            Texts with their prompts, in the form of what ``fit`` saw: str, words of one being
            parted by a space; lists of tokens; or arrays of ids.

        Raises
        ------
        ValueError or TypeError
            If a number is out of range, the prompt holds what the network does not know, or the
            network gives no numbers.
        """
        check_is_fitted(self)
        limits = {"temperature": temperature, "top_k": top_k, "top_p": top_p}
        check_writing(n=n, max_length=max_length, random_state=random_state, **limits)
        sampler = make_sampler(fit_seed(random_state), **limits)
        return self._write(prompt, n, max_length, sampler)

    def complete(self, prompt, *, max_length=200) -> np.ndarray | Any:
        """Write on with the likeliest token at each step, up to the end of the text.

        Parameters
        ----------
        prompt : str, list of tokens or list of ids
            What the text begins with, in the form of what ``fit`` saw.
        max_length : int, default=200
            How many tokens are written at most.

        Returns
        -------
        str, list of str or ndarray
            The text with its prompt.
        """
        check_is_fitted(self)
        check_writing(max_length=max_length)
        return self._write(prompt, 1, max_length, choose_likeliest)[0]

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags.string = True
        tags.input_tags.two_d_array = False
        tags.target_tags.required = False
        return tags

    def _after(self, X, pick):
        """Give what is picked from the log-probabilities of what comes after each text."""
        check_is_fitted(self)
        texts = read_texts(self, X, reset=False)
        return after_texts(
            self.module_, texts, self._module_device(), lambda found: pick(_check_finite(found))
        )

    def _log_likelihoods(self, X):
        """Give those of all tokens, end to end, and how many each text has."""
        texts = read_texts(self, X, reset=False)
        surprise = surprise_at_tokens(self.module_, texts, self._module_device())
        return _check_finite(-surprise), texts.lengths + 1

    def _write(self, prompt, n, max_length, choose):
        prompt = check_prompt(self, prompt)
        ids = encode_prompt(self, prompt)

        def choose_known(log_probabilities):
            return choose(forbid_unknown(_check_finite(log_probabilities), self._n_known))

        written = write_on(self.module_, ids, n, max_length, choose_known, self._module_device())
        return np.fromiter((join_tokens(self, prompt, row) for row in written), dtype=object)

    @property
    def _n_known(self):
        return count_known(self._vocabulary, len(self.classes_))

    def _module_device(self):
        return next(self.module_.parameters()).device

    def _learn_unknown(self, train, *, reset):
        """Remember whether training ever meets the unknown token."""
        met = bool((train.texts.values == UNKNOWN_ID).any())
        met = met or (train.rare is not None and bool(train.rare.any()))
        self._knows_unknown = met if reset else met or self._knows_unknown

    def _learn_context(self, train, *, reset):
        """Give the module what goes beside it to networks that start from it."""
        if reset and self._architecture.context_dim is not None:
            width = self._architecture.context_dim
            vectors = cooccurrence_vectors(train.texts, self._architecture.n_tokens, width)
            self.module_.context.copy_(torch.from_numpy(vectors))

    def _as_dataset(self, data, device):
        return StreamDataset(data.texts, bptt=self.bptt_, rare=data.rare, device=device)

    def _make_module(self, architecture, generator):
        return LanguageNetwork(architecture, generator=generator)


def _check_finite(log_likelihoods):
    """Refuse an array or a tensor with NaN or infinity."""
    if not np.isfinite(np.asarray(log_likelihoods)).all():
        raise ValueError(
            "the network gives probabilities that are no numbers: training came close to "
            "divergence; fit again with a lower lr."
        )
    return log_likelihoods
