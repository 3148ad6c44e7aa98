"""
What has the network made of its input?
=======================================

A fitted network is a transformer too: ``transform`` gives the state that it has pooled from the
steps of each sequence, a vector of fixed length. Any scikit-learn model can go on from there. Here
the sequences are handwritten digits, 8 rows of 8 pixels, and the picture shows unseen digits twice:
by their raw pixels and by the states of a network that has read them row by row.
"""

import matplotlib.pyplot as plt
from sklearn.datasets import load_digits
from sklearn.decomposition import PCA
from sklearn.model_selection import train_test_split
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline

from sklearn_rnn import RNNClassifier

X, y = load_digits(return_X_y=True)
X = X.reshape(-1, 8, 8)
X_train, X_test, y_train, y_test = train_test_split(X, y, test_size=0.4, stratify=y, random_state=0)

# %%
# A network in the middle of a pipeline learns from y and passes its states on.

network = RNNClassifier(random_state=0)
nearest_states = make_pipeline(network, PCA(2), KNeighborsClassifier(15))
nearest_states.fit(X_train, y_train)

# %%
# The same two steps without the network.

nearest_pixels = make_pipeline(PCA(2), KNeighborsClassifier(15))
nearest_pixels.fit(X_train.reshape(len(X_train), -1), y_train)

panels = {
    "raw pixels": (nearest_pixels, X_test.reshape(len(X_test), -1)),
    "states of the network": (nearest_states, X_test),
}
print(f"a state has {network.transform(X_test).shape[1]} numbers, a digit {X[0].size} pixels")

# %%
# Two numbers a digit: the closer together the digits of a kind, the better their neighbours know.

figure, axes_of_panels = plt.subplots(1, 2, figsize=(10, 5), layout="constrained")
for axes, (title, (model, images)) in zip(axes_of_panels, panels.items(), strict=True):
    accuracy = model.score(images, y_test)
    print(f"{title:<22} accuracy of the neighbours in two dimensions: {accuracy:.3f}")
    points = model[:-1].transform(images)
    for digit in range(10):
        x_axis, y_axis = points[y_test == digit].T
        axes.scatter(x_axis, y_axis, marker=f"${digit}$", color=f"C{digit}", s=32, linewidth=0.2)
    axes.set(
        title=f"{title}\n{accuracy:.0%} of the neighbours' guesses are right",
        xlabel="first principal component",
        ylabel="second principal component",
    )
    axes.spines[["top", "right"]].set_visible(False)
plt.show()

# %%
# **What to try next.** ``RNNEncoder`` learns such vectors without labels, and ``EmbeddingDisplay``
# draws the map of any transformer in one line.
#
# **What it does badly.** The states are made for the labels of the fit: a question that these do
# not ask, such as who wrote a digit, may be lost in them. And two dimensions are two of many:
# points that lie on each other here need not be close.
