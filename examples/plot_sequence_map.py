"""
Which requests mean alike?
==========================

``RNNEncoder`` learns a vector for each sequence without any label: a network reads a text of which
some words are hidden, and its vector has to tell what these were. Texts in which the same words
would fit get vectors that are alike, whether or not they have words in common. Here people speak to
an assistant. The picture shows their requests as two maps, by counted words and by the vectors of
the network; what they are about, the colours, was known to neither.
"""

from itertools import product
from random import Random

import matplotlib.pyplot as plt
import numpy as np
from sklearn.decomposition import PCA
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.neighbors import NearestNeighbors
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import Normalizer

from sklearn_rnn import RNNEncoder
from sklearn_rnn.inspection import EmbeddingDisplay

REQUESTS = {
    "music": (
        "play {}|put on {}|i want to hear {}|next song by {}|add {} to my list|turn up {}",
        "some jazz|the beatles|miles davis|a rock ballad|nina simone|the new album|my playlist",
    ),
    "weather": (
        "will it rain {}|how cold is it {}|give me the forecast {}|is there snow {}|any wind {}",
        "in paris|in rome|near the lake|in oslo|at the coast|up in the hills|over there",
    ),
    "table": (
        "book a table {}|find me a restaurant {}|we are hungry and {}|get a seat {}|i eat {}",
        "for two|with a view|that serves sushi|for six people|where kids can eat|on the terrace",
    ),
    "light": (
        "switch off the lamp {}|dim the light {}|make it brighter {}|all lamps {}|it is dark {}",
        "in the kitchen|in the hall|upstairs|next to the sofa|in the bath|by the door",
    ),
    "clock": (
        "wake me {}|set an alarm {}|start a timer {}|remind me {}|ring the bell {}",
        "at seven|in ten minutes|at noon|an hour before dawn|every monday|after my nap",
    ),
}
QUERIES = ["i want to hear nina simone", "is it cold in the hills", "brighter by the sofa please"]


def make_requests():
    """Texts in a random order, and what each is about."""
    pairs = [
        (frame.format(rest), topic)
        for topic, (frames, rests) in REQUESTS.items()
        for frame, rest in product(frames.split("|"), rests.split("|"))
    ]
    Random(0).shuffle(pairs)
    texts, topics = zip(*pairs, strict=True)
    return list(texts), np.array(topics)


texts, topics = make_requests()

# %%
# The network sees the texts, and nothing else. Of its vectors only the directions count.

encoder = RNNEncoder(hidden_size=64, max_epochs=60, random_state=0)
by_meaning = make_pipeline(encoder, Normalizer())
vectors = {
    "counted words": TfidfVectorizer().fit_transform(texts).toarray(),
    "vectors of the network": by_meaning.fit_transform(texts),
}

# %%
# Searching by meaning is a search for the nearest vectors.

nearest = NearestNeighbors(n_neighbors=2).fit(vectors["vectors of the network"])
for query, rows in zip(
    QUERIES, nearest.kneighbors(by_meaning.transform(QUERIES), return_distance=False), strict=True
):
    print(f"{query!r} is like {' and '.join(repr(texts[row]) for row in rows)}")

# %%
# Two numbers a text, drawn by :class:`~sklearn_rnn.inspection.EmbeddingDisplay`, and a harder
# question: of the texts that share no word with it, is the nearest one about the same?

words = [set(text.split()) for text in texts]
share_words = np.array([[bool(one & other) for other in words] for one in words])

figure, axes_of_maps = plt.subplots(1, 2, figsize=(13, 5), layout="constrained")
for axes, (title, found) in zip(axes_of_maps, vectors.items(), strict=True):
    alike = np.where(share_words, -np.inf, found @ found.T)
    right = np.mean(topics[alike.argmax(axis=1)] == topics)
    print(f"{title:<23} {right:.0%} of the neighbours without a common word are about the same")
    EmbeddingDisplay(points=PCA(2).fit_transform(found), groups=topics).plot(axes)
    axes.get_legend().remove()  # one for both stands beside them
    axes.set(
        title=f"{title}\nright about {right:.0%} of the texts, by others without a common word",
        xlabel="first principal component",
        ylabel="second principal component",
    )
    axes.spines[["top", "right"]].set_visible(False)
figure.legend(*axes.get_legend_handles_labels(), loc="outside right center", title="about")
plt.show()

# %%
# **What to try next.** ``EmbeddingDisplay.from_estimator(by_meaning, texts)`` draws such a map of
# any transformer in one line; ``KMeans`` in place of the neighbours finds the topics themselves.
# Recordings get vectors in the same way, where what is hidden are steps.
#
# **What it does badly.** Fewer than two hundred short texts of 26 frames are easy. And vectors that
# are trained on few texts know nothing of words beyond them: a request of other words is near to
# nothing.
