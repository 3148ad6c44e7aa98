"""A forecaster as an ONNX graph: windows of series to their next values."""

import numpy as np

from sklearn_rnn.modules import ForecastCommittee, LinearBlend
from sklearn_rnn.persistence._onnx_calendar import add_calendar
from sklearn_rnn.persistence._onnx_declared import Declared
from sklearn_rnn.persistence._onnx_forecasting import Covariates, add_network
from sklearn_rnn.persistence._onnx_layers import as_array
from sklearn_rnn.persistence._onnx_points import add_point
from sklearn_rnn.persistence._onnx_shapes import cast, concat, unsqueeze, zero_or_nan
from sklearn_rnn.persistence._onnx_windows import scale_window, to_units

__all__ = ["add_forecaster"]

_CODES = "for each column the place of its category, plus 2; 1 an unknown one, 0 no row"


def add_forecaster(declared: Declared, estimator) -> None:
    """Declare inputs and outputs of a fitted RNNForecaster, and all between them."""
    graph, module = declared.graph, estimator.module_
    network = module.network if isinstance(module, LinearBlend) else module
    networks = network.networks if isinstance(network, ForecastCommittee) else [network]
    reach, horizon = estimator._reach, estimator.horizon_
    holds = "the last values of each series; NaN where one is missing or there is no row"
    target = declared.input("values", "float64", ["batch", reach], holds)
    window = scale_window(graph, estimator, target)
    columns, signs = _add_covariates(declared, estimator)
    outputs = [add_network(graph, network, window, columns) for network in networks]
    outputs = graph.op("Mean", *outputs) if len(outputs) > 1 else outputs[0]
    if isinstance(module, LinearBlend):
        outputs = _blend(graph, module, outputs, window.values)
    points = add_point(graph, module.head, outputs, 3)
    points = to_units(graph, estimator, window, points, module.head.counts)
    for sign in [zero_or_nan(graph, window.values, 1), *signs]:
        points = graph.op("Add", points, unsqueeze(graph, cast(graph, sign, "float64"), 1))
    holds = "the next values of each series; NaN where none of its window is there"
    declared.output("forecasts", points, "float64", ["batch", horizon], holds)
    declared.document |= {"window": estimator.window_, "horizon": horizon, "history": reach}


def _blend(graph, module, outputs, values):
    """Average outputs ``(batch, horizon, 1)`` with the linear map of the scaled window."""
    share = as_array(module.share)
    if share == 0:
        return outputs
    linear = graph.op("MatMul", values, as_array(module.coefficients).T * share)
    network = graph.op("Mul", outputs, np.float32(1) - share)
    return graph.op("Add", network, unsqueeze(graph, linear, 2))


def _add_covariates(declared, estimator):
    """Declare the columns beside the target and standardise them."""
    graph, plan, scalers = declared.graph, estimator._architecture, estimator._scalers
    window, ahead = ["batch", plan.window], ["batch", plan.window + plan.horizon]
    signs = []

    def numbers(name, n, scaler, shape, holds, masked=()):
        if not n:
            return None
        raw = declared.input(name, "float64", [*shape, n], holds)
        found = _standardise(graph, raw, scaler, masked)
        signs.append(zero_or_nan(graph, found, *range(1, len(shape) + 1)))
        return found

    def codes(name, sizes, shape, holds=_CODES):
        return declared.input(name, "int64", [*shape, len(sizes)], holds) if sizes else None

    back, on = "of the rows of the window", "of the rows of the window and of those ahead"
    gaps = "NaN where one is missing or there is no row"
    n_past = plan.n_past - len(scalers.masked_past)
    found = Covariates(
        known=numbers("known", plan.n_known, scalers.known, ahead, f"columns {on}; {gaps}"),
        known_codes=codes("known_codes", plan.known_codes, ahead, f"{on}: {_CODES}"),
        past=numbers(
            "past", n_past, scalers.past, window, f"columns {back}; {gaps}", scalers.masked_past
        ),
        past_codes=codes("past_codes", plan.past_codes, window, f"{back}: {_CODES}"),
        calendar=_add_calendar(declared, estimator, ahead, on),
        static=numbers("static", plan.n_static, scalers.static, ["batch"], f"of series; {gaps}"),
        static_codes=codes("static_codes", plan.static_codes, ["batch"], f"of series: {_CODES}"),
    )
    return found, signs


def _standardise(graph, raw, scaler, masked):
    """Standardise numbers, 0 where one is missing, and flag those missing of some columns."""
    gaps = graph.op("IsNaN", raw)
    if scaler is not None:
        raw = graph.op("Div", graph.op("Sub", raw, scaler.mean), scaler.scale)
    found = cast(graph, graph.op("Where", gaps, np.float64(0), raw), "float32")
    if not masked:
        return found
    flags = graph.op("Gather", gaps, np.array(masked, dtype=np.int64), axis=2)
    return concat(graph, [found, cast(graph, flags, "float32")], 2)


def _add_calendar(declared, estimator, shape, on):
    """Declare the times, if the network reads the calendar, and give its features."""
    if not estimator._calendar_columns:
        return None
    names = estimator._panel.axis.calendar_names
    holds = f"the times {on}, in microseconds since 1970, in the time zone of fit; also of no row"
    times = declared.input("times", "int64", shape, holds)
    return add_calendar(declared.graph, [names[i] for i in estimator._calendar_columns], times)
