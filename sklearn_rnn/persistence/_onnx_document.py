"""What a server has to know beside the graph: classes, vocabulary, categories, transitions."""

import math
import unicodedata

import numpy as np

from sklearn_rnn.preprocessing import TokenEncoder
from sklearn_rnn.preprocessing._analyzers import WORD_PATTERN

__all__ = ["describe_columns", "describe_forecaster", "describe_tags", "describe_tokens", "plain"]

_PLAIN = (str, bool, int)
_SUBWORDS = "n-grams of the characters of '<' + word + '>', all of it where that is shorter"
_SHAPES = {
    "1": "no capital",
    "2": "all letters are capitals, and there are several characters",
    "3": "a capital at the beginning alone",
    "4": "capitals elsewhere",
    "5": "digits and no letter",
    "6": "digits and letters",
    "7": "neither letters nor digits",
}


def plain(value):
    """Give a label, a category or an id as JSON can hold it; what it cannot, as text."""
    if isinstance(value, tuple | list | np.ndarray):
        return [plain(part) for part in value]
    value = value.item() if isinstance(value, np.generic) else value
    if value is None or isinstance(value, _PLAIN):
        return value
    return value if isinstance(value, float) and math.isfinite(value) else str(value)


def describe_tokens(estimator, step_input) -> dict:
    """Say how texts and tokens become ids, and what words are made of."""
    architecture, found = estimator._architecture, {}
    if estimator._vocabulary is not None:
        found["vocabulary"] = list(estimator._vocabulary.tokens)
    elif architecture.n_tokens is not None:
        found["n_tokens"] = architecture.n_tokens
    encoder = getattr(estimator, "encoder_", None)
    if encoder is not None:
        found["text"] = _describe_encoder(encoder)
    if architecture.subword_buckets is not None:
        found["subwords"] = {
            "of": _SUBWORDS,
            "sizes": [3, 4, 5],
            "bucket": "the CRC-32 of its UTF-8 bytes, modulo n_buckets",
            "n_buckets": architecture.subword_buckets,
        }
    reader = getattr(estimator, "_reader", None)
    if hasattr(reader, "vocabulary"):
        found["form"] = _describe_form(reader)
    if step_input.characters is not None:
        found["alphabet"] = _describe_alphabet(reader)
        found["shapes"] = _SHAPES
    if step_input.features is not None:
        found["features"] = list(reader.ids)
        found["numbers"] = list(reader.numbers)
    return found


def _describe_encoder(encoder):
    """Say how a text is split into tokens; None where an encoder of the user's own does it."""
    if not isinstance(encoder, TokenEncoder):
        return None
    analyzer = encoder.analyzer_
    found = {"analyzer": "callable" if callable(analyzer) else analyzer}
    found |= {"lowercase": encoder.lowercase, "then": "Unicode's normal form C"}
    if analyzer == "word":
        found["pattern"] = _shorten(WORD_PATTERN)
    return found


def _shorten(pattern):
    """Write combining marks that follow each other as a range: the pattern holds all there are."""
    found, run = [], ""
    for character in f"{pattern}\0":
        is_mark = unicodedata.category(character).startswith("M")
        if run and is_mark and ord(character) == ord(run[-1]) + 1:
            run += character
            continue
        found.append(f"{run[0]}-{run[-1]}" if len(run) > 2 else run)
        run = character if is_mark else ""
        found.append("" if is_mark else character)
    return "".join(found)[:-1]


def _describe_form(reader):
    form = "Unicode's normal form C"
    return form if reader.as_written else f"{form}, in lower case, each decimal digit a 0"


def _describe_alphabet(reader):
    return {
        "characters": list(reader.alphabet.characters),
        "first_id": len(reader.alphabet) - len(reader.alphabet.characters),
        "unknown": 1,
        "begin": 2,
        "end": 3,
        "most": "of a word of more than 28 characters, the first 14 and the last 14",
    }


def describe_columns(columns) -> dict:
    """Say what columns there are beside the steps, and their categories in the order of ids."""
    found = {}
    if columns.names.values:
        found["values"] = plain(columns.names.values)
    for kind, ids in columns.ids.items():
        if ids:
            names = getattr(columns.names, kind)
            pairs = zip(names, ids, strict=True)
            found[kind] = {str(name): [plain(category) for category in x] for name, x in pairs}
    if columns.n_static:
        found["static"] = plain(columns.names.static)
    return found


def describe_tags(estimator) -> dict:
    """Say how scores of steps become labels: the scores of transitions, null where forbidden."""
    module = estimator.module_
    if module.steps_are_free:
        return {"scheme": None, "transitions": None}
    scores = {
        name: _with_null(part.detach().cpu().numpy().astype(float))
        for name, part in module.chain.scores()._asdict().items()
    }
    return {"scheme": estimator.scheme_, "transitions": scores}


def _with_null(scores):
    if scores.ndim > 1:
        return [_with_null(row) for row in scores]
    return [score if math.isfinite(score) else None for score in scores.tolist()]


def describe_forecaster(estimator) -> dict:
    """Say what the columns of a forecaster are called, and their categories."""
    panel, columns = estimator._panel, estimator._panel.columns
    found = {
        "targets": plain(columns.target_names),
        "freq": panel.axis.freq,
        "known": plain(columns.known),
        "past": plain(columns.past),
        "static": plain(columns.static),
    }
    for kind in ("known", "past", "static"):
        names = getattr(columns, f"{kind}_categorical")
        if names:
            values = {str(name): plain(columns.categories[name]) for name in names}
            found[f"{kind}_codes"] = values
    of_series = {}
    if estimator._knows_ids:
        of_series["id"] = [plain(name) for name in estimator._fit_groups]
    if panel.n_targets > 1:
        of_series["target"] = plain(columns.target_names)
    if of_series:  # after the columns of the frame
        found["static_codes"] = found.get("static_codes", {}) | of_series
    return found
