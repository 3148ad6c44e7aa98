"""neuralforecast's GRU."""

from _neuralforecast_rival import make_gru
from neuralforecast import NeuralForecast

from programs._forecasting_sizes import BATCH_SIZE, CLIP, HIDDEN_SIZE, LEARNING_RATE


class NeuralForecastGRU:
    """One GRU, its own decoder of the same width; each window is scaled by itself."""

    packages = ("neuralforecast", "torch", "pytorch-lightning", "numpy")

    def __init__(self, task, seed):
        self.task, self.seed = task, seed

    def fit(self):
        model = make_gru(
            self.task.horizon,
            self.task.steps,
            self.seed,
            input_size=self.task.window,
            encoder_n_layers=1,
            encoder_hidden_size=HIDDEN_SIZE,
            decoder_hidden_size=HIDDEN_SIZE,
            learning_rate=LEARNING_RATE,
            windows_batch_size=BATCH_SIZE,
            gradient_clip_val=CLIP,
        )
        self.forecaster = NeuralForecast([model], freq="h")
        self.forecaster.fit(self.task.frame)

    def predict(self):
        forecasts = self.forecaster.predict().reset_index().sort_values(["unique_id", "ds"])
        return forecasts["GRU"].to_numpy().reshape(-1, self.task.horizon).tolist()
