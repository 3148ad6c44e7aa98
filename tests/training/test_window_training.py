"""Windows, network and net together: training on a panel, forecasting from it."""

import numpy as np
import pytest
import torch

from sklearn_rnn.modules import DECODERS, ForecastingNetwork, ForecastPlan
from sklearn_rnn.nn import set_dropout_generator
from sklearn_rnn.training import (
    SCHEDULES,
    LearningRateCurve,
    SequenceNet,
    WindowDataset,
    Windows,
    WindowScalers,
)
from tests.window_panels import daily, make_panel

WINDOW, HORIZON, SEASON = 24, 6, 8
EVERYTHING = {"n_known": 2, "n_past": 1, "codes": True, "n_static": 1}

every_decoder = pytest.mark.parametrize("decoder", DECODERS)


def seasonal_panel(rng, n=4, length=300, **options):
    """Seasons of a strength and level of each series, with noise."""
    panel = make_panel([length] * n, rng, **options)
    time = np.arange(length)
    for series in range(n):
        wave = np.sin(2 * np.pi * (time + series) / SEASON) * (series + 1)
        values = 100 * series + wave + 0.1 * rng.normal(size=length)
        gone = np.isnan(panel.target[series * length : (series + 1) * length])
        panel.target[series * length : (series + 1) * length] = np.where(gone, np.nan, values)
    return panel


def dataset(panel, windows, decoder="parallel", **options):
    options = {"window": WINDOW, "horizon": HORIZON, "calendar": daily, "steps": 6} | options
    teacher = decoder == "recursive" and options.get("with_target", True)
    scalers = WindowScalers.fit(panel)
    return WindowDataset(panel, windows, scalers=scalers, teacher=teacher, **options)


def make_net(data, *, decoder="parallel", callbacks=(), valid=None, seed=0, **options):
    generator = torch.Generator().manual_seed(seed)
    epochs, precision = options.pop("max_epochs", 6), options.pop("precision", "float32")
    options = {"hidden_size": 16, "segment": 4, "decoder": decoder} | options
    plan = ForecastPlan(
        WINDOW,
        HORIZON,
        n_calendar=data.n_calendar,
        n_known=data.n_known,
        n_past=data.n_past,
        n_static=data.n_static,
        observed_share=data.observed_share(),
        **options,
    )
    network = ForecastingNetwork(plan, generator=generator)
    set_dropout_generator(network, generator)
    return SequenceNet(
        network,
        shuffle_generator=generator,
        optimizer=torch.optim.AdamW,
        lr=0.01,
        max_epochs=epochs,
        batch_size=32,
        precision=precision,
        verbose=0,
        callbacks=list(callbacks),
        train_split=valid and (lambda train, y=None: (train, valid)),
    ).initialize()


@every_decoder
@pytest.mark.parametrize("missing", [0.0, 0.2], ids=["full", "missing"])
def test_forecasts_follow_a_season(decoder, missing, rng):
    panel = seasonal_panel(rng, missing=missing)
    train = dataset(
        panel, Windows.of_panel(panel, horizon=HORIZON, first=8, last=np.full(4, 250)), decoder
    )
    net = make_net(train, decoder=decoder)
    net.partial_fit(train)
    cutoffs = Windows.at(np.repeat(np.arange(4), 30), np.tile(np.arange(260, 290), 4))
    ahead = dataset(panel, cutoffs, with_target=False)
    forecast = ahead.statistics().to_units(net.module_.decide(net.outputs(ahead))).numpy()
    assert forecast.shape == (120, HORIZON)
    truth = dataset(panel, cutoffs)
    actual = truth.statistics().to_units(truth.gather_target(torch.arange(120))).numpy()
    strength = np.repeat(np.arange(1, 5), 30)[:, None]
    assert np.nanmean(np.abs(actual - forecast) / strength) < 0.3  # the mean of a window: 0.64


def test_outputs_do_not_depend_on_the_other_windows(rng):
    panel = seasonal_panel(rng, **EVERYTHING)
    sizes = {"known_codes": (5,), "past_codes": (5,), "static_codes": (5,)}
    windows = Windows.at(np.tile(np.arange(4), 50), np.arange(60, 260))
    together = dataset(panel, windows, with_target=False)
    net = make_net(together, hidden_size=32, **sizes)
    outputs = net.outputs(together)
    for row in (0, 77, 199):
        alone = dataset(panel, Windows.at([row % 4], [60 + row]), with_target=False)
        torch.testing.assert_close(net.outputs(alone)[0], outputs[row], rtol=0, atol=1e-6)


@pytest.mark.parametrize("precision", ["float32", "bfloat16"])
@pytest.mark.filterwarnings("ignore:.*this processor has no bfloat16:UserWarning")
def test_training_is_the_same_bit_for_bit(precision, rng):
    panel = seasonal_panel(rng)
    train = dataset(panel, Windows.of_panel(panel, horizon=HORIZON), windows_per_epoch=96)
    weights = []
    for seed in (0, 0, 1):
        net = make_net(train, max_epochs=2, dropout=0.2, precision=precision, seed=seed)
        net.partial_fit(train)
        weights.append(torch.cat([w.detach().flatten() for w in net.module_.parameters()]))
    assert torch.equal(weights[0], weights[1])
    assert not torch.equal(weights[0], weights[2])


def test_an_epoch_has_as_many_windows_as_asked_for(rng):
    panel = seasonal_panel(rng)
    train = dataset(panel, Windows.of_panel(panel, horizon=HORIZON), windows_per_epoch=100)
    curve = LearningRateCurve(SCHEDULES["cosine"])
    net = make_net(train, max_epochs=3, callbacks=[curve])
    sizes = []
    net.on_batch_end = lambda net, batch, **kwargs: sizes.append(batch[0]["n_rows"])
    net.partial_fit(train)
    assert sorted(sizes) == [4] * 3 + [32] * 9
    assert curve.n_seen_ == curve.total_ == 300


@pytest.mark.parametrize("weighted", [False, True], ids=["alike", "weighted"])
def test_the_loss_of_validation_is_the_mean_over_its_windows(weighted, rng):
    panel = seasonal_panel(rng, missing=0.1)
    weight = rng.random(len(panel.target)) if weighted else None
    train = dataset(panel, Windows.of_panel(panel, horizon=HORIZON), windows_per_epoch=40)
    windows = Windows.of_panel(panel, horizon=HORIZON, first=200, stride=3)
    valid = dataset(panel, windows, weight=weight)
    net = make_net(train, max_epochs=1, valid=valid)
    net.partial_fit(train)
    rows = torch.arange(len(valid))
    target, outputs = valid.gather_target(rows), net.outputs(valid)[..., 0]
    errors = (outputs - target).abs()
    given = torch.ones_like(errors) if weight is None else valid.gather_weight(rows)
    expected = (errors * given).nansum() / given.sum() / net.module_.plan.observed_share
    assert net.history[-1]["valid_loss"] == pytest.approx(float(expected), rel=1e-5)
