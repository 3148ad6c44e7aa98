"""Networks that start from a language model."""

from numbers import Integral, Real
from typing import Self

import numpy as np
import torch
from sklearn.base import clone
from sklearn.frozen import FrozenEstimator
from sklearn.utils.validation import check_is_fitted

from sklearn_rnn._sklearn import Interval, StrOptions
from sklearn_rnn.data import UNKNOWN_ID, InputKind, Sequences, Texts, input_kind
from sklearn_rnn.estimators._context_choice import tells_more_than_words
from sklearn_rnn.estimators._labels import SingleLabel
from sklearn_rnn.estimators._language_model import RNNLanguageModel
from sklearn_rnn.modules import pretrained_patterns, start_from_language
from sklearn_rnn.preprocessing import WordEmbedder
from sklearn_rnn.training import GradualUnfreezing, fit_seed

__all__ = ["PRETRAINING_CONSTRAINTS", "PretrainingMixin", "find_language_rows"]

PRETRAINING_CONSTRAINTS = {
    "pretrained": [RNNLanguageModel, FrozenEstimator, None],
    "lr_decay": [StrOptions({"auto"}), Interval(Real, 1, None, closed="left")],
    "unfreeze_epochs": [StrOptions({"auto"}), Interval(Integral, 0, None, closed="left")],
}

# Of so few known tokens nothing can be carried over: the language model reads something else.
_KNOWN = 0.1
# Parameters that may hold what was trained on other texts; a clone keeps that.
_TRAINED_BEFORE = {"pretrained": "language model", "embedding": "embedder"}
# Howard and Ruder's rates and unfreezing; and one rate for all, from the start.
_GENTLE, _AT_ONCE = (2.6, 1), (1.0, 0)
# How often training hides the states from what tells the labels.
_HIDING = 0.5
_SIZES = ("cell", "hidden_size", "num_layers", "embedding_dim", "n_tokens")


