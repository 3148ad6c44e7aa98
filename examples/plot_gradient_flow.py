"""
How far back does the gradient reach?
=====================================

A recurrent network learns from what lies far back by a gradient that has gone through every step in
between, and each step multiplies it. If the product shrinks to nothing, the network cannot learn
what it would have to remember, however long it is trained. ``gradient_flow`` measures what is left,
and :class:`~sklearn_rnn.inspection.GradientFlowDisplay` draws it. Here four cells are given a task
that is nothing but memory.
"""

import matplotlib.pyplot as plt

from sklearn_rnn import RNNRegressor
from sklearn_rnn.datasets import make_adding_problem
from sklearn_rnn.inspection import GradientFlowDisplay, gradient_flow

# %%
# The adding problem of Hochreiter and Schmidhuber (1997): of 50 numbers two are marked, one in
# either half, and their sum is to be told. Whoever knows nothing but the mean of the sums has an
# R2 of 0.

X, y = make_adding_problem(1200, length=50, random_state=0)
X_test, y_test = make_adding_problem(300, length=50, random_state=1)

# %%
# The four networks differ in their cell alone. They read from the beginning to the end, and answer
# from the last state: with ``pooling="mean"`` or ``"attention"`` the gradient would have a shorter
# way.

cells = {
    "rnn_sigmoid": "logistic, the oldest",
    "rnn_tanh": "tanh, with orthogonal weights to begin with",
    "gru": "two gates",
    "lstm": "three gates",
}
settings = {
    "hidden_size": 32,
    "bidirectional": False,
    "pooling": "last",
    "convolution": None,
    "early_stopping": False,
    "lr": 0.01,
    "max_epochs": 15,
    "batch_size": 32,
    "random_state": 0,
}
models = {cell: RNNRegressor(cell=cell, **settings).fit(X, y) for cell in cells}
flows = {cell: gradient_flow(model, X_test, y_test) for cell, model in models.items()}
scores = {cell: model.score(X_test, y_test) for cell, model in models.items()}
for cell in cells:
    print(f"{cell:<12} R2 {scores[cell]:6.3f}  {flows[cell].layers[0]}")

# %%
# The verdicts foretell the scores. A cell whose gradient has vanished after a few steps guesses the
# mean; one whose gradient lasts longer may learn some of the task; and the gated cells, whose
# gradient is as large at the other end as after one step, solve it. The advice goes with the
# verdict.

print(flows["rnn_sigmoid"].advice)

# %%
# From right to left in time: how much of a change of the state is left at the end (blue, from what
# is kept worst to what is kept best), and how large the gradient is that training gets to see
# (orange). The scale is logarithmic; a straight line downwards is a product of equal factors.

figure, panels = plt.subplots(2, 2, figsize=(11, 6.5), layout="constrained", sharex=True)
for axes, (cell, meaning) in zip(panels.flat, cells.items(), strict=True):
    GradientFlowDisplay(flows[cell]).plot([axes])
    axes.set_title(f"{cell} ({meaning}): R2 {scores[cell]:.2f}", loc="left", size="medium")
    axes.set_ylim(1e-9, 1e2)
    axes.label_outer()
    axes.get_legend().remove()
panels[0, 0].legend(loc="center right", fontsize="small")
plt.show()

# %%
# **What to try next.** ``initialization="chrono"`` sets the gates of the last two cells to remember
# for as long as the sequences are, which pays for sequences of hundreds of steps. For thousands,
# shorten the way: ``stride``, ``segment``, or a cell that is a scan over time, ``"mingru"``.
#
# **What this does not tell.** A gradient that arrives is needed to learn, but does not suffice:
# there also has to be something to learn. And what is measured is one loss at some sequences, at
# the end of training; a network that has learned to forget has a vanishing gradient as well,
# rightly.
