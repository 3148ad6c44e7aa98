"""
Do recordings have to be of one length?
=======================================

No. A list of arrays goes in as it is, each of shape (time, channels) with its own time; padding
is done inside and never takes part. Here a network says what a machine is doing from recordings of
20 to 120 steps, and gets better the more of a recording it hears. Cutting all recordings to the
length of the shortest one would throw that away.
"""

import matplotlib.pyplot as plt
import numpy as np
from sklearn.decomposition import PCA
from sklearn.model_selection import train_test_split
from sklearn.pipeline import make_pipeline

from sklearn_rnn import RNNClassifier
from sklearn_rnn.inspection import TrainingCurveDisplay
from sklearn_rnn.preprocessing import PerStep

# %%
# Eight sensors hear a mixture of two hidden signals and noise. In a sound machine the second signal
# follows the first at a fixed distance, in a loose one the distance grows, in a worn one the second
# signal leads. No single step tells sound from worn: that takes the order of the steps.

DELAYS = {"sound": (1.2, 0.0), "loose": (1.2, 0.06), "worn": (-1.2, 0.0)}
MIXTURE = np.random.default_rng(1).normal(size=(2, 8))


def make_recordings(n, rng):
    """Recordings of shape (time, 8), 20 <= time <= 120, and the state of each machine."""
    states = rng.choice(list(DELAYS), size=n)
    recordings = []
    for state in states:
        t = np.arange(rng.integers(20, 121))
        delay, drift = DELAYS[state]
        angle = rng.uniform(0.25, 0.4) * t + rng.uniform(0, 2 * np.pi)
        signals = np.column_stack([np.sin(angle), np.sin(angle - delay - drift * t)])
        recordings.append(signals @ MIXTURE + rng.normal(0, 1.5, size=(len(t), 8)))
    return recordings, states


X, y = make_recordings(800, np.random.default_rng(0))
X_train, X_test, y_train, y_test = train_test_split(
    X, y, test_size=0.25, stratify=y, random_state=0
)

# %%
# ``PerStep`` applies any scikit-learn transformer to every step of every recording: here it finds
# the two signals in eight channels. Early stopping keeps the best epoch, which
# :class:`~sklearn_rnn.inspection.TrainingCurveDisplay` marks.

model = make_pipeline(
    PerStep(PCA(2)),
    RNNClassifier(hidden_size=32, max_epochs=12, lr=0.004, early_stopping=True, random_state=0),
)
model.fit(X_train, y_train)
TrainingCurveDisplay.from_estimator(model)
plt.show()

# %%
# How good is the model when it hears only the beginning?

heard = np.arange(10, 121, 10)
accuracies = [model.score([x[:steps] for x in X_test], y_test) for steps in heard]
for steps, accuracy in zip(heard, accuracies, strict=True):
    print(f"the first {steps:>3} steps: accuracy {accuracy:.3f}")

# %%
# The signals of three unseen recordings, and what hearing more is worth.

# sphinx_gallery_thumbnail_number = 2
figure, (recordings_axes, heard_axes) = plt.subplots(1, 2, figsize=(10, 3.8), layout="constrained")
lengths = np.array([len(x) for x in X_test])
for i, (state, length) in enumerate({"sound": 110, "loose": 75, "worn": 40}.items()):
    closest = np.abs(lengths - length + 1000 * (y_test != state)).argmin()
    signals = model[0].transform([X_test[closest]])[0]
    recordings_axes.plot(signals[:, 0] - 12 * i, color="tab:green", linewidth=1)
    recordings_axes.plot(signals[:, 1] - 12 * i, color="tab:purple", linewidth=1)
recordings_axes.set(title="A recording of each state", xlabel="step", xlim=(0, 122))
recordings_axes.set_yticks([0, -12, -24], list(DELAYS))
recordings_axes.tick_params(left=False)

heard_axes.plot(heard, accuracies, marker="o", markersize=4)
heard_axes.axvline(20, color="0.6", linestyle="--", zorder=0)
heard_axes.text(23, min(accuracies), "the shortest recording", color="0.4")
heard_axes.set(
    title="Unseen recordings, cut short", xlabel="steps heard at most", ylabel="accuracy"
)
for axes in (recordings_axes, heard_axes):
    axes.spines[["top", "right"]].set_visible(False)
plt.show()

# %%
# **What to try next.** Which channels count, and when, is asked in
# :ref:`sphx_glr_examples_plot_what_matters.py`; a table of readings becomes such a list by
# ``Sequences.from_frame``. Several hundred steps and more: ``stride`` or ``segment`` make them
# fewer.
#
# **What it does badly.** It has learned from whole recordings. Cut short it does as well as it can,
# but a network that has to decide early should be trained on beginnings.
