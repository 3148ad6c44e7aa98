"""
Three kinds of sequences, each beside a simpler model
=====================================================

What does a recurrent network buy over a model that knows nothing of order? Three tasks, no
download:

- handwritten digits, read row by row: an array of shape (n, time, features);
- sentences from the documentation of six libraries: plain strings;
- recordings of a swinging weight, each of its own length: a list of arrays.

The networks are used as they come; only ``random_state`` is set. Whatever wins, the table says so.
The training of the second network is drawn into ``quickstart.png`` in the current folder.
"""

import ast
import re
import sysconfig
import textwrap
import time
from importlib.util import find_spec
from pathlib import Path
from typing import NamedTuple

import numpy as np
from sklearn.datasets import load_digits
from sklearn.ensemble import RandomForestRegressor
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedGroupKFold, train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler

from sklearn_rnn import RNNClassifier, RNNRegressor

PICTURE = "quickstart.png"
LINE = "{:<29} {:<33} {:>7} {:>8}"

# The packages of the second task, by the folder of their source; the standard library has no
# package of its own. All of them are there wherever this library is.
LIBRARIES = {
    "numpy": "numpy",
    "pandas": "pandas",
    "scipy": "scipy",
    "scikit-learn": "sklearn",
    "torch": "torch",
    "standard library": None,
}
SENTENCES_PER_LIBRARY = 1200
SENTENCES_PER_FILE = 25

# Tests, and code that a package has copied from elsewhere.
LEFT_OUT = {
    "array_api_compat",
    "array_api_extra",
    "dist-packages",
    "externals",
    "site-packages",
    "test",
    "testing",
    "tests",
    "_vendored",
}
# A sentence with one of these gives its library away.
NAMES = re.compile(r"numpy|\bnp\b|pandas|\bpd\b|scipy|sklearn|scikit|torch|python", re.IGNORECASE)


class Result(NamedTuple):
    """How a model did."""

    name: str
    score: float
    seconds: float


def main():
    print(LINE.format("task", "model", "score", "seconds"))
    compare_on_digits()
    classifier, X_test, y_test = compare_on_sentences()
    compare_on_recordings()
    print("* the better score of the two")
    show_predictions(classifier, X_test, y_test)
    save_training_curves(classifier, PICTURE)


def measure(name, model, train, test, **fit_params):
    """Fit a model on (X, y), score it on unseen (X, y), and take the time of both."""
    start = time.perf_counter()
    score = model.fit(*train, **fit_params).score(*test)
    return Result(name, score, time.perf_counter() - start)


def print_results(task, unit, results):
    """Print a line for each of two models."""
    best = max(result.score for result in results)
    for what, (name, score, seconds) in zip([task, f"  {unit}"], results, strict=True):
        mark = "*" if score == best else " "
        print(LINE.format(what, name, f"{score:.3f}{mark}", f"{seconds:.1f}"), flush=True)


# --- digits: an array of shape (n, time, features) ----------------------------------------------


def compare_on_digits():
    pixels, y = load_digits(return_X_y=True)
    # A picture is 8 steps of 8 pixels, read from the top to the bottom.
    rows = pixels.reshape(-1, 8, 8)
    train, test = train_test_split(np.arange(len(y)), test_size=0.25, stratify=y, random_state=0)
    network = RNNClassifier(random_state=0)
    simple = make_pipeline(StandardScaler(), LogisticRegression(max_iter=1000))
    results = [
        measure("RNNClassifier", network, (rows[train], y[train]), (rows[test], y[test])),
        measure(
            "scaler, LogisticRegression", simple, (pixels[train], y[train]), (pixels[test], y[test])
        ),
    ]
    print_results("handwritten digits, by rows", f"accuracy on {len(test)}", results)


# --- sentences: plain strings -------------------------------------------------------------------


