"""
What are texts without labels good for?
=======================================

Labels cost work, texts do not. Here the texts are what the functions and classes of Python's own
library say about themselves, in one sentence or a few, and the labels are what their modules are
for. A language model reads all of them without a label; then classifiers learn from a few labelled
ones, with and without starting from it. The picture shows how many of the other texts they get
right.
"""

import importlib
import inspect

import matplotlib.pyplot as plt
import numpy as np
from sklearn.model_selection import train_test_split

from sklearn_rnn import RNNClassifier, RNNLanguageModel
from sklearn_rnn.preprocessing import TokenEncoder

FAMILIES = {
    "network": "ftplib http.client http.cookiejar http.server imaplib poplib smtplib socket "
    "socketserver ssl urllib.parse urllib.request xmlrpc.client ipaddress",
    "numbers": "cmath decimal fractions math operator random statistics",
    "files": "fileinput filecmp glob gzip io lzma os os.path pathlib shutil tarfile tempfile "
    "zipfile",
    "tasks": "asyncio concurrent.futures multiprocessing.pool queue sched signal subprocess "
    "threading",
    "code": "ast bdb code dis doctest inspect pdb pickletools symtable tokenize traceback "
    "unittest.case unittest.mock",
    "text": "argparse codecs configparser csv difflib email.message email.header html json "
    "locale logging pprint re string textwrap",
}


def describe(module):
    """The first paragraphs of what a module's functions, classes and methods say of themselves."""
    things = [value for _, value in inspect.getmembers(module) if callable(value)]
    things += [method for thing in things if inspect.isclass(thing)
               for name, method in vars(thing).items() if not name.startswith("__")]  # fmt: skip
    for thing in things:
        text = (getattr(thing, "__doc__", None) or "").strip().split("\n\n")[0]
        own = str(getattr(thing, "__module__", "")).split(".")[0].lstrip("_")
        if own == module.__name__.split(".")[0] and len(text.split()) > 4:
            yield " ".join(text.split())


family_of = {}
for family, names in FAMILIES.items():
    for name in names.split():
        for text in describe(importlib.import_module(name)):
            family_of.setdefault(text, family)
texts, families = list(family_of), np.array(list(family_of.values()))
print(f"{len(texts)} texts of {len(FAMILIES)} families, such as {texts[0]!r}")

# %%
# Those that the classifiers are scored on are not read before.

X, X_test, y, y_test = train_test_split(
    texts, families, test_size=0.4, stratify=families, random_state=0
)

# %%
# The language model reads all others, without a label. It is the one line more.

language_model = RNNLanguageModel(
    encoder=TokenEncoder(min_count=2), hidden_size=64, max_epochs=7, random_state=0
).fit(X)

# %%
# More and more of them get labels.

scores = {"from scratch": [], "from the language model": []}
shares = [40, 80, 160]
for n_labels in shares:
    rows = np.random.default_rng(0).permutation(len(X))[:n_labels]
    few = [X[row] for row in rows], y[rows]
    for name, start in zip(scores, (None, language_model), strict=True):
        model = RNNClassifier(pretrained=start, random_state=0).fit(*few)
        scores[name].append(model.score(X_test, y_test))
        print(f"{n_labels:4} labels, {name:<24} {scores[name][-1]:.3f}")

# %%
# The line below is what guessing the most frequent family gets right.

figure, axes = plt.subplots(figsize=(7, 4.5), layout="constrained")
for (name, found), marker in zip(scores.items(), "os", strict=True):
    axes.plot(shares, found, marker=marker, label=name)
guess = np.unique(y_test, return_counts=True)[1].max() / len(y_test)
axes.axhline(guess, color="grey", linestyle=":", label="always the most frequent family")
axes.set(
    title="Few labels, with and without reading the other texts",
    xlabel="texts with a label",
    ylabel="other texts that are right",
    xscale="log",
)
axes.set_xticks(shares, labels=shares)
axes.minorticks_off()
axes.yaxis.set_major_formatter(lambda value, _: f"{value:.0%}")
axes.legend(frameon=False)
axes.spines[["top", "right"]].set_visible(False)
plt.show()

# %%
# **What to try next.** Any texts of the same kind will do for the language model, so take all there
# are; ``save`` keeps it, and each new task starts from there.
#
# **What it does badly.** With forty labels both are poor: reading other texts does not stand in for
# labels. And a large model that others have trained on much of the web knows more words than these
# sentences hold; ``WordEmbedder("vectors.txt")`` brings in some of that.