class PretrainingMixin:
    """Gives estimators the parameter ``pretrained`` and what belongs to it; not public.

    The language model that was used stays as ``pretrained_``.
    """

    _language_rows = None
    _reads_forms = False

    def __sklearn_clone__(self):
        """Clone; what others trained is more than its parameters tell, and stays fitted."""
        copied = super().__sklearn_clone__()
        for name in _TRAINED_BEFORE:
            given = getattr(self, name)
            if _stays_fitted(given):
                setattr(copied, name, given)
        return copied

    def set_params(self, **params) -> Self:
        """Set the parameters of this estimator.

        Parameters
        ----------
        **params : dict
            Parameters by name; ``pretrained__hidden_size``, ``embedding__window`` and the like are
            those of a language model or embedder that is not fitted yet.

        Returns
        -------
        self : object
            The estimator itself.
        """
        for name, what in _TRAINED_BEFORE.items():
            of_part = [key for key in params if key.startswith(f"{name}__")]
            if of_part and _stays_fitted(params.get(name, getattr(self, name))):
                raise ValueError(
                    f"{of_part[0]} cannot be set: the {what} of {name} is fitted, and is used as "
                    f"it is. Give one that is not, such as {name}=sklearn.base.clone(fitted); it "
                    "is fitted with the estimator."
                )
        return super().set_params(**params)

    def _plan_context(self):
        """Take the vectors of the language model where states are pooled."""
        language = getattr(self, "pretrained_", None)
        if language is None or language.module_.context is None or self._tags_what is not None:
            return {}
        return {"context_dim": language._architecture.context_dim}

    def _look_at_labels(self, train):
        """Hide states now and then, where vectors of words promise more than they do."""
        has_context = self._architecture.context_dim is not None
        if not (has_context and isinstance(getattr(self, "_labels", None), SingleLabel)):
            return
        table = self.pretrained_.module_.context.cpu().numpy()
        if tells_more_than_words(train, table):
            self._architecture = self._architecture._replace(context_hiding=_HIDING)

    def _check_start(self):
        """Refuse to go on from another language model than the one that training began with."""
        given, began = self.pretrained, getattr(self, "pretrained_", None)
        if not _is_same_start(given, began):
            beginning = "without one" if began is None else "from another language model"
            raise ValueError(
                f"pretrained is {_name(given)}, but training goes on with a network that began "
                f"{beginning}; set it back, or fit anew with warm_start=False."
            )

    def _read(self, X, *, reset, kept=None):
        if reset:
            self._learn_language(X, kept)
        return self._check_known(super()._read(X, reset=reset, kept=kept), reset)

    def _learn_language(self, X, kept):
        """Take the language model, or fit a clone of it, before anything else is read."""
        self.__dict__.pop("pretrained_", None)
        self._language_rows = None
        if self.pretrained is None:
            return
        _check_parameters(self)
        if _is_fitted(self.pretrained):
            model = getattr(self.pretrained, "estimator", self.pretrained)
            _check_sizes(self, model._architecture._asdict())
            _check_form(self, model, X)
        else:
            _check_sizes(self, self.pretrained.get_params(deep=False))
            model = _fit_language(self.pretrained, X, kept, self.random_state)
            _check_sizes(self, model._architecture._asdict())
        self.pretrained_ = model
        self._language_rows = np.arange(model._architecture.n_tokens)

    def _check_known(self, sequences, reset):
        """Refuse X whose tokens the language model does not know."""
        if not reset or self.pretrained is None:
            return sequences
        rows, ids = self._language_rows, sequences.values
        known = rows[np.where(ids < len(rows), ids, UNKNOWN_ID)] > UNKNOWN_ID
        if _is_fitted(self.pretrained) and known.mean() < _KNOWN:
            raise ValueError(
                f"only {known.sum()} of the {len(known)} tokens of X are known to the language "
                f"model of pretrained, which was fitted on tokens such as "
                f"{_examples(self.pretrained_.classes_[2:])}{_met(sequences)}; fit a language "
                "model on texts like X, split as X is, or leave pretrained at None."
            )
        return sequences

    def _build(self, seed, goes_on, *, scheduled=True, **options):
        super()._build(seed, goes_on, scheduled=scheduled, **options)
        rows, self._language_rows = self._language_rows, None
        if goes_on or rows is None:
            return
        start_from_language(self.module_, self.pretrained_.module_, torch.from_numpy(rows))
        _, n_epochs = self._fine_tuning
        if scheduled and n_epochs > 0:
            hook = GradualUnfreezing(n_epochs)
            self.net_.callbacks_.append(("gradual_unfreezing", hook.initialize()))

    @property
    def _rates(self):
        """Give the learning rates of what was pretrained, by the names of its weights.

        Howard and Ruder, "Universal Language Model Fine-tuning for Text Classification", 2018,
        section 3.2: the rate of each part is that of the one above it, divided.
        """
        if not hasattr(self, "pretrained_"):
            return []
        patterns, (decay, _) = pretrained_patterns(self._architecture.num_layers), self._fine_tuning
        return [
            (pattern, {"lr": self.lr_ / decay ** (len(patterns) - i)})
            for i, pattern in enumerate(patterns)
        ]

    @property
    def _fine_tuning(self):
        """Give ``lr_decay`` and ``unfreeze_epochs``; slow rates suit states that may be hidden."""
        gentle = self._tags_what is not None or self._architecture.context_hiding > 0
        auto = _GENTLE if gentle else _AT_ONCE
        chosen = zip((self.lr_decay, self.unfreeze_epochs), auto, strict=True)
        return tuple(own if given == "auto" else given for given, own in chosen)

    @property
    def lr_decay_(self) -> float:
        """What ``lr_decay`` was resolved to."""
        return self._fine_tuning[0]

    @property
    def unfreeze_epochs_(self) -> int:
        """What ``unfreeze_epochs`` was resolved to."""
        return self._fine_tuning[1]

    @property
    def _language_sizes(self):
        """Give the widths of states and vectors, or None without a language model."""
        if not hasattr(self, "pretrained_"):
            return None
        plan = self.pretrained_._architecture
        return plan.hidden_size, plan.embedding_dim


def find_language_rows(tagger, reader) -> np.ndarray:
    """Let a reader of words know those of the language model, and give its id for each form."""
    model = tagger.pretrained_
    numbered = list(enumerate(model.classes_.tolist()))[UNKNOWN_ID + 1 :]
    rows = {}
    for row, token in numbered:
        rows.setdefault(reader.form(token), row)
    rows |= {token: row for row, token in numbered if reader.form(token) == token}
    reader.know(rows)
    forms = reader.vocabulary.tokens
    return np.array([rows.get(form, UNKNOWN_ID) for form in forms])


def _is_fitted(model):
    """Tell whether it is a fitted language model; what scikit-learn froze has to be one."""
    if isinstance(model, FrozenEstimator):
        if not isinstance(model.estimator, RNNLanguageModel):
            raise TypeError(
                f"pretrained is a FrozenEstimator of {type(model.estimator).__name__}, but it "
                "needs an RNNLanguageModel."
            )
        check_is_fitted(model.estimator)
        return True
    return isinstance(model, RNNLanguageModel) and model.__sklearn_is_fitted__()


