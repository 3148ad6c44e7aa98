"""Sequences of numbers, drawn step by step."""

from numbers import Integral, Real
from typing import Any, Literal, Self

import numpy as np
from scipy.special import logsumexp, softmax
from sklearn.base import BaseEstimator
from sklearn.utils.metaestimators import available_if
from sklearn.utils.validation import check_is_fitted

from sklearn_rnn._sklearn import CallbackSupport, Interval, StrOptions, validate_parameters
from sklearn_rnn.estimators._building import net_settings
from sklearn_rnn.estimators._constraints import PARAMETER_CONSTRAINTS
from sklearn_rnn.estimators._generator_defaults import AUTO_GENERATOR_PARAMETERS
from sklearn_rnn.estimators._generator_drawing import (
    as_cube,
    check_drawing,
    choose_drawing,
    draw_after,
    group_by_length,
    make_generators,
)
from sklearn_rnn.estimators._generator_input import (
    count_labels,
    one_hot,
    read_beginnings,
    read_conditions,
    read_data,
    read_drawn_conditions,
    read_prompt,
    read_steps,
    split_pieces,
)
from sklearn_rnn.estimators._generator_planning import plan_generator
from sklearn_rnn.estimators._resuming import begin_run
from sklearn_rnn.estimators._scikit_callbacks import train_in_tasks
from sklearn_rnn.estimators._tags import cut
from sklearn_rnn.estimators._targets import align_target
from sklearn_rnn.estimators._trained_net import TrainedNetMixin
from sklearn_rnn.estimators._types import Cell, Folder, Optimizer, Precision, RandomState, Schedule
from sklearn_rnn.modules import GenerationNetwork
from sklearn_rnn.training import PieceDataset, fit_seed, likelihood_of_steps

__all__ = ["RNNGenerator"]

_AUTO = StrOptions({"auto"})
_COUNT = Interval(Integral, 1, None, closed="left")
_SHARED = ("cell", "hidden_size", "num_layers", "dropout", "max_epochs", "batch_size", "lr")
_SHARED += ("optimizer", "weight_decay", "gradient_clip", "lr_schedule", "early_stopping")
_SHARED += ("validation_fraction", "n_iter_no_change", "tol", "warm_start", "device", "precision")
_SHARED += ("random_state", "verbose", "callbacks", "net_params", "checkpoint")


def _knows_labels(estimator):
    """Tell whether the labels of sequences can be told, or, before fit, could be."""
    return getattr(estimator, "_condition", "labels") == "labels"


