"""
Where does a name begin and end?
================================

To find names in sentences is to give each word a label: ``B-`` where a name begins, ``I-`` where it
goes on, ``O`` where there is none. Words that were never seen need their neighbours and their
spelling to be told, and ``I-`` must not stand where nothing has begun. The network reads words and
their characters; the conditional random field on top of it knows which label may follow which.
Both can be looked at.
"""

import matplotlib.pyplot as plt
import numpy as np

from sklearn_rnn import RNNTagger
from sklearn_rnn.inspection import TagDisplay, TransitionDisplay
from sklearn_rnn.metrics import span_f1_score

# %%
# Requests of travellers, made up from frames. Places, people and days have names of one word or of
# several.

FRAMES = [
    "from {place} to {place} please",
    "a ticket to {place} for {person}",
    "is there a train from {place} on {day}",
    "{person} wants to leave {place} before noon",
    "when does {person} arrive in {place}",
    "wake {person} and {person} in {place}",
    "two seats to {place} on {day} for {person} and me",
]

# Every second name is kept for the test.
NAMES = {
    "place": ["Oslo", "Rome", "Porto", "New York", "Los Angeles", "Den Haag", "San Marino",
              "Vienna", "Santa Cruz de la Palma", "Lisbon", "Bad Tölz", "Monte Carlo", "Prague",
              "Buenos Aires", "Sankt Pölten", "Cork", "Rio de Janeiro", "Malmö",
              "Kingston upon Hull", "Ghent"],
    "person": ["Ada", "Ada Lovelace", "Grace Hopper", "Alan", "Kurt", "Emmy Noether",
               "Ludwig van Beethoven", "Sofia", "Marie Curie", "Leonardo da Vinci", "Rosalind",
               "Carl Friedrich Gauss", "Hedy Lamarr", "Edsger", "Niklaus Wirth", "Barbara"],
    "day": ["Monday", "Tuesday", "Friday", "the third of May", "the first of June", "New Year"],
}  # fmt: skip


def make_sentences(n, names, rng):
    """Sentences as lists of words, and a label for each word."""
    sentences, labels = [], []
    for _ in range(n):
        words, tags = [], []
        for part in rng.choice(FRAMES).split():
            kind = part.strip("{}")
            filled = rng.choice(names[kind]).split() if kind in names else [part]
            words += filled
            tags += [f"B-{kind}"] + [f"I-{kind}"] * (len(filled) - 1) if kind in names else ["O"]
        sentences.append(words)
        labels.append(tags)
    return sentences, labels


rng = np.random.default_rng(0)
known = {kind: names[::2] for kind, names in NAMES.items()}
unknown = {kind: names[1::2] for kind, names in NAMES.items()}
X_train, y_train = make_sentences(400, known, rng)
X_test, y_test = make_sentences(200, unknown, rng)
print(*(f"{word}/{label}" for word, label in zip(X_train[0], y_train[0], strict=True)))

# %%
# What is scored are whole names: one counts only if it begins and ends where it should, and is of
# the right kind. All names of the test are new.

tagger = RNNTagger(output="crf", hidden_size=32, max_epochs=10, lr=0.01, random_state=0)
tagger.fit(X_train, y_train)
found = tagger.predict(X_test)
print(f"F1 of names that were never seen: {span_f1_score(y_test, found):.3f}")

# %%
# :class:`~sklearn_rnn.inspection.TagDisplay` draws one sentence of new names: how probable each
# label is for each word, and what is predicted has a frame. The network is least sure of the day,
# which begins like a place. Beneath it stands what a notebook shows: each word on the colour of its
# label, paler where the network is less sure.

sentence = "two seats to Bad Tölz on New Year for Niklaus Wirth and me"
TagDisplay.from_estimator(tagger, sentence.split(" "))

# %%
# :class:`~sklearn_rnn.inspection.TransitionDisplay` draws what the conditional random field has
# learned of neighbours. Grey is what is not allowed at all, which was read off the labels and did
# not have to be learned.

TransitionDisplay.from_estimator(tagger)
plt.show()

# %%
# **What to try next.** ``predict_nbest`` gives the likeliest sequences of labels beside the first,
# ``predict_spans`` the names with their probabilities. Characters instead of words are labelled in
# :ref:`sphx_glr_examples_plot_tagging.py`.
#
# **What it does badly.** Seven frames are no language: a sentence of another build is read by its
# likeness to these, and a name that looks like a common word is lost. Real text needs thousands of
# labelled sentences.
