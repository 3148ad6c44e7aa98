"""The network of forecasts: what each step ahead depends on, and what must not matter."""

import pickle

import numpy as np
import pytest
import torch

from sklearn_rnn.modules import DECODERS, ForecastingNetwork, ForecastPlan
from sklearn_rnn.nn import FORECAST_LOSSES, set_dropout_generator

WINDOW, HORIZON, BATCH = 12, 7, 5
LEVELS = (0.1, 0.5, 0.9)
FULL = {
    "n_past": 2,
    "n_known": 3,
    "n_calendar": 4,
    "past_codes": (5,),
    "known_codes": (4, 6),
    "n_static": 2,
    "static_codes": (7,),
}

every_decoder = pytest.mark.parametrize("decoder", DECODERS)
every_loss = pytest.mark.parametrize("loss", FORECAST_LOSSES)
both_columns = pytest.mark.parametrize("columns", [{}, FULL], ids=["alone", "columns"])


def network(generator, **changes):
    options = {"segment": 4, "hidden_size": 8, "quantiles": LEVELS}
    options |= {"loss_params": {"delta": 1.0} if changes.get("loss") == "huber" else None}
    plan = ForecastPlan(WINDOW, HORIZON, **options | changes)
    module = ForecastingNetwork(plan, generator=generator)
    set_dropout_generator(module, generator)
    return module.eval()


def random_batch(plan, rng, n=BATCH, horizon=HORIZON):
    """A batch as a data set of windows gives it."""

    def numbers(*shape):
        return torch.from_numpy(rng.normal(size=shape).astype(np.float32))

    def codes(sizes, *shape):
        if not sizes:
            return None
        return torch.from_numpy(np.stack([rng.integers(1, size, shape) for size in sizes], axis=-1))

    whole = plan.window + horizon
    batch = {
        "values": numbers(n, plan.window),
        "observed": torch.ones(n, plan.window, dtype=torch.bool),
        "calendar": numbers(n, whole, plan.n_calendar),
        "known": numbers(n, whole, plan.n_known) if plan.n_known else None,
        "past": numbers(n, plan.window, plan.n_past) if plan.n_past else None,
        "known_codes": codes(plan.known_codes, n, whole),
        "past_codes": codes(plan.past_codes, n, plan.window),
        "static": numbers(n, plan.n_static) if plan.n_static else None,
        "static_codes": codes(plan.static_codes, n),
        "scale": torch.from_numpy(rng.uniform(0.5, 20, size=n).astype(np.float32)),
    }
    return {name: part for name, part in batch.items() if part is not None}


def rows_of(batch, rows):
    return {name: part[rows] for name, part in batch.items()}


# --- what a forecast depends on -------------------------------------------------------------------


@every_decoder
@pytest.mark.parametrize("linear_skip", [False, True], ids=["network", "with skip"])
@pytest.mark.parametrize("cell", ["gru", "lstm", "rnn_tanh"])
def test_every_step_depends_on_every_value_of_the_window(
    decoder, linear_skip, cell, generator, rng
):
    module = network(generator, decoder=decoder, linear_skip=linear_skip, cell=cell)
    batch = random_batch(module.plan, rng)
    values = batch["values"].requires_grad_()
    outputs = module(**batch)
    assert outputs.shape == (BATCH, HORIZON, 1)
    for step in range(HORIZON):
        (slope,) = torch.autograd.grad(outputs[:, step].sum(), values, retain_graph=True)
        assert (slope != 0).all(), f"step {step}"


@every_decoder
@every_loss
def test_every_output_depends_on_the_last_value(decoder, loss, generator, rng):
    module = network(generator, decoder=decoder, loss=loss)
    batch = random_batch(module.plan, rng)
    values = batch["values"].requires_grad_()
    outputs = module(**batch)
    for step, number in np.ndindex(outputs.shape[1:]):
        one = outputs[:, step, number].sum()
        (slope,) = torch.autograd.grad(one, values, retain_graph=True)
        assert (slope[:, -1] != 0).all()


