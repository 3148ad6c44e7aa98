"""Rank the next item of a session: ``RNNClassifier().predict_top_k`` beside two floors.

Sessions of made-up items are drawn here from a fixed seed. Every beginning of a session is a
history, the item that comes next its label. Histories of a third of the sessions are held out::

    python benchmarks/bench_ranking.py
    python benchmarks/bench_ranking.py --sessions 500 --seeds 1 --set subwords=False

The floors recommend the most popular items, and the items that most often followed the last one
(a first-order Markov chain, the popular items behind them). The process that drew the sessions
also ranks by its own probabilities, given the history: nothing can do better but by chance.
"""

import argparse
from collections import Counter
from dataclasses import dataclass

import numpy as np
import torch
from _common import Table, mean_and_spread, parse_setting, print_header, timed

N_ITEMS = 200
N_INTERESTS = 10
FOLLOWED_BY = 3  # items that tend to follow an item
SHARES = (0.35, 0.25, 0.40)  # after the last item, after the one before it, by the interest
AT = 10


# ------------------------------------------------------------------------------------ sessions


@dataclass(frozen=True)
class Process:
    """What draws the next item: a mixture of two transitions and of a session's interest."""

    after_last: np.ndarray  # (items, items): rows of probabilities, for the last item
    after_second: np.ndarray  # (items, items): the same, for the item before it
    by_interest: np.ndarray  # (interests, items)

    def next_item(self, history):
        """Probabilities of the next item under each interest, (interests, items)."""
        last = history[-1]
        second = history[-2] if len(history) > 1 else last
        chain = SHARES[0] * self.after_last[last] + SHARES[1] * self.after_second[second]
        return chain + SHARES[2] * self.by_interest

    def draw(self, rng):
        """One session: an interest, a first item by it, and 2 to about 20 more."""
        interest = rng.integers(N_INTERESTS)
        session = [rng.choice(N_ITEMS, p=self.by_interest[interest])]
        for _ in range(2 + rng.poisson(rng.gamma(2.0, 2.0))):
            session.append(rng.choice(N_ITEMS, p=self.next_item(session)[interest]))
        return session

    def scores(self, histories):
        """Probabilities of the next item given the history alone, (histories, items)."""
        rows = []
        for history in histories:
            belief = self.by_interest[:, history[0]].copy()  # interests are equally common
            for place in range(1, len(history)):
                belief *= self.next_item(history[:place])[:, history[place]]
            rows.append(belief / belief.sum() @ self.next_item(history))
        return np.array(rows)


def make_process(rng):
    """Items of skewed popularity, each with an interest and a few followers of either kind."""
    popularity = 1 / np.arange(1, N_ITEMS + 1)
    interests = rng.integers(N_INTERESTS, size=N_ITEMS)
    of_interest = np.arange(N_INTERESTS)[:, None] == interests
    by_interest = popularity * (of_interest + 0.02)
    return Process(
        after_last=draw_transitions(popularity, rng),
        after_second=draw_transitions(popularity, rng),
        by_interest=by_interest / by_interest.sum(axis=1, keepdims=True),
    )


def draw_transitions(popularity, rng):
    """Rows of probabilities: few items follow an item, popular ones more often than others."""
    matrix = np.zeros((N_ITEMS, N_ITEMS))
    chances = np.sqrt(popularity) / np.sqrt(popularity).sum()
    for row in matrix:
        followers = rng.choice(N_ITEMS, size=FOLLOWED_BY, replace=False, p=chances)
        row[followers] = rng.dirichlet(np.ones(FOLLOWED_BY))
    return matrix


def next_items(sessions):
    """Every beginning of every session, and the item that follows it."""
    pairs = [
        (session[:end], session[end]) for session in sessions for end in range(1, len(session))
    ]
    histories, items = zip(*pairs, strict=True)
    return list(histories), np.array(items)


# -------------------------------------------------------------------------------- recommenders


def top(scores):
    """The items of highest score, best first; equal ones stand in their order."""
    return np.argsort(-scores, axis=1, kind="stable")[:, :AT]


class PopularItems:
    """Recommend what is most frequent, whatever the history."""

    def fit(self, histories, items):
        self.shares_ = np.bincount(items, minlength=N_ITEMS) / len(items)
        return self

    def predict_top_k(self, histories):
        return top(np.tile(self.shares_, (len(histories), 1)))


