"""The conditional random field, held against the enumeration of every tag sequence."""

import io

import numpy as np
import pytest
import torch

from sklearn_rnn.data import allowed_transitions
from sklearn_rnn.nn import (
    ConditionalRandomField,
    Linear,
    TagChain,
    _crf_recursion,
)
from tests.references import crf_log_probabilities, crf_path_scores

TAGS = ["O", "B-X", "I-X"]
ALLOWED = {
    "free": None,
    "IOB1": allowed_transitions(TAGS, "IOB1"),
    "IOB2": allowed_transitions(TAGS, "IOB2"),
    "BIOES": allowed_transitions(["O", "B-X", "I-X", "E-X"], "BIOES"),
    "one tag": None,
}
N_TAGS = {"free": 3, "IOB1": 3, "IOB2": 3, "BIOES": 4, "one tag": 1}
LENGTHS = {
    "ragged": torch.tensor([4, 1, 3, 5]),
    "equal": torch.tensor([5, 5, 5, 5]),
    "full": None,
    "one step": torch.tensor([1, 1, 1, 1]),
}
BATCH, TIME = 4, 5

every_scheme = pytest.mark.parametrize("scheme", ALLOWED)
every_length = pytest.mark.parametrize("lengths", LENGTHS.values(), ids=LENGTHS)
either_table = pytest.mark.parametrize("table", ["scaled", "logarithmic"], indirect=True)


@pytest.fixture
def generator():
    return torch.Generator().manual_seed(0)


@pytest.fixture
def table(request, monkeypatch):
    """Let one of the two forms of the recursion do all the work."""
    if request.param == "logarithmic":
        monkeypatch.setattr(_crf_recursion._ScaledTable, "is_exact", lambda *_: False)
    else:
        monkeypatch.delattr(_crf_recursion, "_LogTable")


def build(scheme, generator):
    crf = ConditionalRandomField(N_TAGS[scheme], allowed=ALLOWED[scheme], generator=generator)
    for parameter in crf.parameters():
        torch.nn.init.normal_(parameter, generator=generator)
    return crf.double()


def draw_emissions(crf, generator, lengths=None, batch=BATCH, time=TIME):
    """Emissions in float64; NaN stands where nothing may look."""
    emissions = torch.randn(batch, time, crf.n_tags, generator=generator, dtype=torch.float64) * 2
    return mark_padding(emissions, lengths)


def mark_padding(steps, lengths, mark=torch.nan):
    steps = steps.clone()
    for row, length in zip(steps, [] if lengths is None else lengths, strict=lengths is not None):
        row[length:] = mark
    return steps


def true_scores(crf, emissions, lengths):
    """For each sequence the score of every path, in numpy."""
    parts = [part.detach().double().numpy() for part in crf.scores()]
    lengths = [emissions.shape[1]] * len(emissions) if lengths is None else lengths
    rows = zip(emissions.detach().double().numpy(), lengths, strict=True)
    return [crf_path_scores(row[:length], *parts) for row, length in rows]


def true_log_probabilities(crf, emissions, lengths):
    return [crf_log_probabilities(scores) for scores in true_scores(crf, emissions, lengths)]


def draw_tags(crf, emissions, lengths, generator):
    """One possible path a sequence, -100 at padding."""
    tags = torch.full(emissions.shape[:2], -100)
    for row, paths in zip(tags, true_scores(crf, emissions, lengths), strict=True):
        possible = [path for path, score in paths.items() if score > -np.inf]
        path = possible[int(torch.randint(len(possible), (), generator=generator))]
        row[: len(path)] = torch.tensor(path)
    return tags


def assert_close(found, expected, tolerance=1e-10):
    expected = torch.as_tensor(np.array(expected))
    torch.testing.assert_close(found.detach(), expected, rtol=tolerance, atol=tolerance)


# --- against enumeration ------------------------------------------------------------------------


@every_scheme
@every_length
@either_table
def test_the_normaliser_is_the_sum_over_all_paths(scheme, lengths, table, generator):
    crf = build(scheme, generator)
    emissions = draw_emissions(crf, generator, lengths)
    expected = [
        np.logaddexp.reduce(list(scores.values()))
        for scores in true_scores(crf, emissions, lengths)
    ]
    assert_close(crf.log_normalizer(emissions, lengths), expected)


