"""Further changes of documents: fields that exchange places and names, and plausible values."""

import copy

from tests.persistence.mutations import at, change_document, change_tensors, places

__all__ = ["mutate"]

PLAUSIBLE = (
    *("error", "mask", "lstm", "gru", "cuda:99", "cuda:-1", "meta", "../x", "a\0b", "\udc80"),
    *("RNNClassifier", "RNNTagger", "TokenEncoder", "SeedEnsemble", "object", "text", "inf"),
    *(2**40, 10**9, 100, 3, 1e-320, [1, 2, 3], ["x", "y"], [None], {"x": None}, [["a", 1]]),
)


def mutate(document, tensors, rng):
    """Change one thing of a document or of its tensors, sometimes two."""
    for _ in range(1 + (rng.random() < 0.2)):
        kind = rng.random()
        if kind < 0.25:
            tensors = change_tensors(tensors, rng)
        elif kind < 0.6:
            document = change_document(document, rng)
        else:
            document = change_field(document, rng)
    return document, tensors


def change_field(document, rng):
    """Give a document in which a field has a plausible value, another name or another place."""
    document = copy.deepcopy(document)
    paths = list(places(document))
    path = paths[rng.integers(len(paths))]
    parent, key = at(document, path[:-1]), path[-1]
    kind = rng.integers(3)
    if kind == 0:
        parent[key] = copy.deepcopy(PLAUSIBLE[rng.integers(len(PLAUSIBLE))])
    elif kind == 1 and isinstance(parent, dict):
        parent[(f"{key}_", f"_{key}", key[:-1])[rng.integers(3)]] = parent.pop(key)
    else:
        keys = list(parent) if isinstance(parent, dict) else range(len(parent))
        other = keys[rng.integers(len(keys))]
        parent[key], parent[other] = parent[other], parent[key]
    return document
