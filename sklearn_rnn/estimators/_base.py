"""The private base of the estimators: input, training, prediction, pickling."""

from abc import abstractmethod
from typing import Any, Literal, Self

import numpy as np
from sklearn.base import BaseEstimator
from sklearn.utils.validation import check_is_fitted

from sklearn_rnn._sklearn import (
    CallbackSupport,
    validate_parameters,
)
from sklearn_rnn.data import UNKNOWN_ID, Chunks, SubwordTable, input_kind
from sklearn_rnn.estimators._building import (
    agreed_seed,
    check_alike,
    joined_processes,
    net_settings,
)
from sklearn_rnn.estimators._constraints import PARAMETER_CONSTRAINTS
from sklearn_rnn.estimators._defaults import AUTO_PARAMETERS
from sklearn_rnn.estimators._inputs import read_input
from sklearn_rnn.estimators._planning import choose_parameters, tokens_of
from sklearn_rnn.estimators._resuming import begin_run
from sklearn_rnn.estimators._scikit_callbacks import train_in_tasks
from sklearn_rnn.estimators._splitting import validation_split
from sklearn_rnn.estimators._targets import align_target, align_weight
from sklearn_rnn.estimators._trained_net import TrainedNetMixin
from sklearn_rnn.estimators._training_data import TrainingData, positive_rows
from sklearn_rnn.training import (
    SequenceDataset,
    TokenTables,
    fill_static,
    fit_seed,
    together,
)

__all__ = ["BaseRNN"]