@every_decoder
def test_every_step_depends_on_every_column_of_its_own(decoder, generator, rng):
    module = network(generator, decoder=decoder, **FULL)
    batch = random_batch(module.plan, rng)
    known = batch["known"].requires_grad_()
    parts = [batch["static"].requires_grad_(), batch["past"].requires_grad_()]
    outputs = module(**batch)
    for step in range(HORIZON):
        slope, *others = torch.autograd.grad(
            outputs[:, step].sum(), [known, *parts], retain_graph=True
        )
        assert slope[:, WINDOW + step].all()
        assert all(other.any(-1).all() for other in others)
    for name in ("known_codes", "static_codes", "past_codes"):
        changed = batch | {name: torch.where(batch[name] > 1, 1, 2)}
        assert (module(**changed) != outputs).all()


@every_decoder
@both_columns
def test_a_window_alone_and_among_others_give_the_same(decoder, columns, generator, rng):
    module = network(generator, decoder=decoder, hidden_size=32, **columns)
    batch = random_batch(module.plan, rng, n=61)
    with torch.inference_mode():
        together = module(**batch)
        for row in (0, 17, 60):
            alone = module(**rows_of(batch, slice(row, row + 1)))
            torch.testing.assert_close(alone[0], together[row], rtol=0, atol=1e-6)


@every_decoder
def test_the_truth_is_read_in_training_alone_and_by_the_recursive_decoder_alone(
    decoder, generator, rng
):
    module = network(generator, decoder=decoder)
    batch = random_batch(module.plan, rng)
    teacher = torch.from_numpy(rng.normal(size=(BATCH, HORIZON)).astype(np.float32))
    assert torch.equal(module(**batch), module(**batch, teacher=teacher))
    module.train()
    own, taught = module(**batch), module(**batch, teacher=teacher)
    torch.testing.assert_close(own[:, 0], taught[:, 0])  # the first step reads no truth
    assert torch.equal(own, taught) == (decoder != "recursive")
    changed = module(**batch, teacher=torch.where(torch.arange(HORIZON) < 3, teacher, 9.0))
    assert torch.equal(taught[:, :4], changed[:, :4])  # a step reads those before it


@both_columns
def test_the_recursive_decoder_goes_on_beyond_the_horizon(columns, generator, rng):
    module = network(generator, decoder="recursive", **columns)
    batch = random_batch(module.plan, rng, horizon=30)
    longer = module(**batch)
    assert longer.shape == (BATCH, 30, 1)
    whole = WINDOW + HORIZON
    ahead = ("calendar", "known", "known_codes")
    near = {name: part[:, :whole] if name in ahead else part for name, part in batch.items()}
    torch.testing.assert_close(module(**near), longer[:, :HORIZON])


def test_the_recursive_decoder_begins_at_the_last_value_observed(generator, rng):
    module = network(generator, decoder="recursive", masked=False, linear_skip=False)
    batch = random_batch(module.plan, rng)
    batch["values"][:, -2:] = 0
    batch["observed"][:, -2:] = False
    first = module(**batch)
    with_last = batch | {"observed": torch.ones_like(batch["observed"])}
    assert (module(**with_last) != first).all()


# --- missing values -------------------------------------------------------------------------------


def test_the_network_is_told_what_is_missing(generator, rng):
    masked, blind = (network(generator, masked=masked) for masked in (True, False))
    batch = random_batch(masked.plan, rng)
    batch["values"][:, :3] = 0
    missing = batch | {"observed": torch.arange(WINDOW).expand(BATCH, -1) >= 3}
    assert (masked(**batch) != masked(**missing)).all()
    assert torch.equal(blind(**batch), blind(**missing))


