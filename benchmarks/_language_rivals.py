"""What bench_language.py holds RNNLanguageModel against: counts, and a loop in plain torch."""

import math
from collections import Counter, defaultdict
from itertools import pairwise

import numpy as np
import torch

END = 0


class NGramCounts:
    """Counts of n-grams, each order smoothed by the one below it (Witten and Bell, 1991).

    ``p(w | h) = (c(h w) + t(h) p(w | h')) / (c(h) + t(h))``, where ``t(h)`` is how many different
    tokens follow ``h``, and ``h'`` is ``h`` without its first token. Below the single tokens all
    are alike. An order of 1 counts single tokens.
    """

    def __init__(self, order, n_tokens):
        self.order, self.n_tokens = order, n_tokens

    def fit(self, texts):
        """Count all n-grams within the texts, which are arrays of ids."""
        self.counts = defaultdict(Counter)
        for text in texts:
            ids = [END, *text.tolist(), END]
            for i in range(1, len(ids)):
                for length in range(min(self.order, i + 1)):
                    self.counts[tuple(ids[i - length : i])][ids[i]] += 1
        self.totals = {history: sum(found.values()) for history, found in self.counts.items()}
        return self

    def loss(self, texts):
        """Mean surprise at a token, ends of texts among them, in nats."""
        surprise, n = 0.0, 0
        for text in texts:
            ids = [END, *text.tolist(), END]
            for i in range(1, len(ids)):
                surprise -= math.log(self.probability(ids[max(0, i - self.order + 1) : i], ids[i]))
            n += len(ids) - 1
        return surprise / n

    def probability(self, history, token):
        """Probability of a token after the tokens before it."""
        found = 1 / self.n_tokens
        for length in range(len(history) + 1):
            key = tuple(history[len(history) - length :])
            if key in self.counts:
                followers = self.counts[key]
                total, kinds = self.totals[key], len(followers)
                found = (followers[token] + kinds * found) / (total + kinds)
        return found


class BareLoop:
    """An embedding, ``torch.nn.LSTM`` and a linear layer, trained as the tutorials do it.

    Sizes, streams, optimiser, clipping and precision are those of a fitted ``RNNLanguageModel``;
    dropout is torch's, and no weights are dropped.
    """

    def __init__(self, ids, model):
        plan = model._architecture
        self.plan, self.bptt, self.precision = plan, model.bptt_, model.precision
        n = model.batch_size_
        length = (len(ids) - 1) // n
        flat = torch.from_numpy(np.asarray(ids, dtype=np.int64))
        self.values, self.following = (flat[i : i + n * length].view(n, length) for i in (0, 1))
        self.embedding = torch.nn.Embedding(plan.n_tokens, plan.embedding_dim)
        sizes = [plan.embedding_dim, *[plan.hidden_size] * plan.num_layers]
        self.layers = torch.nn.ModuleList(
            torch.nn.LSTM(*pair, batch_first=True) for pair in pairwise(sizes)
        )
        self.dropout = torch.nn.Dropout(plan.dropout)
        self.head = self._make_head(plan)
        self.parameters = list(
            torch.nn.ModuleList([self.embedding, self.layers, self.head]).parameters()
        )
        self.optimizer = torch.optim.AdamW(self.parameters, lr=1e-3, fused=True)

    def _make_head(self, plan):
        if not plan.tie_weights:
            return torch.nn.Linear(plan.hidden_size, plan.n_tokens)
        head = torch.nn.Linear(plan.embedding_dim, plan.n_tokens)
        head.weight = self.embedding.weight
        if plan.hidden_size == plan.embedding_dim:
            return head
        return torch.nn.Sequential(torch.nn.Linear(plan.hidden_size, plan.embedding_dim), head)

    def train_epoch(self):
        """Train for one epoch."""
        carried = [None] * len(self.layers)
        parts = (whole.split(self.bptt, 1) for whole in (self.values, self.following))
        for values, following in zip(*parts, strict=True):
            loss, carried = self._loss(values, following, carried)
            self.optimizer.zero_grad()
            loss.backward()
            torch.nn.utils.clip_grad_norm_(self.parameters, 1.0)
            self.optimizer.step()

    def _loss(self, values, following, carried):
        after = []
        with torch.autocast("cpu", torch.bfloat16, enabled=self.precision == "bfloat16"):
            states = self.dropout(self.embedding(values))
            for layer, state in zip(self.layers, carried, strict=True):
                states, state = layer(states, state)
                states = self.dropout(states)
                after.append(tuple(part.detach() for part in state))
            scores = self.head(states)
        loss = torch.nn.functional.cross_entropy(scores.float().flatten(0, 1), following.flatten())
        return loss, after