@every_scheme
@every_length
@either_table
def test_the_log_likelihood_is_that_of_the_path(scheme, lengths, table, generator):
    crf = build(scheme, generator)
    emissions = draw_emissions(crf, generator, lengths)
    tags = draw_tags(crf, emissions, lengths, generator)
    rows = zip(true_log_probabilities(crf, emissions, lengths), tags, strict=True)
    expected = [paths[tuple(row[row >= 0].tolist())] for paths, row in rows]
    assert_close(crf.log_likelihood(emissions, tags, lengths), expected)
    assert_close(crf.loss(emissions, tags, lengths), [-value for value in expected])


@every_scheme
@every_length
@either_table
def test_marginals_are_sums_over_the_paths_with_the_tag(scheme, lengths, table, generator):
    crf = build(scheme, generator)
    emissions = draw_emissions(crf, generator, lengths)
    expected = np.zeros(emissions.shape)
    rows = zip(expected, true_log_probabilities(crf, emissions, lengths), strict=True)
    for row, paths in rows:
        for path, log_probability in paths.items():
            for step, tag in enumerate(path):
                row[step, tag] += np.exp(log_probability)
    found = crf.marginals(emissions, lengths)
    assert_close(found, expected)
    assert (found[torch.as_tensor(expected == 0)] == 0).all()


@every_scheme
@every_length
def test_decoding_finds_the_best_path(scheme, lengths, generator):
    crf = build(scheme, generator)
    emissions = draw_emissions(crf, generator, lengths)
    tags, scores = crf.decode(emissions, lengths)
    expected = np.zeros((BATCH, TIME), dtype=np.int64)
    highest = []
    for row, paths in zip(expected, true_scores(crf, emissions, lengths), strict=True):
        best = max(paths, key=paths.get)
        row[: len(best)] = best
        highest.append(paths[best])
    assert tags.tolist() == expected.tolist()
    assert tags.dtype == torch.int64
    assert_close(scores, highest)


@every_scheme
@every_length
@pytest.mark.parametrize("n", [1, 2, 7, 300])
def test_nbest_are_the_best_paths_with_their_probabilities(scheme, lengths, n, generator):
    crf = build(scheme, generator)
    emissions = draw_emissions(crf, generator, lengths)
    found = crf.decode_nbest(emissions, lengths, n)
    truths = true_log_probabilities(crf, emissions, lengths)
    for tags, log_probabilities, count, paths in zip(*found, truths, strict=True):
        possible = [path for path in paths if paths[path] > -np.inf]
        ranked = sorted(possible, key=paths.get, reverse=True)[:n]
        length = len(ranked[0])
        assert count == len(ranked)
        assert [tuple(row) for row in tags[:count, :length].tolist()] == ranked
        assert_close(log_probabilities[:count], [paths[path] for path in ranked])
        assert (log_probabilities[count:] == -torch.inf).all()
        assert (tags[count:] == 0).all() and (tags[:, length:] == 0).all()


def test_nbest_with_ties_are_distinct(generator):
    crf = ConditionalRandomField(3, generator=generator)
    for parameter in crf.parameters():
        torch.nn.init.zeros_(parameter)
    found = crf.decode_nbest(torch.zeros(1, 4, 3), None, 100)
    assert found.counts.tolist() == [81]
    assert len({tuple(row) for row in found.tags[0, :81].tolist()}) == 81
    assert_close(found.log_probabilities[0, :81].double(), [-np.log(81.0)] * 81, 1e-6)


@every_scheme
@every_length
def test_a_chain_without_scores_is_a_crf_whose_scores_are_zero(scheme, lengths, generator):
    crf = build(scheme, generator)
    for parameter in crf.parameters():
        torch.nn.init.zeros_(parameter)
    chain = TagChain(N_TAGS[scheme], allowed=ALLOWED[scheme])
    emissions = draw_emissions(crf, generator, lengths)
    for one, other in (
        (chain.log_normalizer(emissions, lengths), crf.log_normalizer(emissions, lengths).detach()),
        (chain.marginals(emissions, lengths), crf.marginals(emissions, lengths)),
    ):
        torch.testing.assert_close(one, other, rtol=1e-12, atol=1e-12)
    for found, expected in (
        (chain.decode(emissions, lengths), crf.decode(emissions, lengths)),
        (chain.decode_nbest(emissions, lengths, 7), crf.decode_nbest(emissions, lengths, 7)),
    ):
        assert all(map(torch.equal, found, expected))
    assert not chain.state_dict() and not list(chain.parameters())


