"""
Serve a classifier without the library that trained it
======================================================

A web server has no need of torch, or of anything else that training took. ``to_onnx`` writes a
fitted estimator as one file of standard operators, which onnxruntime runs by itself; what it needs
beside, such as the classes and the vocabulary, is in the file too.

A classifier of sentences is fitted here, exported, and served by ``serve``, which knows numpy and
onnxruntime alone: it splits texts into words and hashes what these are made of, so that words
which training never saw are told apart too. Its answers are held against ``predict_proba``, and
the milliseconds of a single sentence are drawn beside each other.
"""

import json
import re
import time
import unicodedata
import zlib
from statistics import median
from tempfile import TemporaryDirectory

import numpy as np

PICTURE = "serve_onnx.png"

# %%
# What runs on the server: from here to ``main`` nothing of the library is used.


def open_model(path):
    """The session that runs a model, on one core, and what the model says of itself."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
    return session, json.loads(session.get_modelmeta().custom_metadata_map["sklearn_rnn"])


def split_texts(texts, metadata):
    """Texts as lists of words."""
    text, rows = metadata["text"], []
    for entry in texts:
        entry = entry.lower() if text["lowercase"] else entry
        entry = unicodedata.normalize("NFC", entry)
        is_by_word = text["analyzer"] == "word"
        rows.append(re.findall(text["pattern"], entry) if is_by_word else list(entry))
    return rows


def pad_rows(rows):
    """Rows of integers as one array, zeros at their ends."""
    padded = np.zeros((len(rows), max(map(len, rows))), dtype=np.int64)
    for i, row in enumerate(rows):
        padded[i, : len(row)] = row
    return padded


def describe_words(rows, metadata, form=lambda word: word):
    """The inputs of a model that looks into words: each distinct one is described once.

    ``form`` gives the form by which a word is looked up in the vocabulary.
    """
    words = list(dict.fromkeys(word for row in rows for word in row))
    places = {word: i for i, word in enumerate(words)}
    known = {token: i for i, token in enumerate(metadata["vocabulary"]) if i > 1}
    inputs = {
        "steps": pad_rows([[places[word] for word in row] for row in rows]),
        "lengths": np.array([len(row) for row in rows]),
        "words": np.array([known.get(form(word), 1) for word in words]),
    }
    if "subwords" in metadata:
        buckets = [hash_ngrams(word, metadata["subwords"]) for word in words]
        inputs["ngrams"] = np.array([i for row in buckets for i in row])
        inputs["ngram_words"] = np.repeat(np.arange(len(words)), [len(row) for row in buckets])
    return inputs


def hash_ngrams(word, subwords):
    """The buckets of the n-grams of a word."""
    marked = f"<{word}>"
    ngrams = [marked[i : i + n] for n in subwords["sizes"] for i in range(len(marked) - n + 1)]
    ngrams = ngrams or [marked]
    return [
        zlib.crc32(ngram.encode(errors="surrogatepass")) % subwords["n_buckets"] for ngram in ngrams
    ]


def serve(path, inputs):
    """Labels and probabilities of texts, by the model at a path."""
    session, metadata = open_model(path)
    words = describe_words(split_texts(inputs, metadata), metadata)
    (probabilities,) = session.run(["probabilities"], words)
    return [metadata["classes"][i] for i in probabilities.argmax(axis=1)], probabilities


# %%
# What runs where the model is trained.


def read_sentences():
    """The first sentence about each function of two libraries, and the library it is from."""
    import pandas

    texts, labels = [], []
    for library in (np, pandas.DataFrame):
        names = sorted(name for name in dir(library) if not name.startswith("_"))
        for name in names:
            documentation = getattr(library, name).__doc__ or ""
            paragraphs = [part.strip() for part in documentation.split("\n\n")]
            prose = [part for part in paragraphs if part.endswith(".") and "(" not in part]
            if prose:
                texts.append(" ".join(prose[0].split()))
                labels.append("numpy" if library is np else "pandas")
    return texts, labels


def milliseconds(function, n=200):
    """The median time of a call."""
    seconds = []
    for _ in range(n):
        start = time.perf_counter()
        function()
        seconds.append(time.perf_counter() - start)
    return 1000 * median(seconds)


def main():
    import torch
    from sklearn.model_selection import train_test_split

    from sklearn_rnn import RNNClassifier

    torch.set_num_threads(1)
    split = train_test_split(*read_sentences(), test_size=0.25, random_state=0)
    train, test, train_labels, test_labels = split
    classifier = RNNClassifier(max_epochs=10, random_state=0).fit(train, train_labels)
    with TemporaryDirectory() as folder:
        path = f"{folder}/library.onnx"
        classifier.to_onnx(path)
        labels, probabilities = serve(path, test)
        session, metadata = open_model(path)
    off = np.abs(probabilities - classifier.predict_proba(test)).max()
    print(
        f"{len(test)} sentences served, {np.mean(np.equal(labels, test_labels)):.3f} of them right"
    )
    print(f"largest difference from predict_proba: {off:.1e}")

    def answer():
        words = describe_words(split_texts(test[:1], metadata), metadata)
        return session.run(["probabilities"], words)

    words = describe_words(split_texts(test[:1], metadata), metadata)
    draw(
        {
            "predict_proba": milliseconds(lambda: classifier.predict_proba(test[:1])),
            "serve, all of it": milliseconds(answer),
            "the model alone": milliseconds(lambda: session.run(["probabilities"], words)),
        }
    )


def draw(times):
    """Bars of milliseconds, by name."""
    import matplotlib.pyplot as plt

    figure, axes = plt.subplots(figsize=(7, 2.6), layout="constrained")
    bars = axes.barh(list(times), list(times.values()), color=["0.7", "tab:orange", "tab:orange"])
    axes.bar_label(bars, [f"{value:.2g} ms" for value in times.values()], padding=4)
    axes.set(title="One sentence on one core", xlabel="milliseconds", xscale="log")
    axes.set_xlim(right=4 * max(times.values()))
    axes.invert_yaxis()
    axes.spines[["top", "right"]].set_visible(False)
    figure.savefig(PICTURE, dpi=150)
    print(f"saved {PICTURE}")


if __name__ == "__main__":
    main()
