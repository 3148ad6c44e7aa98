"""Write the golden files of the present version of the format, once and for ever.

``python -m tests.persistence.golden.make`` writes what is not there yet. A file that is there stays
as it is: it shows that models of that version can be loaded. Inputs come from
``tests/saved_models.py``, where those named here must not change.
"""

import json
from pathlib import Path

import numpy as np
import pandas as pd
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

import sklearn_rnn
from sklearn_rnn import RNNClassifier, RNNForecaster
from sklearn_rnn.ensemble import SeedEnsemble
from sklearn_rnn.preprocessing import TokenEncoder, WordTokenizer
from tests.forecasting_data import TINY, ahead, daily, panel
from tests.saved_models import MODELS, embedder, fitted

__all__ = ["NAMES", "OTHERS", "file_of", "summary"]

FOLDER = Path(__file__).parent
VERSION = "1"
NAMES = (
    *("words", "subwords", "characters", "pipeline encoder", "ids", "recordings", "segment"),
    *("events", "events with gaps", "multilabel", "columns", "ordinal", "dates", "table"),
    *("several targets", "quantile", "tagged words", "tagged features", "tagged numbers"),
    *("tagged ids", "vectors", "language", "language of letters", "language of tokens"),
    *("language of ids", "language of a vocabulary", "frozen vectors", "trees", "labelled trees"),
)


# --- what is no single model of sequences: fitted, and what it predicts -------------------------


def _series():
    y = daily(60)
    return RNNForecaster(**TINY, n_networks=1).fit(y), pd.DataFrame(index=ahead(y.index, 4))


def _panel():
    shops = panel(40)
    columns = ["price", "action", "size"]
    model = RNNForecaster(**TINY, n_networks=1, static=["size"])
    rows = ahead(shops.index, 2)
    future = shops[columns].iloc[: len(rows)].set_axis(rows)
    future["size"] = np.repeat([0.0, 1.0, 2.0], 2)
    return model.fit(shops[columns], shops["sales"]), future


_TEXTS = ["good film", "bad film", "good meal", "bad meal"] * 3
_SMALL = {"hidden_size": 4, "embedding_dim": 4, "max_epochs": 1, "subwords": False}


def _ensemble():
    model = SeedEnsemble(RNNClassifier(**_SMALL), n_members=2, random_state=0)
    return model.fit(_TEXTS, ["praise", "blame"] * 6), _TEXTS[:4]


def _texts_pipeline():
    model = make_pipeline(WordTokenizer(), TokenEncoder(), RNNClassifier(**_SMALL, random_state=0))
    return model.fit(_TEXTS, ["praise", "blame"] * 6), _TEXTS[:4]


def _table_pipeline():
    table = np.random.default_rng(0).normal(size=(20, 6))
    model = make_pipeline(
        StandardScaler(), RNNClassifier(hidden_size=4, max_epochs=1, random_state=0)
    )
    return model.fit(table, [0, 1] * 10), table[:5]


def _embedder(**parameters):
    return embedder(min_count=2, **parameters).fit(_TEXTS), [*_TEXTS[:4], "an unknown film", ""]


OTHERS = {
    "series": _series,
    "panel": _panel,
    "ensemble": _ensemble,
    "pipeline of texts": _texts_pipeline,
    "pipeline of a table": _table_pipeline,
    "word vectors": lambda: _embedder(oov="mean"),
    "subword vectors": lambda: _embedder(oov="subword", bucket=32),
    "mean vectors": lambda: _embedder(output="mean"),
}


def file_of(name, version=VERSION):
    return FOLDER / f"{name.replace(' ', '_')}.v{version}.model"


def summary(estimator, X):
    """The labels that an estimator predicts, as texts, and its figures, as plain numbers.

    Those of a transformer are what it gives.
    """
    predicted = list(getattr(estimator, "predict", getattr(estimator, "transform", None))(X))
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
    for name, make in OTHERS.items():
        if not file_of(name).exists():
            estimator, X = make()
            sklearn_rnn.save(estimator, file_of(name))
            expected = json.dumps(summary(estimator, X), indent=0, ensure_ascii=False)
            file_of(name).with_suffix(".json").write_text(expected + "\n", encoding="utf-8")
    if not file_of("unfitted").exists():
        RNNClassifier(hidden_size=7, class_weight={"a": 1, "b": 2.5}).save(file_of("unfitted"))


if __name__ == "__main__":
    assert set(NAMES) <= MODELS.keys()
    main()
