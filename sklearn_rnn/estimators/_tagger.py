"""A label for every step of a sequence."""

import copy
from collections.abc import Iterator
from numbers import Real
from typing import Any, Literal, Self

import numpy as np
import pandas as pd
import torch
from scipy.special import softmax
from sklearn.frozen import FrozenEstimator
from sklearn.utils.validation import check_is_fitted

from sklearn_rnn._sklearn import Interval, StrOptions, check_sample_weight
from sklearn_rnn.data import SubwordTable, allowed_transitions
from sklearn_rnn.estimators._base import BaseRNN
from sklearn_rnn.estimators._constraints import STRETCH_CONSTRAINTS
from sklearn_rnn.estimators._embedding_start import EMBEDDING_CONSTRAINTS, EmbeddingStartMixin
from sklearn_rnn.estimators._exporting import ExportMixin
from sklearn_rnn.estimators._language_model import RNNLanguageModel
from sklearn_rnn.estimators._nbest import find_nbest
from sklearn_rnn.estimators._planning import tokens_of
from sklearn_rnn.estimators._pretraining import PRETRAINING_CONSTRAINTS, PretrainingMixin
from sklearn_rnn.estimators._spans import find_spans
from sklearn_rnn.estimators._step_labels import StepLabels, read_step_labels
from sklearn_rnn.estimators._streaming import check_method, stream_scores
from sklearn_rnn.estimators._tagger_input import read_tagger_input
from sklearn_rnn.estimators._tags import cut, locate
from sklearn_rnn.estimators._targets import align_target
from sklearn_rnn.estimators._types import (
    Cell,
    Embedding,
    Folder,
    Optimizer,
    Precision,
    RandomState,
    Schedule,
)
from sklearn_rnn.modules import TaggingNetwork
from sklearn_rnn.training import TokenTables

__all__ = ["RNNTagger"]


