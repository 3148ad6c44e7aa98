"""Densities of the next step that RNNGenerator is held against, all of them simple and strong."""

import numpy as np
from scipy import stats
from scipy.special import logsumexp
from sklearn.mixture import GaussianMixture
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import StandardScaler

__all__ = ["Autoregression", "PairMixture", "StepMixture", "best_of"]

FLOOR = 1e-4  # of variances, in those of the columns: that of RNNGenerator's deviations, squared


class Density:
    """The log-likelihood of a step, as the mean over all steps, in the units of the data."""

    def fit(self, X, labels):
        """Learn from a list of (time, features) and one label a sequence."""
        self.scaler = StandardScaler().fit(np.concatenate(X))
        self.labels = np.unique(labels)
        self.learn([self.scaler.transform(x) for x in X], labels)
        return self

    def score(self, X, labels):
        """Mean log-likelihood of a step in nats."""
        nats = self.of_steps([self.scaler.transform(x) for x in X], labels)
        return float(nats.mean() - np.log(self.scaler.scale_).sum())


class StepMixture(Density):
    """A Gaussian mixture of the steps of each label, as if they came in no order."""

    def __init__(self, n_components):
        self.n_components = n_components

    def learn(self, X, labels):
        self.mixtures = {
            label: GaussianMixture(self.n_components, reg_covar=FLOOR, random_state=0).fit(
                np.concatenate([x for x, own in zip(X, labels, strict=True) if own == label])
            )
            for label in self.labels
        }

    def of_steps(self, X, labels):
        pairs = zip(X, labels, strict=True)
        return np.concatenate([self.mixtures[label].score_samples(x) for x, label in pairs])


class Autoregression(Density):
    """A linear model of the steps before and of the label, with normal errors that correlate."""

    def __init__(self, order):
        self.order = order

    def learn(self, X, labels):
        design, steps = self.design(X, labels), np.concatenate(X)
        gram = design.T @ design + 1e-3 * np.eye(design.shape[1])
        self.weights = np.linalg.solve(gram, design.T @ steps)
        errors = steps - design @ self.weights
        self.noise = stats.multivariate_normal(
            cov=errors.T @ errors / len(steps) + FLOOR * np.eye(steps.shape[1])
        )

    def of_steps(self, X, labels):
        return self.noise.logpdf(np.concatenate(X) - self.design(X, labels) @ self.weights)

    def design(self, X, labels):
        """The last steps, which of them there are, and the label, for each step."""
        rows = []
        for x, label in zip(X, labels, strict=True):
            is_there = np.ones((len(x), 1))
            lags = [
                np.vstack([np.zeros((lag, x.shape[1] + 1)), np.hstack([x, is_there])])[: len(x)]
                for lag in range(1, self.order + 1)
            ]
            rows.append(np.hstack([*lags, np.tile(self.labels == label, (len(x), 1))]))
        return np.concatenate(rows)


class PairMixture(Density):
    """A Gaussian mixture of each step with the one before, conditioned on the latter.

    What comes before the first step is a point far away; each label has a column of its own.
    """

    def __init__(self, n_components):
        self.n_components = n_components

    def learn(self, X, labels):
        pairs = np.hstack([self.before(X, labels), np.concatenate(X)])
        self.mixture = GaussianMixture(self.n_components, reg_covar=FLOOR, random_state=0)
        self.mixture.fit(pairs)

    def of_steps(self, X, labels):
        before = self.before(X, labels)
        pairs, n = np.hstack([before, np.concatenate(X)]), before.shape[1]
        return self.joint(pairs) - self.joint(before, n)

    def joint(self, rows, n=None):
        """The log-density of the first n columns."""
        parts = zip(
            self.mixture.weights_, self.mixture.means_, self.mixture.covariances_, strict=True
        )
        logs = [
            np.log(weight) + stats.multivariate_normal(mean[:n], cov[:n, :n]).logpdf(rows)
            for weight, mean, cov in parts
        ]
        return logsumexp(logs, axis=0)

    def before(self, X, labels):
        return np.concatenate(
            [
                np.hstack(
                    [
                        np.vstack([np.full((1, x.shape[1]), -3.0), x[:-1]]),
                        np.tile(self.labels == label, (len(x), 1)),
                    ]
                )
                for x, label in zip(X, labels, strict=True)
            ]
        )


def best_of(make, sizes, X, labels):
    """Fit with the size that scores best on a fifth of the data held out."""
    rows = np.arange(len(X))
    if len(X) < 5:  # a recording or two: their ends
        ends = [int(0.8 * len(x)) for x in X]
        train = [x[:end] for x, end in zip(X, ends, strict=True)], labels
        held = [x[end:] for x, end in zip(X, ends, strict=True)], labels
    else:
        parts = train_test_split(rows, test_size=0.2, random_state=0, stratify=labels)
        train, held = (([X[i] for i in part], labels[part]) for part in parts)
    scores = [make(size).fit(*train).score(*held) for size in sizes]
    return make(sizes[int(np.argmax(scores))]).fit(X, labels)