class TransitionCounts:
    """Recommend what most often followed the last item, then what is popular."""

    def fit(self, histories, items):
        shares = np.bincount(items, minlength=N_ITEMS) / (len(items) + 1)  # each less than 1
        self.counts_ = np.tile(shares, (N_ITEMS, 1))
        for (last, item), count in Counter(zip(last_items(histories), items, strict=True)).items():
            self.counts_[last, item] += count
        return self

    def predict_top_k(self, histories):
        return top(self.counts_[last_items(histories)])


def last_items(histories):
    """The last item of every history."""
    return [history[-1] for history in histories]


class Ours:
    """`sklearn_rnn.RNNClassifier` on lists of names."""

    def __init__(self, seed, parameters):
        from sklearn_rnn import RNNClassifier

        self.model = RNNClassifier(**({"random_state": seed} | parameters))

    def fit(self, histories, items):
        self.model.fit(named(histories), [name(item) for item in items])
        return self

    def predict_top_k(self, histories):
        ranked = self.model.predict_top_k(named(histories), k=AT)
        numbers = {name(item): item for item in range(N_ITEMS)}
        return np.vectorize(numbers.get)(ranked)


def name(item):
    """An item as a shop would call it."""
    return f"item{item:03d}"


def named(histories):
    """Histories as lists of names."""
    return [[name(item) for item in history] for history in histories]


class ProcessItself:
    """Rank by the probabilities that drew the sessions."""

    def __init__(self, process):
        self.process = process

    def fit(self, histories, items):
        return self

    def predict_top_k(self, histories):
        return top(self.process.scores(histories))


# ------------------------------------------------------------------------------------- running


def fit_and_score(model, train, test):
    """Hit rate, mean reciprocal rank, ndcg and the seconds of the fit."""
    from sklearn_rnn.metrics import hit_rate, mean_reciprocal_rank, ndcg

    _, seconds = timed(model.fit, *train)
    histories, items = test
    recommended = model.predict_top_k(histories)
    return *(score(items, recommended) for score in (hit_rate, mean_reciprocal_rank, ndcg)), seconds


def row_of(title, models, train, test):
    """The cells of one recommender: means over its models, and the spread of their ndcg."""
    runs = np.array([fit_and_score(model, train, test) for model in models])
    *scores, seconds = runs.mean(axis=0)
    _, spread = mean_and_spread(runs[:, 2])
    return title, *(f"{score:.3f}" for score in scores), f"{spread:.3f}", f"{seconds:.1f}"


def parse_options():
    """Options of the command line."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--sessions", type=int, default=3_000, help="how many to draw (3000)")
    parser.add_argument(
        "--seeds", type=int, default=3, help="fits of ours with seeds 0, 1, ... (3)"
    )
    parser.add_argument("--set", type=parse_setting, action="append", default=[],
                        metavar="KEY=VALUE", help="a parameter of RNNClassifier")  # fmt: skip
    parser.add_argument("--threads", type=int, default=1, help="torch threads (1)")
    options = parser.parse_args()
    options.parameters = dict(options.set)
    return options


def main():
    options = parse_options()
    torch.set_num_threads(options.threads)
    print_header(f"The next of {N_ITEMS} items: scores of {AT} recommendations", options.threads)
    rng = np.random.default_rng(0)
    process = make_process(rng)
    sessions = [process.draw(rng) for _ in range(options.sessions)]
    n_train = 2 * options.sessions // 3
    train, test = next_items(sessions[:n_train]), next_items(sessions[n_train:])
    lengths = [len(session) for session in sessions]
    print(f"- sessions: {len(sessions)}, of {min(lengths)} to {max(lengths)} items")
    print(f"- histories: {len(train[1])} to fit on, {len(test[1])} held out")
    print(f"- RNNClassifier with {options.parameters or 'plain defaults'}\n")
    table = Table(
        "recommender", f"hit rate at {AT}", f"MRR at {AT}", f"ndcg at {AT}", "spread of ndcg",
        "fit s",
    )  # fmt: skip
    rows = {
        "popular items": [PopularItems()],
        "transition counts": [TransitionCounts()],
        "RNNClassifier": [Ours(seed, options.parameters) for seed in range(options.seeds)],
        "the process itself": [ProcessItself(process)],
    }
    for title, models in rows.items():
        table.row(*row_of(title, models, train, test))
    print(f"\nRNNClassifier: mean of {options.seeds} seeds; spread: largest minus smallest. Aim:")
    print("above both floors in all three scores. The process itself is the ceiling.")


if __name__ == "__main__":
    main()
