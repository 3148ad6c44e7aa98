"""Decoders tell a sequence by its vector; held against loops over single steps."""

import math

import pytest
import torch

from sklearn_rnn.data import UNKNOWN_ID
from sklearn_rnn.nn import BagDecoder, NumberDecoder, TokenDecoder, set_dropout_generator

VECTOR, HIDDEN, EMBEDDING, TOKENS = 5, 6, 4, 7
LENGTHS = torch.tensor([4, 1, 0, 3])
IDS = torch.tensor([[2, 3, 6, 4], [5, 0, 0, 0], [0, 0, 0, 0], [2, 2, 3, 0]])


@pytest.fixture
def generator():
    return torch.Generator().manual_seed(0)


def vectors(generator, n=4):
    return torch.randn(n, VECTOR, generator=generator)


def token_decoder(generator, **options):
    settings = {"cell": "lstm", "teacher_forcing": 1.0, "cutoffs": None} | options
    return TokenDecoder(TOKENS, EMBEDDING, VECTOR, HIDDEN, generator=generator, **settings).eval()


def number_decoder(generator, n_values=2, **options):
    settings = {"cell": "gru", "teacher_forcing": 1.0, "segment": 1} | options
    return NumberDecoder(n_values, VECTOR, HIDDEN, generator=generator, **settings).eval()


def table(generator):
    weights = torch.randn(TOKENS, EMBEDDING, generator=generator)
    weights[0] = 0
    return weights


@torch.no_grad()
def test_a_bag_is_one_softmax_for_all_tokens_of_a_sequence(generator):
    decoder, z = BagDecoder(VECTOR, TOKENS, generator=generator).eval(), vectors(generator)
    losses, real = decoder.losses(z, IDS, LENGTHS)
    weight, bias = decoder.softmax.weight.double(), decoder.softmax.bias.double()
    for row, ids in enumerate(IDS):
        scores = (weight @ z[row].double() + bias).tolist()
        total = math.log(sum(map(math.exp, scores)))
        for step in range(4):
            assert real[row, step] == (step < LENGTHS[row])
            if real[row, step]:
                assert losses[row, step].item() == pytest.approx(total - scores[ids[step]])


@pytest.mark.parametrize("cutoffs", [None, (3, 5)])
@torch.no_grad()
def test_tokens_are_foretold_by_the_vector_and_those_before(generator, cutoffs):
    decoder = token_decoder(generator, cutoffs=cutoffs)
    z, weights = vectors(generator), table(generator)
    losses, real = decoder.losses(z, IDS, LENGTHS, weights)
    assert real.sum(1).tolist() == [5, 2, 0, 4]
    (layer,) = decoder.recurrent.layers[0]
    for row, length in enumerate(LENGTHS.tolist()):
        state, previous = None, torch.zeros(EMBEDDING)
        for step in range(length + 1 if length else 0):
            read = torch.cat([previous, z[row]])[None, None]
            states, state = layer(read, state)
            target = IDS[row, step] if step < length else torch.tensor(0)
            scores = decoder.softmax.log_probabilities(states[0].double())[0]
            assert losses[row, step].item() == pytest.approx(-scores[target].item(), abs=1e-6)
            previous = weights[target]


@torch.no_grad()
def test_known_tokens_are_written_as_they_are_foretold(generator):
    decoder, z, weights = token_decoder(generator), vectors(generator), table(generator)
    decoder.softmax.weight.mul_(5)
    written = decoder.write(z, weights, 6)
    assert written.shape == (4, 6)
    for row, ids in zip(range(4), written, strict=True):
        length = int((ids != 0).sum())
        assert (ids[:length] != 0).all()
        for step in range(min(length + 1, 6)):
            others = [
                decoder.losses(
                    z[row : row + 1],
                    torch.cat([ids[:step], torch.tensor([token])])[None],
                    None,
                    weights,
                )[0][0, step]
                for token in range(TOKENS)
            ]
            losses = torch.stack(others)
            losses[UNKNOWN_ID] = torch.inf  # that it is an unknown one cannot be written
            assert losses.argmin() == ids[step]


