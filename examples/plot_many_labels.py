"""
Does one network do for several labels?
=======================================

Several things can be heard in a recording at once, or none: y is a row of 0 and 1, one column a
label. One network can learn all columns together, over one reading of the recording. Or each label
gets a network of its own, as ``MultiOutputClassifier`` does with any classifier. Both ways are
fitted to the same recordings here, and their scores are printed beside the seconds of the fit.
"""

import time

import matplotlib.pyplot as plt
import numpy as np
from sklearn.metrics import f1_score
from sklearn.model_selection import train_test_split
from sklearn.multioutput import MultiOutputClassifier

from sklearn_rnn import RNNClassifier

SOUNDS = ["rising tone", "falling tone", "beat", "click"]

# %%
# Each sound is in a recording or not, at a place that chance has chosen. A falling tone is a
# rising one played backwards: the same values in another order.


def make_recordings(n, rng):
    """Recordings of 50 to 80 steps, and which of the sounds are in each."""
    present = (rng.random((n, len(SOUNDS))) < 0.4).astype(int)
    recordings = []
    for row in present:
        recording = rng.normal(0, 0.4, size=rng.integers(50, 81))
        for name, there in zip(SOUNDS, row, strict=True):
            if there:
                sound = make_sound(name)
                start = rng.integers(len(recording) - len(sound) + 1)
                recording[start : start + len(sound)] += sound
        recordings.append(recording)
    return recordings, present


def make_sound(name):
    """A sound by itself: 2 to 40 steps."""
    if name == "click":
        return np.array([2.0, -2.0])
    if name == "beat":
        t = np.arange(40)
        return 1.2 * np.sin(1.6 * t) * np.sin(0.3 * t)
    t = np.arange(30)
    rising = 1.2 * np.sin(0.3 * t + 0.02 * t**2)
    return rising if name == "rising tone" else rising[::-1]


X, y = make_recordings(900, np.random.default_rng(0))
X_train, X_test, y_train, y_test = train_test_split(X, y, test_size=1 / 3, random_state=0)

# %%
# One network for all labels, and one for each.

settings = {"hidden_size": 32, "max_epochs": 24, "convolution": None, "lr": 0.01, "random_state": 0}
models = {
    "one network": RNNClassifier(**settings),
    "a network a label": MultiOutputClassifier(RNNClassifier(**settings)),
}
found = {}
for name, model in models.items():
    start = time.perf_counter()
    model.fit(X_train, y_train)
    seconds = time.perf_counter() - start
    found[name] = model.predict(X_test)
    all_right = np.mean((found[name] == y_test).all(axis=1))
    f1 = f1_score(y_test, found[name], average="macro")
    print(f"{name:<18} all labels right {all_right:.3f}, mean F1 {f1:.3f}, fit {seconds:.1f} s")

# %%
# Three unseen recordings with what the one network makes of them, and the F1 of each label.

figure = plt.figure(figsize=(11, 4.6), layout="constrained")
left, right = figure.subfigures(1, 2, width_ratios=[3, 2])
probabilities = models["one network"].predict_proba(X_test)
left.suptitle("Unseen recordings, and the sounds in them in bold")
rows = left.subplots(3, 2, width_ratios=[3, 1], sharex="col")
for n_sounds, (heard_axes, bar_axes) in zip([1, 2, 3], rows, strict=True):
    i = np.flatnonzero(y_test.sum(axis=1) == n_sounds)[0]
    heard_axes.plot(X_test[i], color="0.3", linewidth=1)
    heard_axes.set_yticks([])
    colors = ["tab:orange" if there else "0.8" for there in y_test[i]]
    bar_axes.barh(SOUNDS, probabilities[i], color=colors)
    bar_axes.axvline(0.5, color="0.6", linestyle="--", linewidth=1)
    bar_axes.set_xlim(0, 1)
    bar_axes.invert_yaxis()
    for label, there in zip(bar_axes.get_yticklabels(), y_test[i], strict=True):
        label.set(color="black" if there else "0.7", weight="bold" if there else "normal")
heard_axes.set_xlabel("step")
bar_axes.set_xlabel("probability")

axes = right.subplots()
places = np.arange(len(SOUNDS))
for i, (name, labels) in enumerate(found.items()):
    scores = f1_score(y_test, labels, average=None)
    axes.bar(places + 0.36 * (i - 0.5), scores, width=0.34, label=name, color=["0.35", "0.75"][i])
axes.set_xticks(places, [sound.replace(" ", "\n") for sound in SOUNDS])
axes.set(title="How well each label is found", ylabel="F1 on unseen recordings", ylim=(0, 1.15))
axes.legend(frameon=False, ncols=2, loc="upper center")
for panel in (axes, *rows.flat):
    panel.spines[["top", "right"]].set_visible(False)
plt.show()

# %%
# **What to try next.** ``multilabel_confusion_matrix`` shows what is taken for what; a lower
# threshold than 0.5 on ``predict_proba`` finds more of a rare sound, and errs more often.
#
# **What it does badly.** One network shares its units among the labels. A label that is much harder
# or rarer than the others may be better off with a network of its own, as with its own threshold.
