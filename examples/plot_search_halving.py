"""
How many epochs does a candidate have to be given?
==================================================

A grid search trains each of its candidates to the end, also those that everybody could see fail.
``HalvingGridSearchCV`` gives all of them very few epochs, keeps the best third, gives these three
times as many, and so on. ``max_epochs`` is a parameter like any other, so it can be that resource.
The task here: which digit is this, read row by row from the top?
"""

import matplotlib.pyplot as plt
import numpy as np
from sklearn.datasets import load_digits
from sklearn.experimental import enable_halving_search_cv  # noqa: F401
from sklearn.model_selection import HalvingGridSearchCV, train_test_split

from sklearn_rnn import RNNClassifier

# %%
# 400 pictures are searched on, each a sequence of 8 rows of 8 pixels; the others are for the end.

digits = load_digits()
X, X_test, y, y_test = train_test_split(
    digits.images, digits.target, train_size=400, random_state=0, stratify=digits.target
)

# %%
# The 27 candidates begin with one epoch each, and the last round has 27.

grid = {
    "cell": ["rnn_tanh", "gru", "lstm"],
    "hidden_size": [16, 32, 64],
    "lr": [0.001, 0.005, 0.025],
}
search = HalvingGridSearchCV(
    RNNClassifier(batch_size=16, random_state=0),
    grid,
    resource="max_epochs",
    min_resources=1,
    max_resources=27,
    factor=3,
    cv=2,
    random_state=0,
)
search.fit(X, y)

for n_epochs, n_candidates in zip(search.n_resources_, search.n_candidates_, strict=True):
    print(f"{n_candidates:>2} candidates of {n_epochs:>2} epochs")
spent = np.dot(search.n_resources_, search.n_candidates_)
print(f"{spent} epochs a fold; a grid search would have taken {27 * 27}")
print("the best:", search.best_params_)
print(f"accuracy on new pictures {search.score(X_test, y_test):.3f}")

# %%
# One line a candidate: it ends where the candidate was given up. Every round begins anew, with a
# learning rate that rises and falls over its own epochs; so even one epoch is a whole training, and
# the early rounds foretell the late ones.

found = search.cv_results_
settings = [tuple(params[name] for name in grid) for params in found["params"]]
best = tuple(search.best_params_[name] for name in grid)

figure, axes = plt.subplots(figsize=(6.4, 4.2), layout="constrained")
for setting in sorted(set(settings), key=settings.count):
    rows = [i for i, other in enumerate(settings) if other == setting]
    epochs, scores = found["n_resources"][rows], found["mean_test_score"][rows]
    color, width = ("tab:orange", 2.5) if setting == best else ("0.7", 1)
    axes.plot(epochs, scores, "o-", color=color, linewidth=width, markersize=4)
axes.annotate(
    f"{best[0]}, {best[1]} units, lr {best[2]}",
    (search.n_resources_[-1], search.best_score_),
    xytext=(0, -18),
    textcoords="offset points",
    ha="right",
    color="tab:orange",
)
axes.set(
    title="27 candidates, and who of them is trained on",
    xscale="log",
    xlabel="epochs",
    xticks=search.n_resources_,
    xticklabels=search.n_resources_,
    ylabel="accuracy on unseen pictures",
    ylim=(0, 1.02),
)
axes.minorticks_off()
axes.spines[["top", "right"]].set_visible(False)
plt.show()

# %%
# **What to try next.** ``resource="n_samples"``, scikit-learn's own, gives the candidates few
# sequences instead of few epochs; with Optuna a candidate is given up within its training.
#
# **What it does badly.** A setting that starts slowly is given up before it shows what it can do:
# large networks with a small learning rate are such. ``min_resources=3`` is more patient, and
# dearer.
