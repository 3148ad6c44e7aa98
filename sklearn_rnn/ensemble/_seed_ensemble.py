"""Several fits of one estimator, from several seeds, as one."""

from numbers import Integral
from typing import Any, Self

import numpy as np
from sklearn.base import BaseEstimator, is_classifier, is_regressor
from sklearn.metrics import accuracy_score, r2_score
from sklearn.utils import get_tags
from sklearn.utils.metaestimators import available_if
from sklearn.utils.validation import check_is_fitted, has_fit_parameter

from sklearn_rnn._saving import SavingMixin
from sklearn_rnn._sklearn import HasMethods, Interval, validate_parameters
from sklearn_rnn.ensemble._forecasts import CombinedForecastsMixin
from sklearn_rnn.ensemble._marginals import (
    best_labels,
    common_scheme,
    mean_marginals,
    mean_spans,
)
from sklearn_rnn.ensemble._members import (
    Kind,
    align,
    base_seed,
    bootstrap_weights,
    final_step,
    kind_of,
    make_members,
    naming_member,
    train_members,
    trained_members,
    where_estimator_has,
)
from sklearn_rnn.ensemble._probabilities import (
    choose_each,
    choose_labels,
    mean_probabilities,
    rows_right,
    shape_of,
)
from sklearn_rnn.estimators._tags import cut
from sklearn_rnn.estimators._targets import (
    align_weight,
    check_labels,
    check_length,
    check_numbers,
)
from sklearn_rnn.estimators._training_summary import add_summary_of_members
from sklearn_rnn.metrics import token_accuracy_score

__all__ = ["SeedEnsemble"]

_COPIED = ("n_features_in_", "feature_names_in_", "classes_", "target_names_", "n_outputs_")
_LEARNED = ("estimators_", "interrupted_", "scheme_", "_has_columns", *_COPIED)


def _classifies(ensemble):
    return is_classifier(ensemble.estimator) and hasattr(ensemble.estimator, "predict_proba")


def _gives_numbers(ensemble):
    return is_regressor(ensemble.estimator) or hasattr(final_step(ensemble.estimator), "forecast")


