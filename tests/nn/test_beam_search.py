"""Beam search, against all sequences that there are and against a plain greedy loop."""

import itertools

import numpy as np
import pytest
import torch

from sklearn_rnn.nn import beam_search, length_penalty

END, NEVER = 0, 1


class TableScorer:
    """Scores that are drawn for each prefix: what comes next depends on all that came before."""

    def __init__(self, n, n_tokens, seed=0):
        self.n, self.n_tokens, self.seed = n, n_tokens, seed

    def scores(self, sequence, prefix):
        return np.random.default_rng([self.seed, sequence, *prefix]).normal(
            scale=1.5, size=self.n_tokens
        )

    def begin(self):
        self.sequences = list(range(self.n))
        self.prefixes = [[()] for _ in self.sequences]
        return self._next()

    def go_on(self, sequences, rows, tokens):
        self.prefixes = [
            [(*self.prefixes[i][row], token) for row, token in zip(*pair, strict=True)]
            for i, *pair in zip(sequences.tolist(), rows.tolist(), tokens.tolist(), strict=True)
        ]
        self.sequences = [self.sequences[i] for i in sequences.tolist()]
        return self._next()

    def _next(self):
        rows = zip(self.sequences, self.prefixes, strict=True)
        found = [self.scores(i, prefix) for i, prefixes in rows for prefix in prefixes]
        return torch.tensor(np.array(found))


def log_softmax(scores):
    return scores - np.log(np.exp(scores).sum())


def every_target(scorer, sequence, max_length, alpha):
    """All targets that end, with their scores, the best first."""
    known = [token for token in range(scorer.n_tokens) if token not in (END, NEVER)]
    found = []
    for length in range(max_length + 1):
        for tokens in itertools.product(known, repeat=length):
            steps = [*tokens, END]
            value = sum(
                log_softmax(scorer.scores(sequence, tokens[:i]))[step]
                for i, step in enumerate(steps)
            )
            found.append((value / length_penalty(length + 1, alpha), value, list(tokens)))
    return sorted(found, reverse=True)


def search(scorer, **options):
    plain = {"beam_size": 1, "n_best": 1, "max_length": 3, "alpha": 0.0, "end": END, "never": NEVER}
    return beam_search(scorer, **plain | options)


@pytest.mark.parametrize("alpha", [0.0, 0.7, 2.0])
def test_a_beam_of_all_prefixes_finds_the_best_of_all_targets(alpha):
    scorer = TableScorer(n=4, n_tokens=5)
    n_targets = sum(3**length for length in range(4))
    found = search(scorer, beam_size=n_targets, n_best=n_targets, alpha=alpha)
    for sequence, hypotheses in enumerate(found):
        expected = every_target(scorer, sequence, 3, alpha)
        assert [one.tokens for one in hypotheses] == [tokens for *_, tokens in expected]
        np.testing.assert_allclose([one.score for one in hypotheses], [v for v, *_ in expected])
        np.testing.assert_allclose(
            [one.log_probability for one in hypotheses], [v for _, v, _ in expected]
        )


@pytest.mark.parametrize("alpha", [0.0, 1.0, 5.0])
def test_fewer_best_are_the_first_of_many(alpha):
    scorer = TableScorer(n=20, n_tokens=4, seed=1)
    for few, many in zip(
        search(scorer, beam_size=40, n_best=1, alpha=alpha, max_length=4),
        search(scorer, beam_size=40, n_best=15, alpha=alpha, max_length=4),
        strict=True,
    ):
        assert few == many[:1]


def greedy(scorer, sequence, max_length):
    prefix = ()
    while len(prefix) < max_length:
        scores = scorer.scores(sequence, prefix)
        scores[NEVER] = -np.inf
        token = int(scores.argmax())
        if token == END:
            break
        prefix = (*prefix, token)
    return list(prefix)


def test_a_beam_of_one_is_greedy():
    scorer = TableScorer(n=30, n_tokens=4, seed=2)
    found = search(scorer, max_length=6)
    expected = [greedy(scorer, sequence, 6) for sequence in range(30)]
    assert [best[0].tokens for best in found] == expected
    assert len({len(tokens) for tokens in expected}) > 2


def test_a_wider_beam_finds_nothing_worse():
    scorer = TableScorer(n=40, n_tokens=6, seed=3)
    narrow, wide = (
        np.array([best[0].score for best in search(scorer, beam_size=size, max_length=4)])
        for size in (1, 400)
    )
    assert (wide >= narrow).all() and (wide > narrow).any()


def test_sequences_do_not_depend_on_each_other():
    scorer = TableScorer(n=12, n_tokens=5, seed=4)
    together = search(scorer, beam_size=3, n_best=3, max_length=5)
    alone = []
    for sequence in range(12):
        one = TableScorer(n=1, n_tokens=5, seed=4)
        one.scores = lambda _, prefix, sequence=sequence: scorer.scores(sequence, prefix)
        alone += search(one, beam_size=3, n_best=3, max_length=5)
    assert alone == together


def test_what_is_never_written_keeps_its_probability():
    class Certain(TableScorer):
        def scores(self, sequence, prefix):
            return np.log(np.array([0.2, 0.5, 0.3]))

    (found,) = search(Certain(1, 3), beam_size=2, n_best=1, max_length=2)
    assert found[0].tokens == []
    assert found[0].log_probability == pytest.approx(np.log(0.2))


def test_the_longest_have_to_end():
    class Endless(TableScorer):
        def scores(self, sequence, prefix):
            return np.log(np.array([0.01, 0.01, 0.98]))

    (found,) = search(Endless(1, 3), max_length=4)
    assert found[0].tokens == [2, 2, 2, 2]
    assert found[0].log_probability == pytest.approx(4 * np.log(0.98) + np.log(0.01))


@pytest.mark.parametrize("alpha", [0.0, 1.0])
def test_improbable_ends_do_not_end_the_search(alpha):
    class Reluctant(TableScorer):
        """Ends are second to what is right, again and again, but very improbable."""

        def scores(self, sequence, prefix):
            right = END if len(prefix) == 8 else 2 + len(prefix) % 2
            scores = np.full(5, -12.0)
            scores[END] = -7.0
            scores[right] = 0.0
            return scores

    (found,) = search(Reluctant(1, 5), beam_size=3, n_best=2, max_length=12, alpha=alpha)
    assert found[0].tokens == [2, 3] * 4


def test_length_penalty_is_that_of_the_paper():
    assert length_penalty(7, 0.5) == pytest.approx(2**0.5)
    assert length_penalty(7, 0) == 1


@pytest.mark.parametrize("min_length", [1, 2])
def test_an_exhaustive_beam_finds_the_best_of_those_that_are_long_enough(min_length):
    n_tokens, max_length, n_best = 4, 3, 5
    scorer = TableScorer(6, n_tokens)
    found = beam_search(
        scorer,
        beam_size=16,
        n_best=n_best,
        max_length=max_length,
        alpha=0.0,
        end=END,
        never=NEVER,
        min_length=min_length,
    )
    for i, hypotheses in enumerate(found):
        targets = every_target(scorer, i, max_length, 0.0)
        expected = [one for one in targets if len(one[2]) >= min_length][:n_best]
        assert [one.tokens for one in hypotheses] == [tokens for _, _, tokens in expected]
        np.testing.assert_allclose(
            [one.score for one in hypotheses], [score for score, _, _ in expected]
        )
