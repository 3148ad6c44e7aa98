"""Decoders: what each step ahead reads, and that the recursive one is a loop over steps."""

import pytest
import torch

from sklearn_rnn.nn import (
    FutureSizes,
    KnownFuture,
    LinearSkip,
    MLPDecoder,
    ParallelDecoder,
    RecursiveDecoder,
)

SIZES = FutureSizes(known=2, calendar=3, context=4)
BATCH, HORIZON, STATE = 5, 10, 8


def random_future(generator, sizes=SIZES, horizon=HORIZON):
    return KnownFuture(
        torch.randn(BATCH, horizon, sizes.known, generator=generator),
        torch.randn(BATCH, horizon, sizes.calendar, generator=generator),
        torch.randn(BATCH, sizes.context, generator=generator),
    )


def direct_decoder(kind, generator, sizes=SIZES, segment=4):
    options = {"horizon": HORIZON, "future": sizes, "generator": generator}
    if kind == "parallel":
        return ParallelDecoder(STATE, 2, segment=segment, **options).eval()
    return MLPDecoder(STATE, 2, **options).eval()


both = pytest.mark.parametrize("kind", ["parallel", "mlp"])


@both
@pytest.mark.parametrize("sizes", [SIZES, FutureSizes(), FutureSizes(known=2)], ids=str)
def test_every_step_reads_the_whole_state(kind, sizes, generator):
    decoder = direct_decoder(kind, generator, sizes)
    state = torch.randn(BATCH, STATE, generator=generator, requires_grad=True)
    outputs = decoder(state, random_future(generator, sizes))
    assert outputs.shape == (BATCH, HORIZON, 2)
    for step in range(HORIZON):
        (slope,) = torch.autograd.grad(outputs[:, step].sum(), state, retain_graph=True)
        assert (slope != 0).any(1).all()


@both
def test_every_step_reads_its_own_known_future(kind, generator):
    decoder, future = direct_decoder(kind, generator), random_future(generator)
    state, known = torch.randn(BATCH, STATE, generator=generator), future.known.requires_grad_()
    outputs = decoder(state, future)
    for step in range(HORIZON):
        (slope,) = torch.autograd.grad(outputs[:, step].sum(), known, retain_graph=True)
        assert slope[:, step].any(1).all()


@pytest.mark.parametrize("segment", [1, 3, 5, 10])
def test_segments_read_no_known_future_but_their_own(segment, generator):
    decoder = direct_decoder("parallel", generator, segment=segment)
    future = random_future(generator)
    known = future.known.requires_grad_()
    outputs = decoder(torch.randn(BATCH, STATE, generator=generator), future)
    assert outputs.shape == (BATCH, HORIZON, 2)
    (slope,) = torch.autograd.grad(outputs[:, 0].sum(), known)
    assert slope[:, :segment].any()
    assert not slope[:, segment:].any()


def test_segments_read_the_calendar_of_their_first_step(generator):
    decoder, future = direct_decoder("parallel", generator), random_future(generator)
    calendar = future.calendar.requires_grad_()
    outputs = decoder(torch.randn(BATCH, STATE, generator=generator), future)
    for step in range(HORIZON):
        (slope,) = torch.autograd.grad(outputs[:, step].sum(), calendar, retain_graph=True)
        read = slope.any(2).any(0)
        assert read.tolist() == [at == step // 4 * 4 for at in range(HORIZON)]


@both
def test_every_step_reads_calendar_and_context(kind, generator):
    decoder, future = direct_decoder(kind, generator), random_future(generator)
    parts = [future.calendar.requires_grad_(), future.context.requires_grad_()]
    outputs = decoder(torch.randn(BATCH, STATE, generator=generator), future)
    for step in range(HORIZON):
        slopes = torch.autograd.grad(outputs[:, step].sum(), parts, retain_graph=True)
        assert all(slope.any() for slope in slopes)


# --- recursive ----------------------------------------------------------------------------------


def recursive_decoder(generator, skip_window=0, sizes=SIZES):
    skip = LinearSkip(skip_window, 1, season=3, generator=generator) if skip_window else None
    return RecursiveDecoder(STATE, 2, future=sizes, skip=skip, generator=generator).eval()


def first_output(outputs, step):
    return outputs[:, 0]


@pytest.mark.parametrize("skip_window", [0, 6])
def test_teaching_the_own_forecasts_changes_nothing(skip_window, generator):
    decoder, future = recursive_decoder(generator, skip_window), random_future(generator)
    state = torch.randn(BATCH, STATE, generator=generator)
    values = torch.randn(BATCH, 6, generator=generator)
    alone = decoder(state, future, values, first_output)
    taught = decoder(state, future, values, first_output, alone[..., 0].float())
    torch.testing.assert_close(alone, taught, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("skip_window", [0, 6])
def test_it_goes_on_as_far_as_is_known(skip_window, generator):
    decoder = recursive_decoder(generator, skip_window)
    future = random_future(generator, horizon=25)
    state = torch.randn(BATCH, STATE, generator=generator)
    values = torch.randn(BATCH, 6, generator=generator)
    longer = decoder(state, future, values, first_output)
    near = KnownFuture(future.known[:, :10], future.calendar[:, :10], future.context)
    shorter = decoder(state, near, values, first_output)
    assert longer.shape == (BATCH, 25, 2)
    torch.testing.assert_close(longer[:, :10], shorter)


def test_what_is_fed_back_is_what_the_next_step_reads(generator):
    decoder, future = recursive_decoder(generator), random_future(generator)
    state = torch.randn(BATCH, STATE, generator=generator)
    values = torch.randn(BATCH, 6, generator=generator)
    fed = torch.randn(BATCH, HORIZON, generator=generator)
    own = decoder(state, future, values, lambda outputs, step: fed[:, step])
    torch.testing.assert_close(own, decoder(state, future, values, first_output, fed))


def test_a_missing_truth_is_read_as_zero(generator):
    decoder, future = recursive_decoder(generator, 6), random_future(generator)
    state = torch.randn(BATCH, STATE, generator=generator)
    values = torch.randn(BATCH, 6, generator=generator)
    truth = torch.randn(BATCH, HORIZON, generator=generator)
    missing = truth.clone()
    missing[:, 3], truth[:, 3] = torch.nan, 0
    found = [decoder(state, future, values, first_output, t) for t in (truth, missing)]
    torch.testing.assert_close(*found)