def test_where_all_is_allowed_a_chain_without_scores_is_a_softmax_a_step(generator):
    emissions = torch.randn(2, 4, 3, generator=generator)
    chain = TagChain(3)
    torch.testing.assert_close(chain.marginals(emissions), emissions.softmax(2))
    found = chain.decode_nbest(emissions, None, 81)
    assert found.counts.tolist() == [81, 81]
    torch.testing.assert_close(found.log_probabilities.exp().sum(1), torch.ones(2))
    rows = torch.gather(emissions[0].log_softmax(1), 1, found.tags[0].t()).sum(0)
    torch.testing.assert_close(found.log_probabilities[0], rows)


# --- against itself, and another library --------------------------------------------------------


def differentiable_inputs(crf, generator, lengths):
    emissions = draw_emissions(crf, generator, lengths).nan_to_num().requires_grad_()
    tags = draw_tags(crf, emissions, lengths, generator)
    weight = torch.rand(tags.shape, generator=generator, dtype=torch.float64)
    return emissions, tags, weight


@every_scheme
@pytest.mark.parametrize("lengths", [LENGTHS["ragged"], None], ids=["ragged", "full"])
@either_table
@pytest.mark.parametrize("weighted", [False, True])
def test_gradients_are_those_of_finite_differences(scheme, lengths, table, weighted, generator):
    crf = build(scheme, generator)
    emissions, tags, weight = differentiable_inputs(crf, generator, lengths)

    def loss(emissions, *_):
        return crf.loss(emissions, tags, lengths, weight if weighted else None)

    assert torch.autograd.gradcheck(loss, (emissions, *crf.parameters()))


@every_scheme
@either_table
def test_marginals_are_the_gradient_of_the_normaliser(scheme, table, generator):
    crf, lengths = build(scheme, generator), LENGTHS["ragged"]
    emissions = draw_emissions(crf, generator, lengths).requires_grad_()
    (gradient,) = torch.autograd.grad(crf.log_normalizer(emissions, lengths).sum(), emissions)
    torch.testing.assert_close(crf.marginals(emissions, lengths), gradient, rtol=0, atol=1e-12)


def test_all_agrees_with_pytorch_crf(generator):
    torchcrf = pytest.importorskip("torchcrf")
    crf, lengths = build("free", generator), torch.tensor([30, 1, 17, 30, 2])
    with torch.random.fork_rng():  # whose weights are drawn from the global generator
        theirs = torchcrf.CRF(3, batch_first=True).double()
    theirs.start_transitions.data = crf.start.data.clone()
    theirs.transitions.data = crf.transitions.data.clone()
    theirs.end_transitions.data = crf.end.data.clone()
    emissions = draw_emissions(crf, generator, batch=5, time=30).requires_grad_()
    tags = torch.randint(3, (5, 30), generator=generator)
    mask = torch.arange(30) < lengths[:, None]
    found = crf.log_likelihood(emissions, tags, lengths)
    expected = theirs(emissions, tags, mask=mask, reduction="none")
    torch.testing.assert_close(found, expected)
    gradients = torch.autograd.grad(found.sum(), [emissions, *crf.parameters()])
    others = [theirs.start_transitions, theirs.transitions, theirs.end_transitions]
    torch.testing.assert_close(gradients, torch.autograd.grad(expected.sum(), [emissions, *others]))
    decoded, _ = crf.decode(emissions, lengths)
    rows = zip(decoded.tolist(), lengths, strict=True)
    assert [row[:length] for row, length in rows] == theirs.decode(emissions, mask)


# --- weights ------------------------------------------------------------------------------------


@every_scheme
@every_length
def test_weights_of_one_change_nothing_and_doubled_weights_double_the_loss(
    scheme, lengths, generator
):
    crf = build(scheme, generator)
    emissions, tags, weight = differentiable_inputs(crf, generator, lengths)
    once = crf.loss(emissions, tags, lengths, weight)
    ones = crf.loss(emissions, tags, lengths, torch.ones_like(weight))
    torch.testing.assert_close(ones, crf.loss(emissions, tags, lengths))
    torch.testing.assert_close(crf.loss(emissions, tags, lengths, 2 * weight), 2 * once)


