"""Structured changes of what a model file holds: of its document and of its tensors."""

import copy

import numpy as np

ODD = [
    *(None, True, False, 0, 1, -1, 2, 7, 2**31, 2**53, 2**63 - 1, -(2**63), 2**70),
    *(0.0, 0.5, -0.5, 1.0, 1e-300, 1e300, "", "x", "nan", "auto", "tensor", "\ud800"),
    *([], {}, [0], ["a"], [[]], {"kind": "tensor", "dtype": "float64"}, {"kind": "float"}),
    *({"kind": "float", "is": "nan"}, {"kind": "tuple", "is": [1]}, {"same": "x"}, 10**6, 3),
]


def places(node, path=()):
    """Give the path of every node below a node of JSON."""
    items = dict(enumerate(node)) if isinstance(node, list) else node
    for key, below in items.items() if isinstance(items, dict) else ():
        yield (*path, key)
        yield from places(below, (*path, key))


def at(document, path):
    """Give the node at a path."""
    for key in path:
        document = document[key]
    return document


def change_document(document, rng):
    """Give a document with one node changed, left out, doubled, or replaced by another one."""
    document = copy.deepcopy(document)
    paths = list(places(document))
    path = paths[rng.integers(len(paths))]
    parent, key = at(document, path[:-1]), path[-1]
    kind = rng.choice(["odd", "odd", "other", "without", "double", "near"])
    if kind == "odd":
        parent[key] = copy.deepcopy(ODD[rng.integers(len(ODD))])
    elif kind == "other":
        parent[key] = copy.deepcopy(at(document, paths[rng.integers(len(paths))]))
    elif kind == "without":
        del parent[key]
    elif kind == "double" and isinstance(parent, list):
        parent.insert(key, copy.deepcopy(parent[key]))
    elif kind == "double":
        parent[f"{key}_"] = copy.deepcopy(parent[key])
    else:
        parent[key] = near(parent[key], rng)
    return document


def near(value, rng):
    """Give another value of the same type, close by."""
    if isinstance(value, bool):
        return not value
    if isinstance(value, int):
        return value + int(rng.choice([-1, 1, 2, 100]))
    if isinstance(value, float):
        return float(value * rng.choice([-1.0, 0.0, 2.0, 1e6]))
    if isinstance(value, str):
        return value[:-1] if rng.random() < 0.5 else value + "0"
    if isinstance(value, list):
        return value[::-1]
    return list(value.values()) if isinstance(value, dict) else "none"


def change_tensors(tensors, rng):
    """Give tensors of which one is changed, left out, renamed, added or given to another."""
    tensors = dict(tensors)
    names = list(tensors)
    name, other = (names[i] for i in rng.integers(len(names), size=2))
    array = tensors[name].copy()
    kind = rng.choice(
        ["value", "value", "value", "without", "name", "more", "shape", "dtype", "swap"]
    )
    if kind == "value" and array.size:
        array.flat[rng.integers(array.size)] = odd_number(array.dtype, rng)
        tensors[name] = array
    elif kind == "without":
        del tensors[name]
    elif kind == "name":
        tensors[f"{name}_"] = tensors.pop(name)
    elif kind == "more":
        tensors[f"{name}.more"] = array
    elif kind == "shape":
        shapes = [(*array.shape, 1), array.shape[::-1], (array.size,), (0, *array.shape[1:])]
        shape = shapes[rng.integers(len(shapes))]
        tensors[name] = np.resize(array, shape)
    elif kind == "dtype":
        with np.errstate(invalid="ignore", over="ignore"):
            tensors[name] = array.astype(rng.choice(["float32", "float64", "int64", "uint8"]))
    else:
        tensors[name], tensors[other] = tensors[other], array
    return tensors


def odd_number(dtype, rng):
    """Give a number that is at the edge of what a dtype holds."""
    if dtype.kind == "f":
        return rng.choice([np.nan, np.inf, -np.inf, 0.0, -1.0, 1e30, 1e-30, -1e38]).astype(dtype)
    if dtype.kind == "b":
        return not rng.integers(2)
    bounds = np.iinfo(dtype)
    return rng.choice([bounds.min, bounds.max, 0, 1, bounds.max // 2])