def compare_on_sentences():
    texts, labels, files = collect_sentences()
    # Early stopping watches files that the network does not learn from. Left to itself it would
    # watch single sentences, many of them with a near-twin in the training data.
    part = eighth_of_each(texts, labels, files)
    test, watch, learn = part < 2, part == 2, part > 2
    network = RNNClassifier(random_state=0)
    watched = {"X_val": texts[watch], "y_val": labels[watch]}
    simple = make_pipeline(
        TfidfVectorizer(ngram_range=(1, 2)), LogisticRegression(C=10, max_iter=1000)
    )
    unseen = texts[test], labels[test]
    results = [
        measure("RNNClassifier", network, (texts[learn], labels[learn]), unseen, **watched),
        measure("TF-IDF (1, 2), LogisticRegression", simple, (texts[~test], labels[~test]), unseen),
    ]
    print_results("sentences, of which library?", f"accuracy on {test.sum()}", results)
    return network, *unseen


def eighth_of_each(texts, labels, files):
    """Deal the sentences into eight parts, the sentences of one file always into the same one."""
    folds = StratifiedGroupKFold(n_splits=8, shuffle=True, random_state=0)
    part = np.empty(len(texts), dtype=int)
    for i, (_, held_out) in enumerate(folds.split(texts, labels, groups=files)):
        part[held_out] = i
    return part


def collect_sentences():
    """Sentences, the library of each, and the file of each; the same ones in every run."""
    collected = {}
    for library, package in LIBRARIES.items():
        for text, file in sentences_of(source_folder(package)):
            # The first library that says something keeps it.
            collected.setdefault(text, (library, f"{library}/{file}"))
    texts = list(collected)
    labels, files = zip(*collected.values(), strict=True)
    return np.array(texts, dtype=object), np.array(labels), np.array(files)


def source_folder(package):
    """Where the source of a package is, found without importing it."""
    if package is None:
        return Path(sysconfig.get_path("stdlib"))
    return Path(find_spec(package).submodule_search_locations[0])


def sentences_of(folder):
    """Sentences from files in a shuffled but fixed order, until there are enough."""
    files = [
        file.relative_to(folder)
        for file in sorted(folder.rglob("*.py"))
        if not LEFT_OUT.intersection(file.relative_to(folder).parts)
    ]
    found = {}
    for i in np.random.default_rng(0).permutation(len(files)):
        docstrings = docstrings_of(folder / files[i])
        sentences = [s for docstring in docstrings for s in split_sentences(docstring)]
        for sentence in sentences[:SENTENCES_PER_FILE]:
            found.setdefault(sentence, files[i].as_posix())
        if len(found) >= SENTENCES_PER_LIBRARY:
            break
    return list(found.items())[:SENTENCES_PER_LIBRARY]


def docstrings_of(file):
    """The docstrings of a source file, which is read and never run."""
    try:
        tree = ast.parse(file.read_text(encoding="utf-8"))
    except (SyntaxError, UnicodeDecodeError):
        return  # a template, or source that is broken on purpose
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef):
            yield ast.get_docstring(node) or ""


def split_sentences(docstring):
    """The sentences of 5 to 40 words in the plain paragraphs of a docstring."""
    for paragraph in re.split(r"\n\s*\n", docstring):
        # Doctests, directives, underlined titles, lists, tables of parameters.
        if re.search(r"^(\s|>>>|\.\.|[-=~*+:#|])| : |::$", paragraph, re.MULTILINE):
            continue
        prose = re.sub(r":[\w:]+:`~?([^`<]*)[^`]*`", r"\1", " ".join(paragraph.split()))
        prose = re.sub(r"[`*]|\[\d+\]_?", "", prose)
        for sentence in re.split(r"(?<=[.!?])\s+(?=[A-Z])", prose):
            is_whole = re.fullmatch(r"[A-Z].*[.!?]", sentence)
            if is_whole and 5 <= len(sentence.split()) <= 40 and not NAMES.search(sentence):
                yield sentence


