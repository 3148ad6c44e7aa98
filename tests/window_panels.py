"""Small panels with columns of every kind, and their windows by a loop over rows."""

from types import SimpleNamespace

import numpy as np

from sklearn_rnn.data import PanelColumns, SeriesPanel

CATEGORIES = ("a", "b", "c")


def make_panel(
    lengths, rng, *, n_targets=1, n_known=0, n_past=0, codes=False, n_static=0, missing=0.0
):
    """A panel of groups of the given lengths, that begin at ticks 0, 5, 10 and so on."""
    lengths, rows = np.asarray(lengths), int(np.sum(lengths))
    n_groups, n_codes = len(lengths), int(codes)
    group_offsets = np.cumsum([0, *lengths])
    target = rng.normal(size=rows * n_targets, loc=10, scale=3).cumsum() / 5
    target[rng.random(len(target)) < missing] = np.nan
    past = rng.normal(size=(rows, n_past), loc=-4)
    past[rng.random(past.shape) < missing] = np.nan
    names = {"known": n_known, "past": n_past, "static": n_static}
    return SeriesPanel(
        target=target,
        offsets=np.cumsum([0, *np.repeat(lengths, n_targets)]),
        starts=5 * np.arange(n_groups),
        group_offsets=group_offsets,
        known=rng.normal(size=(rows, n_known), loc=100, scale=9),
        past=past,
        known_codes=rng.integers(0, 4, size=(rows, n_codes), dtype=np.int32),
        past_codes=rng.integers(0, 4, size=(rows, n_codes), dtype=np.int32),
        static=rng.normal(size=(n_groups, n_static), loc=7),
        static_codes=rng.integers(0, 4, size=(n_groups, n_codes), dtype=np.int32),
        present=np.ones(rows, dtype=bool),
        ids=np.array([f"series {i}" for i in range(n_groups)], dtype=object),
        axis=None,
        columns=_columns(names, n_targets, n_codes),
    )


def _columns(counts, n_targets, n_codes):
    categorical = ("known", "past", "static")
    names = {f"{kind}_categorical": (f"{kind} kind",) * n_codes for kind in categorical}
    names |= {kind: tuple(f"{kind} {i}" for i in range(n)) for kind, n in counts.items()}
    return PanelColumns(
        target_names=tuple(f"target {i}" for i in range(n_targets)),
        categories={f"{kind} kind": CATEGORIES for kind in categorical if n_codes},
        id_names=("id",),
        id_dtypes=("object",),
        time_name="time",
        layout="columns",
        target_kind="column",
        target_dtypes=("float64",) * n_targets,
        library="pandas",
        frame=True,
        **names,
    )


def daily(ticks):
    """A calendar of two features."""
    return np.stack([np.sin(ticks / 7), np.cos(ticks / 7)], axis=1)


def slow_window(panel, series, cutoff, window, horizon):
    """The rows of one window, None where there is none: of the target and of the covariates."""
    values = panel.target[panel.offsets[series] : panel.offsets[series + 1]]
    group = series // panel.n_targets
    begin, length = panel.group_offsets[group], len(values)
    rows = range(cutoff - window, cutoff + horizon)
    return SimpleNamespace(
        group=group,
        past=np.array([values[r] if r >= 0 else np.nan for r in rows[:window]]),
        future=np.array([values[r] if r < length else np.nan for r in rows[window:]]),
        rows=[begin + r if 0 <= r < length else None for r in rows],
        ticks=np.array([panel.starts[group] + r for r in rows]),
    )