@every_loss
@pytest.mark.parametrize("weighting", ["none", "windows", "targets"])
def test_the_loss_is_the_mean_over_the_targets_there_are(loss, weighting, generator, rng):
    share = 0.6
    module = network(generator, loss=loss, observed_share=share)
    outputs = module(**random_batch(module.plan, rng)).detach()
    target = torch.from_numpy(rng.integers(0, 9, size=(BATCH, HORIZON)).astype(np.float64))
    missing = torch.from_numpy(rng.random((BATCH, HORIZON)) < 0.4)
    shape = (BATCH, HORIZON) if weighting == "targets" else (BATCH, 1)
    weight = torch.from_numpy(rng.random(shape)) if weighting != "none" else torch.ones(shape)
    each = module.head.losses(outputs, target) * weight
    expected = float(each[~missing].sum()) / (BATCH * HORIZON * share)
    given = {"none": None, "windows": weight[:, 0], "targets": weight}[weighting]
    found = module.loss(outputs, target.masked_fill(missing, torch.nan), given)
    assert float(found) == pytest.approx(expected)


@every_loss
def test_missing_targets_leave_the_gradient_finite(loss, generator, rng):
    module = network(generator, loss=loss).train()
    batch = random_batch(module.plan, rng)
    target = torch.full((BATCH, HORIZON), torch.nan)
    target[0] = 1
    module.loss(module(**batch), target, None).backward()
    for name, weight in module.named_parameters():
        assert weight.grad.isfinite().all(), name


# --- building -------------------------------------------------------------------------------------


@every_decoder
def test_the_generator_alone_decides_the_weights(decoder, rng):
    weights = [
        network(torch.Generator().manual_seed(seed), decoder=decoder, **FULL).state_dict()
        for seed in (1, 1, 2)
    ]
    assert all(torch.equal(weights[0][name], weights[1][name]) for name in weights[0])
    assert any(not torch.equal(weights[0][name], weights[2][name]) for name in weights[0])


@every_decoder
def test_network_and_plan_can_be_pickled(decoder, generator, rng):
    module = network(generator, decoder=decoder, **FULL)
    batch = random_batch(module.plan, rng)
    again = pickle.loads(pickle.dumps(module))
    assert again.plan == module.plan
    assert torch.equal(again(**batch), module(**batch))


@every_decoder
def test_dropout_is_for_training_alone(decoder, generator, rng):
    module = network(generator, decoder=decoder, dropout=0.5, num_layers=2)
    batch = random_batch(module.plan, rng)
    assert torch.equal(module(**batch), module(**batch))
    module.train()
    assert not torch.equal(module(**batch), module(**batch))


@pytest.mark.parametrize("segment", [1, 2, 3, 4, 6, 12])
def test_segments_of_any_size(segment, generator, rng):
    module = network(generator, segment=segment, **FULL)
    assert module(**random_batch(module.plan, rng)).shape == (BATCH, HORIZON, 1)


def test_the_forecast_begins_as_the_seasonal_naive_one(generator, rng):
    module = network(generator, skip_season=4)
    for name, weight in module.named_parameters():
        if name.startswith("decoder.head"):
            torch.nn.init.zeros_(weight)
    batch = random_batch(module.plan, rng)
    last = batch["values"][:, -4:]
    expected = torch.cat([last, last], dim=1)[:, :HORIZON].double()
    torch.testing.assert_close(module(**batch)[..., 0], expected, rtol=1e-6, atol=1e-6)


def test_plans_that_do_not_fit_are_errors(generator):
    with pytest.raises(ValueError, match="window=12 and segment=5; take window=15"):
        network(generator, segment=5)
    with pytest.raises(ValueError, match="decoder must be one of .* but it is 'dense'"):
        network(generator, decoder="dense")


# --- half precision -------------------------------------------------------------------------------


@every_decoder
@pytest.mark.parametrize("cell", ["gru", "lstm"])
@pytest.mark.parametrize("loss", ["absolute_error", "student_t"])
def test_it_trains_in_half_precision(decoder, cell, loss, generator, rng):
    module = network(generator, decoder=decoder, cell=cell, loss=loss, **FULL).train()
    batch = random_batch(module.plan, rng)
    teacher = torch.ones(BATCH, HORIZON)
    full = module(**batch, teacher=teacher)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        half = module(**batch, teacher=teacher)
    torch.testing.assert_close(half.float(), full, rtol=0.1, atol=0.1)
    module.loss(half.float(), teacher, None).backward()
    for name, weight in module.named_parameters():
        assert weight.grad.isfinite().all(), name
