"""Small series for the tests of forecasters."""

import numpy as np
import pandas as pd

# A forecaster that fits in a few hundredths of a second.
TINY = {
    "horizon": 4,
    "window": 14,
    "segment": 7,
    "hidden_size": 4,
    "max_epochs": 1,
    "windows_per_epoch": 32,
    "batch_size": 16,
    "dropout": 0.0,
    "random_state": 0,
}
WEEK = np.array([5.0, 6, 7, 8, 9, 2, 1])


def daily(n=90, level=1.0, seed=0, start="2024-01-01", tz=None):
    """Sales of a shop: a week that repeats itself, and noise."""
    times = pd.date_range(start, periods=n, freq="D", tz=tz)
    noise = np.random.default_rng(seed).normal(size=n)
    return pd.Series(level * (np.resize(WEEK, n) + 0.1 * noise), index=times, name="sales")


def frame(n=90, seed=0):
    """What is known of each day, and the sales: prices, visitors, days of action."""
    rng = np.random.default_rng(seed)
    sales = daily(n, seed=seed)
    return pd.DataFrame(
        {
            "price": rng.normal(size=n),
            "visitors": rng.normal(size=n),
            "action": rng.choice(["none", "poster", "radio"], size=n),
            "sales": sales,
        },
        index=sales.index,
    )


def panel(n=60, ids=("a", "b", "c")):
    """Several shops, as a frame with a MultiIndex (shop, day)."""
    parts = {name: frame(n + 5 * i, seed=i) for i, name in enumerate(ids)}
    for i, part in enumerate(parts.values()):
        part["sales"] *= 10.0**i
        part["size"] = float(i)
    return pd.concat(parts, names=["shop", "day"])


def ahead(index, n, freq="D"):
    """The ``n`` times after the last one of an index, or of each series of a MultiIndex."""
    if not isinstance(index, pd.MultiIndex):
        return pd.date_range(index[-1], periods=n + 1, freq=freq, name=index.name)[1:]
    last = index.to_frame(index=False).groupby(index.names[0], sort=False)[index.names[1]].max()
    parts = [pd.date_range(end, periods=n + 1, freq=freq)[1:] for end in last]
    return pd.MultiIndex.from_arrays(
        [np.repeat(last.index.to_numpy(), n), parts[0].append(parts[1:])], names=index.names
    )
