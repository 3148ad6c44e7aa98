"""The network of a forecaster in a bare torch loop, to be timed beside ``RNNForecaster``."""

import numpy as np
import pandas as pd
import torch
from torch import nn

WINDOW, HORIZON, SEGMENT, HIDDEN, STEP_SIZE, ID_SIZE = 96, 24, 24, 128, 16, 9
BATCH_SIZE, LEARNING_RATE, CLIP = 256, 1e-3, 1.0


def draw_series(n_series, n_rows):
    """Hourly waves with noise, each with a phase of its own: ``(n_series, n_rows)``."""
    rng = np.random.default_rng(0)
    phases = rng.integers(24, size=(n_series, 1)) + np.arange(n_rows)
    return np.sin(2 * np.pi * phases / 24) + rng.normal(0, 0.3, (n_series, n_rows))


def as_frame(series):
    """One row a time, as a forecaster reads it."""
    n_series, n_rows = series.shape
    times = pd.date_range("2024-01-01", periods=n_rows, freq="h")
    return pd.DataFrame(
        {
            "id": np.repeat(np.arange(n_series), n_rows),
            "time": np.tile(times, n_series),
            "value": series.ravel(),
        }
    )


def our_forecaster(n_epochs, windows_per_epoch):
    """A forecaster of one plain network, trained plainly."""
    from sklearn_rnn import RNNForecaster

    return RNNForecaster(
        horizon=HORIZON, window=WINDOW, id_col="id", time_col="time", calendar=None,
        scaling="mean", segment=SEGMENT, decoder="mlp", cell="gru", hidden_size=HIDDEN,
        n_networks=1, linear_share=0, dropout=0.0, loss="absolute_error", intervals="model",
        max_epochs=n_epochs, windows_per_epoch=windows_per_epoch, batch_size=BATCH_SIZE,
        lr=LEARNING_RATE, weight_decay=0.0, gradient_clip=CLIP, averaging=None, lr_schedule=None,
        early_stopping=False, device="cpu", random_state=0,
    )  # fmt: skip


class WindowNetwork(nn.Module):
    """A GRU over segments of the window, a perceptron to the horizon, and a linear map beside."""

    def __init__(self, n_series):
        super().__init__()
        self.ids = nn.Embedding(n_series + 2, ID_SIZE)
        self.of_segment = nn.Linear(SEGMENT + ID_SIZE, HIDDEN)
        self.gru = nn.GRU(HIDDEN, HIDDEN, batch_first=True)
        self.mix = nn.Linear(HIDDEN + ID_SIZE, 2 * HIDDEN)
        self.steps = nn.Linear(2 * HIDDEN, HORIZON * STEP_SIZE)
        self.own = nn.Linear(STEP_SIZE, 2 * STEP_SIZE)
        self.head = nn.Linear(2 * STEP_SIZE, 1)
        self.skip = nn.Linear(WINDOW, HORIZON)

    def forward(self, windows, series):
        """``(batch, window), (batch,) -> (batch, horizon)``."""
        vectors, n_segments = self.ids(series), WINDOW // SEGMENT
        segments = windows.view(len(windows), n_segments, SEGMENT)
        beside = vectors[:, None].expand(-1, n_segments, -1)
        read = self.of_segment(torch.cat([segments, beside], dim=2)).relu()
        state = self.gru(read)[0][:, -1]
        mixed = self.mix(torch.cat([state, vectors], dim=1)).relu()
        steps = self.own(self.steps(mixed).view(len(windows), HORIZON, STEP_SIZE)).relu()
        return self.head(steps)[..., 0] + self.skip(windows)


class WindowLoop:
    """A careful torch loop: windows are cut from flat values a batch at a time."""

    def __init__(self, n_epochs, windows_per_epoch):
        self.n_epochs, self.windows_per_epoch = n_epochs, windows_per_epoch

    def fit(self, series):
        """Train on series ``(n_series, n_rows)``."""
        torch.manual_seed(0)
        n_series, n_rows = series.shape
        values = torch.from_numpy(series).flatten()
        per_series = n_rows - WINDOW - HORIZON + 1
        network = WindowNetwork(n_series).train()
        parameters = list(network.parameters())
        optimizer = torch.optim.AdamW(parameters, LEARNING_RATE, weight_decay=0.0, fused=True)
        steps = torch.arange(WINDOW + HORIZON)
        for _ in range(self.n_epochs):
            order = torch.randperm(n_series * per_series)[: self.windows_per_epoch]
            for rows in order.split(BATCH_SIZE):
                of_series = rows // per_series
                starts = of_series * n_rows + rows % per_series
                cut = values[starts[:, None] + steps]  # (batch, window + horizon), float64
                past = cut[:, :WINDOW]
                cut = (cut - past.mean(1, keepdim=True)) / past.std(1, keepdim=True)
                past, future = cut.float().split([WINDOW, HORIZON], dim=1)
                optimizer.zero_grad()
                (network(past, of_series) - future).abs().mean().backward()
                nn.utils.clip_grad_norm_(parameters, CLIP, foreach=True)
                optimizer.step()
        return network