class RNNGenerator(TrainedNetMixin, CallbackSupport, BaseEstimator):
    """Learn how sequences of numbers go on, and draw new ones step by step.

    After each step the network tells the distribution of the next one, a mixture of normal
    distributions of all its numbers at once. New sequences are drawn from it, beginnings are
    continued, and every sequence has a likelihood, by which odd ones are found. All of it may be
    conditioned on a label of the sequence, or on numbers.

    Parameters
    ----------
    cell : str or class, default="lstm"
        The recurrent cell: "lstm", "gru", "rnn_tanh", "rnn_relu"; "mingru", "minlstm", "lru", which
        are scans over time; "indrnn", "slstm", "peephole_lstm", "layer_norm_lstm", "rnn_sigmoid".
        The user guide, section "Cells", tells what each is good for. Or a ``torch.nn.Module``
        class called like ``torch.nn.LSTM``, with a
        state too: ``states, state = cell(steps, state)``.
    hidden_size : int or "auto", default="auto"
        Units of a layer.
    num_layers : int, default=1
        Recurrent layers on top of each other.
    dropout : float or "auto", default="auto"
        Dropout of what the layers read and of the last states; one mask for a sequence.
    n_components : int or "auto", default="auto"
        Components of the mixture of each step.
    covariance : {"auto", "full", "diag"}, default="auto"
        Whether the numbers of a step hang together within a component; between components they
        do in any case. "auto" means "full" for steps of 2 to 24 numbers.
    min_deviation : float, default=0.01
        What the deviations of components stay above, in units of the deviation of each column
        over all steps (of a constant column, in its own units). The density of what never varies
        would have no bound without.
    learn_end : bool or "auto", default="auto"
        Whether the network learns where sequences end; "auto" means where their lengths differ.
    max_epochs : int or "auto", default="auto"
        Passes over the training data.
    batch_size : int or "auto", default="auto"
        Sequences, or pieces of them, in a batch.
    bptt : int or "auto", default="auto"
        Sequences of more steps are learned in pieces of at most as many, each of which reads half
        as many steps before it.
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
        The part of the sequences to validate on. Of fewer than ten, it is that part at the end of
        each, unless ends are learned: those would never be trained on.
    n_iter_no_change : int, default=10
        The patience of early stopping, in epochs.
    tol : float, default=0.0001
        An improvement has to be larger than this to count for the patience.
    warm_start : bool, default=False
        Whether ``fit`` goes on from the weights of the last call, with its scales and labels.
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
    classes_ : ndarray of shape (n_classes,)
        The labels, where y of ``fit`` was labels.
    class_prior_ : ndarray of shape (n_classes,)
        Their shares in all that was trained on, over all calls that went on from each other; where
        some are still to come, as if there were one more of each.
    n_features_in_ : int
        The numbers of a step; of a table, its columns.
    net_ : skorch.NeuralNet
        The trained net.
    module_ : torch.nn.Module
        Its module.
    history_ : list of dict
        A record of each epoch: "train_loss" and, if validated, "valid_loss", the negative
        log-likelihood of a step in nats, of standardised columns; "lr", "dur" in seconds.
    n_iter_ : int
        How many epochs were run.
    best_epoch_ : int
        The epoch, from 1, whose weights were kept.
    interrupted_ : bool
        Whether Ctrl-C ended ``fit``, whose whole epochs then count as all there are.
    hidden_size_, dropout_, n_components_, covariance_, learn_end_, max_epochs_, batch_size_, \
bptt_, lr_, early_stopping_
        What "auto" was resolved to.

    See Also
    --------
    RNNLanguageModel : The same for texts, tokens and ids.
    RNNForecaster : The future of series with their calendar and other columns.
    sklearn.mixture.GaussianMixture : Rows of a table, all columns at once.

    Notes
    -----
    Columns are standardised inside. The likelihoods are those of the numbers as they are given:
    in other units they differ by the logarithm of the ratio. Of whole numbers a density says
    little by itself; compare models on numbers to which uniform noise from 0 to 1 was added.

    Where y was labels and none are given later, whatever is asked for is averaged over the
    labels by their shares.

    References
    ----------
    Graves, "Generating Sequences With Recurrent Neural Networks", 2013.

    Bishop, "Mixture Density Networks", 1994.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_rnn import RNNGenerator
    >>> rng = np.random.default_rng(0)
    >>> turns = rng.uniform(0, 6, size=(60, 1)) + np.arange(20) / 2
    >>> waves = np.sin(turns)[:, :, None] + rng.normal(0, 0.05, size=(60, 20, 1))
    >>> model = RNNGenerator(hidden_size=16, n_components=2, max_epochs=30, random_state=0)
    >>> model.fit(waves).sample(3, random_state=0).shape
    (3, 20, 1)
    >>> whole = model.complete([wave[:12] for wave in waves], steps=8)
    >>> bool(np.abs(np.stack(whole) - waves)[:, 12:].mean() < 0.2)
    True
    >>> usual, noise = model.score_samples([waves[0], rng.normal(size=(20, 1))])
    >>> bool(usual > noise + 1)
    True
    """

    # What ``fit`` gives, as the docstring tells: for editors and type checkers.
    classes_: np.ndarray
    n_features_in_: int
    n_components_: int
    covariance_: str
    learn_end_: bool
    bptt_: int

    _parameter_constraints = {
        **{name: PARAMETER_CONSTRAINTS[name] for name in _SHARED},
        "n_components": [_AUTO, _COUNT],
        "covariance": [StrOptions({"auto", "full", "diag"})],
        "min_deviation": [Interval(Real, 0, None, closed="neither")],
        "learn_end": [_AUTO, "boolean"],
        "bptt": [_AUTO, _COUNT],
    }
    _auto_parameters = AUTO_GENERATOR_PARAMETERS

    def __init__(
        self,
        *,
        cell: Cell = "lstm",
        hidden_size: int | Literal["auto"] = "auto",
        num_layers: int = 1,
        dropout: float | Literal["auto"] = "auto",
        n_components: int | Literal["auto"] = "auto",
        covariance: Literal["auto", "diag", "full"] = "auto",
        min_deviation: float = 0.01,
        learn_end: bool | Literal["auto"] = "auto",
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
        self.n_components = n_components
        self.covariance = covariance
        self.min_deviation = min_deviation
        self.learn_end = learn_end
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

    def fit(
        self, X, y=None, X_val=None, y_val=None, *, resume: bool | Literal["auto"] = False
    ) -> Self:
        """Train the network.

        Parameters
        ----------
        X : list of arrays, array, DataFrame or Sequences
            The n sequences of numbers: arrays (time,) or (time, n_features) of any lengths; an
            array (n, time, n_features), where all-NaN steps at the right end are padding; a table
            whose rows are sequences of one feature; or ``Sequences``. One long recording is a list
            of one array.
        y : array-like of shape (n,) or (n, n_conditions), or None, default=None
            What each sequence is conditioned on: in one dimension labels, in two numbers. A Series
            or DataFrame is aligned by its index if the sequences have ids.
        X_val, y_val : like X and y, or None, default=None
            What early stopping watches, instead of a part of the training data.
        resume : bool or "auto", default=False
            Whether to go on after the last epoch that the same fit has left in ``checkpoint``:
            what comes out is, bit for bit, what the fit would have given if nothing had cut it
            short. In an empty folder it begins anew; if there are only fits of other data or
            parameters, True is an error, and "auto" begins anew.

        Returns
        -------
        self : RNNGenerator
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
            data = read_data(self, X, y, reset=not goes_on)
            count_labels(self, data)
            plan_generator(self, data, reset=not goes_on)
            run = begin_run(
                self, data, resume=resume, goes_on=goes_on, validates_on_other=X_val is not None
            )
            if not goes_on or not hasattr(self, "_split_seed"):
                # A fit that goes on validates on nothing that was trained on before.
                self._split_seed = run.seed
            if X_val is not None and self.early_stopping == "auto":
                self.early_stopping_ = True
            train, valid = split_pieces(self, data, X_val, y_val, self._split_seed)
            validated = valid is not None
            self._build(run.seed, goes_on, max_epochs=self.max_epochs_, validated=validated)
            self._start(data, goes_on)
            run.watch(self.net_, None if X_val is None else valid)
            self._settings = None
            train_in_tasks(self, train, valid, X=X, y=y, sample_weight=None)
        return self

    def partial_fit(self, X, y=None, classes=None) -> Self:
        """Train for one epoch, going on from the last call.

        The first call on an unfitted estimator fixes what depends on the data: scales, labels and
        whatever is "auto".

        Parameters
        ----------
        X, y : as in ``fit``
            The n sequences, and what they are conditioned on.
        classes : array-like of labels or None, default=None
            All labels that are to come, on the first call; None means those of y.

        Returns
        -------
        self : RNNGenerator
            The estimator, fitted.
        """
        validate_parameters(self)
        first = not hasattr(self, "net_")
        with self._as_before_if_it_fails(not first):
            data = read_data(self, X, y, reset=first, classes=classes)
            count_labels(self, data)
            plan_generator(self, data, reset=first, keep_auto=True)
            self.early_stopping_ = False
            train, _ = split_pieces(self, data, None, None, 0)
            settings = net_settings(self)
            if first or settings != self._settings:
                seed = fit_seed(self.random_state)
                self._build(seed, not first, max_epochs=1, validated=False, scheduled=False)
                self._start(data, not first)
                self._settings = settings
            self._train(train, None)
        return self

    def score_steps(self, X, y=None) -> np.ndarray:
        """Give how likely each step is after those before it in its sequence.

        Parameters
        ----------
        X : list, array, DataFrame or Sequences
            The n sequences, in a form that ``fit`` takes.
        y : as in ``fit``, or None
            What they are conditioned on. None means that a label is not known: each step is
            averaged over the labels, as the steps before it speak for them.

        Returns
        -------
        ndarray of shape (n,), object
            For each sequence an array (time,) of log-likelihoods in nats, the densities being
            those of the numbers as they are given. Where ends were learned, a step has the
            log-probability added that the sequence goes on after it, or ends, for the last one.
        """
        return cut(*self._log_likelihoods(X, y))

    def score_samples(self, X, y=None) -> np.ndarray:
        """Give the mean log-likelihood of the steps of each sequence, which finds the odd one out.

        Parameters
        ----------
        X, y : as in ``score_steps``
            The n sequences, and what they are conditioned on.

        Returns
        -------
        ndarray of shape (n,), float64
            In nats a step.
        """
        values, lengths = self._log_likelihoods(X, y)
        return np.add.reduceat(values, np.cumsum(lengths) - lengths) / lengths

    def score(self, X, y=None) -> float:
        """Give the mean log-likelihood of all steps.

        Parameters
        ----------
        X, y : as in ``score_steps``
            The n sequences, and what they are conditioned on.

        Returns
        -------
        float
            In nats a step; higher is better.
        """
        return float(self._log_likelihoods(X, y)[0].mean())

    @available_if(_knows_labels)
    def predict(self, X) -> np.ndarray:
        """Predict the labels that sequences speak for, where ``fit`` saw labels.

        Parameters
        ----------
        X : list, array, DataFrame or Sequences
            The n sequences, in a form that ``fit`` takes.

        Returns
        -------
        ndarray of shape (n,)
            Of ``classes_``.
        """
        check_is_fitted(self)
        return self.classes_[self.predict_proba(X).argmax(axis=1)]

    @available_if(_knows_labels)
    def predict_proba(self, X) -> np.ndarray:
        """Predict the probability of each label, by Bayes' rule from the likelihoods.

        Parameters
        ----------
        X : list, array, DataFrame or Sequences
            The n sequences, in a form that ``fit`` takes.

        Returns
        -------
        ndarray of shape (n, n_classes), float64
            In the order of ``classes_``.
        """
        check_is_fitted(self)
        sequences = read_steps(self, X, reset=False)
        return softmax(np.stack([part[-1] for part in self._of_labels(sequences)]), axis=1)

    def sample(
        self, n=1, y=None, *, length=None, prompt=None, temperature: float = 1.0, random_state=None
    ) -> np.ndarray:
        """Draw sequences, each step by its probability.

        Parameters
        ----------
        n : int, default=1
            How many sequences.
        y : label or vector, or array of such, or None, default=None
            What they are conditioned on: one for all, or one for each, and ``n`` is left out then.
            None draws labels by their shares.
        length : int or None, default=None
            The number of steps of each sequence, those of the prompt among them. None draws the
            lengths too, where ends were learned (at most twice the longest one that ``fit``
            saw), and else takes the one length that ``fit`` saw.
        prompt : array of shape (time, n_features) or None, default=None
            What each sequence begins with.
        temperature : float, default=1.0
            Divides the logarithms of the weights of the mixture and multiplies the variances: below
            1 sequences become more usual, above 1 more varied. Lengths stay as likely as they are.
        random_state : int, RandomState or None, default=None
            An int gives the same sequences again.

        Returns
        -------
        ndarray of shape (n, time, n_features), or (n,) of objects
            With their prompts. Sequences whose lengths are drawn are an array of objects, each an
            array (time, n_features). Where ``fit`` saw a table, those of one length are a table.

        Raises
        ------
        ValueError or TypeError
            If a number is out of range, or prompt or y are not as in ``fit``, or it is not known
            how long sequences are.
        """
        check_is_fitted(self)
        check_drawing(n=n, length=length, temperature=temperature, random_state=random_state)
        rng, generator = make_generators(random_state)
        n, condition = read_drawn_conditions(self, y, int(n), rng)
        begun = read_prompt(self, prompt, n)
        most, ends = self._steps_to_draw(begun.shape[1], length, of="prompt", way_out="length")
        drawn = []
        for rows in group_by_length(np.full(n, begun.shape[1])):
            drawing = choose_drawing(
                "sample", ends=ends, generator=generator, temperature=temperature
            )
            of_rows = None if condition is None else condition[rows]
            drawn += draw_after(self, begun[rows], of_rows, most, drawing)
        return np.fromiter(drawn, dtype=object) if ends else as_cube(self, drawn)

    def complete(
        self, X, steps=None, y=None, *, how="mean", temperature: float = 1.0, random_state=None
    ) -> np.ndarray:
        """Continue sequences of which the beginnings are given.

        Parameters
        ----------
        X : list, array, DataFrame or Sequences
            The n beginnings, of any lengths.
        steps : int or None, default=None
            How many steps are added to each. None means up to the end, where ends were learned
            (the median one, unless it is drawn), and else up to the one length that ``fit`` saw.
        y : as in ``fit``, or None
            What they are conditioned on. None takes the label that each beginning speaks for.
        how : {"mean", "mode", "sample"}, default="mean"
            Whether each step is the mean of what may come, the centre of the densest component,
            or drawn.
        temperature : float, default=1.0
            As in ``sample``; "mean" and "mode" do not depend on it.
        random_state : int, RandomState or None, default=None
            What "sample" draws from; an int gives the same again for the same sequences in the
            same order. What is drawn after one sequence changes with those beside it, since all
            draw from one generator, while its distribution does not.

        Returns
        -------
        ndarray of shape (n,), object
            For each sequence an array (time, n_features), the beginning with what follows.

        Raises
        ------
        ValueError or TypeError
            If a number is out of range, X or y are not as in ``fit``, or it is not known how many
            steps are added to a sequence; the message names it.
        """
        check_is_fitted(self)
        if how not in ("mean", "mode", "sample"):
            raise ValueError(f'how must be "mean", "mode" or "sample", but is {how!r}.')
        check_drawing(steps=steps, temperature=temperature, random_state=random_state)
        sequences = read_beginnings(self, X)
        condition = self._conditions_of(sequences, align_target(X, y))
        _, generator = make_generators(random_state if how == "sample" else 0)
        groups = list(group_by_length(sequences.lengths))
        plans = [self._steps_to_add(rows[0], sequences.lengths[rows[0]], steps) for rows in groups]
        whole = [None] * len(sequences)
        for rows, (most, ends) in zip(groups, plans, strict=True):
            drawing = choose_drawing(how, ends=ends, generator=generator, temperature=temperature)
            of_rows = None if condition is None else condition[rows]
            begun = sequences[rows].to_padded()
            for i, drawn in zip(rows, draw_after(self, begun, of_rows, most, drawing), strict=True):
                whole[i] = drawn
        return np.fromiter(whole, dtype=object)

    @property
    def class_prior_(self) -> np.ndarray:
        """The shares of the labels."""
        if not hasattr(self, "_label_counts"):
            raise AttributeError("class_prior_ is there once fit has seen labels.")
        counts = self._label_counts + (self._label_counts == 0).any()
        return counts / counts.sum()

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags.three_d_array = True
        tags.target_tags.required = False
        return tags

    def _log_likelihoods(self, X, y):
        """Give those of all steps, end to end, and how many each sequence has."""
        check_is_fitted(self)
        sequences = read_steps(self, X, reset=False)
        if y is None and self._condition == "labels":
            values = np.concatenate(
                [
                    np.diff(logsumexp(part, axis=1), prepend=0.0)
                    for part in self._of_labels(sequences)
                ]
            )
        else:
            y = align_target(X, y)
            values = self._likelihood(sequences, read_conditions(self, y, len(sequences)))
        return values, sequences.lengths

    def _of_labels(self, sequences, *, whole=True):
        """Give, for each sequence, the likelihoods of its steps so far with each label.

        Each is (time, n_classes), the logarithms of the shares among it. ``whole`` says whether
        the sequences end with their last step.
        """
        n, n_classes = len(sequences), len(self.classes_)
        of_labels = [
            self._likelihood(sequences, one_hot(np.full(n, i), n_classes), whole=whole)
            for i in range(n_classes)
        ]
        parts = np.split(np.stack(of_labels, axis=1), sequences.offsets[1:-1])
        return [np.log(self.class_prior_) + part.cumsum(axis=0) for part in parts]

    def _likelihood(self, sequences, condition, *, whole=True):
        device = self._module_device()
        values = likelihood_of_steps(
            self.module_, sequences, condition, self._scaler, device, whole=whole
        )
        finite = np.isfinite(values)
        if not finite.all():
            step = int(np.argmin(finite))
            i = int(np.searchsorted(sequences.offsets, step, side="right")) - 1
            raise ValueError(
                f"the network gives the log-likelihood {values[step]} for sequence {i}, step "
                f"{step - sequences.offsets[i]}: it is very far from what fit saw, or training "
                "came close to divergence. Look at its values, or fit again with a lower lr."
            )
        return values

    def _conditions_of(self, sequences, y):
        """Give what beginnings are conditioned on; without y, the likeliest label of each."""
        if y is not None or self._condition != "labels":
            return read_conditions(self, y, len(sequences))
        likeliest = [part[-1].argmax() for part in self._of_labels(sequences, whole=False)]
        return one_hot(np.array(likeliest), len(self.classes_))

    def _steps_to_add(self, i, n_begun, steps):
        """Give how many steps are added to sequence i at most, and whether there may be fewer."""
        if steps is not None:
            return int(steps), False
        return self._steps_to_draw(int(n_begun), None, of=f"sequence {i}", way_out="steps")

    def _steps_to_draw(self, n_begun, length, *, of, way_out):
        """Give how many steps are drawn after so many at most, and whether there may be fewer.

        ``of`` says what these are the steps of, ``way_out`` which parameter tells how many come.
        """
        shortest, longest = self._lengths
        if length is None and self.learn_end_:
            return max(1, 2 * longest - n_begun), True
        if length is None and shortest != longest:
            raise ValueError(
                f"fit saw sequences of {shortest} to {longest} steps, and learned no ends: set "
                f"{way_out}, or fit with learn_end=True."
            )
        seen = ", as many as fit saw," if length is None else ""
        length = longest if length is None else int(length)
        if length < n_begun:
            raise ValueError(
                f"sequences of {length} steps{seen} cannot begin with the {n_begun} of {of}; set "
                f"{way_out} otherwise, or give fewer steps to begin with."
            )
        return length - n_begun, False

    def _module_device(self):
        return next(self.module_.parameters()).device

    def _as_dataset(self, part, device):
        return PieceDataset(
            part.data.sequences,
            part.pieces,
            part.data.condition,
            scaler=self._scaler,
            device=device,
        )

    def _start(self, data, goes_on):
        """Give a new network what it does not have to learn from chance: how often ends come."""
        if not goes_on:
            lengths = data.sequences.lengths
            self.module_.start_ends(len(lengths), int(lengths.sum()))

    def _make_module(self, architecture, generator):
        return GenerationNetwork(architecture, generator=generator)