class RNNTagger(PretrainingMixin, EmbeddingStartMixin, ExportMixin, BaseRNN):
    """Give every step of a sequence a label: parts of speech, names, events in a recording.

    Words are looked up by their form and read by their characters, so that words which training
    never saw are tagged well. With spans written in IOB1, IOB2 or BIOES only legal sequences of
    labels are predicted. A prediction depends neither on padding nor on the other sequences in
    the batch.

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
        Dropout of what is read of each step, between layers and of the states.
    token_dropout : float or "auto", default="auto"
        The probability that training reads a token as the unknown one.
    subwords : bool or "auto", default="auto"
        Whether a token's vector also holds those of its character n-grams, so that unknown tokens
        are told apart.
    characters : {"auto", "cnn", "lstm"} or bool, default="auto"
        How words are also read by their characters: by convolutions ("cnn", and what True means)
        or by an LSTM from both ends, which is slower; then also by how they are written (in
        capitals, with digits and so on). False reads them by their forms alone.
    language_model : float or "auto", default="auto"
        What it counts, beside a label, that the states of training foretell the next word and the
        one before. This teaches more of the language than labels alone; 0 leaves it out. It is
        part of ``train_loss``.
    embedding : WordEmbedder, dict of str to array, gensim ``KeyedVectors``, array or None, \
default=None
        Vectors of words, from which those of the network start; words that only the vectors know
        become known. A :class:`~sklearn_rnn.preprocessing.WordEmbedder` is cloned and fitted on
        the words of X, unless it is fitted: then it is used as it is, also by a ``clone``. Among
        the values of a search, a fitted one has to stand in a ``FrozenEstimator``. An array
        (n_tokens, embedding_dim) has a row for each id, if X holds ids; plain integers are ids
        then.
    freeze_embedding : bool, default=False
        Whether the vectors of words stay as they are.
    pretrained : RNNLanguageModel, FrozenEstimator or None, default=None
        A language model whose embedding and recurrent layers the network starts from; the backward
        direction, characters and all above begin anew. Its words are known as well, and
        "auto" takes its sizes. A fitted one is used as it is, also by a ``clone`` (among
        the values of a search, in a ``FrozenEstimator``); one that is not is cloned and fitted on
        the tokens of X, and a search may set ``pretrained__hidden_size``.
    lr_decay : float or "auto", default="auto"
        With ``pretrained``, the learning rate of each part is that of the one above it divided by
        this: first what is new, then the recurrent layers from the top, then the embedding.
        "auto" means 2.6.
    unfreeze_epochs : int or "auto", default="auto"
        With ``pretrained``, after so many epochs each of these parts begins to be trained as well,
        from the top down; 0 means all at once. ``partial_fit`` trains all at once.
        "auto" means 1.
    embedding_dim : int or "auto", default="auto"
        The width of the vectors of words or features. If set, plain integers are ids: 0 is
        padding, 1 an unknown token.
    n_tokens : int or None, default=None
        How many ids there are, 0 and 1 among them; None means up to the largest one of ``fit``.
        If set, plain integers are ids.
    missing : {"error", "mask"}, default="error"
        What NaN in X means. "mask" fills it in with the last value of the sequence, or the mean,
        and tells the network which values are filled in and for how long they have been missing.
    output : {"auto", "crf", "softmax"}, default="auto"
        Whether labels are chosen together, by a conditional random field that learns which label
        follows which, or each by itself. "auto" means "crf" for spans, else "softmax".
    constraints : {"auto", "IOB1", "IOB2", "BIOES"} or None, default="auto"
        The scheme in which labels spell spans; only what is legal in it is predicted. "auto" finds
        it from the labels of ``fit``; None allows anything.
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
        the state goes on, but the gradient does not go back.
        Sequences of less than twice as many steps are not cut. None means that it goes all the way.
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
        the last weights. "auto" means True where ``X_val`` is given.
    validation_fraction : float, default=0.1
        The part of the training data to validate on.
    n_iter_no_change : int, default=10
        The patience of early stopping, in epochs.
    tol : float, default=0.0001
        An improvement has to be larger than this to count for the patience.
    class_weight : dict, "balanced" or None, default=None
        Weights of the labels, ``{label: weight}``; "balanced" makes all labels count alike.
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
    classes_ : ndarray of shape (n_classes,)
        The labels.
    scheme_ : {"IOB1", "IOB2", "BIOES"} or None
        The scheme whose sequences of labels alone are predicted.
    n_features_in_ : int
        The width of a step, for words 1.
    net_ : skorch.NeuralNet
        The trained net.
    module_ : torch.nn.Module
        Its module.
    pretrained_ : RNNLanguageModel
        The fitted language model that the network started from, with ``pretrained``.
    history_ : list of dict
        A record of each epoch, as :class:`RNNClassifier` has it; of accuracies and losses a step.
    n_iter_ : int
        How many epochs were run.
    best_epoch_ : int
        The epoch, from 1, whose weights were kept.
    interrupted_ : bool
        Whether Ctrl-C ended ``fit``, whose whole epochs then count as all there are.
    hidden_size_, bidirectional_, dropout_, token_dropout_, subwords_, characters_, \
language_model_, embedding_dim_, output_, batch_size_, lr_, lr_decay_, unfreeze_epochs_, \
max_epochs_, early_stopping_
        What "auto" was resolved to.

    See Also
    --------
    RNNClassifier : One label for a whole sequence.
    sklearn_rnn.metrics.span_f1_score : Scores spans.

    Notes
    -----
    It is no ``ClassifierMixin``: scikit-learn takes labels for one column of them there. Pass
    ``cv=KFold(...)`` or an int, and ``scoring=span_f1_scorer`` from ``sklearn_rnn.metrics`` for
    spans. ``cross_val_predict`` gives labels; with ``method="predict_proba"`` it would number the
    columns of y, which lists of labels do not have, before any tagger sees them: there, go over
    the folds in a loop.

    References
    ----------
    Ma and Hovy, "End-to-end Sequence Labeling via Bi-directional LSTM-CNNs-CRF", 2016.

    Rei, "Semi-supervised Multitask Learning for Sequence Labeling", 2017.

    Examples
    --------
    >>> from sklearn_rnn import RNNTagger
    >>> X = [["the", "cat", "sleeps"], ["a", "dog", "sees", "the", "cat"]] * 10
    >>> y = [["DET", "NOUN", "VERB"], ["DET", "NOUN", "VERB", "DET", "NOUN"]] * 10
    >>> tagger = RNNTagger(hidden_size=16, max_epochs=8, random_state=0).fit(X, y)
    >>> tagger.predict([["the", "dog", "sleeps"]])[0]
    ['DET', 'NOUN', 'VERB']
    """

    # What ``fit`` gives, as the docstring tells: for editors and type checkers.
    classes_: np.ndarray
    scheme_: str | None
    n_features_in_: int
    pretrained_: RNNLanguageModel
    bidirectional_: bool
    token_dropout_: float
    subwords_: bool
    characters_: bool | str
    language_model_: float
    embedding_dim_: int | None
    output_: str

    _trains_distributed = _reads_chunks = True
    _parameter_constraints = {
        **{
            name: allowed
            for name, allowed in BaseRNN._parameter_constraints.items()
            if name not in ("encoder", "pooling", "convolution", "stride", "segment")
        },
        "characters": [StrOptions({"auto", "cnn", "lstm"}), "boolean"],
        "language_model": [StrOptions({"auto"}), Interval(Real, 0, None, closed="left")],
        **EMBEDDING_CONSTRAINTS,
        **PRETRAINING_CONSTRAINTS,
        **STRETCH_CONSTRAINTS,
        "output": [StrOptions({"auto", "crf", "softmax"})],
        "constraints": [StrOptions({"auto", "IOB1", "IOB2", "BIOES"}), None],
        "class_weight": [dict, StrOptions({"balanced"}), None],
    }
    _reads_forms = True
    _auto_parameters = (
        "hidden_size",
        "bidirectional",
        "dropout",
        "token_dropout",
        "subwords",
        "characters",
        "language_model",
        "embedding_dim",
        "output",
        "batch_size",
        "lr",
        "max_epochs",
        "early_stopping",
    )

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
        characters: bool | Literal["auto", "cnn", "lstm"] = "auto",
        language_model: float | Literal["auto"] = "auto",
        embedding: Embedding | None = None,
        freeze_embedding: bool = False,
        pretrained: RNNLanguageModel | FrozenEstimator | None = None,
        lr_decay: float | Literal["auto"] = "auto",
        unfreeze_epochs: int | Literal["auto"] = "auto",
        embedding_dim: int | Literal["auto"] = "auto",
        n_tokens: int | None = None,
        missing: Literal["error", "mask"] = "error",
        output: Literal["auto", "crf", "softmax"] = "auto",
        constraints: Literal["auto", "IOB1", "IOB2", "BIOES"] | None = "auto",
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
        class_weight: dict[Any, float] | Literal["balanced"] | None = None,
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
        self.characters = characters
        self.language_model = language_model
        self.embedding = embedding
        self.freeze_embedding = freeze_embedding
        self.pretrained = pretrained
        self.lr_decay = lr_decay
        self.unfreeze_epochs = unfreeze_epochs
        self.embedding_dim = embedding_dim
        self.n_tokens = n_tokens
        self.missing = missing
        self.output = output
        self.constraints = constraints
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
        sample_weight=None,
        X_val=None,
        y_val=None,
        *,
        resume: bool | Literal["auto"] = False,
    ) -> Self:
        """Train the network.

        Parameters
        ----------
        X : list of token lists, list of lists of dicts, list of arrays, array or Sequences
            The n sequences: lists of words; lists of dicts of features, one a step, in which str,
            bool and lists of str are embedded and numbers are numbers; arrays (time,) or
            (time, n_features) of any lengths; an array (n, time, n_features), where all-NaN steps
            at the right end are padding; or ``Sequences`` without columns of whole sequences.
            More data than memory holds come as ``Chunks``, which have y and the weights with them.
        y : list of n lists of labels, or None, default=None
            One label a step: str, int or bool. None for Chunks, which have them.
        sample_weight : array-like of shape (n,) or None, default=None
            How much each sequence counts; one of weight 0 is left out.
        X_val, y_val : like X and y, or None, default=None
            What early stopping watches, instead of a part of the training data.
        resume : bool or "auto", default=False
            Whether to go on after the last epoch that the same fit has left in ``checkpoint``:
            what comes out is, bit for bit, what the fit would have given if nothing had cut it
            short. In an empty folder it begins anew; if there are only fits of other data or
            parameters, True is an error, and "auto" begins anew.

        Returns
        -------
        self : RNNTagger
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
        return super().fit(X, y, sample_weight, X_val, y_val, resume=resume)

    def partial_fit(self, X, y, classes=None, sample_weight=None) -> Self:
        """Train for one epoch, going on from the last call.

        The first call on an unfitted estimator fixes what depends on the data: vocabulary,
        labels, standardisation, the scale of the weights and whatever is "auto".

        Parameters
        ----------
        X : list, array or Sequences
            The n sequences, in a form that ``fit`` takes.
        y : list of n lists of labels
            One label a step.
        classes : array-like of shape (n_classes,) or None, default=None
            All labels that any call will see; None means those of the first call.
        sample_weight : array-like of shape (n,) or None, default=None
            How much each sequence counts.

        Returns
        -------
        self : RNNTagger
            The estimator, fitted.
        """
        if self.class_weight == "balanced":
            raise ValueError(
                'class_weight="balanced" needs all labels at once, which partial_fit never sees; '
                "give a dict of weights."
            )
        return self._partial_fit(X, y, sample_weight, classes=classes)

    def predict(self, X) -> np.ndarray:
        """Predict the label of each step.

        Parameters
        ----------
        X : list, array or Sequences
            The n sequences, in a form that ``fit`` takes.

        Returns
        -------
        ndarray of shape (n,), object
            A list of labels for each sequence.
        """
        check_is_fitted(self)
        tags, lengths = self._run(X, self.module_.decode)
        return self._labels.nest(tags, lengths)

    def predict_proba(self, X) -> np.ndarray:
        """Predict the probability of each label at each step.

        These are exact marginals: sums over all sequences of labels that have the label there,
        under a scheme over those that are legal in it. So a label that cannot stand at a step has
        a probability of 0, and what ``predict_nbest`` gives, if n is large, adds up to the same. A
        softmax without a scheme has no sequences; its probabilities are those of the step itself.

        Parameters
        ----------
        X : list, array or Sequences
            The n sequences, in a form that ``fit`` takes.

        Returns
        -------
        ndarray of shape (n,), object
            An array (time, n_classes) for each sequence, in the order of ``classes_``.
        """
        check_is_fitted(self)
        return cut(*self._run(X, self.module_.marginals))

    def predict_stream(self, chunks, method: str = "predict") -> Iterator[Any]:
        """Predict the labels of one sequence while it is still coming in.

        Memory and the time of a chunk do not grow with what was read before. Laid end to end, the
        answers are those of ``method`` for the whole sequence.

        Parameters
        ----------
        chunks : iterable
            The steps of one sequence, piece by piece: each is what a sequence of X may be, such as
            a list of words or an array (time, n_features).
        method : {"predict", "predict_proba"}, default="predict"
            What is predicted.

        Returns
        -------
        iterator of lists of labels, or of ndarray of shape (time, n_classes)
            For the steps of each chunk.

        Raises
        ------
        ValueError
            If the network needs the whole sequence: it has to be fitted with
            ``bidirectional=False``, ``output="softmax"`` and ``constraints=None``. And if a chunk
            is not as X was in ``fit``.

        Examples
        --------
        >>> from sklearn_rnn import RNNTagger
        >>> X = [["the", "cat", "sleeps"], ["a", "dog", "sees", "the", "cat"]] * 10
        >>> y = [["DET", "NOUN", "VERB"], ["DET", "NOUN", "VERB", "DET", "NOUN"]] * 10
        >>> tagger = RNNTagger(hidden_size=16, max_epochs=8, bidirectional=False, random_state=0)
        >>> tagger = tagger.fit(X, y)
        >>> list(tagger.predict_stream([["a", "dog"], ["sleeps"]]))
        [['DET', 'NOUN'], ['VERB']]
        """
        check_is_fitted(self)
        methods = {
            "predict": lambda scores: self.classes_[scores.argmax(axis=1)].tolist(),
            "predict_proba": lambda scores: softmax(scores, axis=1),
        }
        return map(check_method(method, methods), stream_scores(self, chunks))

    def predict_nbest(self, X, n: int = 5) -> tuple[np.ndarray, np.ndarray]:
        """Find the likeliest sequences of labels, all different and legal.

        Parameters
        ----------
        X : list, array or Sequences
            The n sequences, in a form that ``fit`` takes.
        n : int, default=5
            How many to find for each; there are fewer where fewer are possible.

        Returns
        -------
        labels : ndarray of shape (n,), object
            For each sequence a list of lists of labels, the likeliest first.
        log_probabilities : ndarray of shape (n,), object
            For each sequence an array of the logarithms of their probabilities among all
            sequences of labels, under a scheme among all that are legal.
        """
        check_is_fitted(self)
        if not isinstance(n, int | np.integer) or n < 1:
            raise ValueError(f"n must be an int of at least 1, but is {n!r}.")
        scores, lengths = self._run(X, self.module_)
        found = find_nbest(scores, lengths, self._chain().decode_nbest, int(n))
        labels, log_probabilities = (np.empty(len(lengths), dtype=object) for _ in range(2))
        for i, (tags, values) in enumerate(found):
            labels[i], log_probabilities[i] = self.classes_[tags].tolist(), values
        return labels, log_probabilities

    def predict_spans(self, X) -> np.ndarray:
        """Find the spans in the predicted labels, and how probable each of them is.

        Parameters
        ----------
        X : list, array or Sequences
            The n sequences, in a form that ``fit`` takes.

        Returns
        -------
        ndarray of shape (n,), object
            For each sequence a list of ``(start, end, type, probability)``, ``end`` not included.
            The probability is that of all legal sequences of labels which hold this span.

        Raises
        ------
        AttributeError
            If the labels of ``fit`` spell no spans.
        """
        check_is_fitted(self)
        self._check_scheme()
        scores, lengths = self._run(X, self.module_)
        best = find_nbest(scores, lengths, self._chain().decode_nbest, 1)
        rows = [self.classes_[tags[0]].tolist() for tags, _ in best]
        return self._weigh_spans(rows, self.scheme_, scores, lengths)

    def weigh_spans(self, X, labels, *, scheme=None) -> np.ndarray:
        """Find the spans in given labels, and how probable each of them is.

        Parameters
        ----------
        X : list, array or Sequences
            The n sequences, in a form that ``fit`` takes.
        labels : list of n lists of labels
            One label a step. A span of a type that ``fit`` did not see has the probability 0.
        scheme : {"IOB1", "IOB2", "BIOES"} or None, default=None
            How the labels spell spans; None means ``scheme_``.

        Returns
        -------
        ndarray of shape (n,), object
            As ``predict_spans`` gives it.

        Raises
        ------
        ValueError
            If the labels of ``fit`` are none of the scheme, or there are not as many labels as
            steps.
        AttributeError
            If no scheme is given, and the labels of ``fit`` spell no spans.
        """
        check_is_fitted(self)
        if scheme is None:
            self._check_scheme()
            scheme = self.scheme_
        allowed_transitions(self.classes_.tolist(), scheme)  # refuses labels of another scheme
        scores, lengths = self._run(X, self.module_)
        rows = [list(row) for row in labels]
        _check_steps(rows, lengths)
        return self._weigh_spans(rows, scheme, scores, lengths)

    def transform(self, X) -> np.ndarray | Any:
        """Give the state of the recurrent layers at each step, as features for another model.

        Parameters
        ----------
        X : list, array or Sequences
            The n sequences, in a form that ``fit`` takes.

        Returns
        -------
        ndarray of shape (n,), object
            An array (time, n_units), float32, for each sequence.
        """
        check_is_fitted(self)
        return cut(*self._run(X, self.module_.states))

    def score(self, X, y, sample_weight=None) -> float:
        """Give the share of steps whose label is right.

        Parameters
        ----------
        X : list, array or Sequences
            The n sequences, in a form that ``fit`` takes.
        y : list of n lists of labels
            The true labels.
        sample_weight : array-like of shape (n,) or None, default=None
            How much each sequence counts.

        Returns
        -------
        float
            Between 0 and 1.
        """
        check_is_fitted(self)
        tags, lengths = self._run(X, self.module_.decode)
        right = self._labels.are_right(tags, align_target(X, y), lengths)
        if sample_weight is None:
            return float(right.mean())
        sample_weight = check_sample_weight(
            sample_weight, lengths, dtype=np.float64, ensure_non_negative=True
        )
        return float(np.average(right, weights=np.repeat(sample_weight, lengths)))

    @property
    def transitions_(self) -> pd.DataFrame:
        """The scores of going from one label (row) to another (column), a DataFrame.

        -inf is what the scheme forbids.
        """
        check_is_fitted(self)
        if self.module_.crf is None:
            raise AttributeError(
                'transitions_ are there with output="crf" only; here each label is chosen by '
                "itself."
            )
        with torch.no_grad():
            scores = self.module_.crf.scores().transitions.cpu().numpy()
        return pd.DataFrame(scores, index=self.classes_, columns=self.classes_)

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.target_tags.required = True
        tags.input_tags.dict = True
        return tags

    def _run(self, X, function):
        """Run a part of the network over X: the results of all steps, and the lengths."""
        sequences = self._read(X, reset=False)
        with np.errstate(over="ignore"):  # what overflows shows in the outputs
            dataset = self._dataset(sequences, device=self.net_.device)
        lengths = sequences.lengths
        return self._checked_steps(
            self.net_.step_outputs(dataset, function).numpy(), lengths
        ), lengths

    @staticmethod
    def _checked_steps(outputs, lengths):
        """Give the outputs of all steps, or raise an error if they are not finite."""
        is_bad = outputs < 0 if outputs.dtype.kind == "i" else ~np.isfinite(outputs).all(axis=1)
        if is_bad.any():
            raise ValueError(
                f"the network gives no finite numbers for {locate(np.argmax(is_bad), lengths)} "
                f"({is_bad.sum()} of {len(is_bad)} steps): X is very far from what fit saw, or "
                "training came close to divergence. Look at its values, or fit again with a lower "
                "lr."
            )
        return outputs

    def _weigh_spans(self, rows, scheme, scores, lengths):
        """Give the spans of labels with what the scores of all steps say of them."""
        found = np.empty(len(rows), dtype=object)
        found[:] = find_spans(
            rows,
            scheme,
            self.classes_.tolist(),
            torch.from_numpy(scores).double(),
            lengths,
            self._chain().log_normalizer,
        )
        return found

    def _check_scheme(self):
        if self.scheme_ is None:
            raise AttributeError(
                f"the labels of fit, {self.classes_.tolist()!r:.60}, are in none of the schemes "
                "IOB1, IOB2 and BIOES, so that there are no spans; use predict."
            )

    def _chain(self):
        """What the scores of steps say of whole sequences, where these are: on the CPU."""
        return copy.deepcopy(self.module_.chain).cpu()

    def _read(self, X, *, reset, kept=None):
        return self._check_known(read_tagger_input(self, X, reset=reset, kept=kept), reset)

    def _encode_target(self, y, *, reset, kept, sequences, classes=None):
        steps = read_step_labels(y, sequences, kept)
        if not reset:
            return self._labels.encode(steps, classes)
        self._labels, target = StepLabels.learn(
            steps,
            classes=classes,
            constraints=self.constraints,
            class_weight=self.class_weight,
        )
        self.classes_, self.scheme_ = self._labels.classes, self._labels.scheme
        return target

    def _token_tables(self, sequences):
        architecture = self._architecture
        bags = characters = shapes = None
        if architecture.n_bag_features is not None:
            bags = self._reader.bags(sequences)
        elif architecture.subword_buckets is not None:
            bags = SubwordTable.of(tokens_of(sequences), architecture.subword_buckets)
        if architecture.n_characters is not None:
            words = tokens_of(sequences)
            characters, shapes = self._reader.characters(words), self._reader.shapes(words)
        if bags is None and characters is None:
            return None
        return TokenTables(bags, characters, shapes)

    @property
    def _tags_what(self):
        return "steps" if self.scheme_ is None else "spans"

    def _token_parts(self):
        """Give the sizes of the alphabet and of the set of features, where they are read."""
        return {
            "n_characters": len(self._reader.alphabet) if self.characters_ else None,
            "character_encoder": "lstm" if self.characters_ == "lstm" else "cnn",
            "n_bag_features": getattr(self._reader, "n_features", None),
        }

    def _loss_parameters(self):
        return {
            "output": self.output_,
            "constraints": self.scheme_,
            "class_weight": self.class_weight,
            "characters": self.characters_,
            "language_model": self.language_model_,
            "freeze_embedding": self.freeze_embedding,
        }

    def _make_module(self, architecture, generator):
        plan = self._labels.plan(self.output_, self.language_model_)
        module = TaggingNetwork(architecture, plan, generator=generator)
        self._start_embedding(module.input.embedding)
        return module


def _check_steps(rows, lengths):
    """Refuse labels of which there are not as many as steps."""
    if len(rows) != len(lengths):
        raise ValueError(f"labels are of {len(rows)} sequences, but X has {len(lengths)}.")
    for i, (row, length) in enumerate(zip(rows, lengths, strict=True)):
        if len(row) != length:
            raise ValueError(
                f"sequence {i} has {length} steps, but {len(row)} labels; give one label a step."
            )
