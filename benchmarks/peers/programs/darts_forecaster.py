"""darts `BlockRNNModel`, its series scaled as its guide recommends."""

import numpy as np
from darts import TimeSeries
from darts.dataprocessing.transformers import Scaler
from darts.models import BlockRNNModel
from torch.nn import L1Loss

from programs._forecasting_sizes import BATCH_SIZE, CLIP, HIDDEN_SIZE, LEARNING_RATE


class DartsBlockRNN:
    """One GRU, all steps ahead from a linear layer; windows are centred on their own mean."""

    packages = ("u8darts", "torch", "pytorch-lightning", "numpy")

    def __init__(self, task, seed):
        self.task, self.seed = task, seed

    def fit(self):
        series = TimeSeries.from_group_dataframe(
            self.task.frame, group_cols="unique_id", time_col="ds", value_cols="y", freq="h"
        )
        self.scaler = Scaler()
        self.series = self.scaler.fit_transform([one.astype(np.float32) for one in series])
        self.model = BlockRNNModel(
            input_chunk_length=self.task.window,
            output_chunk_length=self.task.horizon,
            model="GRU",
            hidden_dim=HIDDEN_SIZE,
            n_rnn_layers=1,
            loss_fn=L1Loss(),
            batch_size=BATCH_SIZE,
            n_epochs=self.task.steps,  # more than enough: max_steps ends training
            optimizer_kwargs={"lr": LEARNING_RATE},
            use_reversible_instance_norm=True,
            random_state=self.seed,
            pl_trainer_kwargs={
                "accelerator": "cpu",
                "max_steps": self.task.steps,
                "gradient_clip_val": CLIP,
                "enable_progress_bar": False,
                "enable_model_summary": False,
            },
        )
        self.model.fit(self.series)

    def predict(self):
        forecasts = self.model.predict(self.task.horizon, series=self.series)
        return [one.values()[:, 0].tolist() for one in self.scaler.inverse_transform(forecasts)]
