"""The rows that a forecaster is asked for, set against the series that it knows."""

from dataclasses import replace

import numpy as np

from sklearn_rnn.data import RowsToForecast, SeriesPanel, gather_positions, open_target
from sklearn_rnn.estimators._user_warnings import warn_user

__all__ = [
    "append_rows",
    "check_reach",
    "check_rows_ahead",
    "check_same_known",
    "check_steps",
    "join_history",
    "place_rows",
    "scored_rows",
]

_SHOWN = 5
_MOST_STEPS = 10_000
_MOST_BLOCKS = 100


def place_rows(rows: RowsToForecast, panel: SeriesPanel, *, strict: bool = True):
    """Give the group of the panel and the tick of each row.

    Without time the rows follow the last ones of their series. Unless ``strict``, the group of a
    row whose series is not in the panel is -1.

    Raises
    ------
    ValueError
        If a series is not in the panel.
    """
    found = panel.find(rows.ids)
    unknown = np.flatnonzero(found < 0)
    if strict and len(unknown):
        raise ValueError(
            f"X holds series {rows.ids[unknown[0]]!r}"
            f"{_and_more(len(unknown) - 1)}, of which the forecaster has no history; "
            "append it with update, or give it to forecast as context. Cross-validation splits "
            "several series by time with sklearn_rnn.model_selection.PanelTimeSeriesSplit: "
            "TimeSeriesSplit cuts rows, and so whole series."
        )
    groups = found[rows.groups]
    if panel.axis.kind == "position":
        return groups, rows.ticks + panel.stops[groups]
    return groups, rows.ticks


def check_reach(panel: SeriesPanel, groups, ticks, horizon: int) -> None:
    """Refuse rows so far after the end of their series that a forecast would take hours."""
    most = _most_steps(horizon)
    ahead = ticks - panel.stops[groups] + 1
    if ahead.max(initial=0) > most:
        row = int(np.argmax(ahead))
        group, end = int(groups[row]), int(panel.stops[groups[row]])
        raise ValueError(
            f"{panel.locate(group, int(ticks[row]))} is {ahead[row]} steps after the end of its "
            f"series ({panel.axis.show(end - 1)}), but forecasts, which go on in blocks of "
            f"{horizon}, reach at most {most} steps: look for a wrong time, or append newer rows "
            "with update."
        )


def check_steps(n_steps: int, horizon: int) -> None:
    """Refuse more steps than a forecast can be carried through."""
    most = _most_steps(horizon)
    if n_steps > most:
        raise ValueError(
            f"steps={n_steps} is more than the {most} steps from the end of the series that "
            f"forecasts reach at most, as they go on in blocks of {horizon}: ask for fewer, or fit "
            "with a coarser freq or a longer horizon."
        )


def _most_steps(horizon):
    return max(_MOST_STEPS, _MOST_BLOCKS * horizon)


def check_same_known(panel: SeriesPanel, rows: RowsToForecast, chosen, at: np.ndarray) -> None:
    """Raise an error unless rows at training times have the known values of the training data.

    Parameters
    ----------
    panel : SeriesPanel
    rows : RowsToForecast
    chosen : ndarray of shape (n,)
        Which of the rows are at training times.
    at : ndarray of shape (n,)
        The rows of the panel that they are.
    """
    columns = panel.columns
    there = panel.present[at, None]
    pairs = (
        (columns.known, rows.known[chosen], panel.known[at]),
        (columns.known_categorical, rows.known_codes[chosen], panel.known_codes[at]),
    )
    for names, given, kept in pairs:
        bad = np.argwhere((given != kept) & there)
        if len(bad):
            row, column = bad[0]
            group = int(panel.row_groups[at[row]])
            where = panel.locate(group, int(panel.row_ticks[at[row]]))
            raise ValueError(
                f"column {names[column]!r} differs from that of fit at {where}, a time of the "
                f"training data{_shown(names, column, columns, given, kept, row)}; predict gives "
                "forecasts of these times from the training data as it was. For other data give "
                "it to forecast as context, or fit anew."
            )


def _shown(names, column, columns, given, kept, row):
    if names[column] in columns.categories:
        return ""
    return f" ({given[row, column]:g} instead of {kept[row, column]:g})"


def check_rows_ahead(panel: SeriesPanel, groups, ticks, n_steps: int) -> None:
    """Raise an error, which lists them, if rows of the next steps of a series are missing."""
    ahead = ticks - panel.stops[groups]
    there = np.zeros((panel.n_groups, n_steps), dtype=bool)
    wanted = (groups >= 0) & (ahead >= 0) & (ahead < n_steps)
    there[groups[wanted], ahead[wanted]] = True
    missing = np.argwhere(~there)
    if len(missing):
        listed = ", ".join(
            panel.locate(int(g), int(panel.stops[g] + step)) for g, step in missing[:_SHOWN]
        )
        raise ValueError(
            f"X lacks {len(missing)} row(s) that {n_steps} step(s) ahead need: {listed}"
            f"{' and so on' if len(missing) > _SHOWN else ''}; give one row for each series and "
            "step (make_future_frame makes them), or forecast fewer steps."
        )


