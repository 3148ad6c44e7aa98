"""What a notebook shows of a fitted estimator, and the record of its training as a frame."""

import copy
import re
from html import unescape

import numpy as np
import pandas as pd
import pytest
import torch
from sklearn.base import BaseEstimator, clone
from sklearn.exceptions import NotFittedError
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from skorch.callbacks import EpochScoring

from sklearn_rnn import RNNClassifier, RNNForecaster, RNNRegressor
from sklearn_rnn.ensemble import SeedEnsemble
from sklearn_rnn.inspection import TrainingCurveDisplay
from sklearn_rnn.preprocessing import SequencePadder, TokenEncoder
from tests.forecasting_data import TINY, daily
from tests.subjects import SUBJECTS, TARGETS, fitted, small

TEXTS = SUBJECTS["classifier of texts"].X
NETWORKS = [name for name in SUBJECTS if not isinstance(SUBJECTS[name].estimator, SeedEnsemble)]
# scikit-learn draws fitted attributes, and asks the estimators for them, from 1.9 on.
DRAWN = int(hasattr(BaseEstimator, "_get_fitted_attr_html"))


def summaries(model):
    """The rows of each table of a trained network in the picture of a model."""
    text = model._repr_html_()
    assert text.count("<table") == text.count("</table>")
    assert text.count("<div") == text.count("</div>")
    assert text.count("<details") == text.count("</details>")
    tables = re.findall(r"<summary>Trained network</summary>.*?</table>", text, re.DOTALL)
    row = re.compile(r'<td class="param">(.*?)</td><td class="value">(.*?)</td>')
    return [{name: unescape(value) for name, value in row.findall(table)} for table in tables]


# --- the picture --------------------------------------------------------------------------------


@pytest.mark.parametrize("name", NETWORKS)
def test_the_picture_of_a_fitted_estimator_tells_of_its_network(name):
    model = fitted(name)
    n_weights = sum(weight.numel() for weight in model.module_.parameters())
    for rows in summaries(model):
        assert f" of {model.hidden_size} units" in rows["network"]
        assert rows["weights"] == f"{n_weights:,}"
        assert rows["computed"] == "on cpu, trained in float32"
        assert rows["epochs"] == f"{model.n_iter_} run; weights of epoch {model.best_epoch_}"
        for chosen in rows["auto"].split(", "):
            parameter, value = chosen.split("=")
            assert getattr(model, parameter) == "auto"
            assert repr(getattr(model, f"{parameter}_")) == value
    assert len(summaries(model)) == DRAWN


def test_the_picture_of_a_forecaster_counts_its_networks():
    model = RNNForecaster(**TINY, n_networks=2).fit(None, daily())
    for rows in summaries(model):
        assert rows["network"] == "2 networks: gru, 1 layer of 4 units"
    assert len(summaries(model)) == DRAWN


def test_the_picture_tells_the_epoch_that_was_kept_and_frozen_weights():
    vectors = np.random.default_rng(0).normal(size=(9, 3))
    model = RNNClassifier(hidden_size=4, max_epochs=5, lr=1.0, early_stopping=True, random_state=0)
    model.set_params(embedding=vectors, freeze_embedding=True, n_iter_no_change=1, num_layers=2)
    X = [np.random.default_rng(i).integers(2, 9, size=4) for i in range(20)]
    model.fit(X, [0, 1] * 10)
    for rows in summaries(model):
        assert rows["network"] == "lstm, 2 layers of 4 units in each direction"
        assert rows["weights"].endswith(", 27 of them frozen")
        assert rows["epochs"] == f"{model.n_iter_} run; weights of epoch {model.best_epoch_}"


@pytest.mark.filterwarnings("ignore:.*this processor has no bfloat16:UserWarning")
def test_the_precision_is_that_of_the_training():
    X, y = [[1.0, 2.0]] * 4, [0, 1, 0, 1]
    model = small(RNNClassifier).fit(X, y).set_params(precision="bfloat16")
    for rows in summaries(model):
        assert rows["computed"] == "on cpu, trained in float32"
    for rows in summaries(copy.deepcopy(model.fit(X, y))):
        assert rows["computed"] == "on cpu, trained in bfloat16"
    assert len(summaries(model)) == DRAWN