def _stays_fitted(given):
    if isinstance(given, FrozenEstimator):
        given = given.estimator
    return isinstance(given, RNNLanguageModel | WordEmbedder) and given.__sklearn_is_fitted__()


def _is_same_start(given, began):
    """Tell whether what is given now is, or would become, the language model of the beginning."""
    given = getattr(given, "estimator", given)
    if given is None or began is None or given is began:
        return given is began
    if not _is_fitted(given):
        return _settings(given) == _settings(began)
    weights, others = given.module_.state_dict(), began.module_.state_dict()
    return given._architecture == began._architecture and all(
        torch.equal(weight, others[name].to(weight.device)) for name, weight in weights.items()
    )


def _settings(model):
    parameters = model.get_params()
    del parameters["random_state"]  # that of the one that was fitted inside is drawn
    return {name: repr(value) for name, value in parameters.items()}


def _name(given):
    return "None" if given is None else f"a {type(getattr(given, 'estimator', given)).__name__}"


def _fit_language(model, X, kept, random_state):
    """Fit a clone on X (on the rows at ``kept``, None: all)."""
    model = clone(model)
    if model.random_state is None:
        model.set_params(random_state=fit_seed(random_state))
    if isinstance(X, Sequences):
        X = Sequences(values=X.values, offsets=X.offsets, vocabulary=X.vocabulary)
    elif isinstance(X, Texts):
        X = list(X)
    if kept is not None:
        X = X[kept] if hasattr(X, "shape") and not hasattr(X, "iloc") else _at(list(X), kept)
    return model.fit(X)


def _at(rows, kept):
    return [rows[i] for i in kept]


# --- what does not fit ------------------------------------------------------------------------


def _check_parameters(estimator):
    """Refuse what a language model has not, or has already."""
    if estimator.embedding is not None:
        raise ValueError(
            "embedding and pretrained both say from which vectors words start; leave one of them "
            "at None."
        )
    if getattr(estimator, "encoder", None) is not None:
        raise ValueError(
            "encoder and pretrained both say how texts are split; leave encoder at None, and give "
            "it to the language model, RNNLanguageModel(encoder=...)."
        )
    if "stem" in (getattr(estimator, "convolution", None) or ""):
        reason, way_out = f"convolution={estimator.convolution!r}", 'convolution="branch" or None'
    elif getattr(estimator, "segment", 1) not in ("auto", 1):
        reason, way_out = f"segment={estimator.segment}", "segment=1"
    elif estimator.residual:
        reason, way_out = "residual=True", "residual=False"
    else:
        return
    raise ValueError(
        f"{reason}, but the layers of a language model read one token after the other, and "
        f"nothing but that; with pretrained set {way_out}."
    )


def _check_sizes(estimator, there):
    """Refuse parameters that ask for other layers than a language model has."""
    for name in _SIZES:
        wanted, has = getattr(estimator, name), there[name]
        if _is_open(has) or _is_open(wanted) or wanted == has:
            continue
        raise ValueError(
            f"{name}={wanted!r}, but the language model of pretrained has {name}={has!r}; set "
            f"{name}={has!r}, or give a language model with {name}={wanted!r}."
        )


def _is_open(value):
    return value is None or (isinstance(value, str) and value == "auto")


def _check_form(estimator, model, X):
    """Refuse X in another form than that of what the language model was fitted on."""
    kind, vocabulary = input_kind(X), getattr(X, "vocabulary", None)
    saw = {"texts": "texts", "tokens": "lists of tokens", "ids": "plain ids"}[model._form]
    if model._form == "tokens" and not hasattr(model, "encoder_"):
        saw = "tokens that were encoded before"
    if kind in (InputKind.TEXT, InputKind.TOKENS):
        holds = "texts" if kind is InputKind.TEXT else "lists of tokens"
        if estimator._reads_forms:
            fits = model._vocabulary is not None
        else:
            fits = holds == saw
    elif vocabulary is not None:
        fits, holds = vocabulary == model._vocabulary, "ids of a vocabulary"
        if model._vocabulary is not None:
            saw = f"another vocabulary, of {len(model._vocabulary)} tokens"
    else:
        fits, holds = model._vocabulary is None, "numbers or plain ids"
    if not fits:
        raise ValueError(
            f"X holds {holds}, but the language model of pretrained was fitted on {saw}; give both "
            "the same: texts or lists of tokens as they are, or ids of one TokenEncoder."
        )


def _examples(tokens):
    return ", ".join(repr(str(token)) for token in tokens[:3])


def _met(sequences):
    """Say what X holds, where that is known."""
    if sequences.categories is None:
        return ""
    return f", while X holds such as {_examples(sequences.categories[0])}"
