"""
Which cell suits the task?
==========================

``cell`` is a parameter like any other, so ``GridSearchCV`` can choose it. The task here is made of
memory: two of up to 40 numbers are marked, and their sum is to be told at the end. The first of
them has to be kept until the second comes, past all that lies between.
"""

import matplotlib.pyplot as plt
import numpy as np
from sklearn.model_selection import GridSearchCV

from sklearn_rnn import RNNRegressor
from sklearn_rnn.datasets import make_adding_problem

X, y = make_adding_problem(800, length=40, min_length=20, random_state=0)
values, markers = X[0].T
print(f"{len(X)} rows, the first of {len(values)} numbers")
print("marked:", " + ".join(f"{value:.2f}" for value in values[markers == 1]), f"= {y[0]:.2f}")

# %%
# The rows go in as they are, a list of arrays. Three folds for each of four cells make twelve small
# networks, which read from the beginning and answer from their last state.

search = GridSearchCV(
    RNNRegressor(
        hidden_size=24,
        bidirectional=False,
        pooling="last",
        convolution=None,
        early_stopping=False,
        max_epochs=12,
        batch_size=16,
        lr=0.01,
        random_state=0,
    ),
    {"cell": ["rnn_tanh", "rnn_relu", "gru", "lstm"]},
    cv=3,
    refit=False,
)
search.fit(X, y)

cells = search.cv_results_["param_cell"]
folds = np.array([search.cv_results_[f"split{i}_test_score"] for i in range(3)])
for cell, scores in zip(cells, folds.T, strict=True):
    print(f"{cell:<10} R2 {scores.mean():.3f}, from {scores.min():.3f} to {scores.max():.3f}")
print(f"the best cell: {search.best_params_['cell']}")

# %%
# A bar is the mean over the folds, a dot one fold.

figure, axes = plt.subplots(figsize=(6.4, 3.8), layout="constrained")
colors = ["tab:orange" if i == search.best_index_ else "0.75" for i in range(len(cells))]
axes.bar(cells, folds.mean(axis=0), width=0.6, color=colors)
for scores in folds:
    axes.plot(cells, scores, "o", color="0.2", markersize=4)
axes.axhline(0, color="0.4", linewidth=1)
axes.set(
    title="Which cell remembers a number?",
    xlabel="cell",
    ylabel="R2 on unseen rows",
    ylim=(None, 1.05),
)
axes.spines[["top", "right"]].set_visible(False)
plt.show()

# %%
# **What to try next.** :ref:`sphx_glr_examples_plot_gradient_flow.py` shows why the cells differ.
# Other parameters are searched in the same way, several at once, and ``n_jobs=2`` fits two
# candidates side by side.
#
# **What this does badly.** Each cell is judged at one learning rate and one size, which may suit
# one and not the other; a search over ``lr`` as well is fairer. And where the dots of two cells lie
# among each other, neither is better: take the one that is faster.
