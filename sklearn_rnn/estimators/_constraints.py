"""What the parameters that all estimators share may be."""

from numbers import Integral, Real
from os import PathLike

from sklearn_rnn._sklearn import HasMethods, Interval, StrOptions
from sklearn_rnn.nn import CELLS, POOLINGS
from sklearn_rnn.training import OPTIMIZERS, SCHEDULES

__all__ = ["PARAMETER_CONSTRAINTS", "STRETCH_CONSTRAINTS"]

_AUTO = StrOptions({"auto"})
_COUNT = Interval(Integral, 1, None, closed="left")
_SHARE = Interval(Real, 0, 1, closed="left")

PARAMETER_CONSTRAINTS = {
    "cell": [StrOptions(set(CELLS)), callable],
    "hidden_size": [_AUTO, _COUNT],
    "num_layers": [_COUNT],
    "bidirectional": [_AUTO, "boolean"],
    "residual": ["boolean"],
    "initialization": [StrOptions({"orthogonal", "chrono"})],
    "dropout": [_AUTO, _SHARE],
    "token_dropout": [_AUTO, _SHARE],
    "subwords": [_AUTO, "boolean"],
    "encoder": [HasMethods(["fit", "transform"]), None],
    "embedding_dim": [_AUTO, _COUNT],
    "n_tokens": [Interval(Integral, 2, None, closed="left"), None],
    "missing": [StrOptions({"error", "mask"})],
    "stride": [_AUTO, _COUNT],
    "segment": [_AUTO, _COUNT],
    "pooling": [StrOptions({"auto", *POOLINGS})],
    "convolution": [StrOptions({"auto", "branch", "stem", "stem+branch"}), None],
    "max_epochs": [_AUTO, _COUNT],
    "batch_size": [_AUTO, _COUNT],
    "lr": [_AUTO, Interval(Real, 0, None, closed="neither")],
    "optimizer": [StrOptions(set(OPTIMIZERS)), callable],
    "weight_decay": [Interval(Real, 0, None, closed="left")],
    "gradient_clip": [Interval(Real, 0, None, closed="neither"), None],
    "lr_schedule": [StrOptions({"plateau", *SCHEDULES}), None],
    "early_stopping": [_AUTO, "boolean"],
    "validation_fraction": [Interval(Real, 0, 1, closed="neither")],
    "n_iter_no_change": [_COUNT],
    "tol": [Interval(Real, 0, None, closed="left")],
    "warm_start": ["boolean"],
    "device": [str],
    "precision": [StrOptions({"float32", "bfloat16"})],
    "random_state": ["random_state"],
    "verbose": ["verbose"],
    "callbacks": [list, None],
    "net_params": [dict, None],
    "checkpoint": [str, PathLike, None],
}

# How training goes back through long sequences, for estimators that read one in a single pass.
STRETCH_CONSTRAINTS = {
    "tbptt": [_COUNT, None],
    "recompute": ["boolean"],
}