@every_scheme
@every_length
@either_table
def test_the_weighted_loss_is_a_sum_of_conditional_log_probabilities(
    scheme, lengths, table, generator
):
    crf = build(scheme, generator)
    emissions, tags, weight = differentiable_inputs(crf, generator, lengths)
    expected = []
    truths = true_log_probabilities(crf, emissions, lengths)
    for paths, row, weights in zip(truths, tags, weight.tolist(), strict=True):
        path = tuple(row[row >= 0].tolist())

        def log_sum(agrees, paths=paths):
            return np.logaddexp.reduce([value for key, value in paths.items() if agrees(key)])

        total = 0.0
        for t in range(len(path)):
            ahead = log_sum(lambda key, t=t, path=path: key[: t + 1] == path[: t + 1])
            ahead -= log_sum(lambda key, t=t, path=path: key[:t] == path[:t])
            back = log_sum(lambda key, t=t, path=path: key[t:] == path[t:])
            back -= log_sum(lambda key, t=t, path=path: key[t + 1 :] == path[t + 1 :])
            total -= weights[t] * (ahead + back) / 2
        expected.append(total)
    assert_close(crf.loss(emissions, tags, lengths, weight), expected)


def test_a_raised_weight_raises_the_recall_of_its_tag(generator):
    tags = (torch.rand(60, 12, generator=generator) < 0.15).long()
    steps = tags[..., None] + torch.randn(60, 12, 1, generator=generator)
    recalls = []
    for factor in (0.3, 1.0, 3.0, 10.0):
        head = Linear(1, 2, generator=torch.Generator().manual_seed(0))
        crf = ConditionalRandomField(2, generator=torch.Generator().manual_seed(0))
        optimizer = torch.optim.Adam([*head.parameters(), *crf.parameters()], lr=0.1)
        weight = torch.tensor([1.0, factor])[tags]
        for _ in range(60):
            optimizer.zero_grad()
            crf.loss(head(steps), tags, weight=weight).mean().backward()
            optimizer.step()
        decoded, _ = crf.decode(head(steps))
        recalls.append(float((decoded[tags == 1] == 1).double().mean()))
    assert recalls == sorted(set(recalls))
    assert recalls[-1] > recalls[0] + 0.5


# --- what must not matter -----------------------------------------------------------------------


@every_scheme
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64], ids=str)
def test_a_sequence_alone_gives_what_it_gives_in_a_padded_batch(scheme, dtype, generator):
    crf, lengths = build(scheme, generator).to(dtype), torch.tensor([40, 1, 7, 23])
    emissions = draw_emissions(crf, generator, lengths, time=50).to(dtype)
    together = (
        *crf.decode(emissions, lengths),
        *crf.decode_nbest(emissions, lengths, 3),
        crf.marginals(emissions, lengths),
    )
    for i, length in enumerate(lengths):
        row = emissions[i : i + 1, :length]
        tags, score = crf.decode(row)
        assert torch.equal(tags[0], together[0][i, :length])
        assert torch.equal(score[0], together[1][i])
        best = crf.decode_nbest(row, None, 3)
        assert torch.equal(best.tags[0], together[2][i, :, :length])
        torch.testing.assert_close(best.log_probabilities[0], together[3][i], rtol=1e-6, atol=1e-9)
        difference = crf.marginals(row)[0] - together[5][i, :length]
        assert difference.abs().max() <= (1e-14 if dtype == torch.float64 else 1e-7)


@either_table
def test_padding_receives_no_gradient(table, generator):
    crf, lengths = build("IOB2", generator), LENGTHS["ragged"]
    emissions = draw_emissions(crf, generator, lengths).requires_grad_()
    tags = draw_tags(crf, emissions, lengths, generator)
    weight = torch.rand(tags.shape, generator=generator)
    (
        crf.loss(emissions, tags, lengths) + crf.loss(emissions, tags, lengths, weight)
    ).sum().backward()
    for row, length in zip(emissions.grad, lengths, strict=True):
        assert (row[:length] != 0).any()
        assert (row[length:] == 0).all()


