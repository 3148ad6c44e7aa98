"""The programs that take part: their titles, tasks and environments.

A program is a class made of a task and a seed. `fit` goes from the task's lists to a fitted model,
`predict` gives the predictions for what is held out, and `packages` names what its figures
depend on.
"""

import importlib
from typing import NamedTuple

OWN = "own"  # the environment that runs the benchmark


class Entry(NamedTuple):
    """A program: its title in tables, what it can do, where it runs and where it is written."""

    title: str
    kind: str
    environment: str
    module: str
    name: str

    def load(self):
        """The class."""
        return getattr(importlib.import_module(f"programs.{self.module}"), self.name)


PROGRAMS = {
    "ours": Entry("RNNClassifier", "classification", OWN, "ours", "OurClassifier"),
    "our_defaults": Entry(
        "RNNClassifier()", "classification", OWN, "ours", "OurClassifierDefaults"
    ),
    "keras": Entry("Keras, padded", "classification", "keras", "keras_classifier", "KerasPadded"),
    "keras_bucketed": Entry(
        "Keras, batches of like length", "classification", "keras", "keras_classifier",
        "KerasBucketed",
    ),
    "skorch": Entry("skorch, packed", "classification", OWN, "skorch_classifier", "PlainSkorch"),
    "our_forecaster": Entry("RNNForecaster, one GRU", "forecasting", OWN, "ours", "OurForecaster"),
    "our_segment_forecaster": Entry(
        "RNNForecaster, one GRU over days", "forecasting", OWN, "ours", "OurSegmentForecaster"
    ),
    "our_forecaster_defaults": Entry(
        "RNNForecaster()", "forecasting", OWN, "ours", "OurForecasterDefaults"
    ),
    "darts": Entry(
        "darts BlockRNNModel", "forecasting", "forecast", "darts_forecaster", "DartsBlockRNN"
    ),
    "neuralforecast": Entry(
        "neuralforecast GRU", "forecasting", "forecast", "neuralforecast_gru", "NeuralForecastGRU"
    ),
    "our_tagger": Entry("RNNTagger()", "tagging", OWN, "ours", "OurTagger"),
    "our_small_tagger": Entry(
        "RNNTagger, 64 units, 4 epochs", "tagging", OWN, "ours", "OurSmallTagger"
    ),
    "our_brief_tagger": Entry(
        "RNNTagger, 64 units, 3 epochs", "tagging", OWN, "ours", "OurBriefTagger"
    ),
    "crfsuite": Entry("sklearn-crfsuite", "tagging", "keras", "crfsuite_tagger", "CrfSuiteTagger"),
    "flair": Entry("flair SequenceTagger", "tagging", "flair", "flair_tagger", "FlairTagger"),
}  # fmt: skip

REFERENCES = {
    "classification": "ours",
    "forecasting": "our_forecaster",
    "tagging": "our_small_tagger",
}
