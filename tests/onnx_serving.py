"""What a server does with an exported model; numpy and onnxruntime alone."""

import json
import re

import numpy as np
import onnxruntime

from tests.loading import load

__all__ = [
    "decode",
    "describe_features",
    "describe_words",
    "example",
    "pad",
    "run",
    "session_of",
    "token_inputs",
]


def example():
    """The example that serves texts, as a module."""
    return load("examples/serve_onnx.py")


def session_of(path, quiet=False):
    """The session of a model on one core, and the document in its metadata."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.log_severity_level = 4 if quiet else 2
    session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
    return session, json.loads(session.get_modelmeta().custom_metadata_map["sklearn_rnn"])


def run(estimator, path, inputs):
    """Export to a path and run the model, which must want these inputs and no others."""
    estimator.to_onnx(path)
    session, document = session_of(path)
    assert set(inputs) == {value.name for value in session.get_inputs()} == {*document["inputs"]}
    return session.run(None, inputs)


def pad(rows, fill=0.0):
    """Sequences of arrays as one array, right-padded, and their lengths."""
    lengths = np.array([len(row) for row in rows])
    padded = np.full((len(rows), lengths.max(), *np.shape(rows[0])[1:]), fill)
    for row, values in zip(padded, rows, strict=True):
        row[: len(values)] = values
    return padded, lengths


def token_inputs(rows):
    """The inputs of a model that takes ids."""
    ids, lengths = pad(rows)
    return {"ids": ids.astype(np.int64), "lengths": lengths}


def describe_words(rows, document):
    """The inputs of a tagger of words."""
    form = word_form if "lower case" in document["form"] else str
    inputs = example().describe_words(rows, document, form)
    words = list(dict.fromkeys(word for row in rows for word in row))
    if "alphabet" in document:
        read = [spell(word, document["alphabet"]) for word in words]
        inputs["characters"] = pad(read)[0].astype(np.int64)
        inputs["shapes"] = np.array([word_shape(word) for word in words])
    return inputs


def word_form(word):
    """Lower case, every digit a 0."""
    return re.sub(r"\d", "0", word.lower())


def spell(word, alphabet):
    """The ids of the characters of a word."""
    ids = {c: i for i, c in enumerate(alphabet["characters"], start=alphabet["first_id"])}
    read = word if len(word) <= 28 else word[:14] + word[-14:]
    inner = [ids.get(character, alphabet["unknown"]) for character in read]
    return [alphabet["begin"], *inner, alphabet["end"]]


def word_shape(word):
    """How a word is written, as the document lists it under "shapes"."""
    digits, letters = any(map(str.isdigit, word)), any(map(str.isalpha, word))
    capitals = [character.isupper() for character in word]
    if not digits and not any(map(str.isalnum, word)):
        return 7
    if digits:
        return 6 if letters else 5
    if not any(capitals):
        return 1
    if word.isupper() and len(word) > 1:
        return 2
    return 3 if capitals[0] and not any(capitals[1:]) else 4


def describe_features(rows, document):
    """The inputs of a tagger of dicts of features."""
    places = {feature: i for i, feature in enumerate(document["features"], start=1)}
    bags, numbers = [], []
    for row in rows:
        steps = []
        for token in row:
            written = {k: v for k, v in token.items() if k not in document["numbers"]}
            pairs = [(k, p) for k, v in written.items() for p in (v if type(v) is list else [v])]
            steps.append([places.get(f"{name}={part}", 0) for name, part in pairs])
        bags.append(steps)
        numbers.append([[token.get(name, 0.0) for name in document["numbers"]] for token in row])
    longest = max(len(step) for row in bags for step in row)
    full = [[step + [0] * (longest - len(step)) for step in row] for row in bags]
    values, lengths = pad(numbers)
    return {"features": pad(full)[0].astype(np.int64), "values": values, "lengths": lengths}


def decode(emissions, lengths, document):
    """The labels of the best sequences: the algorithm of Viterbi, in numpy."""
    classes = np.array(document["classes"], dtype=object)
    if document["transitions"] is None:
        return [
            classes[row[:n].argmax(axis=1)].tolist()
            for row, n in zip(emissions, lengths, strict=True)
        ]
    start, moves, end = (
        np.nan_to_num(np.array(document["transitions"][name], dtype=float), nan=-np.inf)
        for name in ("start", "transitions", "end")
    )
    found = []
    for scores, n in zip(emissions, lengths, strict=True):
        best, parents = start + scores[0], []
        for step in scores[1:n]:
            pairs = best[:, None] + moves
            parents.append(pairs.argmax(axis=0))
            best = pairs.max(axis=0) + step
        tags = [int((best + end).argmax())]
        for parent in reversed(parents):
            tags.append(int(parent[tags[-1]]))
        found.append(classes[tags[::-1]].tolist())
    return found