@pytest.mark.parametrize("mode", [torch.no_grad, torch.inference_mode])
def test_all_works_without_autograd(mode, generator):
    crf = build("IOB2", generator)
    with mode():
        emissions = draw_emissions(crf, generator)
        tags, score = crf.decode(emissions)
        log_probability = crf.log_likelihood(emissions, tags)
        best = crf.decode_nbest(emissions, None, 2).log_probabilities[:, 0]
        sums = crf.marginals(emissions).sum(2)
        torch.testing.assert_close(score - crf.log_normalizer(emissions), log_probability)
        torch.testing.assert_close(best, log_probability)
        torch.testing.assert_close(sums, torch.ones_like(sums))


# --- numbers of any size ------------------------------------------------------------------------


@pytest.mark.parametrize("scheme", ["free", "IOB2", "BIOES"])
@pytest.mark.parametrize("size", [1e-3, 30.0, 1e3])
@pytest.mark.parametrize("weighted", [False, True])
def test_long_sequences_with_large_scores_stay_finite(scheme, size, weighted, generator):
    crf = build(scheme, generator).float()
    lengths = torch.tensor([2000, 1500, 1])
    emissions = (torch.rand(3, 2000, crf.n_tags, generator=generator) * 2 - 1) * size
    emissions.requires_grad_()
    tags = torch.zeros(3, 2000, dtype=torch.int64)  # which every scheme allows
    weight = torch.rand(3, 2000, generator=generator) if weighted else None
    loss = crf.loss(emissions, tags, lengths, weight)
    loss.sum().backward()
    assert loss.isfinite().all() and (loss > -1e-6).all()
    for tensor in (emissions, *crf.parameters()):
        assert tensor.grad.isfinite().all()
    sums = crf.marginals(emissions, lengths).sum(2)
    expected = (torch.arange(2000) < lengths[:, None]).float()
    torch.testing.assert_close(sums, expected, rtol=0, atol=1e-5)


@pytest.mark.parametrize("weighted", [False, True])
def test_scores_too_far_apart_for_products_of_probabilities_are_summed_by_logarithms(
    weighted, generator
):
    crf = build("IOB2", generator)
    emissions = torch.tensor([[[0.0, -1e3, 0.0], [-1e3, 0.0, 1e3], [0.0, 0.0, 1e3]]]).double()
    tags = torch.tensor([[1, 2, 2]])  # the second step leaves nothing else
    paths = true_log_probabilities(crf, emissions, None)[0]
    weight = torch.ones(1, 3) if weighted else None
    assert_close(crf.loss(emissions, tags, None, weight), [-paths[1, 2, 2]])
    assert_close(crf.marginals(emissions)[0, 0, 1], np.exp(paths[1, 2, 2]))


@either_table
def test_a_tag_without_a_way_on_does_no_harm_at_padding(table, generator):
    allowed = ([True, False], [[False, True], [False, False]], [True, True])  # 0, or 0 1
    crf = ConditionalRandomField(2, allowed=allowed, generator=generator)
    lengths = torch.tensor([2, 1])
    emissions = torch.randn(2, 9, 2, generator=generator).requires_grad_()
    loss = crf.loss(emissions, torch.tensor([[0, 1, *[0] * 7], [0] * 9]), lengths)
    loss.sum().backward()
    torch.testing.assert_close(loss, torch.zeros(2))
    assert emissions.grad.isfinite().all()
    assert crf.decode(emissions, lengths)[0][:, :2].tolist() == [[0, 1], [0, 0]]


def test_where_no_sequence_is_allowed_the_score_says_so(generator):
    allowed = ([True, False], [[False, True], [False, False]], [True, True])
    crf = ConditionalRandomField(2, allowed=allowed, generator=generator)
    emissions = torch.randn(2, 4, 2, generator=generator)
    lengths = torch.tensor([3, 2])
    tags, scores = crf.decode(emissions, lengths)
    assert tags.tolist() == [[0, 0, 0, 0], [0, 1, 0, 0]]
    assert scores.isfinite().tolist() == [False, True]
    best = crf.decode_nbest(emissions, lengths, 2)
    assert best.counts.tolist() == [0, 1]
    assert best.log_probabilities[0].tolist() == [-torch.inf, -torch.inf]
    chain = TagChain(2, allowed=allowed)
    assert chain.decode(emissions, lengths)[1].isfinite().tolist() == [False, True]


