"""The network of generators: no step is read before it is foretold."""

import numpy as np
import pytest
import torch

from sklearn_rnn.modules import GenerationNetwork, GenerationPlan
from sklearn_rnn.nn import mixture_log_density


def network(generator, **changes):
    plan = {
        "n_features": 2,
        "n_conditions": 0,
        "cell": "lstm",
        "hidden_size": 6,
        "num_layers": 1,
        "dropout": 0.0,
        "n_components": 3,
        "covariance": "full",
        "min_deviation": 0.01,
        "learn_end": True,
    }
    return GenerationNetwork(GenerationPlan(**plan | changes), generator=generator)


def mean_surprise(module, values, lengths=None, unscored=None, fresh=None, ends=None, static=None):
    n = len(values)
    return module(
        values,
        lengths,
        unscored=torch.zeros(n, dtype=torch.int64) if unscored is None else unscored,
        fresh=torch.ones(n, dtype=torch.bool) if fresh is None else fresh,
        ends=torch.ones(n, dtype=torch.bool) if ends is None else ends,
        static=static,
    )


@pytest.mark.parametrize("learn_end", [True, False])
def test_loss_is_the_mean_over_steps_taken_one_by_one(generator, learn_end):
    module = network(generator, learn_end=learn_end).eval()
    values = torch.randn(1, 5, 2, generator=generator)
    total = 0.0
    for step in range(5):
        inputs = module.inputs(values[:, :step], None, begins=torch.ones(1, dtype=torch.bool))
        states, _ = module.read(inputs, None)
        total -= mixture_log_density(module.mixture(states[:, -1].double()), values[:, step])
        if learn_end:
            inputs = module.inputs(
                values[:, : step + 1], None, begins=torch.ones(1, dtype=torch.bool)
            )
            states, _ = module.read(inputs, None)
            total -= module.log_end(states[:, -1].double(), torch.tensor([step == 4]))
    found = mean_surprise(module, values)
    np.testing.assert_allclose(found.detach(), total.detach() / 5, rtol=1e-5)


@pytest.mark.parametrize("step", [0, 2, 4])
def test_what_is_foretold_before_a_step_does_not_depend_on_it(generator, step):
    module = network(generator, num_layers=2)
    values = torch.randn(1, 5, 2, generator=generator, requires_grad=True)
    inputs = module.inputs(values, None, begins=torch.ones(1, dtype=torch.bool))
    states, _ = module.read(inputs, None)
    (gradient,) = torch.autograd.grad(states[0, step].sum(), values)
    assert (gradient[0, step:] == 0).all()
    assert step == 0 or (gradient[0, :step].abs().sum(1) > 0).all()


def test_padding_and_what_is_only_read_is_not_scored(generator):
    module = network(generator).eval()
    values = torch.randn(2, 6, 2, generator=generator)
    lengths, unscored = torch.tensor([4, 6]), torch.tensor([0, 2])
    found = mean_surprise(module, values, lengths, unscored)
    other = values.clone()
    other[0, 4:] = 99.0
    torch.testing.assert_close(mean_surprise(module, other, lengths, unscored), found)
    alone = mean_surprise(module, values[:1, :4])
    torch.testing.assert_close(found[:1], alone)
    other = values.clone()
    other[1, 5] += 1.0
    assert mean_surprise(module, other, lengths, unscored)[1] != found[1]


def test_end_of_a_piece_is_no_end_of_its_sequence(generator):
    module = network(generator).eval()
    values = torch.randn(1, 3, 2, generator=generator)
    ends, goes_on = (
        mean_surprise(module, values, ends=torch.tensor([ends])) for ends in (True, False)
    )
    inputs = module.inputs(values, None, begins=torch.tensor([True]))
    states, _ = module.read(inputs, None)
    last = states[:, -1].double()
    chances = [module.log_end(last, torch.tensor([is_last])) for is_last in (True, False)]
    np.testing.assert_allclose(sum(chance.exp() for chance in chances).detach(), 1, rtol=1e-9)
    expected = (chances[1] - chances[0]) / 3
    np.testing.assert_allclose((ends - goes_on).detach(), expected.detach(), rtol=1e-4, atol=1e-6)


def test_ends_begin_as_probable_as_they_are_in_data(generator):
    module = network(generator)
    nothing = torch.zeros(1, module.end.in_features)
    for n_ends, n_steps in [(10, 250), (3, 10**6), (4, 4)]:
        module.start_ends(n_ends, n_steps)
        chance = module.log_end(nothing, torch.tensor([True])).exp().item()
        assert chance == pytest.approx(n_ends / n_steps, rel=0.2)
    network(generator, learn_end=False).start_ends(10, 250)


def test_condition_is_read_at_every_step(generator):
    module = network(generator, n_conditions=3).eval()
    values = torch.randn(1, 4, 2, generator=generator)
    conditions = torch.eye(3, requires_grad=True)
    inputs = module.inputs(values, conditions[:1], begins=torch.tensor([True]))
    assert inputs.shape == (1, 5, 2 + 1 + 3)
    assert (inputs[0, :, 3:] == conditions[0]).all()
    one, other = (mean_surprise(module, values, static=conditions[i : i + 1]) for i in (0, 1))
    assert one != other
