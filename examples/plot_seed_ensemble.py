"""
How much of a score is luck?
============================

A network begins with random weights and reads its data in a random order. Another seed gives
another network, and another score: whoever compares two models by one fit each may compare two
seeds. :class:`~sklearn_rnn.ensemble.SeedEnsemble` fits one estimator from several seeds, which
shows how far they are apart, and predicts by all of them together, which is better than most.
"""

import matplotlib.pyplot as plt
import numpy as np
from sklearn.datasets import load_digits
from sklearn.metrics import accuracy_score, log_loss
from sklearn.model_selection import train_test_split

from sklearn_rnn import RNNClassifier
from sklearn_rnn.ensemble import SeedEnsemble

# %%
# Handwritten digits, each a sequence of 8 rows of 8 pixels. There are few to learn from, which
# leaves much to luck.

digits = load_digits()
X_train, X_test, y_train, y_test = train_test_split(
    digits.images, digits.target, train_size=400, random_state=0, stratify=digits.target
)

# %%
# Eight networks that differ in nothing but their seed. ``n_jobs`` would fit them side by side, and
# the result would be the same.

network = RNNClassifier(hidden_size=32, max_epochs=20, lr=0.01, early_stopping=False)
ensemble = SeedEnsemble(network, n_members=8, random_state=0)
ensemble.fit(X_train, y_train)

# %%
# The members by themselves, and the first few of them together. A larger ensemble holds the members
# of a smaller one, so eight fits tell of all sizes: the probabilities are averaged.

members = np.array([member.predict_proba(X_test) for member in ensemble.estimators_])
together = members.cumsum(axis=0) / np.arange(1, 9)[:, np.newaxis, np.newaxis]
assert np.allclose(together[-1], ensemble.predict_proba(X_test))


def accuracy(probabilities):
    """The share of digits that are told right."""
    return accuracy_score(y_test, ensemble.classes_[probabilities.argmax(axis=1)])


def surprise(probabilities):
    """Mean negative log-probability of the right digit."""
    return log_loss(y_test, probabilities, labels=ensemble.classes_)


alone = np.array([accuracy(member) for member in members])
print(f"one network: accuracy from {alone.min():.3f} to {alone.max():.3f}, mean {alone.mean():.3f}")
print(f"all eight together: accuracy {ensemble.score(X_test, y_test):.3f}")

# %%
# Grey dots are single networks, the line is the mean of the first few. The second picture is where
# an ensemble gains most: a network that is wrong is often sure of it, and eight that are wrong in
# different ways are not.

figure, panels = plt.subplots(1, 2, figsize=(10, 3.8), layout="constrained")
sizes = np.arange(1, 9)
for axes, measure, name in zip(
    panels, (accuracy, surprise), ("accuracy", "log loss (lower is better)"), strict=True
):
    axes.plot(sizes, [measure(member) for member in members], "o", color="0.7", label="each alone")
    axes.plot(sizes, [measure(mean) for mean in together], "o-", label="the first so many together")
    axes.set(xlabel="networks", ylabel=f"{name} on unseen digits", xticks=sizes)
    axes.spines[["top", "right"]].set_visible(False)
panels[0].set_title("How many digits are told right", loc="left")
panels[1].set_title("How surprising the right digit is", loc="left")
panels[0].legend(frameon=False, loc="lower right")
plt.show()

# %%
# **What to try next.** ``bootstrap=True`` lets the members differ in what they have read as well. A
# tagger or a forecaster is combined in the same way; of a forecaster the intervals become wider
# where the members disagree.
#
# **What it costs.** Eight networks take eight times as long to fit, and to ask. What all members
# get wrong in the same way, such as what the data do not hold, no number of seeds mends.
