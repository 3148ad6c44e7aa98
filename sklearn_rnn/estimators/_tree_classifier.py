"""Classes of trees, and of their nodes."""

from numbers import Integral
from typing import Any, Literal, Self

import numpy as np
from sklearn.base import ClassifierMixin, ClassNamePrefixFeaturesOutMixin, TransformerMixin
from sklearn.utils.validation import check_is_fitted

from sklearn_rnn._sklearn import Interval, StrOptions
from sklearn_rnn.data import FIRST, UNKNOWN_ID
from sklearn_rnn.estimators._base import BaseRNN
from sklearn_rnn.estimators._constraints import PARAMETER_CONSTRAINTS
from sklearn_rnn.estimators._embedding_start import EMBEDDING_CONSTRAINTS, EmbeddingStartMixin
from sklearn_rnn.estimators._labels import check_classes_given
from sklearn_rnn.estimators._labels_single import SingleLabel
from sklearn_rnn.estimators._splitting import validation_split
from sklearn_rnn.estimators._tags import cut, nest
from sklearn_rnn.estimators._targets import align_weight
from sklearn_rnn.estimators._training_data import TrainingData, positive_rows
from sklearn_rnn.estimators._tree_defaults import AUTO_TREE_PARAMETERS
from sklearn_rnn.estimators._tree_input import number_trees, parse_trees
from sklearn_rnn.estimators._tree_labels import TreeLabels, labelled_trees, read_tree_labels
from sklearn_rnn.estimators._tree_planning import plan_trees
from sklearn_rnn.estimators._types import (
    Embedding,
    Folder,
    Optimizer,
    Precision,
    RandomState,
    Schedule,
)
from sklearn_rnn.modules import TreeNetwork
from sklearn_rnn.nn import TREE_CELLS
from sklearn_rnn.training import TreeDataset

__all__ = ["TreeRNNClassifier"]

_OF_SEQUENCES = ("cell", "bidirectional", "residual", "initialization", "subwords", "n_tokens")
_OF_SEQUENCES += ("missing", "stride", "segment", "pooling", "convolution")
_COUNT = Interval(Integral, 1, None, closed="left")


