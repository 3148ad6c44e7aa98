"""
Which words mean alike?
=======================

Words that stand in like surroundings mean something alike: that is all that word vectors are made
of. Here ``WordEmbedder`` trains them on the docstrings of Python's own standard library, where it
is told of no word what it means. The picture shows words of eight kinds, which the vectors do not
know: where they lie, and how nearly each points where each other one does.
"""

import ast
import re
import sysconfig
import tokenize
from pathlib import Path
from pydoc_data.topics import topics

import matplotlib.pyplot as plt
import numpy as np
from sklearn.manifold import TSNE

from sklearn_rnn.inspection import EmbeddingDisplay
from sklearn_rnn.preprocessing import WordEmbedder

# %%
# The prose of all docstrings and of the manual that ``help()`` shows, a sentence each.

LIBRARY = Path(sysconfig.get_path("stdlib"))
LEFT_OUT = {"site-packages", "test", "tests", "idlelib", "lib2to3"}


def docstrings_of(path):
    """What a file says of its functions and classes, and of itself."""
    try:
        with tokenize.open(path) as file:
            tree = ast.parse(file.read())
    except (SyntaxError, UnicodeDecodeError):
        return
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef):
            yield ast.get_docstring(node) or ""


def sentences_of(text):
    """The words of each sentence; examples of code are none."""
    for paragraph in re.split(r"\n\s*\n", text):
        if ">>>" not in paragraph and "::=" not in paragraph:
            for sentence in re.split(r"(?<=[.!?:;])\s", paragraph):
                yield tuple(re.findall("[a-z]+", sentence.lower()))


files = [path for path in sorted(LIBRARY.rglob("*.py")) if LEFT_OUT.isdisjoint(path.parts)]
texts = [text for path in files for text in docstrings_of(path)] + list(topics.values())
found = dict.fromkeys(sentence for text in texts for sentence in sentences_of(text))
sentences = [list(sentence) for sentence in found if len(sentence) > 3]
print(f"{len(sentences)} sentences of {sum(map(len, sentences))} words")

# %%
# Skip-gram. gensim trains it, and gives its parameters their names.

embedder = WordEmbedder(vector_size=64, window=4, min_count=5, epochs=15, random_state=0)
embedder.fit(sentences)
print(f"{len(embedder.words_)} words have vectors")

for word in ("two", "keyerror", "socket", "directory"):
    similar = ", ".join(other for other, _ in embedder.most_similar(word, topn=5))
    print(f"{word:10} {similar}")

# %%
# Words of eight kinds; for how many is the nearest of the others of the same kind?

KINDS = {
    "counts": "one two three four five",
    "times": "seconds hour day days week month year",
    "containers": "list tuple dict dictionary sequence",
    "numbers": "int float complex decimal fraction",
    "errors": "typeerror valueerror keyerror attributeerror oserror",
    "networks": "socket server client host port connection",
    "files": "file directory folder path filename",
    "texts": "string str character characters bytes unicode",
}
pairs = [(word, kind) for kind, words in KINDS.items() for word in words.split()]
words, kinds = zip(*((w, k) for w, k in pairs if w in embedder.words_), strict=True)

vectors = embedder.get_vectors(words)
vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
cosines = vectors @ vectors.T
nearest = (cosines - 2 * np.eye(len(words))).argmax(axis=1)
right = [kinds[i] == kinds[j] for i, j in enumerate(nearest)]
chance = np.mean([(kinds.count(kind) - 1) / (len(words) - 1) for kind in kinds])
print(f"the nearest word is of the same kind for {np.mean(right):.0%} (by chance {chance:.0%})")

# %%
# Where the words lie, in two dimensions that keep neighbours together, and all their cosines.

places = TSNE(perplexity=12, metric="cosine", random_state=0).fit_transform(vectors)

figure, (plane, matrix) = plt.subplots(1, 2, figsize=(14, 7), layout="constrained")
EmbeddingDisplay(points=places, names=words, groups=kinds).plot(plane)
plane.margins(x=0.2)
plane.set_title("Words that stand in like surroundings lie together", loc="left")
plane.legend(loc="upper center", bbox_to_anchor=(0.5, -0.01), ncols=4, frameon=False)

shown = matrix.imshow(cosines, cmap="RdBu_r", vmin=-1, vmax=1)
borders = [i - 0.5 for i in range(1, len(kinds)) if kinds[i] != kinds[i - 1]]
for border in borders:
    matrix.axhline(border, color="white", linewidth=1.5)
    matrix.axvline(border, color="white", linewidth=1.5)
matrix.set_yticks(range(len(words)), words, size=7)
matrix.set_xticks([])
matrix.tick_params(length=0)
matrix.set_title("How nearly each points where each other one does", loc="left")
figure.colorbar(shown, ax=matrix, shrink=0.6, label="cosine")
plt.show()

# %%
# **What to try next.** ``RNNClassifier(embedding=embedder)`` starts a network from these vectors,
# which pays where labelled texts are few; ``WordEmbedder("vectors.txt")`` reads vectors that
# somebody else has trained on more text.
#
# **What they do badly.** A word has one vector, whatever it means where it stands, and opposites
# lie close together, since they stand in like surroundings: ``client`` and ``server`` here.
