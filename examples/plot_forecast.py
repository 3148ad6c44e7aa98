"""
How much carbon dioxide will there be next year?
================================================

The observatory on Mauna Loa has measured the air above Hawaii since 1958. What comes with
statsmodels are weekly means up to 2001, some weeks missing: a wave with the seasons, on a climb
that grows steeper. A forecaster learns from that what the next 52 weeks look like, and how sure it
may be. Beside it stand the seasonal naive forecast, which is what came a year ago, and a ridge on
the last values, over ten years that none of the three has seen. The picture shows the last of these
years and the forecast of the one after the end, and how far off the forecasts were by the weeks
that they reach ahead.
"""

import matplotlib.pyplot as plt
import numpy as np
from statsmodels.datasets import co2

from sklearn_rnn import RNNForecaster
from sklearn_rnn.inspection import ForecastDisplay
from sklearn_rnn.metrics import interval_coverage, mean_absolute_scaled_error
from sklearn_rnn.model_selection import forecast_baselines

YEAR = 52
METHODS = {  # column: name, color, line
    "RNNForecaster": ("RNNForecaster", "#c2410c", "-"),
    "LagRidge": ("ridge on lags", "#1d4ed8", ":"),
    "SeasonalNaive": ("as a year ago", "#7f8c8d", "--"),
}

air = co2.load_pandas().data["co2"].rename_axis("week")
print(f"{len(air)} weeks to {air.index[-1]:%B %Y}, {air.isna().sum()} of them missing")

# %%
# Ten forecasts of 52 weeks each, one after the other, by a network that was trained once, on what
# lies before the first of them. Missing weeks need no treatment: it is told that they are missing,
# and they count neither in training nor in the scores.

forecaster = RNNForecaster(horizon=YEAR, random_state=0)
past = forecaster.backtest(air, n_windows=10, level=[80])
naive = {"y_train": air[: past["cutoff"].min()], "season_length": YEAR}

print("\nmean absolute scaled error over ten years")
for column, (name, *_) in METHODS.items():
    print(f"{name:<16}{mean_absolute_scaled_error(past['co2'], past[column], **naive):.3f}")
ends = past["RNNForecaster-lo-80"], past["RNNForecaster-hi-80"]
print(f"{interval_coverage(past['co2'], *ends):.0%} of the weeks lie within the intervals of 80 %")

# %%
# The year after the end, from a network that has read everything.

future = forecaster.fit(air).forecast(level=[80])
future = future.rename(columns=lambda name: name.replace("co2", "RNNForecaster"))
future = future.join(forecast_baselines(air, steps=YEAR))

# %%
# On the left what was measured, and the forecasts of the last years and the next; on the right how
# far off the forecasts of all ten years were, by the weeks ahead.

figure, (years, ahead) = plt.subplots(
    1, 2, figsize=(12, 5), width_ratios=[5, 2], layout="constrained"
)
cutoffs = past["cutoff"].unique()
shown = air[cutoffs[-5] :]
years.plot(shown.index, shown, ".", color="#111827", ms=3.5, label="measured")
windows = [past[past["cutoff"] == cutoff].set_index("week") for cutoff in cutoffs[-3:]]
for window in [*windows, future]:
    for column in ("RNNForecaster", "SeasonalNaive"):
        name, color, line = METHODS[column]
        years.plot(window.index, window[column], line, color=color, lw=1.8, label=name)
    low, high = window["RNNForecaster-lo-80"], window["RNNForecaster-hi-80"]
    years.fill_between(window.index, low, high, color="#fdba74", alpha=0.6, lw=0, zorder=1,
                       label="interval of 80 %")  # fmt: skip
for cutoff in [*cutoffs[-3:], air.index[-1]]:
    years.axvline(cutoff, color="#9ca3af", lw=0.8, zorder=0)
years.annotate("the data end here", (air.index[-1], 0), (4, 6), textcoords="offset points",
               xycoords=("data", "axes fraction"), color="#6b7280", size=9)  # fmt: skip
years.margins(x=0.01)
years.set_title("Carbon dioxide above Mauna Loa, parts per million", loc="left")
handles, labels = years.get_legend_handles_labels()
years.legend(handles[:4], labels[:4], loc="upper left", frameon=False)

weeks = past.groupby("cutoff").cumcount() + 1
for column, (name, color, line) in METHODS.items():
    errors = (past["co2"] - past[column]).abs().groupby(weeks).mean()
    smooth = errors.rolling(5, center=True, min_periods=1).mean()  # of five weeks
    ahead.plot(smooth, line, color=color, lw=1.8)
    is_lowest = column == "RNNForecaster"
    near = smooth[-18:].min() if is_lowest else smooth[-26:].max()
    ahead.annotate(name, (YEAR, near), (0, -4 if is_lowest else 4), textcoords="offset points",
                   color=color, ha="right", va="top" if is_lowest else "bottom")  # fmt: skip
ahead.margins(y=0.1)
ahead.set(ylim=(0, None), xlabel="weeks ahead", xticks=np.arange(0, YEAR + 1, 13))
ahead.set_title("Mean absolute error over ten years", loc="left")
for axes in (years, ahead):
    axes.spines[["top", "right"]].set_visible(False)
plt.show()

# %%
# Of a fitted forecaster alone, :class:`~sklearn_rnn.inspection.ForecastDisplay` draws what comes
# next and how sure it is in one line.

ForecastDisplay.from_estimator(forecaster, history=2 * YEAR)
plt.show()

# %%
# **What to try next.** Known columns beside the series, such as holidays, go in as X; many series
# learn together from one frame with ``id_col``; ``update`` takes in new weeks without starting
# anew.
#
# **What it does badly.** One series that is a smooth wave asks little: for the first months the
# ridge is as good, in a fraction of the time. A network earns its time where there are many series,
# or columns that matter. And the intervals held fewer weeks than they promise: they are calibrated
# on the years before, and the next ones differed from these.
