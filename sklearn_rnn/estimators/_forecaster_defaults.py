"""What "auto" means to a forecaster, by the frequency, the number and the lengths of the series."""

from math import ceil, gcd
from typing import NamedTuple

__all__ = [
    "AUTO_FORECAST_PARAMETERS",
    "COUNT_LOSSES",
    "ForecastTraits",
    "is_much",
    "is_short",
    "least_history",
    "resolve_forecast_parameters",
]


class ForecastTraits(NamedTuple):
    """What the defaults depend on.

    ``season_length`` is the shortest usual season in steps (1 for none) and ``seasons`` are all of
    them, shortest first; ``n_values`` counts the values of all series, ``length`` those of a
    middling one. ``is_positive`` tells whether all values are above zero.
    """

    season_length: int
    seasons: tuple[int, ...]
    n_series: int
    n_values: int
    length: int
    is_positive: bool = False


AUTO_FORECAST_PARAMETERS = (
    "horizon",
    "window",
    "calendar",
    "scaling",
    "log",
    "difference",
    "segment",
    "decoder",
    "hidden_size",
    "n_networks",
    "dropout",
    "loss",
    "intervals",
    "max_epochs",
    "windows_per_epoch",
    "batch_size",
    "lr",
    "early_stopping",
)

# Losses of counts, whose windows are divided by their scale, but not centred.
COUNT_LOSSES = ("poisson", "negative_binomial")

# How far ahead people usually look, by the shortest season: two days, two weeks, a quarter ...
_HORIZONS = {1: 6, 4: 8, 5: 10, 7: 14, 12: 18, 24: 48, 48: 48, 52: 13, 96: 96}

# How many of the shortest season a window holds. Where the next one is near, as the week is to
# hours, it holds two of that.
_SEASONS_BACK = {5: 5, 7: 5, 52: 2}
_NEAR = 10
_WITHOUT_SEASON = 24

# From so many values a network learns for long, with little dropout; from fewer too, if each series
# is as long as so many windows. Otherwise it soon learns too much; several networks of less
# training, averaged, forecast better then.
_MUCH = 100_000
_MUCH_OF_LONG, _LONG = 40_000, 50
_MUCH_SETTINGS = {"hidden_size": 128, "n_networks": 2, "dropout": 0.1, "lr": 4e-3}
_LITTLE_SETTINGS = {"hidden_size": 128, "n_networks": 3, "dropout": 0.5, "lr": 2e-3}

# So many updates suit 20 000 values; more values take more, if not in proportion.
_UPDATES, _OF_VALUES, _POWER = 300, 20_000, 0.75
_FEWEST_UPDATES, _MOST_UPDATES = 100, {True: 2400, False: 300}  # by whether there is much
_EPOCHS = 20

# Series of fewer rows say too little of each, and of medians.
_SHORT = 100


def is_much(traits: ForecastTraits) -> bool:
    """Tell whether there are values to learn from for long."""
    is_long = traits.length >= _LONG * _usual_window(traits)
    return traits.n_values >= (_MUCH_OF_LONG if is_long else _MUCH)


def is_short(traits: ForecastTraits) -> bool:
    """Tell whether a middling series is short."""
    return traits.length < _SHORT


