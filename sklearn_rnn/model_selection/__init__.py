"""Splits of time that scikit-learn does not have, and the forecasts to compare others with."""

from sklearn_rnn.model_selection._forecast_baselines import forecast_baselines
from sklearn_rnn.model_selection._panel_time_series_split import PanelTimeSeriesSplit

__all__ = ["PanelTimeSeriesSplit", "forecast_baselines"]
