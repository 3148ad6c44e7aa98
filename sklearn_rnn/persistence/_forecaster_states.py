"""How a forecaster is spelt in a model file, its series aside."""

import numpy as np

from sklearn_rnn.estimators import RNNForecaster
from sklearn_rnn.estimators._forecaster_calibration import LEVELS, Calibration
from sklearn_rnn.estimators._forecaster_transform import TargetTransform
from sklearn_rnn.modules import DECODERS, ForecastPlan
from sklearn_rnn.nn import CELLS, FORECAST_LOSSES, SCALINGS, Width, WindowWidths
from sklearn_rnn.persistence._array_codecs import Array
from sklearn_rnn.persistence._codecs import (
    Bool,
    Codec,
    Fields,
    Float,
    Int,
    OneOf,
    Optional,
    Record,
    TupleOf,
)
from sklearn_rnn.persistence._forecaster_checks import check_blend, check_forecaster
from sklearn_rnn.persistence._label_columns import Ids
from sklearn_rnn.persistence._net_states import (
    NET_OPTIONAL,
    NET_PARAMETERS,
    NET_STATE,
    STEP_SCALER,
)
from sklearn_rnn.persistence._networks import fill_net
from sklearn_rnn.persistence._offset_codec import FREQ
from sklearn_rnn.persistence._panel_states import PANEL
from sklearn_rnn.persistence._registry import EstimatorKind
from sklearn_rnn.training import WindowScalers

__all__ = ["FORECASTER_KINDS"]

# Of a longer window or horizon, a file of few bytes could ask for all of the memory.
_STEPS = Int(1, 10**6)
_COUNT = Int(1)
_SHARE = Float(0, 1)


class _Groups(Codec):
    """The numbers that ids had in ``fit``, a dict: its ids in their order."""

    what = "the ids of the series of fit"
    _ids = Ids()

    def takes(self, value):
        return isinstance(value, dict) and list(value.values()) == list(range(len(value)))

    def reads(self, json):
        return self._ids.reads(json)

    def _encode(self, value, where, store):
        names = np.fromiter(value, dtype=object)
        return self._ids.encode(names, where, store)

    def _decode(self, json, where, source):
        return {name: i for i, name in enumerate(self._ids.decode(json, where, source))}


# --- parts --------------------------------------------------------------------------------------

_SCALERS = Record(
    WindowScalers,
    {
        "known": Optional(STEP_SCALER),
        "past": Optional(STEP_SCALER),
        "static": Optional(STEP_SCALER),
        "masked_past": TupleOf(Int(0)),
    },
)
_WIDTH = Record(Width, {"size": Float(0), "share": Optional(Float(0))})
_WIDTHS = Record(WindowWidths, {"usual": _WIDTH, "still": _WIDTH, "few": _STEPS})
_CALIBRATION = Record(
    Calibration,
    {
        "offsets": Optional(Array("float64", shape=(None, None, len(LEVELS)))),
        "templates": Array("float32", shape=(None, None)),
        "is_held_out": Bool(),
        "year": Optional(Int(1, 10**9)),
    },
)
_PLAN = Record(
    ForecastPlan,
    {
        "window": _STEPS,
        "horizon": _STEPS,
        "segment": _STEPS,
        "cell": OneOf(*CELLS),
        "hidden_size": _COUNT,
        "num_layers": _COUNT,
        "dropout": _SHARE,
        "residual": Bool(),
        "decoder": OneOf(*DECODERS),
        "loss": OneOf(*FORECAST_LOSSES),
        "loss_params": Optional(Fields({"delta": Float(0)})),
        "quantiles": TupleOf(_SHARE),
        "linear_skip": Bool(),
        "skip_season": Optional(_STEPS),
        "skip_seasons": Int(1, 100),
        "linear_blend": Bool(),
        "masked": Bool(),
        "n_past": Int(0),
        "n_known": Int(0),
        "n_calendar": Int(0),
        "past_codes": TupleOf(Int(2)),
        "known_codes": TupleOf(Int(2)),
        "n_static": Int(0),
        "static_codes": TupleOf(Int(2)),
        "widest_embedding": _COUNT,
        "unknown_dropout": _SHARE,
        "observed_share": _SHARE,
    },
)

# --- the whole ----------------------------------------------------------------------------------

# What "auto" was resolved to, as attributes whose names end in an underscore.
_RESOLVED = {
    "horizon": _STEPS,
    "window": _STEPS,
    "calendar": Bool(),
    "scaling": Optional(OneOf(*SCALINGS)),
    "log": Bool(),
    "difference": Int(0, 10**6),
    "segment": _STEPS,
    "decoder": OneOf(*DECODERS),
    "hidden_size": _COUNT,
    "n_networks": _COUNT,
    "dropout": _SHARE,
    "loss": OneOf(*FORECAST_LOSSES),
    "intervals": OneOf("conformal", "model"),
    "max_epochs": _COUNT,
    "windows_per_epoch": Optional(_COUNT),
    "batch_size": _COUNT,
    "lr": Float(0),
    "early_stopping": Bool(),
}
_STATE = Fields(
    {
        **{name: codec for name, codec in NET_STATE.items() if name != "_weight_mean"},
        "_target_ndim": OneOf(1, 2),
        **{f"{name}_": codec for name, codec in _RESOLVED.items()},
        "_least_history": _STEPS,
        "_scalers": _SCALERS,
        "_fit_groups": Optional(_Groups()),
        "_knows_ids": Bool(),
        "_widths": Optional(_WIDTHS),
        "_means": Array("float64", shape=(None, None)),
        "_transform": Record(TargetTransform, {"floor": Optional(Float(0))}),
        "_calendar_columns": TupleOf(Int(0)),
        "_season": Optional(_STEPS),
        "_year_length": Optional(_COUNT),
        "_architecture": _PLAN,
        "_panel": PANEL,
        "_calibration": Optional(_CALIBRATION),
    },
    NET_OPTIONAL,
)


def _finish(forecaster, where, source):
    weights = vars(forecaster).pop("_weights")
    check_forecaster(forecaster)
    fill_net(forecaster, weights, f"{where}._weights")
    check_blend(forecaster)
    forecaster._settings = None  # the net has not been trained here


FORECASTER_KINDS = (
    EstimatorKind(
        "RNNForecaster",
        RNNForecaster,
        _STATE,
        parameters=NET_PARAMETERS | {"freq": FREQ},
        finish=_finish,
        check=RNNForecaster._check_parameters,
    ),
)
