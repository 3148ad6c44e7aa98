"""The private base of the estimators: input, training, prediction, pickling."""

from abc import abstractmethod
from contextlib import contextmanager
from numbers import Integral, Real

import numpy as np
import torch
from sklearn.base import BaseEstimator, clone

from sklearn_rnn._sklearn import (
    HasMethods,
    Interval,
    StrOptions,
    check_sample_weight,
    validate_parameters,
)
from sklearn_rnn.data import (
    InputKind,
    Sequences,
    SubwordTable,
    check_id_range,
    check_not_empty,
    count_buckets,
    input_kind,
    read_sequences,
)
from sklearn_rnn.estimators._building import build_net, net_settings
from sklearn_rnn.estimators._defaults import AUTO_PARAMETERS, InputTraits, resolve_parameters
from sklearn_rnn.estimators._splitting import validation_split
from sklearn_rnn.estimators._targets import check_length
from sklearn_rnn.estimators._training_data import TrainingData, positive_rows
from sklearn_rnn.modules import Architecture
from sklearn_rnn.nn import CELLS, POOLINGS
from sklearn_rnn.preprocessing import TokenEncoder
from sklearn_rnn.training import (
    OPTIMIZERS,
    SCHEDULES,
    SequenceDataset,
    SequenceNet,
    fit_seed,
    resolve_device,
)

__all__ = ["BaseRNN"]

_TEXT = (InputKind.TEXT, InputKind.TOKENS)
_OF_THE_NETWORK = {*Architecture._fields, "subwords"}


