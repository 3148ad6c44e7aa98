"""A sequence to a class."""

import numpy as np
from scipy.special import log_softmax, softmax
from sklearn.base import ClassifierMixin
from sklearn.utils.class_weight import compute_class_weight
from sklearn.utils.validation import check_is_fitted

from sklearn_rnn._sklearn import StrOptions
from sklearn_rnn.estimators._base import BaseRNN
from sklearn_rnn.estimators._pooled_state import PooledStateMixin
from sklearn_rnn.estimators._targets import check_classes, check_labels
from sklearn_rnn.modules import ClassificationNetwork

__all__ = ["RNNClassifier"]


class RNNClassifier(PooledStateMixin, ClassifierMixin, BaseRNN):
    """Classify sequences with a recurrent network.

    Takes texts, lists of tokens, recordings of unequal length, 3-D arrays, tables or
    :class:`~sklearn_rnn.Sequences` as they are; see ``fit``. A prediction depends neither on
    padding nor on the other sequences in the batch.

    Parameters
    ----------
    cell : {"lstm", "gru", "rnn_tanh", "rnn_relu"} or class, default="lstm"
        The recurrent cell, or a ``torch.nn.Module`` class called like ``torch.nn.LSTM``:
        ``cell(input_size, hidden_size, batch_first=True)``.
    hidden_size : int or "auto", default="auto"
        Units of a layer in one direction.
    num_layers : int, default=1
        Recurrent layers on top of each other.
    bidirectional : bool or "auto", default="auto"
        Whether each layer reads from both ends.
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
    embedding_dim : int or "auto", default="auto"
        The width of the vectors of tokens. If set, plain integers are ids: 0 is padding, 1 an
        unknown token.
    n_tokens : int or None, default=None
        How many ids there are, 0 and 1 among them; None means up to the largest one of ``fit``.
        A larger id is unknown. If set, plain integers are ids.
    pooling : {"auto", "last", "mean", "max", "attention"}, default="auto"
        How the states of a sequence become one vector.
    convolution : {"auto", "branch"} or None, default="auto"
        "branch" sets three convolutions over time beside the recurrent layers, as LSTM-FCN does;
        their mean joins the pooled state.
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
        the last weights. "auto" means True where there are 20 000 sequences or more, or ``X_val``.
    validation_fraction : float, default=0.1
        The part of the training data to validate on, with the shares of the classes kept.
    n_iter_no_change : int, default=10
        The patience of early stopping, in epochs.
    tol : float, default=0.0001
        An improvement has to be larger than this to count for the patience.
    class_weight : dict, "balanced" or None, default=None
        Weights of the classes, ``{label: weight}``; "balanced" makes all classes count alike.
    warm_start : bool, default=False
        Whether ``fit`` goes on from the weights of the last call.
    device : str, default="auto"
        "cpu", "cuda", "cuda:1", "mps"; "auto" takes a CUDA device where there is one.
    random_state : int, RandomState or None, default=None
        An int makes fits repeatable, bit for bit on a CPU with the same number of threads.
    verbose : int, default=0
        0 is silent, 1 shows a progress bar, 2 prints one line an epoch.
    callbacks : list or None, default=None
        Further skorch callbacks. Each net gets copies, which stand in ``net_.callbacks_``.
    net_params : dict or None, default=None
        Further arguments of the skorch net, ``{"optimizer__betas": (0.9, 0.95)}``; what a
        parameter of the estimator sets is refused.

    Attributes
    ----------
    classes_ : ndarray of shape (n_classes,)
        The labels.
    n_features_in_ : int
        The number of columns of a table, else the width of a step.
    feature_names_in_ : ndarray of shape (n_features_in_,)
        The column names of a table, if it had any.
    net_ : skorch.NeuralNet
        The trained net.
    module_ : torch.nn.Module
        Its module.
    encoder_ : transformer
        The fitted encoder, if X was text or tokens.
    history_ : list of dict
        A record of each epoch: ``epoch`` from 1, ``train_loss``, ``lr``, the seconds ``dur``, and,
        where there is validation data, ``valid_loss`` and ``valid_accuracy``; ``train_loss_best``
        and so on say whether the figure was the best of its fit so far. Callbacks add their own.
    n_iter_ : int
        How many epochs were run.
    best_epoch_ : int
        The epoch, from 1, whose weights were kept.
    hidden_size_, bidirectional_, dropout_, token_dropout_, subwords_, embedding_dim_, \
pooling_, convolution_, batch_size_, lr_, max_epochs_, early_stopping_
        What "auto" was resolved to.

    See Also
    --------
    RNNRegressor : Predicts numbers.

    References
    ----------
    S. Hochreiter and J. Schmidhuber, "Long Short-Term Memory", Neural Computation 9, 1997.

    Examples
    --------
    >>> from sklearn_rnn import RNNClassifier
    >>> texts = ["good film", "great fun", "bad film", "no fun"] * 5
    >>> labels = ["good", "good", "bad", "bad"] * 5
    >>> classifier = RNNClassifier(random_state=0).fit(texts, labels)
    >>> classifier.predict(["great film", "bad"]).tolist()
    ['good', 'bad']
    """

    _parameter_constraints = {
        **BaseRNN._parameter_constraints,
        "class_weight": [dict, StrOptions({"balanced"}), None],
    }

    def __init__(
        self,
        *,
        cell="lstm",
        hidden_size="auto",
        num_layers=1,
        bidirectional="auto",
        dropout="auto",
        token_dropout="auto",
        subwords="auto",
        encoder=None,
        embedding_dim="auto",
        n_tokens=None,
        pooling="auto",
        convolution="auto",
        max_epochs="auto",
        batch_size="auto",
        lr="auto",
        optimizer="adamw",
        weight_decay=0.01,
        gradient_clip=1.0,
        lr_schedule="one_cycle",
        early_stopping="auto",
        validation_fraction=0.1,
        n_iter_no_change=10,
        tol=1e-4,
        class_weight=None,
        warm_start=False,
        device="auto",
        random_state=None,
        verbose=0,
        callbacks=None,
        net_params=None,
    ):
        self.cell = cell
        self.hidden_size = hidden_size
        self.num_layers = num_layers
        self.bidirectional = bidirectional
        self.dropout = dropout
        self.token_dropout = token_dropout
        self.subwords = subwords
        self.encoder = encoder
        self.embedding_dim = embedding_dim
        self.n_tokens = n_tokens
        self.pooling = pooling
        self.convolution = convolution
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
        self.class_weight = class_weight
        self.warm_start = warm_start
        self.device = device
        self.random_state = random_state
        self.verbose = verbose
        self.callbacks = callbacks
        self.net_params = net_params

    def partial_fit(self, X, y, classes=None, sample_weight=None):
        """Train for one epoch, going on from the last call.

        The first call on an unfitted estimator fixes what depends on the data: vocabulary,
        standardisation, the scale of the weights and whatever is "auto". The learning rate stays
        ``lr``. The state of the optimiser lasts from call to call until a parameter of training is
        changed; a pickle does not hold it, so a loaded model begins it anew.

        Parameters
        ----------
        X : as in ``fit``
            n sequences.
        y : array-like of shape (n,)
            Labels.
        classes : array-like of shape (n_classes,) or None, default=None
            All labels that any call will see; needed in the first call.
        sample_weight : array-like of shape (n,) or None, default=None
            How much each sequence counts.

        Returns
        -------
        self : RNNClassifier
        """
        if self.class_weight == "balanced":
            raise ValueError(
                'class_weight="balanced" needs all labels at once, which partial_fit never sees; '
                "give a dict of weights."
            )
        return self._partial_fit(X, y, sample_weight, classes=classes, in_parts=True)

    def predict(self, X):
        """Predict the label of each sequence.

        Parameters
        ----------
        X : as in ``fit``
            n sequences.

        Returns
        -------
        ndarray of shape (n,)
        """
        check_is_fitted(self)
        return self.classes_[self._outputs(X).argmax(axis=1)]

    def predict_proba(self, X):
        """Predict the probability of each class.

        Parameters
        ----------
        X : as in ``fit``
            n sequences.

        Returns
        -------
        ndarray of shape (n, n_classes), float64
            In the order of ``classes_``.
        """
        check_is_fitted(self)
        return softmax(self._outputs(X), axis=1)

    def predict_log_proba(self, X):
        """Predict the logarithm of the probability of each class.

        Parameters
        ----------
        X : as in ``fit``
            n sequences.

        Returns
        -------
        ndarray of shape (n, n_classes), float64
            In the order of ``classes_``.
        """
        check_is_fitted(self)
        return log_softmax(self._outputs(X), axis=1)

    def decision_function(self, X):
        """Give the score of each class.

        Parameters
        ----------
        X : as in ``fit``
            n sequences.

        Returns
        -------
        ndarray of shape (n, n_classes), or (n,) for two classes
            The logits; for two classes the logit of the second one less that of the first.
        """
        check_is_fitted(self)
        logits = self._outputs(X)
        return logits[:, 1] - logits[:, 0] if logits.shape[1] == 2 else logits

    def _encode_target(self, y, *, reset, kept, classes=None, in_parts=False):
        y = check_labels(y)
        if classes is not None:
            classes = check_classes(classes)
        elif reset and in_parts:
            raise ValueError(
                "classes must be passed on the first call to partial_fit: all labels that any "
                "call will see, as later ones may bring labels that this y does not hold."
            )
        if reset:
            self.classes_ = np.unique(y) if classes is None else classes
        elif classes is not None and not np.array_equal(classes, self.classes_):
            raise ValueError(
                f"classes={classes} differ from those of the first call, {self.classes_}."
            )
        target = np.searchsorted(self.classes_, y).clip(max=len(self.classes_) - 1)
        unknown = np.flatnonzero(self.classes_[target] != y)
        if len(unknown):
            where = "in y of fit" + (", or in classes of the first call of partial_fit" * in_parts)
            raise ValueError(
                f"the label {y.tolist()[unknown[0]]!r} of sequence {unknown[0]} is not among the "
                f"classes {self.classes_.tolist()}; all of them must be {where}."
            )
        return target

    def _target_weight(self, target, sample_weight, *, validation, kept):
        if self.class_weight is None:
            return sample_weight
        if not validation:
            self._class_weight = self._weigh_classes(target if kept is None else target[kept])
        weight = self._class_weight[target]
        return weight if sample_weight is None else weight * sample_weight

    def _weigh_classes(self, target):
        """Give the weight of each class; "balanced" counts the classes in ``target``."""
        weights = np.ones(len(self.classes_))
        weighed = slice(None) if isinstance(self.class_weight, dict) else np.unique(target)
        weights[weighed] = compute_class_weight(
            self.class_weight, classes=self.classes_[weighed], y=self.classes_[target]
        )
        bad = np.flatnonzero(~(weights >= 0) | np.isinf(weights))
        if len(bad):
            raise ValueError(
                f"class_weight of {self.classes_.tolist()[bad[0]]!r} is {weights[bad[0]]}, but "
                "weights must be finite and not negative."
            )
        return weights

    def _stratify_by(self, target):
        return target

    def _make_module(self, architecture, generator):
        return ClassificationNetwork(architecture, len(self.classes_), generator=generator)