class SeedEnsemble(CombinedForecastsMixin, SavingMixin, BaseEstimator):
    """Fit one estimator from several seeds, and predict by all of them together.

    Networks that differ in their seed alone make different mistakes, and their mean makes fewer.
    X is handed to the estimator as it is, so sequences of unequal lengths, texts and frames do.

    Parameters
    ----------
    estimator : estimator
        An :class:`~sklearn_rnn.RNNClassifier`, an :class:`~sklearn_rnn.RNNRegressor`, an
        :class:`~sklearn_rnn.RNNTagger`, a forecaster, a pipeline that ends in one of them, or
        another classifier or regressor of scikit-learn that has a ``random_state``.
    n_members : int, default=5
        How many clones of it are fitted.
    bootstrap : bool, default=False
        Whether each member counts every sequence as often as it came up in n draws with
        replacement, so that members also differ in what they saw. The counts are given to ``fit``
        as ``sample_weight``. Not for forecasters, whose rows are times.
    n_jobs : int or None, default=None
        How many members are fitted at the same time, by joblib; None means one. It changes no
        result, if workers use as many threads of torch as the main process does.
    random_state : int, RandomState or None, default=None
        What the seeds of the members are derived from; None means the estimator's own
        ``random_state``. A larger ensemble holds the members of a smaller one.
    verbose : int, default=0
        How much joblib tells of its progress.

    Attributes
    ----------
    estimators_ : list of estimators
        The fitted members.
    classes_ : ndarray of shape (n_classes,), or list of ndarray
        The labels, if the estimator has them; those of a tagger are all that a member saw.
    scheme_ : {"IOB1", "IOB2", "BIOES"} or None
        For taggers, the scheme whose sequences of labels alone are predicted.
    n_features_in_, feature_names_in_, target_names_, n_outputs_
        As the members have them.
    interrupted_ : bool
        Whether Ctrl-C ended ``fit``; then ``estimators_`` are those members that it had trained
        by then, in this process, the last of them up to its best epoch.

    See Also
    --------
    sklearn.ensemble.BaggingClassifier : Averages estimators of tables.

    Notes
    -----
    ==============  ================================================================================
    estimator       what is predicted
    ==============  ================================================================================
    classifiers     ``predict_proba`` is the mean over the members, also for several columns of
                    labels; ``predict`` gives the most probable labels
    regressors      the mean of the numbers, also of predicted quantiles
    taggers         ``predict_proba`` is the mean of the marginals; ``predict`` gives the legal
                    sequence of labels for which the product of these is largest; the probability
                    of a span is the mean of its exact probabilities
    forecasters     the median of the points; quantiles, intervals and samples are those of the
                    mixture of the members, and so hold their spread
    ==============  ================================================================================

    An ensemble of one tagger predicts as it does. What a mean would not mean is left out:
    ``transform``, since the units of two networks have nothing to do with each other,
    ``decision_function``, and ``predict_nbest``, since the likeliest sequences of a mixture cannot
    be found exactly. ``estimators_`` has them for each member.

    References
    ----------
    Lakshminarayanan, Pritzel and Blundell, "Simple and Scalable Predictive Uncertainty Estimation
    using Deep Ensembles", 2017.

    Examples
    --------
    >>> from sklearn_rnn import RNNClassifier
    >>> from sklearn_rnn.ensemble import SeedEnsemble
    >>> texts = ["good film", "great fun", "bad film", "no fun"] * 5
    >>> labels = ["good", "good", "bad", "bad"] * 5
    >>> network = RNNClassifier(hidden_size=8)
    >>> ensemble = SeedEnsemble(network, n_members=3, random_state=0).fit(texts, labels)
    >>> ensemble.predict(["great film", "bad"]).tolist()
    ['good', 'bad']
    >>> ensemble.predict_proba(["great film", "bad"]).shape
    (2, 2)
    """

    # What ``fit`` gives, as the docstring tells: for editors and type checkers.
    estimators_: list[Any]
    classes_: np.ndarray | Any
    scheme_: str | None
    n_features_in_: int
    feature_names_in_: np.ndarray
    target_names_: np.ndarray
    n_outputs_: int
    interrupted_: bool

    _parameter_constraints = {
        "estimator": [HasMethods(["fit", "predict"])],
        "n_members": [Interval(Integral, 1, None, closed="left")],
        "bootstrap": ["boolean"],
        "n_jobs": [Integral, None],
        "random_state": ["random_state"],
        "verbose": ["verbose"],
    }

    def __init__(
        self,
        estimator: Any,
        n_members: int = 5,
        *,
        bootstrap: bool = False,
        n_jobs: int | None = None,
        random_state: int | np.random.RandomState | None = None,
        verbose: int = 0,
    ):
        self.estimator = estimator
        self.n_members = n_members
        self.bootstrap = bootstrap
        self.n_jobs = n_jobs
        self.random_state = random_state
        self.verbose = verbose

    def fit(self, X, y=None, sample_weight=None, **fit_params) -> Self:
        """Fit all members.

        Parameters
        ----------
        X : as the estimator takes it
            The n sequences, or a frame of series.
        y : as the estimator takes it
            The targets.
        sample_weight : array-like of shape (n,) or None, default=None
            How much each sequence counts.
        **fit_params
            Further arguments of the estimator's ``fit``, such as ``X_val`` and ``y_val``.

        Returns
        -------
        self : SeedEnsemble
            The estimator, fitted.

        Raises
        ------
        ValueError or TypeError
            If the estimator is none that can be averaged, or raises one. What a member raises
            comes as it is, with a note of its number and seed.
        """
        members, seed = self._start()
        params = [fit_params] * self.n_members
        if self.bootstrap:
            self._check_bootstrap()
            weights = bootstrap_weights(X, sample_weight, self.n_members, seed)
            params = [fit_params | {"sample_weight": weight} for weight in weights]
        elif sample_weight is not None:
            params = [fit_params | {"sample_weight": sample_weight}] * self.n_members
        parallel = {"n_jobs": self.n_jobs, "verbose": self.verbose}
        try:
            self._keep(train_members(members, "fit", X, y, params, **parallel), y)
        except KeyboardInterrupt:
            done = trained_members(members)
            if done:
                self._keep(done, y)
                self.interrupted_ = True
            raise
        return self

    @where_estimator_has("partial_fit")
    def partial_fit(self, X, y=None, *, sample_weight=None, **params) -> Self:
        """Train each member further, as its ``partial_fit`` does, in threads.

        Parameters
        ----------
        X, y : as in ``fit``
            Sequences or series, and their targets.
        sample_weight : array-like of shape (n,) or None, default=None
            How much each sequence counts.
        **params
            Further arguments of the estimator's ``partial_fit``, such as ``classes``.

        Returns
        -------
        self : SeedEnsemble
            The estimator, fitted.
        """
        if self.bootstrap:
            raise ValueError(
                "bootstrap=True draws among all sequences, which partial_fit never sees; call fit, "
                "or set bootstrap=False."
            )
        members = self.estimators_ if hasattr(self, "estimators_") else self._start()[0]
        if sample_weight is not None:
            params = params | {"sample_weight": sample_weight}
        # In another process a member would lose the state of its optimiser.
        parallel = {"n_jobs": self.n_jobs, "verbose": self.verbose, "require": "sharedmem"}
        params = [params] * len(members)
        self._keep(train_members(members, "partial_fit", X, y, params, **parallel), y)
        return self

    # --- predictions ----------------------------------------------------------------------------

    def predict(self, X) -> np.ndarray:
        """Predict by all members together.

        Parameters
        ----------
        X : list, array, DataFrame or Sequences
            The sequences or series, in a form that the estimator takes.

        Returns
        -------
        ndarray
            As the estimator gives it.
        """
        check_is_fitted(self)
        kind = kind_of(self.estimator)
        if kind is Kind.CLASSIFIER:
            return self._choose(X)
        if kind is Kind.TAGGER:
            return self._tag(X)
        combine = np.median if kind is Kind.FORECASTER else np.mean
        return combine(self._each("predict", X), axis=0)

    @where_estimator_has("predict_proba")
    def predict_proba(self, X) -> np.ndarray | Any:
        """Give the mean of the members' probabilities.

        Parameters
        ----------
        X : list, array, DataFrame or Sequences
            The sequences or series, in a form that the estimator takes.

        Returns
        -------
        ndarray of shape (n, n_classes), or list of them
            As the estimator gives them, in the order of ``classes_``; for a tagger an object array
            ``(n,)`` that holds an array (time, n_classes) for each sequence.
        """
        check_is_fitted(self)
        if kind_of(self.estimator) is Kind.TAGGER:
            return cut(*self._marginals(X))
        return mean_probabilities(self._each("predict_proba", X))

    @available_if(_classifies)
    def predict_log_proba(self, X) -> np.ndarray | Any:
        """Give the logarithm of the mean of the members' probabilities.

        Parameters
        ----------
        X : list, array, DataFrame or Sequences
            The sequences or series, in a form that the estimator takes.

        Returns
        -------
        ndarray of shape (n, n_classes), or list of them
            As ``predict_proba`` gives them.
        """
        probabilities = self.predict_proba(X)
        with np.errstate(divide="ignore"):
            if isinstance(probabilities, list):
                return [np.log(column) for column in probabilities]
            return np.log(probabilities)

    @where_estimator_has("predict_top_k")
    def predict_top_k(self, X, k: int = 10) -> np.ndarray:
        """Predict the most probable labels of each sequence, the likeliest first.

        Parameters
        ----------
        X : list, array, DataFrame or Sequences
            The sequences or series, in a form that the estimator takes.
        k : int, default=10
            How many labels.

        Returns
        -------
        ndarray of shape (n, k)
            Labels of ``classes_``.

        Raises
        ------
        ValueError
            If there are fewer than k classes, or y of ``fit`` had several columns.
        """
        check_is_fitted(self)
        if self._has_columns:
            raise ValueError(
                "predict_top_k ranks the classes of one label a sequence, but y of fit had "
                "several columns; rank the columns of predict_proba instead."
            )
        if not isinstance(k, Integral) or not 1 <= k <= len(self.classes_):
            raise ValueError(
                f"k must be an int from 1 to the number of classes, {len(self.classes_)}, but is "
                f"{k!r}."
            )
        ranked = np.argsort(-self.predict_proba(X), axis=1, kind="stable")
        return self.classes_[ranked[:, :k]]

    @where_estimator_has("predict_spans")
    def predict_spans(self, X) -> np.ndarray:
        """Find the spans in the predicted labels, and how probable each of them is.

        Parameters
        ----------
        X : list, array, DataFrame or Sequences
            The sequences or series, in a form that the estimator takes.

        Returns
        -------
        ndarray of shape (n,), object
            For each sequence a list of ``(start, end, type, probability)``, ``end`` not included.
            The probability is the mean over the members of that of all sequences of labels which
            hold this span.

        Raises
        ------
        AttributeError
            If the labels of ``fit`` spell no spans.
        """
        check_is_fitted(self)
        if len(self.estimators_) == 1:
            return self.estimators_[0].predict_spans(X)
        if self.scheme_ is None:
            raise AttributeError(
                f"the labels of fit, {self.classes_.tolist()!r:.60}, are in none of the schemes "
                "IOB1, IOB2 and BIOES, so that there are no spans; use predict."
            )
        return mean_spans(self.estimators_, X, self._tag(X), self.scheme_)

    @available_if(_gives_numbers)
    def predict_std(self, X) -> np.ndarray:
        """Give the standard deviation of the members' predictions: how far they disagree.

        It is no error of prediction: what no member can know is not in it.

        Parameters
        ----------
        X : list, array, DataFrame or Sequences
            The sequences or series, in a form that the estimator takes.

        Returns
        -------
        ndarray, float64
            Of the shape that ``predict`` gives; zero for one member.
        """
        check_is_fitted(self)
        return np.std(self._each("predict", X), axis=0, dtype=np.float64)

    # --- scores and tags ------------------------------------------------------------------------

    def score(self, X, y=None, sample_weight=None) -> float:
        """Score as the estimator does: accuracy, accuracy of steps (taggers), or R2.

        Parameters
        ----------
        X : list, array, DataFrame or Sequences
            The sequences or series, in a form that the estimator takes.
        y : as in ``fit``
            The true targets. Forecasts are scored where there is a true value, and a past to
            forecast from.
        sample_weight : array-like of shape (n,) or None, default=None
            How much each sequence counts.

        Returns
        -------
        float
            Higher is better, and 1 the best.
        """
        check_is_fitted(self)
        predicted, kind = self.predict(X), kind_of(self.estimator)
        y, sample_weight = align(X, y), align(X, sample_weight, "sample_weight")
        if kind is Kind.TAGGER:
            return token_accuracy_score(y, predicted, sample_weight=sample_weight)
        if kind is Kind.FORECASTER:
            y, predicted, sample_weight = _known(X, y, predicted, sample_weight)
            return r2_score(y, predicted, sample_weight=sample_weight)
        check_length(y, len(predicted))
        sample_weight = align_weight(X, sample_weight, predicted)
        if kind is not Kind.CLASSIFIER:
            return r2_score(check_numbers(y), predicted, sample_weight=sample_weight)
        if predicted.ndim == 2:
            return float(np.average(rows_right(y, predicted), weights=sample_weight))
        y = check_labels(y, warn=False)
        return accuracy_score(y, predicted, sample_weight=sample_weight)

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        inner = get_tags(self.estimator)
        for name in (
            "estimator_type",
            "target_tags",
            "classifier_tags",
            "regressor_tags",
            "input_tags",
        ):
            setattr(tags, name, getattr(inner, name))
        return tags

    def _get_fitted_attr_html(self, doc_link=""):
        """Put the summary of the members before scikit-learn's table of fitted attributes."""
        members = [final_step(member) for member in vars(self).get("estimators_", ())]
        return add_summary_of_members(super()._get_fitted_attr_html(doc_link), members)

    def _start(self):
        """Check the parameters, forget what was learned, and make new members."""
        validate_parameters(self)
        kind_of(self.estimator)
        for name in _LEARNED:
            self.__dict__.pop(name, None)
        seed = base_seed(self.random_state, self.estimator)
        members = make_members(self.estimator, self.n_members, seed, may_be_alike=self.bootstrap)
        return members, seed

    def _check_bootstrap(self):
        if kind_of(self.estimator) is Kind.FORECASTER:
            raise ValueError(
                "bootstrap=True draws sequences, but the rows of a forecaster are times, which "
                "hang together; set bootstrap=False."
            )
        if not has_fit_parameter(self.estimator, "sample_weight"):
            raise ValueError(
                f"bootstrap=True needs an estimator whose fit takes sample_weight, but that of "
                f"{type(self.estimator).__name__} does not; put the ensemble into the pipeline as "
                "its last step, or set bootstrap=False."
            )

    def _keep(self, members, y):
        """Keep fitted members, and what of them holds for the whole ensemble."""
        self.estimators_, self.interrupted_ = members, False
        for name in _COPIED:
            if hasattr(members[0], name):
                setattr(self, name, getattr(members[0], name))
        kind = kind_of(self.estimator)
        if kind is Kind.CLASSIFIER and not hasattr(self, "_has_columns"):
            shape = shape_of(y)
            self._has_columns = len(shape) == 2 and shape[1] > 1
        if kind is Kind.TAGGER:
            self.classes_ = np.unique(np.concatenate([member.classes_ for member in members]))
            schemes = [getattr(final_step(member), "scheme_", None) for member in members]
            self.scheme_ = common_scheme(schemes, self.classes_, y)

    def _naming(self, i):
        return naming_member(self.estimators_[i], i, len(self.estimators_))

    def _each(self, method, *args, **options):
        """Give what a method of each member gives."""
        check_is_fitted(self)
        found = []
        for i, member in enumerate(self.estimators_):
            with self._naming(i):
                found.append(getattr(member, method)(*args, **options))
        return found

    def _choose(self, X):
        probabilities = mean_probabilities(self._each("predict_proba", X))
        if not self._has_columns:
            return choose_labels(probabilities, self.classes_)
        return choose_each(probabilities, self.classes_, like=self.estimators_[0].predict(X))

    def _marginals(self, X):
        classes_of = [member.classes_ for member in self.estimators_]
        return mean_marginals(self._each("predict_proba", X), classes_of, self.classes_)

    def _tag(self, X):
        if len(self.estimators_) == 1:
            return self.estimators_[0].predict(X)
        return best_labels(*self._marginals(X), self.classes_, self.scheme_)


def _known(X, y, predicted, sample_weight):
    """Leave out the rows where something is missing; y may name columns of X."""
    if isinstance(y, str) or (isinstance(y, list) and all(isinstance(name, str) for name in y)):
        y = X[y]
    y = np.asarray(y, dtype=np.float64)
    is_missing = np.isnan(y).reshape(len(y), -1) | np.isnan(predicted).reshape(len(y), -1)
    known = ~is_missing.any(axis=1)
    weight = None if sample_weight is None else np.asarray(sample_weight)[known]
    return y[known], predicted[known], weight
