"""Types of parameters that have many values, as editors and type checkers show them.

What a value has to be is declared in the estimators' ``_parameter_constraints``, which ``fit``
checks; a test holds both together.
"""

import os
from collections.abc import Callable, Mapping
from typing import Any, Literal

import numpy as np

from sklearn_rnn.preprocessing import WordEmbedder

__all__ = [
    "Cell",
    "Embedding",
    "Folder",
    "ForecastLoss",
    "Optimizer",
    "PointLoss",
    "Precision",
    "RandomState",
    "Schedule",
]

Cell = (
    Literal[
        "lstm",
        "gru",
        "rnn_tanh",
        "rnn_relu",
        "mingru",
        "minlstm",
        "lru",
        "indrnn",
        "slstm",
        "peephole_lstm",
        "layer_norm_lstm",
        "rnn_sigmoid",
    ]
    | Callable[..., Any]
)
Optimizer = Literal["adamw", "adam", "nadam", "rmsprop", "sgd"] | Callable[..., Any]
Schedule = Literal["one_cycle", "cosine", "plateau"]
Precision = Literal["float32", "bfloat16"]
PointLoss = Literal["squared_error", "absolute_error", "huber", "quantile"]
ForecastLoss = PointLoss | Literal["auto", "normal", "student_t", "poisson", "negative_binomial"]
RandomState = int | np.random.RandomState
Folder = str | os.PathLike[str]
Embedding = WordEmbedder | Mapping[str, Any] | np.ndarray | Any  # or vectors of gensim, or frozen