def scored_rows(y, predicted: np.ndarray):
    """Give what came as an array, and which rows have both a value and a forecast.

    Raises
    ------
    ValueError
        If there are other numbers of values than of forecasts, or no row has both.
    """
    y = open_target(y, len(predicted)).values
    if y.size != predicted.size:
        raise ValueError(
            f"X has {len(predicted)} row(s), whose forecasts have the shape {predicted.shape}, but "
            f"y has the shape {y.shape}; y holds what came at each row of X."
        )
    y = y.reshape(predicted.shape)
    rows = ~(np.isnan(predicted) | np.isnan(y))
    rows = rows.reshape(len(rows), -1).all(axis=1)
    if not rows.any():
        raise ValueError(
            f"none of the {len(rows)} row(s) has both a value of y and a forecast, so there is "
            "nothing to score; look at missing values (NaN) in y, and at the end of the history."
        )
    return y, rows


def append_rows(
    panel: SeriesPanel, groups: np.ndarray, ticks: np.ndarray, known=None, known_codes=None
) -> SeriesPanel:
    """Append rows after the last one of groups, up to the ticks given; targets are missing.

    Parameters
    ----------
    panel : SeriesPanel
    groups, ticks : ndarray of shape (n,)
        Where rows are; those between them are put in, with nothing known.
    known, known_codes : ndarray of shape (n, columns) or None
        What is known of these rows.
    """
    extra = np.zeros(panel.n_groups, dtype=np.int64)
    np.maximum.at(extra, groups, ticks - panel.stops[groups] + 1)
    lengths = panel.group_lengths
    offsets = np.concatenate([[0], np.cumsum(lengths + extra)])
    kept = gather_positions(offsets[:-1], lengths)

    def longer(columns, fill):
        found = np.full((offsets[-1], *columns.shape[1:]), fill, dtype=columns.dtype)
        found[kept] = columns
        return found

    of_series = np.repeat(lengths + extra, panel.n_targets)
    target_offsets = np.concatenate([[0], np.cumsum(of_series)])
    target = np.full(target_offsets[-1], np.nan)
    target[gather_positions(target_offsets[:-1], panel.lengths)] = panel.target
    longer_panel = replace(
        panel,
        target=target,
        offsets=target_offsets,
        group_offsets=offsets,
        known=longer(panel.known, np.nan),
        past=longer(panel.past, np.nan),
        known_codes=longer(panel.known_codes, 0),
        past_codes=longer(panel.past_codes, 0),
        present=longer(panel.present, False),
    )
    at = offsets[groups] + ticks - panel.starts[groups]
    longer_panel.present[at] = known is not None
    if known is not None:
        longer_panel.known[at], longer_panel.known_codes[at] = known, known_codes
    return longer_panel


def join_history(old: SeriesPanel, new: SeriesPanel, *, gaps: str = "error") -> SeriesPanel:
    """Give the groups of ``new``, in their order, with the rows of ``old`` before their first.

    A group that is not in ``old``, or does not follow on it at once, is given as it is; of one
    that comes after a gap a warning tells, unless ``gaps`` is "mask", which bridges it. Without
    time, ``new`` is all there is.
    """
    if new.axis.kind == "position":
        return new
    found = old.find(new.ids)
    of_old = np.where(found < 0, 0, found)
    follows = (found >= 0) & (new.starts > old.starts[of_old])
    is_late = follows & (new.starts > old.stops[of_old])
    if gaps != "mask":
        follows &= ~is_late
        _warn_of_lost_history(old, new, found, np.flatnonzero(is_late))
    if not follows.any():
        return new
    before = old.select(found[follows]).until(new.starts[follows])
    joined = before.extend(new, gaps=gaps)
    order = joined.find(new.ids)
    return joined if (order == np.arange(len(order))).all() else joined.select(order)


def _warn_of_lost_history(old, new, found, late):
    if not len(late):
        return
    i = late[0]
    warn_user(
        f"the context of {new.locate(i, new.starts[i])}{_and_more(len(late) - 1)} comes after a "
        f"gap: the history known before ends with {old.locate(found[i], old.stops[found[i]] - 1)} "
        'and is left out. Give the rows between, or fit with gaps="mask" to bridge gaps.'
    )


def _and_more(n):
    return f" and {n} more" if n else ""