def test_what_is_not_fitted_has_no_summary_of_training():
    assert summaries(RNNClassifier()) == []


@pytest.mark.parametrize("name", sorted(set(SUBJECTS) - set(NETWORKS)))
def test_the_picture_of_an_ensemble_tells_of_its_members_alone(name):
    """Its parameter is drawn as if it were fitted, but is not."""
    model = fitted(name)
    for rows in summaries(model):
        assert rows["members"] == str(len(model.estimators_))
        assert rows["weights"].endswith(" in each member")
        assert rows["epochs"].count("1") == len(model.estimators_)
    assert len(summaries(model)) == DRAWN


def test_pipelines_and_searches_draw_the_summary_of_their_network():
    network = small(RNNClassifier)
    pipeline = make_pipeline(TokenEncoder(), SequencePadder(), network).fit(TEXTS, TARGETS)
    search = GridSearchCV(pipeline, {"rnnclassifier__num_layers": [2]}, cv=2).fit(TEXTS, TARGETS)
    assert len(summaries(pipeline)) == len(summaries(search)) == DRAWN
    for rows in summaries(search):
        assert rows["network"] == "lstm, 2 layers of 4 units in each direction"
    assert summaries(clone(pipeline)) == []


def test_an_encoder_of_ones_own_is_drawn_beside_the_summary():
    model = small(RNNClassifier, encoder=TokenEncoder()).fit(TEXTS, TARGETS)
    assert len(summaries(model)) == DRAWN
    assert "encoder: TokenEncoder" in model._repr_html_()


def test_names_of_ones_own_are_escaped_and_cut():
    cell = type("<script>alert('x')</script>" + "x" * 99, (torch.nn.LSTM,), {})
    model = small(RNNClassifier, cell=cell, bidirectional=False).fit([[1.0, 2.0]] * 4, [0, 1, 0, 1])
    assert "<script>alert" not in model._repr_html_()
    for rows in summaries(model):
        assert rows["network"].startswith("<script>alert('x')</script>xxx")
        assert len(rows["network"]) < 100
        assert "…, 1 layer of 4 units" in rows["network"]


def test_the_text_is_as_scikit_learn_writes_it_with_what_auto_became():
    model = fitted("generator of tables")
    bundle = model._repr_mimebundle_()
    assert bundle["text/plain"] == repr(model)
    assert "Trained network" not in repr(model)


# --- the frame ----------------------------------------------------------------------------------


@pytest.mark.parametrize("name", NETWORKS)
def test_the_frame_has_the_record_of_each_epoch(name):
    model = fitted(name)
    frame = model.history_frame()
    assert frame.index.tolist() == [record["epoch"] for record in model.history_]
    assert frame.index.name == "epoch"
    assert {"train_loss", "lr", "dur"} <= set(frame)
    for name in frame:
        assert frame[name].tolist() == [record[name] for record in model.history_]


def test_the_frame_goes_on_over_fits_and_leaves_out_marks():
    model = RNNRegressor(hidden_size=4, max_epochs=2, early_stopping=True, random_state=0)
    model.set_params(warm_start=True, n_iter_no_change=9)
    X, y = np.random.default_rng(0).normal(size=(20, 5)), np.arange(20.0)
    model.fit(X, y)
    scorer = EpochScoring(lambda *args: 3.0, name="my_best", use_caching=False)
    model.set_params(callbacks=[scorer]).fit(X, y)
    frame = model.history_frame()
    assert frame.index.equals(pd.RangeIndex(1, 5, name="epoch"))
    assert {"train_loss_best", "valid_loss_best"} <= set(model.history_[0])
    assert {"train_loss", "valid_loss"} < {*frame}
    assert [name for name in frame if name.endswith("_best")] == ["my_best"]
    assert frame["my_best"].isna().tolist() == [True, True, False, False]
    drawn = TrainingCurveDisplay.from_estimator(model).history
    pd.testing.assert_frame_equal(drawn, frame[list(drawn)])


def test_a_frame_needs_a_fitted_estimator():
    with pytest.raises(NotFittedError, match="RNNRegressor"):
        RNNRegressor().history_frame()