class BaseRNN(BaseEstimator):
    """What RNNClassifier and RNNRegressor share; not public.

    A subclass says how targets are encoded (``_encode_target``), what its network is
    (``_make_module``) and what outputs mean.
    """

    _parameter_constraints = {
        "cell": [StrOptions(set(CELLS)), callable],
        "hidden_size": [StrOptions({"auto"}), Interval(Integral, 1, None, closed="left")],
        "num_layers": [Interval(Integral, 1, None, closed="left")],
        "bidirectional": [StrOptions({"auto"}), "boolean"],
        "dropout": [StrOptions({"auto"}), Interval(Real, 0, 1, closed="left")],
        "token_dropout": [StrOptions({"auto"}), Interval(Real, 0, 1, closed="left")],
        "subwords": [StrOptions({"auto"}), "boolean"],
        "encoder": [HasMethods(["fit", "transform"]), None],
        "embedding_dim": [StrOptions({"auto"}), Interval(Integral, 1, None, closed="left")],
        "n_tokens": [Interval(Integral, 2, None, closed="left"), None],
        "pooling": [StrOptions({"auto", *POOLINGS})],
        "convolution": [StrOptions({"auto", "branch"}), None],
        "max_epochs": [StrOptions({"auto"}), Interval(Integral, 1, None, closed="left")],
        "batch_size": [StrOptions({"auto"}), Interval(Integral, 1, None, closed="left")],
        "lr": [StrOptions({"auto"}), Interval(Real, 0, None, closed="neither")],
        "optimizer": [StrOptions(set(OPTIMIZERS)), callable],
        "weight_decay": [Interval(Real, 0, None, closed="left")],
        "gradient_clip": [Interval(Real, 0, None, closed="neither"), None],
        "lr_schedule": [StrOptions({"plateau", *SCHEDULES}), None],
        "early_stopping": [StrOptions({"auto"}), "boolean"],
        "validation_fraction": [Interval(Real, 0, 1, closed="neither")],
        "n_iter_no_change": [Interval(Integral, 1, None, closed="left")],
        "tol": [Interval(Real, 0, None, closed="left")],
        "warm_start": ["boolean"],
        "device": [str],
        "random_state": ["random_state"],
        "verbose": ["verbose"],
        "callbacks": [list, None],
        "net_params": [dict, None],
    }

    def fit(self, X, y, sample_weight=None, X_val=None, y_val=None):
        """Train the network.

        Parameters
        ----------
        X : list of str, list of token lists, list of arrays, array, DataFrame or Sequences
            n sequences: texts; lists of tokens; arrays (time,) or (time, n_features) of any
            lengths; an array (n, time, n_features), where all-NaN steps at the right end are
            padding; a table whose rows are sequences of one feature; or ``Sequences``.
        y : array-like of shape (n,) or (n, n_targets)
            The targets.
        sample_weight : array-like of shape (n,) or None, default=None
            How much each sequence counts; one of weight 0 is left out.
        X_val, y_val : like X and y, or None, default=None
            What early stopping watches, instead of a part of the training data.

        Returns
        -------
        self : estimator

        Raises
        ------
        ValueError or TypeError
            If the input is not as it should be; the message says what and where.
        DivergenceError
            If a loss becomes NaN or infinite.
        """
        validate_parameters(self)
        goes_on = self.warm_start and hasattr(self, "net_")
        with self._as_before_if_it_fails(goes_on):
            data = self._read_training_data(X, y, sample_weight, reset=not goes_on)
            seed = fit_seed(self.random_state)
            if not goes_on or not hasattr(self, "_split_seed"):
                self._split_seed = seed  # a fit that goes on validates on no row trained on before
            self._choose_parameters(data, reset=not goes_on)
            if X_val is not None and self.early_stopping == "auto":
                self.early_stopping_ = True
            self._weight_mean = _mean_weight(data)
            train, valid = self._split(data, X_val, y_val, self._split_seed)
            self._build(seed, goes_on, max_epochs=self.max_epochs_, validated=valid is not None)
            self._settings = None
            self._train(train, valid)
        return self

    def _partial_fit(self, X, y, sample_weight, **target_options):
        """Run one epoch over the data, beginning anew if nothing was fitted."""
        validate_parameters(self)
        first = not hasattr(self, "net_")
        with self._as_before_if_it_fails(not first):
            data = self._read_training_data(X, y, sample_weight, reset=first, **target_options)
            self._choose_parameters(data, reset=first, keep_auto=True)
            if first:
                self._weight_mean = _mean_weight(data)
            settings = net_settings(self)
            if first or settings != self._settings:
                seed = fit_seed(self.random_state)
                self._build(seed, not first, max_epochs=1, validated=False, scheduled=False)
                self._settings = settings
            self._train(self._weighted_as_before(data), None)
        return self

    @property
    def module_(self):
        """The torch module."""
        return getattr(self.net_.module_, "_orig_mod", self.net_.module_)  # compiled, or as it is

    @property
    def n_iter_(self):
        """How many epochs were run, over all calls of fit that went on from each other."""
        return len(self.history_)

    def __getstate__(self):
        """Keep parameters, plain attributes and the weights as numpy arrays."""
        state = super().__getstate__().copy()
        if state.pop("net_", None) is not None:
            state["_settings"] = None
            weights = self.module_.state_dict()
            state["_weights"] = {name: w.detach().cpu().numpy() for name, w in weights.items()}
        return state

    def __setstate__(self, state):
        """Build the module again and fill it with the weights, on the device there is."""
        state = dict(state)
        weights = state.pop("_weights", None)
        super().__setstate__(state)
        if weights is None:
            return
        module = self._make_module(self._architecture, torch.Generator())
        module.load_state_dict({name: torch.from_numpy(w.copy()) for name, w in weights.items()})
        self.net_ = SequenceNet(
            module, shuffle_generator=None, optimizer=torch.optim.SGD, device=self._device(True)
        ).initialize()

    def __sklearn_is_fitted__(self):
        return hasattr(self, "net_")

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags.three_d_array = True
        tags.input_tags.string = True
        return tags

    @contextmanager
    def _as_before_if_it_fails(self, goes_on):
        """Undo what fails: nothing is fitted then, or, if training went on, all is as before.

        Only the state of an optimiser that has moved the weights does not come back:
        ``partial_fit`` begins it anew.
        """
        if not goes_on:
            self.__dict__.pop("net_", None)
            try:
                yield
            except BaseException:
                self.__dict__.pop("net_", None)
                raise
            return
        before, net, module = vars(self).copy(), self.net_, self.module_
        weights = {name: weight.clone() for name, weight in module.state_dict().items()}
        n_epochs = len(net.history)
        try:
            yield
        except BaseException:
            self.__dict__ = before
            del net.history[n_epochs:]
            moved = module.to(net.device).state_dict()
            if not all(torch.equal(moved[name], weight) for name, weight in weights.items()):
                module.load_state_dict(weights)
                self._settings = None
            raise

    @abstractmethod
    def _encode_target(self, y, *, reset, kept):
        """Check y and give what the module's loss takes; ``kept`` is as in ``_read``."""

    @abstractmethod
    def _make_module(self, architecture, generator):
        """Build the network."""

    def _target_weight(self, target, sample_weight, *, validation, kept):
        """Give the weight of each sequence, or None where all are alike."""
        return sample_weight

    def _loss_parameters(self):
        """Give the parameters of the loss that the network is made with."""
        return {}

    def _stratify_by(self, target):
        return None

    def _read_training_data(
        self, X, y, sample_weight, *, reset, validation=False, **target_options
    ):
        if y is None:
            raise ValueError(
                f"{type(self).__name__} requires y to be passed, but the target y is None."
            )
        input_kind(X)  # refuses what is no collection of sequences
        kept = None
        if sample_weight is not None:
            sample_weight = check_sample_weight(
                sample_weight, X, dtype=np.float64, ensure_non_negative=True
            )
            kept = positive_rows(sample_weight)
        sequences = self._read(X, reset=reset, kept=kept)
        check_length(y, len(sequences))
        target = self._encode_target(y, reset=reset, kept=kept, **target_options)
        weight = self._target_weight(target, sample_weight, validation=validation, kept=kept)
        return TrainingData(sequences, target, weight).without_zero_weights()

    def _read(self, X, *, reset, kept=None):
        """Turn X into checked ``Sequences``; texts and tokens go through the encoder.

        ``kept`` are the rows of a weight above zero (None: all): the encoder learns from those.
        """
        if input_kind(X) in _TEXT:
            X = self._encode_text(X, reset=reset, kept=kept)
        elif reset and hasattr(self, "encoder_"):
            del self.encoder_
        if not reset:
            self._check_vocabulary(X)
        ids = self.embedding_dim != "auto" or self.n_tokens is not None
        sequences = read_sequences(self, X, reset=reset, ids=ids)
        if reset:
            self._vocabulary = sequences.vocabulary
            self._is_ids = ids or sequences.vocabulary is not None
            self._has_text = hasattr(self, "encoder_")
        return sequences

    def _encode_text(self, X, *, reset, kept):
        if reset:
            self.encoder_ = TokenEncoder() if self.encoder is None else clone(self.encoder)
            if kept is None:
                encoded = self.encoder_.fit_transform(X)
            else:
                texts = list(X)
                encoded = self.encoder_.fit([texts[i] for i in kept]).transform(X)
        elif hasattr(self, "encoder_"):
            encoded = self.encoder_.transform(X)
        else:
            raise ValueError(
                f"X is {input_kind(X).value}, but {type(self).__name__} was fitted on sequences "
                "of numbers or ids; give X in the form that fit saw."
            )
        if not isinstance(encoded, Sequences):
            raise TypeError(
                f"encoder={self.encoder!r:.60} turned X into {type(encoded).__name__}, but the "
                "network needs Sequences, as TokenEncoder gives them; put any other transformer "
                "into a pipeline, in front of the estimator."
            )
        check_not_empty(encoded, "text")
        return encoded

    def _check_vocabulary(self, X):
        vocabulary = getattr(X, "vocabulary", None)
        if vocabulary == self._vocabulary or len(X) == 0:
            return
        if vocabulary is not None and self._vocabulary is not None:
            reason = "ids of another vocabulary; use the encoder that fit saw"
        elif self._vocabulary is None:
            reason = "ids of a vocabulary, but fit saw numbers or plain ids"
        else:
            reason = "numbers, but fit saw texts, tokens or ids of a vocabulary"
        raise ValueError(f"X holds {reason}.")

    def _choose_parameters(self, data, *, reset, keep_auto=False):
        """Resolve what is "auto" and keep it as ``<name>_``; a network that is there stays.

        ``keep_auto`` says that what was once resolved stays as well.
        """
        if not reset:
            self._check_network()
        chosen = resolve_parameters(self.get_params(deep=False), self._traits(data))
        for name in AUTO_PARAMETERS:
            kept = name in _OF_THE_NETWORK or (keep_auto and getattr(self, name) == "auto")
            if reset or not kept:
                setattr(self, f"{name}_", chosen[name])
        if reset:
            self._plan_network(data)

    def _check_network(self):
        """Raise an error if a parameter asks for another network than the one to go on with."""
        has = self._architecture._asdict() | {"subwords": self.subwords_} | self._loss_settings
        for name, value in has.items():
            wanted = getattr(self, name, "auto")
            if not (wanted in ("auto", value) or (name == "n_tokens" and wanted is None)):
                raise ValueError(
                    f"{name}={wanted!r}, but training goes on with a network whose {name} is "
                    f"{value!r}; set it back, or fit anew with warm_start=False."
                )

    def _plan_network(self, data):
        sequences = data.sequences
        self._loss_settings = self._loss_parameters()
        self._scaler = None if self._is_ids else data.fit_scaler()
        self._architecture = Architecture(
            n_features=sequences.n_features,
            n_tokens=self._count_tokens(data) if self._is_ids else None,
            embedding_dim=self.embedding_dim_,
            cell=self.cell,
            hidden_size=self.hidden_size_,
            num_layers=self.num_layers,
            bidirectional=self.bidirectional_,
            dropout=self.dropout_,
            token_dropout=self.token_dropout_,
            pooling=self.pooling_,
            convolution=self.convolution_,
            subword_buckets=self._count_subwords(sequences) if self.subwords_ else None,
        )

    def _traits(self, data):
        kind = "numbers"
        if self._is_ids:
            tokens = () if self._vocabulary is None else self._vocabulary.tokens[2:]
            characters = tokens and all(len(token) == 1 for token in tokens)
            kind = "characters" if characters else "words"
        return InputTraits(
            kind=kind,
            n_sequences=len(data.target),
            n_steps=data.n_steps,
            n_features=data.sequences.n_features or 1,
            has_tokens=self._is_ids and data.sequences.categories is not None,
        )

    def _count_subwords(self, sequences):
        """Choose the buckets by the known tokens: those of weight 0 must not matter."""
        _tokens_of(sequences)
        return count_buckets(self._vocabulary.tokens[2:])

    def _count_tokens(self, data):
        if self.n_tokens is not None:
            return self.n_tokens
        if self._vocabulary is not None:
            return len(self._vocabulary)
        largest = data.largest_id
        check_id_range(data.sequences, largest)
        return max(2, largest + 1)

    def _split(self, data, X_val, y_val, seed):
        """Give training and validation data (None where nothing is validated)."""
        if (X_val is None) != (y_val is None):
            raise ValueError("X_val and y_val belong together, but only one of them was given.")
        if X_val is not None:
            train, valid = data, self._read_validation_data(X_val, y_val)
        elif self._stops_early(len(data.target)):
            rows = validation_split(
                len(data.target),
                self.validation_fraction,
                classes=self._stratify_by(data.target),
                seed=seed % 2**32,
            )
            train, valid = (data.take(part) for part in rows)
        else:
            return self._weighted(data), None
        return self._weighted(train), self._weighted(valid, like=train)

    def _read_validation_data(self, X_val, y_val):
        try:
            return self._read_training_data(X_val, y_val, None, reset=False, validation=True)
        except (TypeError, ValueError) as error:
            raise ValueError(f"X_val and y_val: {error}") from error

    def _stops_early(self, n):
        return self.early_stopping_

    @staticmethod
    def _weighted(data, like=None):
        """Scale weights to a mean of 1 over the training data."""
        like = data if like is None else like
        return data if like.weight is None else data.scale_weights(like.weight.mean())

    def _weighted_as_before(self, data):
        """Scale weights as in the first call: what they are to each other holds across calls."""
        if data.weight is None and self._weight_mean != 1:
            data = data._replace(weight=np.ones(len(data.target)))
        return data.scale_weights(self._weight_mean)

    def _device(self, lenient=False):
        try:
            return resolve_device(self.device)
        except ValueError:
            if lenient:
                return torch.device("cpu")
            raise

    def _build(self, seed, goes_on, *, max_epochs, validated, scheduled=True):
        """Build the skorch net around the module there is, or around a new one."""
        module = self.module_ if goes_on else None
        device = self._device()
        if not goes_on:
            self.history_ = []
        self.net_ = build_net(
            self,
            lambda generator: module or self._make_module(self._architecture, generator),
            seed=seed,
            device=device,
            max_epochs=max_epochs,
            validated=validated,
            scheduled=scheduled,
        )

    def _train(self, train, valid):
        """Run the net over the data and keep what it recorded."""
        net, device = self.net_, self.net_.device
        datasets = [
            None if part is None else self._dataset(*part, device=device) for part in (train, valid)
        ]
        net.train_split = None if valid is None else lambda dataset, y=None: datasets
        before = len(net.history)
        try:
            net.partial_fit(datasets[0])
        finally:
            net.train_split = None  # it holds the data
        new = [
            {name: value for name, value in record.items() if name != "batches"}
            for record in net.history[before:]
        ]
        start = len(self.history_)
        for i, record in enumerate(new):
            record["epoch"] = start + i + 1
        self.history_ = self.history_ + new
        stopper = dict(net.callbacks_).get("best_epoch")
        best = len(new) if stopper is None else stopper.best_epoch_
        self.best_epoch_ = start + best

    def _dataset(self, sequences, *target_and_weight, device):
        subwords = None
        if self._architecture.subword_buckets is not None:
            buckets = self._architecture.subword_buckets
            subwords = SubwordTable.of(_tokens_of(sequences), buckets)
        return SequenceDataset(
            sequences, *target_and_weight, scaler=self._scaler, subwords=subwords, device=device
        )

    def _outputs(self, X, function=None):
        """Run the network, or a part of it, over X: an array of one row a sequence."""
        sequences = self._read(X, reset=False)
        with np.errstate(over="ignore"):  # what overflows shows in the outputs
            dataset = self._dataset(sequences, device=self.net_.device)
        outputs = self.net_.outputs(dataset, function).numpy()
        finite = np.isfinite(outputs).all(axis=1)
        if not finite.all():
            raise ValueError(
                f"the network gives {outputs[~finite][0]} for sequence {np.argmin(finite)} "
                f"({np.sum(~finite)} of {len(finite)} are not finite): its steps are very far from "
                "those that fit saw, or training came close to divergence. Look at its values, or "
                "fit again with a lower lr."
            )
        return outputs


def _tokens_of(sequences):
    """Give the distinct tokens of encoded text, or raise an error where there are none."""
    if sequences.categories is None:
        raise ValueError(
            "the network reads subwords, but X has no tokens, only ids or numbers; give texts, "
            "tokens or what a TokenEncoder makes of them, or fit with subwords=False."
        )
    return sequences.categories[0]


def _mean_weight(data):
    return 1.0 if data.weight is None else data.weight.mean()
