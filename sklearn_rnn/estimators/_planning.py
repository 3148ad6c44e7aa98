"""From the data and the parameters to the plan of a network."""

import numpy as np
from sklearn.base import is_regressor

from sklearn_rnn.data import check_id_range, count_buckets
from sklearn_rnn.estimators._defaults import InputTraits, resolve_parameters
from sklearn_rnn.modules import Architecture
from sklearn_rnn.training import MissingSteps, StepScaler, find_missing

__all__ = ["choose_parameters", "tokens_of"]

_OF_THE_NETWORK = {*Architecture._fields, "subwords", "characters", "language_model", "output"}
_OF_THE_NETWORK |= {"decoder", "teacher_forcing"}


def choose_parameters(estimator, data, *, reset: bool, keep_auto: bool = False) -> None:
    """Resolve what is "auto" and keep it as ``<name>_``; a network that is there stays.

    Parameters
    ----------
    estimator : BaseRNN
    data : TrainingData
    reset : bool
        Whether a new network is planned, as ``_architecture``.
    keep_auto : bool, default=False
        Whether what was once resolved stays as well.
    """
    if not reset:
        _check_network(estimator)
    chosen = resolve_parameters(estimator.get_params(deep=False), _traits(estimator, data))
    if reset:
        _check_stride(chosen)
    for name in estimator._auto_parameters:
        kept = name in _OF_THE_NETWORK or (keep_auto and getattr(estimator, name) == "auto")
        if reset or not kept:
            setattr(estimator, f"{name}_", chosen[name])
    if reset:
        _plan_network(estimator, data)


def _check_stride(chosen):
    """Refuse a stride that nothing would read."""
    stride, convolution = chosen.get("stride", 1), chosen.get("convolution")
    if stride > 1 and "stem" not in (convolution or ""):
        raise ValueError(
            f"stride={stride}, but only a stem shortens sequences, and convolution is "
            f'{convolution!r}; set convolution="stem" or "stem+branch", leave stride at "auto", or '
            f"set segment={stride} to read so many steps at a time without a stem."
        )


def _check_network(estimator):
    """Raise an error if a parameter asks for another network than the one to go on with."""
    estimator._check_start()
    has = estimator._architecture._asdict() | estimator._loss_settings
    has["subwords"] = estimator.subwords_
    if getattr(estimator, "embedding", None) is not None:
        has["freeze_embedding"] = estimator._is_frozen
    for name, value in has.items():
        wanted = getattr(estimator, name, "auto")
        if not (wanted in ("auto", value) or (name == "n_tokens" and wanted is None)):
            raise ValueError(
                f"{name}={wanted!r}, but training goes on with a network whose {name} is "
                f"{value!r}; set it back, or fit anew with warm_start=False."
            )


def _plan_network(estimator, data):
    sequences = data.sequences
    _learn_scales(estimator, data)
    columns, missing = estimator._columns, estimator._missing
    n_features = sequences.n_features
    estimator._architecture = Architecture(
        n_features=n_features if missing is None else n_features + missing.n_inputs,
        n_tokens=_count_tokens(estimator, data) if estimator._is_ids else None,
        embedding_dim=estimator.embedding_dim_,
        cell=estimator.cell,
        hidden_size=estimator.hidden_size_,
        num_layers=estimator.num_layers,
        bidirectional=estimator.bidirectional_,
        dropout=estimator.dropout_,
        token_dropout=estimator.token_dropout_,
        pooling=getattr(estimator, "pooling_", None),
        convolution=getattr(estimator, "convolution_", None),
        subword_buckets=_count_subwords(estimator, sequences) if estimator.subwords_ else None,
        codes=columns.sizes("codes"),
        n_static=columns.n_static + len(estimator._missing_static),
        static_codes=columns.sizes("static_codes"),
        residual=estimator.residual,
        initialization=estimator.initialization,
        longest=int(data.lengths.max()),
        segment=getattr(estimator, "segment_", 1),
        stride=getattr(estimator, "stride_", 1),
        step_means=getattr(estimator, "step_means_", False),
        **estimator._plan_context(),
        **estimator._token_parts(),
    )
    estimator._loss_settings = estimator._loss_parameters()


def _learn_scales(estimator, data):
    """Measure the numbers of steps and sequences, and find out where values are missing."""
    reads_gaps = estimator.missing == "mask"
    estimator._read_missing = estimator.missing
    estimator._scaler = estimator._missing = None
    if not estimator._is_ids:
        estimator._scaler = data.fit_scaler()
        if reads_gaps:
            estimator._missing = MissingSteps.learn(data.sequences, data.rows)
    estimator._static_scaler, estimator._missing_static = None, ()
    static = data.static
    if static is not None and static.shape[1]:
        estimator._static_scaler = StepScaler.fit(static)
        if reads_gaps:
            estimator._missing_static = find_missing(static)


def _traits(estimator, data):
    return InputTraits(
        kind=_kind(estimator),
        n_sequences=len(data.target),
        n_steps=data.n_steps,
        n_features=data.sequences.n_features or 1,
        has_tokens=estimator._is_ids and data.sequences.categories is not None,
        regression=is_regressor(estimator),
        tags=estimator._tags_what,
        vector_dim=estimator._vector_dim,
        language_sizes=estimator._language_sizes,
        encodes=estimator._encodes,
    )


def _kind(estimator):
    if not estimator._is_ids:
        return "events" if estimator._columns.sizes("codes") else "numbers"
    vocabulary = estimator._vocabulary
    tokens = () if vocabulary is None else vocabulary.tokens[2:]
    if tokens and all(len(token) == 1 for token in tokens):
        return "characters"
    return "items" if tokens and _predicts_items(estimator, vocabulary) else "words"


def _predicts_items(estimator, vocabulary, fewest=20):
    """Tell whether the labels are themselves tokens: then X holds histories of items, no text."""
    classes = getattr(estimator, "classes_", None)
    if not isinstance(classes, np.ndarray) or len(classes) < fewest:
        return False
    of_text = getattr(getattr(estimator, "encoder_", None), "analyzer_", None) is not None
    return not of_text and 2 * sum(label in vocabulary for label in classes) > len(classes)


def _count_subwords(estimator, sequences):
    """Choose the buckets by the known tokens: those of weight 0 must not matter."""
    tokens_of(sequences)
    return count_buckets(estimator._vocabulary.tokens[2:])


def tokens_of(sequences):
    """Give the distinct tokens of encoded text, or raise an error where there are none."""
    if sequences.categories is None:
        raise ValueError(
            "the network reads subwords, but X has no tokens, only ids or numbers; give texts, "
            "tokens or what a TokenEncoder makes of them, or fit with subwords=False."
        )
    return sequences.categories[0]


def _count_tokens(estimator, data):
    if estimator.n_tokens is not None:
        return estimator.n_tokens
    if estimator._language_rows is not None:
        return len(estimator._language_rows)
    if estimator._vocabulary is not None:
        return len(estimator._vocabulary)
    if getattr(estimator, "_vectors", None) is not None:
        return 1 + int(estimator._vectors[0][-1])
    largest = data.largest_id
    check_id_range(data.sequences, largest)
    return max(2, largest + 1)
