"""
What does a network decide by?
==============================

A score tells how often a network is right, not what it has looked at. Three questions are put to
one here: which channels of a recording it needs, and when; how its answer depends on a value; and
what speaks for the answer in one single recording. The recordings are made up, so that it is known
what the answers have to be.
"""

import matplotlib.pyplot as plt
import numpy as np
from sklearn.model_selection import train_test_split

from sklearn_rnn import RNNRegressor
from sklearn_rnn.inspection import SaliencyDisplay, partial_dependence, permutation_importance

# %%
# Batches in a tank, each stirred and heated for 40 to 60 minutes. How much comes of it depends on
# two things: on how high the heat peaks, and on the acidity of the last five minutes, which is best
# in the middle and worse to both sides. The speed of the stirrer and the light in the room are
# recorded too, and mean nothing.

CHANNELS = ["heat", "acidity", "stirrer", "light"]


def make_batches(n, rng):
    """Recordings of shape (time, 4), and how much comes of each batch."""
    recordings, yields = [], []
    for _ in range(n):
        time = np.arange(rng.integers(40, 61))
        recording = rng.normal(0, 0.3, size=(len(time), 4)).cumsum(axis=0) * 0.5
        peak, when = rng.uniform(1, 4), rng.uniform(0.2, 0.6) * len(time)
        recording[:, 0] += peak * np.exp(-(((time - when) / 3) ** 2))
        end = rng.uniform(-2, 2)
        recording[-5:, 1] += end - recording[-5:, 1].mean()
        recordings.append(recording)
        yields.append(peak - end**2 + rng.normal(0, 0.1))
    return recordings, np.array(yields)


X, y = make_batches(900, np.random.default_rng(0))
X_train, X_test, y_train, y_test = train_test_split(X, y, test_size=1 / 3, random_state=0)
model = RNNRegressor(max_epochs=20, lr=0.01, random_state=0).fit(X_train, y_train)
print(f"R2 on unseen batches: {model.score(X_test, y_test):.3f}")

# %%
# **Which channels, and when?** ``permutation_importance`` exchanges a channel between recordings,
# as a whole, and tells by how much R2 falls. With ``by="block"`` it exchanges all channels over a
# tenth of the time.

by_channel = permutation_importance(model, X_test, y_test, random_state=0)
by_time = permutation_importance(model, X_test, y_test, by="block", random_state=0)
for name, fall in zip(CHANNELS, by_channel.importances_mean, strict=True):
    print(f"without {name:<8} R2 falls by {fall:.3f}")

# %%
# **How does the answer depend on a value?** ``partial_dependence`` sets the acidity of the last
# five minutes to one value after another, in every recording, and takes the mean of the
# predictions. In truth it is a parabola with its top at 0.

dependence = partial_dependence(
    model, X_test[:100], 1, step=slice(-5, None), grid_values=np.linspace(-2, 2, 21)
)

# %%
# All three answers are right about what was planted: the idle channels count for nothing; the heat
# counts from a fifth to three fifths of the time, where it peaks, and the acidity at the end.

figure, (channel_axes, time_axes, value_axes) = plt.subplots(
    1, 3, figsize=(12, 3.6), layout="constrained"
)
channel_axes.barh(CHANNELS, by_channel.importances_mean, xerr=by_channel.importances_std)
channel_axes.invert_yaxis()
channel_axes.set(title="Without a channel", xlabel="R2 falls by")
time_axes.stairs(by_time.importances_mean, by_time.block_edges, fill=True)
time_axes.set(title="Without a tenth of the time", xlabel="share of the time", ylabel="R2 falls by")
grid, mean = dependence.grid_values[0], dependence.average[0]
value_axes.plot(grid, mean, label="predicted")
value_axes.plot(grid, mean.max() - grid**2, "--", color="0.5", label="planted")
value_axes.set(title="With a given acidity at the end", xlabel="acidity", ylabel="yield")
value_axes.legend(frameon=False)
for axes in (channel_axes, time_axes, value_axes):
    axes.spines[["top", "right"]].set_visible(False)
plt.show()

# %%
# **What speaks for the answer in one recording?** :class:`~sklearn_rnn.inspection.SaliencyDisplay`
# shares out the difference from the prediction for an average recording among all steps and
# channels. Red raises the prediction, blue lowers it; the lines are the recording. This batch was
# hot, which is for it, and ended far from the best acidity, which is against it.

ends = np.array([x[-5:, 1].mean() for x in X_test])
peaks = np.array([x[:, 0].max() for x in X_test])
chosen = np.argmax(peaks - 3 * np.abs(np.abs(ends) - 1.5))
display = SaliencyDisplay.from_estimator(model, X_test[chosen])
display.ax_.set_yticks(range(4), CHANNELS)
plt.show()

# %%
# **What to try next.** ``gradient_flow`` tells whether a network can have learned from so far back
# at all; :ref:`sphx_glr_examples_plot_gradient_flow.py` draws it.
#
# **What these answers are not.** They are about the network, not about the tank: what it does not
# use may still matter, and of two channels that tell the same it may use either, so that neither is
# missed. Exchanged channels also make recordings that could not be, such as a heat without what
# usually comes with it, and there the network was never trained.