class BaseRNN(TrainedNetMixin, CallbackSupport, BaseEstimator):
    """What the estimators of sequences share; not public.

    A subclass says how targets are encoded (``_encode_target``), what its network is
    (``_make_module``) and what outputs mean.
    """

    _parameter_constraints = PARAMETER_CONSTRAINTS
    _auto_parameters = AUTO_PARAMETERS
    _tags_what = _vector_dim = _language_sizes = _language_rows = None
    _encodes = _reads_chunks = False

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
        X : list of str, list of token lists, list of arrays, array, DataFrame or Sequences
            The n sequences: texts; lists of tokens; arrays (time,) or (time, n_features) of any
            lengths; an array (n, time, n_features), where all-NaN steps at the right end are
            padding; a table whose rows are sequences of one feature; or ``Sequences``, of an event
            log (``Sequences.from_frame``) or with columns of whole sequences
            (``Sequences.with_static``) for example. More data than memory holds come as
            ``Chunks``, which have y and the weights with them.
        y : array-like of shape (n,) or (n, n_targets), or None, default=None
            The targets; None for Chunks, which have them. A Series or DataFrame is aligned by its
            index if the sequences have ids.
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
        self : object
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
        return self._fit(X, y, sample_weight, X_val, y_val, resume=resume)

    def _fit(self, X, y, sample_weight, X_val, y_val, *, resume):
        """Check the parameters and train, together with other processes where there are some."""
        with together(joined_processes(self)):
            validate_parameters(self)
            self._fit_net(X, y, sample_weight, X_val, y_val, resume=resume)
        return self

    def _fit_net(self, X, y, sample_weight, X_val, y_val, *, resume):
        """Train a new network, or go on with the one there is if ``warm_start`` says so."""
        goes_on = self.warm_start and hasattr(self, "net_")
        with self._as_before_if_it_fails(goes_on, keeps_epochs=True):
            data = self._read_training_data(*self._stored(X, y, sample_weight), reset=not goes_on)
            run = begin_run(
                self,
                data,
                resume=resume,
                goes_on=goes_on,
                validates_on_other=X_val is not None,
            )
            check_alike(self, data, goes_on=goes_on, validates_on_other=X_val is not None)
            run.seed = agreed_seed(self, run.seed)
            if not goes_on or not hasattr(self, "_split_seed"):
                # A fit that goes on validates on no row that was trained on before.
                self._split_seed = run.seed
            self._choose_parameters(data, reset=not goes_on)
            if X_val is not None and self.early_stopping == "auto":
                self.early_stopping_ = True
            X_val, y_val = self._stored_validation(X_val, y_val)
            self._weight_mean = _mean_weight(data)
            train, valid = self._split(data, X_val, y_val, self._split_seed)
            if not goes_on:
                self._look_at_labels(train)
            validated = valid is not None
            self._build(run.seed, goes_on, max_epochs=self.max_epochs_, validated=validated)
            run.watch(self.net_, None if X_val is None else valid)
            self._settings = None
            train_in_tasks(self, train, valid, X=X, y=y, sample_weight=sample_weight)

    def _stored(self, X, y, sample_weight, name="X"):
        """Give the data of chunks as one, their steps in a file; others as they are."""
        if not isinstance(X, Chunks) or not self._reads_chunks:
            return X, y, sample_weight
        if y is not None or sample_weight is not None:
            raise ValueError(
                f"{name} is Chunks, each of which has its y and its weights with it, but y or "
                "sample_weight came as well; leave them out."
            )
        return X.store()

    def _stored_validation(self, X_val, y_val):
        try:
            X_val, y_val, weight = self._stored(X_val, y_val, None, "X_val")
        except (TypeError, ValueError) as error:
            error_type = TypeError if isinstance(error, TypeError) else ValueError
            raise error_type(f"X_val and y_val: {error}") from error
        if weight is not None:
            raise ValueError(
                "X_val is Chunks with weights, but all validation data count alike; leave the "
                "weights out."
            )
        return X_val, y_val

    def _partial_fit(self, X, y, sample_weight, **target_options):
        """Run one epoch over the data, beginning anew if nothing was fitted."""
        with together(joined_processes(self)):
            validate_parameters(self)
            self._fit_part(X, y, sample_weight, **target_options)
        return self

    def _fit_part(self, X, y, sample_weight, **target_options):
        first = not hasattr(self, "net_")
        with self._as_before_if_it_fails(not first):
            data = self._read_training_data(X, y, sample_weight, reset=first, **target_options)
            check_alike(self, data, goes_on=not first)
            self._choose_parameters(data, reset=first, keep_auto=True)
            if first:
                self._weight_mean = _mean_weight(data)
                self._look_at_labels(data)
            settings = net_settings(self)
            if first or settings != self._settings:
                seed = agreed_seed(self, fit_seed(self.random_state))
                self._build(seed, not first, max_epochs=1, validated=False, scheduled=False)
                self._settings = settings
            self._train(self._weighted_as_before(data), None)

    def count_unknown(self, X) -> dict[Any, int]:
        """Count what the network reads as unknown, for each categorical column of X.

        Parameters
        ----------
        X : list, array, DataFrame or Sequences
            The n sequences, in a form that ``fit`` takes.

        Returns
        -------
        dict
            The number of steps (of sequences, for a static column) whose category ``fit`` did not
            see, by the name of the column. Tokens are counted as "tokens".
        """
        check_is_fitted(self)
        sequences = self._read(X, reset=False)
        unknown = self._columns.count_unknown(sequences)
        if self._is_ids:
            ids = sequences.values
            unknown["tokens"] = int(
                ((ids == UNKNOWN_ID) | (ids >= self._architecture.n_tokens)).sum()
            )
        return unknown

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags.three_d_array = True
        tags.input_tags.string = True
        tags.input_tags.allow_nan = getattr(self, "missing", None) == "mask"
        return tags

    @abstractmethod
    def _encode_target(self, y, *, reset, kept, sequences):
        """Check y, for these sequences, and give what the module's loss takes.

        ``kept`` is as in ``_read``.
        """

    def _target_weight(self, target, sample_weight, *, validation, kept):
        """Give the weight of each sequence, or None where all are alike."""
        return sample_weight

    def _plan_context(self):
        """Give the sizes of what tells what a text is about, beside the states."""
        return {}

    def _look_at_labels(self, train):
        """Choose what depends on the labels, of which only those of ``train`` may be looked at."""

    def _check_start(self):
        """Refuse to go on with a network that began with other weights than asked for."""

    def _loss_parameters(self):
        """Give the parameters of the loss that the network is made with."""
        return {}

    def _stratify_by(self, target):
        return None

    def _read_training_data(
        self, X, y, sample_weight, *, reset, validation=False, **target_options
    ):
        input_kind(X)  # refuses what is no collection of sequences
        if y is None:
            raise ValueError(
                f"{type(self).__name__} requires y to be passed, but the target y is None."
            )
        y, kept = align_target(X, y), None
        if sample_weight is not None:
            sample_weight = align_weight(X, sample_weight, X)
            kept = positive_rows(sample_weight)
        sequences = self._read(X, reset=reset, kept=kept)
        target = self._encode_target(
            y, reset=reset, kept=kept, sequences=sequences, **target_options
        )
        weight = self._target_weight(target, sample_weight, validation=validation, kept=kept)
        return TrainingData(sequences, target, weight).without_zero_weights()

    def _read(self, X, *, reset, kept=None):
        return read_input(self, X, reset=reset, kept=kept)

    def _choose_parameters(self, data, *, reset, keep_auto=False):
        choose_parameters(self, data, reset=reset, keep_auto=keep_auto)

    def _split(self, data, X_val, y_val, seed):
        """Give training and validation data (None where nothing is validated)."""
        self._check_validation_pair(X_val, y_val)
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

    @staticmethod
    def _check_validation_pair(X_val, y_val):
        if (X_val is None) != (y_val is None):
            raise ValueError("X_val and y_val belong together, but only one of them was given.")

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

    def _as_dataset(self, data, device):
        return self._dataset(*data, device=device)

    def _dataset(self, sequences, *target_and_weight, device, kind=None):
        static = None
        if self._static_scaler is not None:
            static = self._static_scaler.transform(sequences.static)
            static = fill_static(static, self._missing_static)
        return (kind or SequenceDataset)(
            sequences,
            *target_and_weight,
            scaler=self._scaler,
            missing=self._missing,
            tokens=self._token_tables(sequences),
            static=static,
            device=device,
        )

    def _token_parts(self):
        """Give the sizes of what a network reads tokens by, beside their ids and n-grams."""
        return {}

    def _token_tables(self, sequences):
        """Give what the tokens are made of, or None if the network does not look into them."""
        n_buckets = self._architecture.subword_buckets
        if n_buckets is None:
            return None
        return TokenTables(bags=SubwordTable.of(tokens_of(sequences), n_buckets))

    def _outputs(self, X, function=None):
        """Run the network, or a part of it, over X: an array of one row a sequence."""
        sequences = self._read(X, reset=False)
        with np.errstate(over="ignore"):  # what overflows shows in the outputs
            dataset = self._dataset(sequences, device=self.net_.device)
        return self._run(dataset, function)

    def _run(self, dataset, function=None):
        """Run the network, or a part of it, over a dataset, and refuse what is not finite."""
        return self._checked(self.net_.outputs(dataset, function).numpy())

    @staticmethod
    def _checked(outputs):
        """Give the outputs of the network, or raise an error if they are not finite."""
        finite = np.isfinite(outputs).all(axis=1)
        if not finite.all():
            raise ValueError(
                f"the network gives {outputs[~finite][0]} for sequence {np.argmin(finite)} "
                f"({np.sum(~finite)} of {len(finite)} are not finite): its steps are very far from "
                "those that fit saw, or training came close to divergence. Look at its values, or "
                "fit again with a lower lr."
            )
        return outputs


def _mean_weight(data):
    return 1.0 if data.weight is None else data.weight.mean()