def show_predictions(classifier, texts, labels, n=6):
    """Print what the classifier makes of a few unseen sentences, drawn at random."""
    print(f"\n{n} of the unseen sentences")
    chosen = np.random.default_rng(1).choice(len(texts), size=n, replace=False)
    probabilities = classifier.predict_proba(texts[chosen])
    for text, label, row in zip(texts[chosen], labels[chosen], probabilities, strict=True):
        guess = classifier.classes_[row.argmax()]
        verdict = "right" if guess == label else f"wrong, it is {label}"
        print(f'  "{textwrap.shorten(text, 90, placeholder="...")}"')
        print(f"      {guess} ({row.max():.0%}): {verdict}")


# --- recordings: a list of arrays of unequal length ---------------------------------------------


def compare_on_recordings():
    recordings, damping = make_recordings(n=600, rng=np.random.default_rng(0))
    X_train, X_test, y_train, y_test = train_test_split(
        recordings, damping, test_size=0.25, random_state=0
    )
    network = RNNRegressor(random_state=0)
    simple = make_pipeline(FunctionTransformer(summarize), RandomForestRegressor(random_state=0))
    results = [
        measure("RNNRegressor", network, (X_train, y_train), (X_test, y_test)),
        measure("summary, RandomForestRegressor", simple, (X_train, y_train), (X_test, y_test)),
    ]
    print_results("recordings, how damped?", f"R2 on {len(y_test)}", results)


def make_recordings(n, rng):
    """Noisy recordings of 30 to 90 steps of a weight on a spring, and how damped each swing is."""
    damping = rng.uniform(0.01, 0.06, size=n)
    recordings = []
    for decay in damping:
        t = np.arange(rng.integers(30, 91))
        size, speed, phase = rng.uniform(0.5, 2), rng.uniform(0.2, 0.8), rng.uniform(0, 2 * np.pi)
        swing = size * np.exp(-decay * t) * np.sin(speed * t + phase)
        recordings.append((swing + rng.normal(0, 0.1, size=len(t)))[:, np.newaxis])
    return recordings, damping


def summarize(recordings):
    """What is left of a recording without its order: length, moments and quantiles."""
    quantiles = [0, 0.05, 0.25, 0.5, 0.75, 0.95, 1]
    return np.array([[len(r), r.mean(), r.std(), *np.quantile(r, quantiles)] for r in recordings])


# --- the picture --------------------------------------------------------------------------------


def save_training_curves(classifier, path):
    """Draw loss and accuracy of each epoch; without matplotlib, say what to install."""
    try:
        from matplotlib.figure import Figure
    except ImportError:
        print('\nno picture: drawing needs matplotlib: pip install "sklearn-rnn[plots]"')
        return
    figure = Figure(figsize=(9, 3.6), layout="constrained")
    loss_axes, accuracy_axes = figure.subplots(1, 2)
    draw_curves(loss_axes, classifier, {"train_loss": "training", "valid_loss": "validation"})
    draw_curves(accuracy_axes, classifier, {"valid_accuracy": "validation"})
    loss_axes.set(title="Which library is a sentence from?", ylabel="loss (cross-entropy)")
    accuracy_axes.set(title="Accuracy while training", ylabel="accuracy")
    figure.savefig(path, dpi=150)
    print(f"\nsaved {path}")


def draw_curves(axes, classifier, names):
    """Draw entries of the history over the epochs, and mark the epoch that was kept."""
    colors = {"training": "tab:blue", "validation": "tab:orange"}
    for name, label in names.items():
        known = [record for record in classifier.history_ if name in record]
        epochs, values = [r["epoch"] for r in known], [r[name] for r in known]
        axes.plot(epochs, values, color=colors[label], marker="o", markersize=3, label=label)
    axes.axvline(classifier.best_epoch_, color="0.6", linestyle="--", label="epoch kept", zorder=0)
    axes.set_xlabel("epoch")
    axes.xaxis.get_major_locator().set_params(integer=True)
    axes.spines[["top", "right"]].set_visible(False)
    axes.grid(alpha=0.3)
    axes.legend(frameon=False)


if __name__ == "__main__":
    main()
