"""The estimators of sklearn_rnn: as the peers are set, and with their own defaults."""

from _workloads import our_parameters

from programs import _forecasting_sizes as forecasting
from programs import _tagging_sizes as tagging
from sklearn_rnn import RNNClassifier, RNNForecaster, RNNTagger


class Ours:
    """What all have in common."""

    packages = ("sklearn-rnn", "torch", "skorch", "scikit-learn", "numpy")

    def __init__(self, task, seed):
        self.task, self.seed = task, seed


class OurClassifier(Ours):
    """One plain LSTM both ways, trained plainly."""

    def fit(self):
        parameters = our_parameters(self.task.workload, random_state=self.seed)
        self.model = RNNClassifier(**parameters)
        self.model.fit(self.task.workload.sequences, self.task.workload.classes)

    def predict(self):
        return self.model.predict(self.task.held_out).tolist()


class OurClassifierDefaults(Ours):
    """Plain defaults, on words where there are any, whose vocabulary `fit` learns."""

    def fit(self):
        epochs = {"max_epochs": 1} if self.task.epochs == 1 else {}  # the small form of the task
        self.model = RNNClassifier(random_state=self.seed, **epochs)
        self.model.fit(self.task.words_train or self.task.workload.sequences, self.task.y_train)

    def predict(self):
        return self.model.predict(self.task.words_test or self.task.held_out).tolist()


class OurForecaster(Ours):
    """One GRU that reads a step at a time, and as many batches of as many windows as the others.

    ``linear_share=0`` leaves out the linear model beside it, ``intervals="model"`` the second
    network that intervals are calibrated with.
    """

    settings = {
        "cell": "gru",
        "hidden_size": forecasting.HIDDEN_SIZE,
        "segment": 1,
        "decoder": "mlp",
        "n_networks": 1,
        "linear_share": 0,
        "dropout": 0.0,
        "calendar": None,
        "loss": "absolute_error",
        "intervals": "model",
        "batch_size": forecasting.BATCH_SIZE,
        "max_epochs": 1,
        "lr": forecasting.LEARNING_RATE,
        "lr_schedule": None,
        "weight_decay": 0.0,
        "gradient_clip": forecasting.CLIP,
        "averaging": None,
        "early_stopping": False,
    }

    def fit(self):
        settings = dict(self.settings)
        if settings:
            settings |= {
                "window": self.task.window,
                "windows_per_epoch": forecasting.BATCH_SIZE * self.task.steps,
            }
        self.model = RNNForecaster(self.task.horizon, random_state=self.seed, **settings)
        frame = self.task.frame
        self.model.fit(frame[["unique_id", "ds"]], frame["y"])

    def predict(self):
        forecasts = self.model.forecast(self.task.horizon)
        return forecasts["RNNForecaster"].to_numpy().reshape(-1, self.task.horizon).tolist()


class OurSegmentForecaster(OurForecaster):
    """The same GRU, but it reads a day at a time, and each day ahead is decoded by a short step."""

    settings = OurForecaster.settings | {"segment": 24, "decoder": "parallel"}


class OurForecasterDefaults(OurForecaster):
    """Plain defaults, which choose window, size and amount of training."""

    settings = {}


class OurTagger(Ours):
    """Plain defaults."""

    settings = {}

    def fit(self):
        epochs = self.task.epochs
        settings = self.settings | ({"max_epochs": epochs} if epochs else {})
        self.model = RNNTagger(random_state=self.seed, **settings)
        self.model.fit(self.task.X_train, self.task.y_train)

    def predict(self):
        return [list(tags) for tags in self.model.predict(self.task.X_test)]


class OurSmallTagger(OurTagger):
    """A quarter of the units of the defaults, and a few epochs."""

    settings = {
        "hidden_size": tagging.HIDDEN_SIZE,
        "embedding_dim": tagging.EMBEDDING_SIZE,
        "language_model": 0.0,
        "max_epochs": tagging.EPOCHS,
    }


class OurBriefTagger(OurSmallTagger):
    """The same network, trained for less."""

    settings = OurSmallTagger.settings | {"max_epochs": tagging.EPOCHS - 1}
