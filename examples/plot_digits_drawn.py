"""
Can a network draw digits?
==========================

Row by row, yes. An image of 8 rows is a sequence of 8 steps with 8 numbers each, and a recurrent
network tells the distribution of the next row by those above it and by the digit that it shall
be. Rows that are drawn from it, one after the other, make digits that nobody wrote; rows that are
given are drawn on. And since every image has a likelihood with each label, Bayes' rule makes a
classifier of it.
"""

import matplotlib.pyplot as plt
import numpy as np
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split
from sklearn.svm import SVC

from sklearn_rnn import RNNGenerator

# %%
# Pixels are whole numbers from 0 to 16. Noise from 0 to 1 makes them continuous, as a density
# wants them to be, and rounding down gives the pixels back.

pixels, labels = load_digits(return_X_y=True)
rng = np.random.default_rng(0)
images = (pixels + rng.uniform(size=pixels.shape)).reshape(-1, 8, 8)
X_train, X_test, y_train, y_test = train_test_split(
    images, labels, test_size=0.25, stratify=labels, random_state=0
)


def as_pixels(drawn):
    """Whole numbers from 0 to 16."""
    return np.clip(np.floor(drawn), 0, 16)


# %%
# The labels are what the drawing is conditioned on.

model = RNNGenerator(random_state=0).fit(X_train, y_train)
print(f"log-likelihood of an unseen row: {model.score(X_test, y_test):.2f} nats")
told = model.predict(X_test) == y_test
print(f"unseen digits told apart by their likelihoods: {told.mean():.3f}")

# %%
# Does somebody else recognise what was drawn? A support vector machine was trained on real digits.
# At a lower temperature the network draws what is more usual.

judge = SVC(C=10).fit(as_pixels(X_train).reshape(-1, 64), y_train)
real = judge.score(as_pixels(X_test).reshape(-1, 64), y_test)
print(f"recognised among unseen real digits: {real:.3f}")
wanted = np.repeat(np.arange(10), 50)
for temperature in (1.0, 0.5, 0.25):
    drawn = model.sample(y=wanted, temperature=temperature, random_state=0)
    seen = judge.predict(as_pixels(drawn).reshape(-1, 64))
    print(f"recognised at temperature {temperature}: {np.mean(seen == wanted):.3f}")

# %%
# The pictures: real digits, drawn ones, and unseen ones of which the upper half was given.

figure, axes = plt.subplots(1, 3, figsize=(8.6, 5.8), layout="constrained")
half = [X_test[y_test == digit][:6, :4] for digit in range(10)]
panels = {
    "real digits": [X_train[y_train == digit][:6] for digit in range(10)],
    "drawn, by label,\nat temperature 0.5": [
        model.sample(6, digit, temperature=0.5, random_state=digit) for digit in range(10)
    ],
    "the lower half drawn on,\nwithout a label": [
        np.stack(model.complete(begun, how="sample", temperature=0.5, random_state=0))
        for begun in half
    ],
}
for axis, (title, digits) in zip(axes, panels.items(), strict=True):
    rows = [np.hstack([np.pad(as_pixels(image), 1) for image in alike]) for alike in digits]
    axis.imshow(np.vstack(rows), cmap="gray_r")
    axis.set_title(title)
    axis.set_axis_off()
for i in range(10):
    axes[2].axhline(10 * i + 4.5, color="tab:orange", linewidth=0.8)
plt.show()

# %%
# **What to try next.** ``n_components`` and ``hidden_size`` make the densities richer; sequences of
# other numbers, such as strokes of a pen, are drawn in the same way, and end where the network says
# so.
#
# **What it does badly.** Rows are drawn from the top and never mended: what has gone wrong above is
# wrong for good, and at temperature 1, where it draws as widely as it has read, a drawn digit is
# recognised less often than a real one. For images networks that see all of it at once draw better.