def test_a_path_that_is_not_allowed_has_no_likelihood(generator):
    crf = build("IOB2", generator)
    emissions = draw_emissions(crf, generator)
    tags = torch.tensor([[0, 0, 2, 0, 0], [2, 0, 0, 0, 0], [0] * 5, [1, 2, 2, 2, 2]])
    found = crf.log_likelihood(emissions, tags)
    assert found.isfinite().tolist() == [False, False, True, True]
    assert (found[:2] == -torch.inf).all()
    weighted = crf.loss(emissions, tags, None, torch.ones(tags.shape))
    assert weighted.isfinite().tolist() == [False, False, True, True]


def test_in_half_precision_all_is_summed_in_full(generator):
    crf = build("IOB2", generator).float()
    lengths = LENGTHS["ragged"]
    emissions = draw_emissions(crf, generator).bfloat16()
    tags = draw_tags(crf, emissions, lengths, generator)
    weight = torch.rand(tags.shape, generator=generator)

    def results(emissions):
        emissions = emissions.clone().requires_grad_()
        loss = crf.loss(emissions, tags, lengths, weight)
        gradients = torch.autograd.grad(loss.sum(), [emissions, *crf.parameters()])
        return loss, crf.marginals(emissions, lengths), *crf.decode(emissions, lengths), *gradients

    with torch.autocast("cpu", dtype=torch.bfloat16):
        found = results(emissions)
    for value, expected in zip(found, results(emissions.float()), strict=True):
        torch.testing.assert_close(value, expected.to(value.dtype), rtol=0, atol=0)
    types = [value.dtype for value in found]
    assert (
        types
        == [torch.float32] * 2 + [torch.int64, torch.float32, torch.bfloat16] + [torch.float32] * 3
    )


# --- the layer ----------------------------------------------------------------------------------


def test_the_scores_are_those_of_the_parameters_where_allowed(generator):
    crf = build("IOB2", generator)
    for name, allowed in zip(crf.scores()._fields, ALLOWED["IOB2"], strict=True):
        scores, parameter = getattr(crf.scores(), name), getattr(crf, name)
        assert torch.equal(scores > -torch.inf, torch.as_tensor(allowed))
        assert torch.equal(scores[allowed], parameter[allowed])


def test_one_generator_gives_one_layer_and_the_state_holds_the_parameters_alone():
    first, second = (
        ConditionalRandomField(
            3, allowed=ALLOWED["IOB2"], generator=torch.Generator().manual_seed(3)
        )
        for _ in range(2)
    )
    state = first.state_dict()
    assert list(state) == ["start", "transitions", "end"]
    assert all(torch.equal(state[name], second.state_dict()[name]) for name in state)
    file = io.BytesIO()
    torch.save(first, file)
    file.seek(0)
    emissions = torch.randn(2, 4, 3, generator=torch.Generator().manual_seed(0))
    loaded = torch.load(file, weights_only=False)
    assert torch.equal(loaded.marginals(emissions), first.marginals(emissions))


def test_read_only_arrays_of_what_is_allowed_are_fine_and_kept_apart(generator):
    allowed = tuple(np.array(part) for part in ALLOWED["IOB2"])
    for part in allowed:
        part.setflags(write=False)
    crf = ConditionalRandomField(3, allowed=allowed, generator=generator)
    assert crf.barred_start.tolist() == [False, False, True]
    TagChain(3, allowed=allowed).decode(torch.zeros(1, 2, 3))


def test_errors_say_what_was_expected_and_what_came(generator):
    crf = ConditionalRandomField(3, generator=generator)
    with pytest.raises(ValueError, match=r"emissions must be \(batch, time, 3\).*got shape \(2, 3"):
        crf.decode(torch.zeros(2, 3, 4))
    with pytest.raises(ValueError, match=r"got shape \(2, 3\)"):
        crf.log_normalizer(torch.zeros(2, 3))
    message = r"shapes \[\(4,\), \(4, 4\), \(4,\)\] for 4 tags; got shapes \[\(3,\), \(3, 3\)"
    with pytest.raises(ValueError, match=message):
        ConditionalRandomField(4, allowed=ALLOWED["IOB2"], generator=generator)
    with pytest.raises(ValueError, match=message):
        TagChain(4, allowed=ALLOWED["IOB2"])
