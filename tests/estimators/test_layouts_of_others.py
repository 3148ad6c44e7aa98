"""Data in the layouts of other libraries are taken as the pages in docs/migrate say."""

import numpy as np
import pandas as pd
import pytest

from sklearn_rnn import RNNClassifier, RNNForecaster, RNNTagger, Sequences

CHANNELS = ["left", "right"]


@pytest.fixture(scope="module")
def cases():
    """Recordings of 3 to 7 steps and two channels, and what they are called, in order."""
    rng = np.random.default_rng(0)
    return {name: rng.normal(size=(n, 2)) for name, n in {"a": 5, "b": 3, "c": 7, "d": 4}.items()}


@pytest.fixture(scope="module")
def panel(cases):
    """The same as a frame with a MultiIndex of case and time."""
    frames = {name: pd.DataFrame(steps, columns=CHANNELS) for name, steps in cases.items()}
    return pd.concat(frames, names=["case", "time"])


@pytest.fixture(scope="module")
def fitted(cases):
    model = RNNClassifier(hidden_size=4, max_epochs=2, random_state=0)
    return model.fit(list(cases.values()), ["x", "y"] * 2)


def from_multi_index(panel):
    return Sequences.from_frame(
        panel.reset_index(), id_col="case", time_col="time", time_gaps=False
    )


def from_long_in_any_order(panel):
    long = panel.reset_index().sample(frac=1, random_state=0)
    return Sequences.from_frame(long, id_col="case", time_col="time", time_gaps=False)


def from_nested(panel):
    """A frame with a Series in each cell."""
    cells = {name: [part[name] for _, part in panel.groupby("case")] for name in CHANNELS}
    nested = pd.DataFrame({name: pd.Series(column) for name, column in cells.items()})
    return [np.column_stack(list(row)) for row in nested.to_numpy()]


def from_list_of_frames(panel):
    return [part.to_numpy() for _, part in panel.groupby("case")]


@pytest.mark.parametrize(
    "read", [from_multi_index, from_long_in_any_order, from_nested, from_list_of_frames]
)
def test_panels_of_sktime_are_the_recordings_they_were_made_from(read, panel, cases, fitted):
    expected = fitted.predict_proba(list(cases.values()))
    np.testing.assert_allclose(fitted.predict_proba(read(panel)), expected, rtol=0, atol=1e-6)


def test_arrays_of_sktime_have_time_last(cases, fitted):
    first = np.stack([steps[:3] for steps in cases.values()])  # (cases, time, channels)
    sktime = np.ascontiguousarray(first.transpose(0, 2, 1))
    read = fitted.predict_proba(sktime.transpose(0, 2, 1))
    np.testing.assert_allclose(read, fitted.predict_proba(list(first)), rtol=0, atol=1e-6)
    with pytest.raises(ValueError, match="3 features"):
        fitted.predict(sktime)


def test_features_of_crfsuite_are_taken_as_they_are():
    X = [
        [{"bias": 1.0, "word": "in", "title": False}, {"bias": 1.0, "word": "oslo", "title": True}],
        [{"word": "oslo", "ends": ["o", "lo"]}, {"word": "now", "ends": {"w"}, "length": 3}],
    ] * 8
    y = [["O", "B-LOC"], ["B-LOC", "O"]] * 8
    tagger = RNNTagger(hidden_size=8, max_epochs=25, random_state=0).fit(X, y)
    assert list(map(list, tagger.predict(X))) == y


def test_the_frame_of_neuralforecast_is_read_as_one_whose_columns_are_named():
    days = pd.date_range("2024-01-01", periods=60)
    parts = []
    for shop in ("north", "south"):
        level = np.random.default_rng(len(parts)).normal(10, 1, size=60)
        promo = (np.arange(60) % 5 == 0).astype(float)
        columns = {"unique_id": shop, "ds": days, "y": level + promo, "promo": promo}
        parts.append(pd.DataFrame(columns | {"rain": level[::-1], "area": float(len(parts))}))
    frame = pd.concat(parts, ignore_index=True)
    settings = {"horizon": 3, "window": 7, "past": ["rain"], "static": ["area"], "max_epochs": 1}
    settings |= {"hidden_size": 4, "n_networks": 1, "intervals": "model", "random_state": 0}
    future = pd.DataFrame(
        {
            "unique_id": np.repeat(["north", "south"], 3),
            "ds": np.tile(pd.date_range("2024-03-01", periods=3), 2),
            "promo": 0.0,
        }
    )
    plain = RNNForecaster(**settings).fit(frame).forecast(3, future)
    assert plain.columns.tolist() == ["unique_id", "ds", "RNNForecaster"]

    names = {"unique_id": "shop", "ds": "day", "y": "sold"}
    named = RNNForecaster(id_col="shop", time_col="day", **settings)
    named.fit(frame.rename(columns=names), "sold")
    found = named.forecast(3, future.rename(columns=names))
    assert found["sold"].tolist() == plain["RNNForecaster"].tolist()
