"""Write the golden files of the present version of the format, once and for ever.

``python -m tests.persistence.golden.make`` writes what is not there yet. A file that is there stays
as it is: it shows that models of that version can be loaded. Inputs come from
``tests/saved_models.py``, where those named here must not change.
"""

import json
from pathlib import Path

import numpy as np

from sklearn_rnn import RNNClassifier
from tests.saved_models import MODELS, fitted

__all__ = ["NAMES", "file_of", "summary"]

FOLDER = Path(__file__).parent
VERSION = "1"
NAMES = (
    *("words", "subwords", "characters", "pipeline encoder", "ids", "recordings", "segment"),
    *("events", "events with gaps", "multilabel", "columns", "ordinal", "dates", "table"),
    *("several targets", "quantile", "tagged words", "tagged features", "tagged numbers"),
    *("tagged ids", "vectors"),
)


def file_of(name, version=VERSION):
    return FOLDER / f"{name.replace(' ', '_')}.v{version}.model"


def summary(estimator, X):
    """The labels that an estimator predicts, as texts, and its figures, as plain numbers."""
    predicted = list(estimator.predict(X))
    if hasattr(estimator, "predict_proba"):
        labels = [str(np.asarray(label, dtype=object).tolist()) for label in predicted]
        figures = estimator.predict_proba(X)
    else:
        labels, figures = [], predicted
    rows = [np.ravel(row).tolist() for row in figures]
    return {"labels": labels, "figures": [round(x, 7) for row in rows for x in row]}


def main():
    for name in NAMES:
        if not file_of(name).exists():
            estimator, X = fitted(name)
            estimator.save(file_of(name))
            expected = json.dumps(summary(estimator, X), indent=0, ensure_ascii=False)
            file_of(name).with_suffix(".json").write_text(expected + "\n", encoding="utf-8")
    if not file_of("unfitted").exists():
        RNNClassifier(hidden_size=7, class_weight={"a": 1, "b": 2.5}).save(file_of("unfitted"))


if __name__ == "__main__":
    assert set(NAMES) <= MODELS.keys()
    main()