def resolve_forecast_parameters(parameters: dict, traits: ForecastTraits) -> dict:
    """Give the value of every parameter that may be "auto".

    Parameters
    ----------
    parameters : dict
        The estimator's parameters.
    traits : ForecastTraits
        What the series are like.

    Returns
    -------
    dict
        One entry for each of ``AUTO_FORECAST_PARAMETERS``.

    Raises
    ------
    ValueError
        If the window given is no multiple of the segment given.
    """
    given = {name: parameters.get(name, "auto") for name in AUTO_FORECAST_PARAMETERS}
    chosen = {name: value for name, value in given.items() if value != "auto"}
    chosen.setdefault("horizon", _horizon(traits))
    chosen["window"], chosen["segment"] = _window_and_segment(
        chosen.get("window"), chosen.get("segment"), chosen["horizon"], traits
    )
    chosen["calendar"] = chosen.get("calendar", True) is not None
    chosen.setdefault("loss", _loss(traits))
    chosen.setdefault("scaling", "mean_abs" if chosen["loss"] in COUNT_LOSSES else "mean")
    chosen.setdefault("log", _takes_log(chosen["loss"], traits))
    chosen["difference"] = _difference(chosen.get("difference", False), traits)
    defaults = (_MUCH_SETTINGS if is_much(traits) else _LITTLE_SETTINGS) | {
        "decoder": "parallel",
        "early_stopping": False,
        "intervals": "conformal",
    }
    chosen = defaults | chosen
    chosen |= _amount_of_training(chosen, traits)
    return {name: chosen[name] for name in AUTO_FORECAST_PARAMETERS}


def least_history(window: int, traits: ForecastTraits) -> int:
    """Give how many rows have to stand before a cutoff to train on; the window is padded then."""
    return max(1, min(window, max(2 * traits.season_length, traits.length // 4)))


def _horizon(traits):
    usual = _HORIZONS.get(traits.season_length, min(2 * traits.season_length, 48))
    return max(1, min(usual, traits.length // 4))


def _window_and_segment(window, segment, horizon, traits):
    """Choose whole seasons, of which the shortest is read at a time."""
    if window is not None and segment is not None:
        if window % segment:
            raise ValueError(
                f"window={window} is no multiple of segment={segment}; take "
                f"window={ceil(window / segment) * segment}, or leave one of them at 'auto'."
            )
        return window, segment
    season = traits.season_length
    if window is not None:
        return window, _divisor(window, season)
    window = max(1, min(_usual_window(traits), (traits.length - horizon) // 2))
    if segment is None:
        segment = season if window >= season else 1
    return max(1, window // segment) * segment, segment


def _usual_window(traits):
    season = traits.season_length
    if season == 1:
        return _WITHOUT_SEASON
    longest = traits.seasons[-1]
    if season < longest <= _NEAR * season:
        return 2 * longest
    return _SEASONS_BACK.get(season, 3) * season


def _divisor(window, season):
    """Give the largest number of steps up to a season that divides the window."""
    if gcd(window, season) > 1 or season == 1:
        return gcd(window, season)
    return max(step for step in range(1, season + 1) if window % step == 0)


def _loss(traits):
    """Aim at the median; at the mean of short series that have no logarithms."""
    return "squared_error" if is_short(traits) and not traits.is_positive else "absolute_error"


def _takes_log(loss, traits):
    """Model logarithms, whose changes are shares, where there are; not where means are aimed at."""
    is_mean = loss == "squared_error" or loss in COUNT_LOSSES
    return traits.is_positive and not is_mean


def _difference(difference, traits):
    """Give the lag of the differences, 0 for none."""
    if difference is True:
        return traits.season_length
    return int(difference)


def _amount_of_training(chosen, traits):
    """Give the size of batches and epochs, and how many of these make the updates wanted."""
    of_series = traits.length - chosen["horizon"] - least_history(chosen["window"], traits) + 1
    n_windows = max(1, of_series) * traits.n_series
    batch = chosen.get("batch_size", min(256, max(16, n_windows // 8)))
    wanted = _UPDATES * (traits.n_values / _OF_VALUES) ** _POWER
    updates = min(_MOST_UPDATES[is_much(traits)], max(_FEWEST_UPDATES, round(wanted)))
    epoch = chosen.get("windows_per_epoch", min(n_windows, ceil(updates / _EPOCHS) * batch))
    seen = n_windows if epoch is None else min(epoch, n_windows)
    epochs = chosen.get("max_epochs", ceil(updates * batch / max(seen, batch)))
    return {"batch_size": batch, "windows_per_epoch": epoch, "max_epochs": epochs}
