"""Accuracy of ``TreeRNNClassifier`` on nested lists by depth, beside an LSTM and a bag of tokens.

Nested lists such as ``(max 2 9 (min 4 7) 0)`` come to a digit (``make_nested_lists``; nothing is
downloaded). Training sees depths up to ``--depth``; each depth up to two more is tested by itself::

    python benchmarks/bench_trees.py
    python benchmarks/bench_trees.py --operators first last max min --cell n_ary

The flat LSTM is an ``RNNClassifier`` that reads the same tokens, brackets among them, from left to
right; it has the same widths, learning rate, batches and epochs. The bag is a logistic regression
on counts of tokens. Times are processor seconds of fitting.
"""

import argparse
import time

import torch
from _common import Table, parse_setting, print_header
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline

from sklearn_rnn import RNNClassifier, TreeRNNClassifier
from sklearn_rnn.datasets import make_nested_lists

FURTHER = 2  # depths beyond those of training


def to_tokens(nested):
    """The tokens of a nested list, its brackets among them."""
    if not isinstance(nested, tuple):
        return [str(nested)]
    return ["(", *(token for part in nested for token in to_tokens(part)), ")"]


def of_tokens(X):
    """Lists of tokens."""
    return [to_tokens(nested) for nested in X]


def of_trees(X):
    """The trees as they are."""
    return X


def make_models(args):
    """The models by name, each with what it reads."""
    shared = {
        "hidden_size": args.hidden_size,
        "embedding_dim": args.hidden_size // 2,
        "lr": args.lr,
        "batch_size": 32,
        "max_epochs": args.epochs,
        "early_stopping": False,
        "random_state": args.seed,
    }
    shared |= dict(map(parse_setting, args.set))
    plain = {"dropout": 0.1, "token_dropout": 0.0}
    flat = {"pooling": "last", "bidirectional": False, "subwords": False}
    bag = make_pipeline(
        CountVectorizer(analyzer=lambda tokens: tokens), LogisticRegression(max_iter=1000)
    )
    return {
        f"tree, {args.cell}": (TreeRNNClassifier(cell=args.cell, **shared | plain), of_trees),
        "flat LSTM": (RNNClassifier(**shared | plain | flat), of_tokens),
        "bag of tokens": (bag, of_tokens),
    }


def count_weights(model):
    """The number of weights of a network."""
    if not hasattr(model, "module_"):
        return "-"
    return sum(weight.numel() for weight in model.module_.parameters())


def main():
    """Fit each model and print its accuracy by depth."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--trees", type=int, default=10_000)
    parser.add_argument("--test", type=int, default=500, help="lists of each depth")
    parser.add_argument("--depth", type=int, default=6, help="the deepest list of training")
    parser.add_argument("--operators", nargs="+", default=["max", "min", "med"])
    parser.add_argument("--cell", default="child_sum")
    parser.add_argument("--hidden-size", type=int, default=64)
    parser.add_argument("--epochs", type=int, default=15)
    parser.add_argument("--lr", type=float, default=0.005)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--only", nargs="+", default=["tree", "flat", "bag"])
    parser.add_argument("--set", nargs="*", default=[], help="further parameters, name=value")
    args = parser.parse_args()
    torch.set_num_threads(1)
    print_header(f"nested lists of {', '.join(args.operators)}", 1)
    options = {"operators": args.operators}
    X, y = make_nested_lists(args.trees, max_depth=args.depth, random_state=args.seed, **options)
    tests = [
        make_nested_lists(args.test, min_depth=d, max_depth=d, random_state=1000 + d, **options)
        for d in range(1, args.depth + FURTHER + 1)
    ]
    depths = [str(d + 1) if d < args.depth else f"{d + 1} (deeper)" for d in range(len(tests))]
    table = Table("model", "weights", "cpu s", *depths)
    for name, (model, read) in make_models(args).items():
        if not name.startswith(tuple(args.only)):
            continue
        start = time.process_time()
        model.fit(read(X), y)
        seconds = time.process_time() - start
        scores = [f"{model.score(read(tests_of), of):.3f}" for tests_of, of in tests]
        table.row(name, count_weights(model), f"{seconds:.0f}", *scores)


if __name__ == "__main__":
    main()
