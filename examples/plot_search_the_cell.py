"""
Which cell suits the task?
==========================

``cell`` is a parameter like any other, so ``GridSearchCV`` can choose it. The task here is
made of memory: is a row of brackets balanced? ``([{}])`` is; ``([{])}`` is not. Both have the same
characters, so only their order tells, and what was opened first has to be remembered longest.
"""

import matplotlib.pyplot as plt
import numpy as np
from sklearn.model_selection import GridSearchCV

from sklearn_rnn import RNNClassifier

PAIRS = ("()", "[]", "{}")

# %%
# Half of the rows are balanced. The others have the same brackets, two of them exchanged.


def make_rows(n, rng):
    """Rows of 8 to 16 brackets, and whether each is balanced."""
    rows = [balanced_row(rng.integers(4, 9), rng) for _ in range(n)]
    labels = np.array(["balanced", "broken"])[np.arange(n) % 2]
    rows = [
        row if label == "balanced" else broken_row(row, rng)
        for row, label in zip(rows, labels, strict=True)
    ]
    return np.array(rows), labels


def balanced_row(n_pairs, rng):
    """Put pairs side by side and into each other, as chance has it."""
    if n_pairs == 0:
        return ""
    inside = rng.integers(n_pairs)
    left, right = rng.choice(PAIRS)
    return left + balanced_row(inside, rng) + right + balanced_row(n_pairs - 1 - inside, rng)


def broken_row(row, rng):
    """Exchange two brackets, until the row is no longer balanced."""
    while is_balanced(row):
        i, j = rng.choice(len(row), size=2, replace=False)
        brackets = list(row)
        brackets[i], brackets[j] = brackets[j], brackets[i]
        row = "".join(brackets)
    return row


def is_balanced(row):
    """Remove the innermost pairs, until none is left."""
    shorter = row
    for pair in PAIRS:
        shorter = shorter.replace(pair, "")
    return not row or (shorter != row and is_balanced(shorter))


X, y = make_rows(1000, np.random.default_rng(0))
for row, label in zip(X[:4], y[:4], strict=True):
    print(f"{row:<18} {label}")

# %%
# The rows go in as strings. Three folds for each of four cells make twelve small networks.

search = GridSearchCV(
    RNNClassifier(hidden_size=32, max_epochs=25, random_state=0),
    {"cell": ["rnn_tanh", "rnn_relu", "gru", "lstm"]},
    cv=3,
)
search.fit(X, y)

cells = search.cv_results_["param_cell"]
folds = np.array([search.cv_results_[f"split{i}_test_score"] for i in range(3)])
for cell, scores in zip(cells, folds.T, strict=True):
    print(f"{cell:<10} accuracy {scores.mean():.3f}, from {scores.min():.3f} to {scores.max():.3f}")
print(f"the best cell: {search.best_params_['cell']}")

# %%
# A bar is the mean over the folds, a dot one fold.

figure, axes = plt.subplots(figsize=(6.4, 3.8), layout="constrained")
colors = ["tab:orange" if i == search.best_index_ else "0.75" for i in range(len(cells))]
axes.bar(cells, folds.mean(axis=0), width=0.6, color=colors)
for scores in folds:
    axes.plot(cells, scores, "o", color="0.2", markersize=4)
axes.axhline(0.5, color="0.4", linestyle="--", linewidth=1)
axes.text(3.4, 0.52, "guessing", color="0.4")
axes.set(
    title="Are these brackets balanced?",
    xlabel="cell",
    xlim=(-0.5, 4.1),
    ylabel="accuracy on unseen rows",
    ylim=(0, 1.02),
)
axes.spines[["top", "right"]].set_visible(False)
plt.show()