class TreeRNNClassifier(
    ClassNamePrefixFeaturesOutMixin,
    TransformerMixin,
    ClassifierMixin,
    EmbeddingStartMixin,
    BaseRNN,
):
    """Classify trees, and their nodes, with a recursive network.

    A Tree-LSTM computes the state of each node from its token and the states of its children, from
    the leaves to the root. Trees are bracketed texts or nested tuples: parsed sentences, formulas,
    nested lists, programs, dependency trees. All nodes of a batch that are as far from their roots
    are computed in one go. A prediction does not depend on the other trees in the batch, and trees
    may be as deep as they like.

    Parameters
    ----------
    cell : {"child_sum", "n_ary"}, default="child_sum"
        What becomes of the children. "child_sum" sums their states, so that their order does not
        matter, nor does their number: dependency trees, or the operands of ``max``. "n_ary" has
        weights for each place, so that order matters: constituents, or the operands of ``-``.
    max_children : int or "auto", default="auto"
        The places of children that "n_ary" tells apart; further children share the last one. The
        weights grow with the square. "auto" means as many as a node of the training data has, at
        most 5.
    first : {"auto", "token", "label", "child"}, default="auto"
        What the first element of a bracket is. "token": that of the inner node,
        ``(max 2 (min 4 7))``. "label": the label of the node, as in treebanks,
        ``(3 (2 It) (4 works))``, where a label with one word is a single node. "child": a child
        like the others, ``((the cat) (sat down))``; inner nodes have no token. "auto" goes by what
        the brackets look like: "label" if y is None, or if the first element is always followed by
        one word, or by brackets only, as in a treebank (one bracket in a hundred may look
        otherwise); else "child" if some bracket begins with a bracket; else "token". Set "token"
        for typed formulas such as ``(plus (number 3) (number 4))``, which look like a treebank, and
        "label" for a treebank none of whose trees branches, ``(3 works)``: "auto" reads its labels
        as tokens, unless y is what the trees begin with.
    hidden_size : int or "auto", default="auto"
        Units of the state of a node.
    num_layers : int, default=1
        Tree-LSTMs on top of each other.
    dropout : float or "auto", default="auto"
        Dropout of the vectors of tokens, between layers, and of the states that are classified.
    token_dropout : float or "auto", default="auto"
        The probability that training reads a token as the unknown one.
    encoder : transformer or None, default=None
        Turns lists of tokens, one list a tree, into ids; it is cloned. None means
        ``TokenEncoder(lowercase=False)``, as symbols may differ in case alone, unless
        ``embedding`` is a ``WordEmbedder`` that lower-cases words.
    embedding : WordEmbedder, dict of str to array, gensim ``KeyedVectors`` or None, default=None
        The vectors from which those of the tokens start, as in ``RNNClassifier``. Tokens without
        one start anew; where all tokens of X are in lower case, words are looked up so.
    freeze_embedding : bool, default=False
        Whether the vectors of ``embedding`` stay as they are.
    embedding_dim : int or "auto", default="auto"
        The width of the vectors of tokens.
    max_epochs : int or "auto", default="auto"
        Passes over the training data.
    batch_size : int or "auto", default="auto"
        Trees in a batch.
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
        the last weights. "auto" means True from 20 000 trees on, or where ``X_val`` is given.
    validation_fraction : float, default=0.1
        The part of the trees, of those with a label, to validate on.
    n_iter_no_change : int, default=10
        The patience of early stopping, in epochs.
    tol : float, default=0.0001
        An improvement has to be larger than this to count for the patience.
    class_weight : dict, "balanced" or None, default=None
        The weight of each class, of roots or of nodes, whichever are labelled.
    warm_start : bool, default=False
        Whether ``fit`` goes on from the weights of the last call, with its vocabulary.
    device : str, default="auto"
        "cpu", "cuda", "cuda:1", "mps"; "auto" takes a CUDA device where there is one.
    precision : {"float32", "bfloat16"}, default="float32"
        What training computes in. Predictions are computed in float64 in any case, on a device
        that has it.
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
        ``resume=True`` goes on after whatever cut it short.

    Attributes
    ----------
    classes_ : ndarray of shape (n_classes,)
        The labels, sorted.
    first_ : {"token", "label", "child"}
        What the first element of a bracket is.
    encoder_ : transformer
        The fitted encoder.
    net_ : skorch.NeuralNet
        The trained net.
    module_ : torch.nn.Module
        Its module.
    history_ : list of dict
        A record of each epoch: "train_loss", "lr", "dur" in seconds and, if validated,
        "valid_loss" and "valid_accuracy", that of what is labelled.
    n_iter_ : int
        How many epochs were run.
    best_epoch_ : int
        The epoch, from 1, whose weights were kept.
    interrupted_ : bool
        Whether Ctrl-C ended ``fit``, whose whole epochs then count as all there are.
    hidden_size_, embedding_dim_, max_children_, dropout_, token_dropout_, max_epochs_, \
batch_size_, lr_, early_stopping_
        What "auto" was resolved to.

    See Also
    --------
    RNNClassifier : Classifies sequences.
    sklearn_rnn.data.Trees : The container; reads dependency trees.
    sklearn_rnn.datasets.make_nested_lists : Trees to try it on.

    Notes
    -----
    y may hold one label for each tree, that of its root, or a list of labels for each tree, one for
    each node, each node before its children (in the order of the words, if trees come from
    ``Trees.from_heads``). None stands for a node without a label. With y=None the labels are those
    in the trees; y goes before these. Lists of labels need a splitter in cross-validation, such as
    ``cv=KFold(5)``, as scikit-learn cannot stratify by them; labels in the trees do not.

    What is learned at roots can be asked of every node, and the other way round: the state of an
    inner node is that of its part of the tree as a tree of its own.

    References
    ----------
    K. S. Tai, R. Socher and C. D. Manning, "Improved Semantic Representations From Tree-Structured
    Long Short-Term Memory Networks", 2015 (arXiv 1503.00075).

    Examples
    --------
    >>> from sklearn_rnn import TreeRNNClassifier
    >>> trees = [("and", 1, ("or", 0, 1)), ("and", 0, 1), ("or", ("and", 1, 0), 0), ("or", 1, 0)]
    >>> y = [True, False, False, True]
    >>> classifier = TreeRNNClassifier(max_epochs=30, random_state=0).fit(trees * 10, y * 10)
    >>> classifier.predict(["(or 0 (and 1 1))", "(and (or 0 0) 1)"]).tolist()
    [True, False]

    What holds in every part of a formula, in the order in which it is written:

    >>> classifier.predict_nodes(["(or 0 (and 1 1))"])[0]
    [True, False, True, True, True]

    Labels at every node, as treebanks have them:

    >>> texts = ["(good (so not) (bad bad))", "(bad bad)", "(bad (so not) (good good))"] * 10
    >>> classifier = TreeRNNClassifier(max_epochs=20, random_state=0).fit(texts)
    >>> classifier.predict_nodes(["(? (? not) (? good))"])[0]
    ['bad', 'so', 'good']
    """

    # What ``fit`` gives, as the docstring tells: for editors and type checkers.
    classes_: np.ndarray
    first_: str
    encoder_: Any
    embedding_dim_: int | None
    max_children_: int | None
    token_dropout_: float

    _parameter_constraints = {
        **{
            name: allowed
            for name, allowed in PARAMETER_CONSTRAINTS.items()
            if name not in _OF_SEQUENCES
        },
        **EMBEDDING_CONSTRAINTS,
        "cell": [StrOptions(set(TREE_CELLS))],
        "max_children": [StrOptions({"auto"}), _COUNT],
        "first": [StrOptions({"auto", *FIRST})],
        "class_weight": [dict, StrOptions({"balanced"}), None],
    }
    _auto_parameters = AUTO_TREE_PARAMETERS

    def __init__(
        self,
        *,
        cell: Literal["child_sum", "n_ary"] = "child_sum",
        max_children: int | Literal["auto"] = "auto",
        first: Literal["auto", "child", "label", "token"] = "auto",
        hidden_size: int | Literal["auto"] = "auto",
        num_layers: int = 1,
        dropout: float | Literal["auto"] = "auto",
        token_dropout: float | Literal["auto"] = "auto",
        encoder: Any | None = None,
        embedding: Embedding | None = None,
        freeze_embedding: bool = False,
        embedding_dim: int | Literal["auto"] = "auto",
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
        self.max_children = max_children
        self.first = first
        self.hidden_size = hidden_size
        self.num_layers = num_layers
        self.dropout = dropout
        self.token_dropout = token_dropout
        self.encoder = encoder
        self.embedding = embedding
        self.freeze_embedding = freeze_embedding
        self.embedding_dim = embedding_dim
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
        X : list of str, list of nested tuples or lists, list of nltk.Tree, or Trees
            The n trees, see ``first``. Elements that are no lists are tokens, str or numbers; 2.0
            is the same token as 2, but the text "2.0" is another one. A tree of one leaf is a token
            as a text, ``"7"``, or a bracket around it.
        y : array-like of shape (n,), list of n lists, or None, default=None
            A label for each tree, or for each node; None means the labels in the trees. See the
            Notes.
        sample_weight : array-like of shape (n,) or None, default=None
            How much each tree counts; one of weight 0 is left out.
        X_val, y_val : like X and y, or None, default=None
            What early stopping watches, instead of a part of the training data.
        resume : bool or "auto", default=False
            Whether to go on after the last epoch that the same fit has left in ``checkpoint``:
            what comes out is, bit for bit, what the fit would have given if nothing had cut it
            short. In an empty folder it begins anew; if there are only fits of other data or
            parameters, True is an error, and "auto" begins anew.

        Returns
        -------
        self : TreeRNNClassifier
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

    def partial_fit(self, X, y=None, classes=None, sample_weight=None) -> Self:
        """Train for one epoch, going on from the last call.

        The first call on an unfitted estimator fixes what depends on the data: vocabulary, the
        scale of the weights and whatever is "auto". The learning rate stays ``lr``.

        Parameters
        ----------
        X : list or Trees
            The n trees, in a form that ``fit`` takes.
        y : as in ``fit``
            Labels.
        classes : array-like of shape (n_classes,) or None, default=None
            All labels that any call will see; needed in the first call.
        sample_weight : array-like of shape (n,) or None, default=None
            How much each tree counts.

        Returns
        -------
        self : TreeRNNClassifier
            The estimator, fitted.
        """
        if self.class_weight == "balanced":
            raise ValueError(
                'class_weight="balanced" needs all labels at once, which partial_fit never sees; '
                "give a dict of weights."
            )
        return self._partial_fit(X, y, sample_weight, classes=classes, in_parts=True)

    def predict(self, X) -> np.ndarray:
        """Predict the label of each tree, that of its root.

        Parameters
        ----------
        X : list or Trees
            The n trees, in a form that ``fit`` takes.

        Returns
        -------
        ndarray of shape (n,)
            Labels of ``classes_``.
        """
        check_is_fitted(self)
        return self._single.decide(self._root_logits(X))

    def predict_proba(self, X) -> np.ndarray:
        """Predict the probability of each class for each tree.

        Parameters
        ----------
        X : list or Trees
            The n trees, in a form that ``fit`` takes.

        Returns
        -------
        ndarray of shape (n, n_classes), float64
            In the order of ``classes_``.
        """
        check_is_fitted(self)
        return self._single.probabilities(self._root_logits(X))

    def predict_log_proba(self, X) -> np.ndarray:
        """Predict the logarithm of the probability of each class for each tree.

        Parameters
        ----------
        X : list or Trees
            The n trees, in a form that ``fit`` takes.

        Returns
        -------
        ndarray of shape (n, n_classes), float64
            In the order of ``classes_``.
        """
        check_is_fitted(self)
        return self._single.log_probabilities(self._root_logits(X))

    def decision_function(self, X) -> np.ndarray:
        """Give the score of each class for each tree.

        Parameters
        ----------
        X : list or Trees
            The n trees, in a form that ``fit`` takes.

        Returns
        -------
        ndarray of shape (n, n_classes), or (n,) for two classes
            The logits; for two classes the logit of the second one less that of the first.
        """
        check_is_fitted(self)
        return self._single.decision(self._root_logits(X))

    def predict_nodes(self, X) -> np.ndarray:
        """Predict the label of each node of each tree.

        Parameters
        ----------
        X : list or Trees
            The n trees, in a form that ``fit`` takes.

        Returns
        -------
        ndarray of shape (n,), object
            A list of labels for each tree, each node before its children.
        """
        check_is_fitted(self)
        logits, lengths = self._node_logits(X)
        return nest(self._single.decide(logits), lengths)

    def predict_node_proba(self, X) -> np.ndarray:
        """Predict the probability of each class for each node of each tree.

        Parameters
        ----------
        X : list or Trees
            The n trees, in a form that ``fit`` takes.

        Returns
        -------
        ndarray of shape (n,), object
            An array (nodes, n_classes), float64, for each tree, its nodes as in
            ``predict_nodes``.
        """
        check_is_fitted(self)
        logits, lengths = self._node_logits(X)
        return cut(self._single.probabilities(logits), lengths)

    def transform(self, X) -> np.ndarray | Any:
        """Give the state of each root, as features for another model.

        Parameters
        ----------
        X : list or Trees
            The n trees, in a form that ``fit`` takes.

        Returns
        -------
        ndarray of shape (n, hidden_size), float64
            One row a tree.
        """
        check_is_fitted(self)
        return self._outputs(X, self.module_.root_states)

    def score(self, X, y=None, sample_weight=None) -> float:
        """Give the accuracy: the share of trees whose label is right, or of labelled nodes.

        Parameters
        ----------
        X : list or Trees
            The n trees, in a form that ``fit`` takes.
        y : as in ``fit``
            The true labels, of trees or of nodes; None means those in the trees.
        sample_weight : array-like of shape (n,) or None, default=None
            How much each tree, with its nodes, counts.

        Returns
        -------
        float
            Between 0 and 1.

        Raises
        ------
        ValueError
            If labels are texts and those of ``fit`` are not, or the other way round, or if no
            labelled tree has a weight; a label that ``fit`` did not see is just never right.
        """
        check_is_fitted(self)
        trees = parse_trees(self, X, reset=False)
        found = read_tree_labels(y, trees, warn=False)
        self._labels.check_type(found)
        if not found.at_nodes:
            right = self.predict(trees) == found.labels
        else:
            logits, _ = self._node_logits(trees)
            right = (self._single.decide(logits) == found.labels)[found.counts]
        weight = align_weight(trees, sample_weight, trees)
        if weight is not None and found.at_nodes:
            weight = np.repeat(weight, found.lengths)[found.counts]
        if weight is not None and not weight.any():
            raise ValueError(
                "sample_weight is zero for all trees with a label, but the accuracy is that of "
                "trees with a weight; give at least one of these a weight above zero."
            )
        return float(np.average(right, weights=weight))

    def count_unknown(self, X) -> dict[Any, int]:
        """Count the tokens that the network reads as unknown.

        Parameters
        ----------
        X : list or Trees
            The n trees, in a form that ``fit`` takes.

        Returns
        -------
        dict
            Their number, as "tokens".
        """
        check_is_fitted(self)
        return {"tokens": int((self._read(X, reset=False).ids == UNKNOWN_ID).sum())}

    @property
    def _n_features_out(self):
        return self.module_.head.in_features

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags.two_d_array = tags.input_tags.three_d_array = False
        tags.target_tags.required = False
        tags.transformer_tags.preserves_dtype = []
        return tags

    @property
    def _single(self):
        return SingleLabel(self.classes_)

    def _root_logits(self, X):
        return self._outputs(X, self.module_.root_logits)

    def _node_logits(self, X):
        """Give the logits of all nodes, end to end, and how many each tree has."""
        trees = self._read(X, reset=False)
        dataset = self._dataset(trees, device=self.net_.device)
        logits = self.net_.step_outputs(dataset, self.module_.node_logits).numpy()
        self._check_finite(logits, np.repeat(np.arange(len(dataset)), trees.lengths))
        return logits, trees.lengths

    def _outputs(self, X, function=None):
        """Run a part of the network over X: an array of one row a tree."""
        dataset = self._dataset(self._read(X, reset=False), device=self.net_.device)
        outputs = self.net_.outputs(dataset, function).numpy()
        self._check_finite(outputs, np.arange(len(outputs)))
        return outputs

    @staticmethod
    def _check_finite(outputs, tree_of_row):
        finite = np.isfinite(outputs).all(axis=1)
        if not finite.all():
            raise ValueError(
                f"the network gives {outputs[~finite][0]} for tree {tree_of_row[~finite][0]} "
                f"({np.sum(~finite)} of {len(finite)} rows are not finite): training came close to "
                "divergence; fit again with a lower lr."
            )

    def _read_training_data(
        self, X, y, sample_weight, *, reset, validation=False, classes=None, in_parts=False
    ):
        trees = parse_trees(self, X, y, reset=reset)
        weight, kept = align_weight(trees, sample_weight, trees), None
        if weight is not None:
            kept = positive_rows(weight)
        found = read_tree_labels(y, trees)
        if reset and in_parts:
            check_classes_given(classes, in_parts)
        numbered = number_trees(self, trees, reset=reset, kept=kept)
        if reset:
            self._labels = TreeLabels.learn(
                found, classes=classes, class_weight=self.class_weight, kept=kept
            )
            self.classes_, classes = self._labels.classes, None
        target = self._labels.encode(found, classes, kept)
        if not found.at_nodes:
            weight = self._weigh_roots(target, weight, kept, validation)
        return TrainingData(numbered, target, weight).without_zero_weights()

    def _weigh_roots(self, target, weight, kept, validation):
        """Give the weight of each tree, by that of its class too; None where all are alike."""
        if self.class_weight is None:
            return weight
        if not validation:
            counted = target if kept is None else target[kept]
            self._class_weight = self._single.class_weights(self.class_weight, counted)
        of_class = self._single.weigh(self._class_weight, target)
        return of_class if weight is None else of_class * weight

    def _read(self, X, *, reset, kept=None):
        return number_trees(self, parse_trees(self, X, reset=False), reset=False)

    def _choose_parameters(self, data, *, reset, keep_auto=False):
        plan_trees(self, data, reset=reset, keep_auto=keep_auto)

    def _check_validation_pair(self, X_val, y_val):
        if X_val is None and y_val is not None:
            raise ValueError("X_val and y_val belong together, but only y_val was given.")

    def _split(self, data, X_val, y_val, seed):
        """Validate on trees with a label: without one there is no loss."""
        is_split = X_val is None and self._stops_early(len(data.target))
        if not (is_split and self._labels.at_nodes) or labelled_trees(data.target).all():
            return super()._split(data, X_val, y_val, seed)
        self._check_validation_pair(X_val, y_val)
        labelled = np.flatnonzero(labelled_trees(data.target))
        if len(labelled) < 2:
            raise ValueError(
                f"1 of {len(data.target)} trees has a label, which cannot be both trained on and "
                "validated on; label more trees, give X_val, or set early_stopping=False."
            )
        parts = validation_split(len(labelled), self.validation_fraction, seed=seed % 2**32)
        valid = labelled[parts[1]]
        train = np.setdiff1d(np.arange(len(data.target)), valid)
        train, valid = data.take(train), data.take(valid)
        return self._weighted(train), self._weighted(valid, like=train)

    def _stratify_by(self, target):
        return None if self._labels.at_nodes else target

    def _dataset(self, trees, *target_and_weight, device):
        return TreeDataset(trees, *target_and_weight, device=device)

    def _make_module(self, architecture, generator):
        module = TreeNetwork(architecture, self._labels.plan(), generator=generator)
        self._start_embedding(module.embedding)
        return module