@pytest.mark.parametrize("segment", [1, 3])
@torch.no_grad()
def test_numbers_are_foretold_segment_by_segment(generator, segment):
    decoder, z = number_decoder(generator, segment=segment), vectors(generator)
    steps = torch.randn(4, 4, 2, generator=generator)
    losses, real = decoder.losses(z, steps, LENGTHS, None)
    assert real.sum(1).tolist() == LENGTHS.tolist()
    (layer,) = decoder.recurrent.layers[0]
    for row, length in enumerate(LENGTHS.tolist()):
        state, previous = None, torch.zeros(2 * segment)
        for start in range(0, length, segment):
            states, state = layer(torch.cat([previous, z[row]])[None, None], state)
            told = decoder.head(states[0, 0]).view(segment, 2)
            true = torch.zeros(segment, 2)
            n = min(segment, length - start)
            true[:n] = steps[row, start : start + n]
            expected = (told - true).square().mean(1)[:n]
            torch.testing.assert_close(
                losses[row, start : start + n].double(), expected.double(), rtol=0, atol=1e-6
            )
            previous = true.flatten()


@torch.no_grad()
def test_numbers_that_were_not_observed_do_not_count(generator):
    decoder, z = number_decoder(generator), vectors(generator)
    steps = torch.randn(4, 4, 2, generator=generator)
    observed = torch.ones(4, 4, 2, dtype=torch.bool)
    observed[0, 1, 0] = observed[3, 2] = False
    losses, real = decoder.losses(z, steps, LENGTHS, observed)
    assert not real[3, 2] and real.sum(1).tolist() == [4, 1, 0, 2]
    whole, _ = decoder.losses(z, steps, LENGTHS, None)
    other, _ = decoder.losses(z, steps * torch.tensor([2.0, 1.0]), None, None)
    assert (losses[0, 1] - whole[0, 1]).abs() > 1e-3
    torch.testing.assert_close(losses[0, 0], whole[0, 0])
    assert not torch.equal(other, whole)


@torch.no_grad()
def test_written_numbers_are_those_foretold_from_the_written_ones(generator):
    decoder, z = number_decoder(generator, segment=2), vectors(generator)
    written = decoder.write(z, 5)
    losses, _ = decoder.losses(z, written.float(), None, None)
    assert written.shape == (4, 5, 2) and losses.abs().max() < 1e-10


@torch.no_grad()
def test_without_teacher_forcing_the_steps_before_are_not_read(generator):
    decoder, z = number_decoder(generator, teacher_forcing=0.0), vectors(generator)
    previous = torch.randn(4, 3, 2, generator=generator)
    blind, _ = decoder.states(z, previous)
    assert torch.equal(blind, decoder.states(z, -previous)[0])
    seeing = number_decoder(generator, teacher_forcing=0.5)
    assert not torch.equal(seeing.states(z, previous)[0], seeing.states(z, -previous)[0])


@torch.no_grad()
def test_training_reads_as_many_steps_as_it_is_forced_to(generator):
    decoder = number_decoder(generator, teacher_forcing=0.3)
    read = []
    decoder.recurrent.run = lambda steps, carried: (read.append(steps), carried)
    set_dropout_generator(decoder.train(), generator)
    decoder.states(torch.zeros(50, VECTOR), torch.ones(50, 40, 2))
    steps = read[0][..., :2]
    assert torch.equal(steps[..., 0], steps[..., 1])
    assert steps.mean().item() == pytest.approx(0.3, abs=0.03)


def test_beside_a_cell_of_ones_own_the_decoder_is_a_gru(generator):
    ((layer,),) = number_decoder(generator, cell=torch.nn.LSTM).recurrent.layers
    assert isinstance(layer, torch.nn.GRU)
