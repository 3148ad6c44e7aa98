"""What the scripts of this folder search and predict: short reviews, made by chance."""

import numpy as np
from sklearn.model_selection import GridSearchCV

from sklearn_rnn import RNNClassifier

WORDS = {
    "good": ["great", "fun", "warm", "bright", "moving"],
    "bad": ["dull", "slow", "cold", "flat", "tired"],
}
FILLERS = ["a", "the", "film", "story", "very", "and", "with", "scenes", "was", "it"]


def make_reviews(n, seed=0):
    """Give texts and whether each is good or bad, by the words that prevail."""
    rng = np.random.default_rng(seed)
    labels = np.array(["bad", "good"])[np.arange(n) % 2]
    return [" ".join(_words(label, rng)) for label in labels], labels


def _words(label, rng):
    other = "bad" if label == "good" else "good"
    chosen = [*rng.choice(WORDS[label], 3), *rng.choice(WORDS[other], 2)]
    return rng.permutation([*chosen, *rng.choice(FILLERS, rng.integers(3, 12))])


def make_search():
    """Give a search of two cells by two sizes, three folds each."""
    grid = {"cell": ["gru", "lstm"], "hidden_size": [16, 32]}
    return GridSearchCV(RNNClassifier(max_epochs=2, random_state=0), grid, cv=3)


def compare_searches(local, elsewhere, texts):
    """Print where two searches differ; raise AssertionError if they do, by a single bit."""
    for name in sorted(local.cv_results_):
        if name.startswith("split"):
            scores = local.cv_results_[name], elsewhere.cv_results_[name]
            print(name, *scores)
            np.testing.assert_array_equal(*scores)
    np.testing.assert_array_equal(local.predict_proba(texts), elsewhere.predict_proba(texts))
    assert local.best_params_ == elsewhere.best_params_
    print("equal to the last bit: all scores, and the probabilities of", local.best_params_)
