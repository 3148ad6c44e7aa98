"""
Which word does not belong?
===========================

A language model learns from texts alone which word comes next. So it can write, and it can tell how
surprising each word of a text is: what is out of place stands out, without an example of anything
wrong. Here it reads the reference manual that Python's own ``help()`` shows, sentence by sentence.
The picture shows how well it foretells sentences that it has not read, from epoch to epoch, and the
words of a few sentences: as they should be, with a word that is wrong, out of order, and written
by the model itself.
"""

import re
from collections import Counter
from pydoc_data.topics import topics

import matplotlib.pyplot as plt
import numpy as np

from sklearn_rnn import RNNLanguageModel
from sklearn_rnn.preprocessing import TokenEncoder

# %%
# Sentences of prose, each once: no grammar, no tables, no code.


def sentences_of(text):
    """The whole sentences of a page of the manual."""
    for paragraph in text.split("\n\n"):
        if any(sign in paragraph for sign in ("::=", ">>>", "|", "___")):
            continue
        prose = " ".join(paragraph.replace('"', "").replace("*", "").split())
        for sentence in re.split(r"(?<=[.!?:]) (?=[A-Z])", prose):
            if sentence[:1].isupper() and sentence.endswith(".") and len(sentence) >= 30:
                yield sentence


sentences = list(dict.fromkeys(s for text in topics.values() for s in sentences_of(text)))
np.random.default_rng(0).shuffle(sentences)
cut = len(sentences) // 10
held_out, train = sentences[:cut], sentences[cut:]
print(f"{len(train)} sentences to learn from, {len(held_out)} held out")

# %%
# Words that come once are unknown. Frequent words are told apart first, and the rare ones among
# themselves (``cutoffs``), which takes half the time. What can be had without a network is to know
# how often each word comes.

model = RNNLanguageModel(
    encoder=TokenEncoder("word", min_count=2),
    hidden_size=128,
    max_epochs=8,
    batch_size=8,
    bptt=32,
    lr=0.01,
    cutoffs=[400],
    random_state=0,
)
model.fit(train, X_val=held_out)

encode = model.encoder_.transform
counts = Counter(encode(train).values.tolist()) + Counter({0: len(train)})  # 0 ends a sentence
ids = np.append(encode(held_out).values, np.zeros(len(held_out), dtype=int))
shares = np.array([counts[i] + 1 for i in ids]) / (counts.total() + len(model.classes_))
by_frequency = np.exp(-np.log(shares).mean())
print(f"words by how often they come  perplexity {by_frequency:.0f}")
print(f"RNNLanguageModel              perplexity {model.perplexity(held_out):.0f}")

# %%
# What comes next, and what it writes.

for prompt in ("If the object", "Return the", "A class"):
    likely = model.predict_top_k([prompt], 4)[0]
    print(f"{prompt} ... {', '.join(likely)}")
written = model.sample(3, temperature=0.6, max_length=14, random_state=1).tolist()

# %%
# The words that belong nowhere are those of the lowest probability, given the words before them.

RIGHT = "If the method is not found, an exception is raised."
WRONG = "If the method is not found, an exception is operator."
texts = [RIGHT, WRONG, " ".join(reversed(RIGHT.split())), *written]
surprises = [-row[:-1] for row in model.score_tokens(texts)]  # without the end of the text
words = [model.encoder_.inverse_transform(encode([text]))[0] for text in texts]
odd = words[1][int(np.argmax(surprises[1] - np.pad(surprises[0], (0, 1))[: len(words[1])]))]
print(f"the odd one of {WRONG!r}: {odd}")

# %%
# Words on red are surprising; at the end of a line stands the perplexity of the whole.

figure, (curve, lines) = plt.subplots(
    2, 1, figsize=(10, 6.5), height_ratios=[2, 3], layout="constrained"
)
epochs = [record["epoch"] for record in model.history_]
for name, label in (("train_loss", "while training"), ("valid_loss", "held out")):
    curve.plot(epochs, np.exp([record[name] for record in model.history_]), "o-", label=label)
curve.axhline(by_frequency, color="#64748b", linestyle=":", label="held out, words by frequency")
curve.set(xlabel="epoch", ylabel="perplexity", yscale="log", xticks=epochs)
curve.set_yticks([50, 100, 200, 400], ["50", "100", "200", "400"])
curve.minorticks_off()
curve.set_title("Among how many words it is left to guess", loc="left")
curve.legend(frameon=False)
curve.spines[["top", "right"]].set_visible(False)

ends = []
for row, (text, surprise) in enumerate(zip(words, surprises, strict=True)):
    column = 0
    for word, how in zip(text, surprise, strict=True):
        shade = plt.cm.Reds(min(how / 12, 0.9))
        lines.text(column, row, word, family="monospace", size=11, va="center",
                   bbox={"facecolor": shade, "edgecolor": "none", "pad": 2})  # fmt: skip
        column += len(word) + 1.2
    ends.append(column)
for row, how in enumerate(-model.score_samples(texts)):
    lines.text(max(ends) + 1, row, f"{np.exp(how):.0f}", size=11, va="center", weight="bold")
names = ["right", "one word wrong", "backwards", *["written by it"] * len(written)]
lines.set(xlim=(0, max(ends) + 5), ylim=(len(texts) - 0.5, -0.5))
lines.set_yticks(range(len(texts)), names)
lines.set_xticks([])
lines.tick_params(length=0, pad=8)
lines.set_title("How surprising each word is, and the perplexity of the sentence", loc="left")
lines.spines[:].set_visible(False)
plt.show()

# %%
# **What to try next.** ``score_samples`` sorts texts by how usual they are, ``sample`` goes on from
# a beginning that is given, and a classifier can start from the model
# (:ref:`sphx_glr_examples_plot_pretraining.py`). ``TokenEncoder("char")`` reads and writes
# characters.
#
# **What it does badly.** It knows two thousand sentences of one manual. What it writes has the
# sound of that manual and no meaning, and a rare word is surprising to it even where it is right.
