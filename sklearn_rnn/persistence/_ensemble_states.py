"""How an ensemble is spelt in a model file: by its members."""

import numpy as np
from sklearn.utils.validation import check_is_fitted

from sklearn_rnn.ensemble import SeedEnsemble
from sklearn_rnn.ensemble._members import Kind, final_step, kind_of
from sklearn_rnn.persistence._codecs import Bool, Fields, ListOf, OneOf, Optional
from sklearn_rnn.persistence._net_states import NET_PARAMETERS
from sklearn_rnn.persistence._parts import PART
from sklearn_rnn.persistence._registry import EstimatorKind

__all__ = ["ENSEMBLE_KINDS"]

# What an ensemble has of its members.
_OF_MEMBERS = ("n_features_in_", "feature_names_in_", "classes_", "target_names_", "n_outputs_")


def _finish(ensemble, where, source):
    members = getattr(ensemble, "estimators_", None)
    if members is None:
        if vars(ensemble).keys() - ensemble.get_params(deep=False).keys():
            raise ValueError("an ensemble without members has learned nothing.")
        return
    kind = kind_of(ensemble.estimator)
    _check_members(ensemble, members, kind)
    for name in _OF_MEMBERS:
        if hasattr(members[0], name):
            setattr(ensemble, name, getattr(members[0], name))
    if kind is Kind.CLASSIFIER:
        _check_classifiers(ensemble, members)
    elif kind is Kind.TAGGER:
        ensemble.classes_ = np.unique(np.concatenate([member.classes_ for member in members]))
        are_texts = all(type(label) is str for label in ensemble.classes_.tolist())
        if ensemble.scheme_ is not None and not are_texts:
            raise ValueError(f"labels that are no texts are not in the scheme {ensemble.scheme_}.")
    elif kind is Kind.FORECASTER:
        _check_forecasters(members)


def _check_members(ensemble, members, kind):
    like = type(final_step(ensemble.estimator))
    for i, member in enumerate(members):
        if kind_of(member) is not kind or type(final_step(member)) is not like:
            raise ValueError(f"member {i} is a {type(member).__name__}, unlike the estimator.")
        check_is_fitted(member)
    for name, of in (("_has_columns", Kind.CLASSIFIER), ("scheme_", Kind.TAGGER)):
        if hasattr(ensemble, name) != (kind is of):
            raise ValueError(f"{name} belongs to an ensemble of a {of.value}.")


def _check_classifiers(ensemble, members):
    found = [_as_lists(member.classes_) for member in members]
    if any(classes != found[0] for classes in found):
        raise ValueError("the members do not know the same classes.")
    labels = getattr(final_step(members[0]), "_labels", None)
    if labels is not None and ensemble._has_columns != (_n_columns(labels) > 1):
        raise ValueError("_has_columns is not what the labels of the members are.")


def _n_columns(labels):
    n_labels = getattr(labels, "n_labels", None)
    return len(getattr(labels, "columns", [labels])) if n_labels is None else n_labels


def _as_lists(classes):
    if isinstance(classes, list):
        return [_as_lists(column) for column in classes]
    return [(type(label), label) for label in classes.tolist()]


def _check_forecasters(members):
    shapes = {_shape_of(final_step(member)) for member in members}
    if len(shapes) > 1:
        raise ValueError("the members do not forecast the same series.")


def _shape_of(forecaster):
    """Give what has to be alike for forecasts to be put together."""
    panel = forecaster._panel
    ids = None if panel.ids is None else tuple(panel.ids)
    stops = tuple(panel.stops.tolist())
    return forecaster.horizon_, forecaster._target_ndim, panel.columns.target_names, ids, stops


ENSEMBLE_KINDS = (
    EstimatorKind(
        "SeedEnsemble",
        SeedEnsemble,
        Fields(
            {},
            {
                "estimators_": ListOf(PART, fewest=1),
                "scheme_": Optional(OneOf("IOB1", "IOB2", "BIOES")),
                "_has_columns": Bool(),
                "interrupted_": Bool(),
            },
        ),
        parameters={"estimator": PART, "random_state": NET_PARAMETERS["random_state"]},
        derived=_OF_MEMBERS,
        finish=_finish,
    ),
)
