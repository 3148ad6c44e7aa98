"""Windows cut from a panel, held against a loop over their rows."""

import tracemalloc
from dataclasses import replace

import numpy as np
import pytest
import torch

from sklearn_rnn.training import WindowDataset, Windows, WindowScalers
from tests.window_panels import daily, make_panel, slow_window

WINDOW, HORIZON = 8, 5
LENGTHS = [30, 6, 17, 1, 9]
EVERYTHING = {"n_targets": 2, "n_known": 2, "n_past": 3, "codes": True, "n_static": 2}

with_and_without_missing = pytest.mark.parametrize("missing", [0.0, 0.3], ids=["full", "missing"])


def make_dataset(panel, windows=None, **options):
    options = {"window": WINDOW, "horizon": HORIZON, "calendar": daily} | options
    if "scalers" not in options:
        options["scalers"] = WindowScalers.fit(panel)
    windows = Windows.of_panel(panel, horizon=1, partial=True) if windows is None else windows
    return WindowDataset(panel, windows, **options)


def all_places(dataset):
    series, cutoffs = dataset.windows.locate(torch.arange(len(dataset)))
    return list(zip(series.tolist(), cutoffs.tolist(), strict=True))


def of_rows(columns, rows, fill=np.nan):
    """The rows of a matrix, filled where a row is None."""
    empty = np.full(columns.shape[1], fill, dtype=columns.dtype)
    return np.array([empty if row is None else columns[row] for row in rows])


def expected_numbers(columns, scaler, rows):
    return np.nan_to_num((of_rows(columns, rows) - scaler.mean) / scaler.scale)


# --- the batch ------------------------------------------------------------------------------------


@with_and_without_missing
def test_values_are_the_rows_before_the_cutoff_scaled_by_themselves(missing, rng):
    panel = make_panel(LENGTHS, rng, n_targets=2, missing=missing)
    dataset = make_dataset(panel)
    batch = dataset.gather(torch.arange(len(dataset)))
    target = dataset.gather_target(torch.arange(len(dataset)))
    assert batch.values.shape == (len(dataset), WINDOW)
    assert batch.lengths is None
    for i, (series, cutoff) in enumerate(all_places(dataset)):
        cut = slow_window(panel, series, cutoff, WINDOW, HORIZON)
        seen = cut.past[~np.isnan(cut.past)]
        centre = seen.mean() if len(seen) else 0
        scale = (seen.std() if len(seen) > 1 else abs(centre)) or 1
        np.testing.assert_array_equal(batch.observed[i], ~np.isnan(cut.past))
        expected = np.nan_to_num((cut.past - centre) / scale)
        np.testing.assert_allclose(batch.values[i], expected, rtol=1e-5, atol=1e-6)
        ahead = (cut.future - centre) / scale if len(seen) else np.full(HORIZON, np.nan)
        np.testing.assert_allclose(target[i], ahead, rtol=1e-5, atol=1e-6)


@with_and_without_missing
def test_covariates_are_those_of_the_same_rows(missing, rng):
    panel = make_panel(LENGTHS, rng, missing=missing, **EVERYTHING)
    scalers = WindowScalers.fit(panel)
    dataset = make_dataset(panel, scalers=scalers)
    batch = dataset.gather(torch.arange(len(dataset)))
    for i, (series, cutoff) in enumerate(all_places(dataset)):
        cut = slow_window(panel, series, cutoff, WINDOW, HORIZON)
        close = {"rtol": 1e-5, "atol": 1e-6}
        known = expected_numbers(panel.known, scalers.known, cut.rows)
        np.testing.assert_allclose(batch.known[i], known, **close)
        past = expected_numbers(panel.past, scalers.past, cut.rows[:WINDOW])
        np.testing.assert_allclose(batch.past[i, :, :3], past, **close)
        np.testing.assert_allclose(batch.calendar[i], daily(cut.ticks), **close)
        known_codes = of_rows(panel.known_codes + 1, cut.rows, fill=0)
        np.testing.assert_array_equal(batch.known_codes[i], known_codes)
        np.testing.assert_array_equal(
            batch.past_codes[i], of_rows(panel.past_codes + 1, cut.rows[:WINDOW], fill=0)
        )
        static = (panel.static[cut.group] - scalers.static.mean) / scalers.static.scale
        np.testing.assert_allclose(batch.static[i], static, **close)
        np.testing.assert_array_equal(batch.static_codes[i], panel.static_codes[cut.group] + 1)


def test_missing_values_of_past_columns_are_flagged_where_fit_saw_some(rng):
    panel = make_panel([40], rng, n_past=2)
    panel.past[::3, 1] = np.nan
    dataset = make_dataset(panel, Windows.at([0], [20]))
    assert dataset.n_past == 3
    batch = dataset.gather(torch.tensor([0]))
    np.testing.assert_array_equal(batch.past[0, :, 2], np.isnan(panel.past[12:20, 1]))
    other = make_dataset(make_panel([40], rng, n_past=2), scalers=WindowScalers.fit(panel))
    assert not other.gather(torch.tensor([30])).past[..., 2].any()


def test_what_a_panel_lacks_is_none(rng):
    panel = make_panel(LENGTHS, rng)
    batch = make_dataset(panel, calendar=None).gather(torch.arange(4))._asdict()
    lacking = {name for name, part in batch.items() if part is None}
    assert lacking == {
        "lengths",
        "known",
        "past",
        "known_codes",
        "past_codes",
        "static",
        "static_codes",
        "teacher",
    }
    assert batch["calendar"].shape == (4, WINDOW + HORIZON, 0)


def test_codes_of_series_are_joined_to_the_static_ones(rng):
    panel = make_panel(LENGTHS, rng, n_targets=2, codes=True)
    targets = np.arange(panel.n_series) % 2 + 1
    dataset = make_dataset(panel, Windows.at(np.arange(10), np.ones(10, int)), series_codes=targets)
    codes = dataset.gather(torch.arange(10)).static_codes
    np.testing.assert_array_equal(codes[:, 0], np.repeat(panel.static_codes[:, 0], 2) + 1)
    np.testing.assert_array_equal(codes[:, 1], targets + 1)


def test_a_sparse_calendar_is_that_of_a_table(rng):
    panel = make_panel([20, 20], rng)
    far = replace(panel, starts=np.array([0, 10**12]))  # too far apart for a table
    rows = torch.arange(30)
    near, sparse = (make_dataset(p).gather(rows).calendar for p in (panel, far))
    series, cutoffs = make_dataset(far).windows.locate(rows)
    for i, (s, c) in enumerate(zip(series.tolist(), cutoffs.tolist(), strict=True)):
        ticks = far.starts[s] + np.arange(c - WINDOW, c + HORIZON)
        np.testing.assert_allclose(sparse[i], daily(ticks), rtol=1e-6, atol=1e-6)
    first = series == 0
    torch.testing.assert_close(near[first], sparse[first])


# --- what must not be read ------------------------------------------------------------------------


@pytest.mark.parametrize("season", [None, 3])
def test_nothing_but_known_columns_is_read_after_the_cutoff(season, rng):
    panel = make_panel([30, 25], rng, missing=0.1, **EVERYTHING)
    windows = Windows.at(np.arange(4), np.array([12, 12, 20, 20]))
    options = {"scalers": WindowScalers.fit(panel), "season": season, "with_target": False}
    rows, end = torch.arange(4), np.array([30, 25])
    before = make_dataset(panel, windows, **options)
    changed = {name: getattr(panel, name).copy() for name in ("target", "past", "past_codes")}
    for series in range(4):
        begin = panel.offsets[series]
        cutoff = [12, 12, 20, 20][series]
        changed["target"][begin + cutoff : panel.offsets[series + 1]] = 1e9
        after = slice(
            panel.group_offsets[series // 2] + cutoff,
            panel.group_offsets[series // 2] + end[series // 2],
        )
        changed["past"][after], changed["past_codes"][after] = 1e9, 3
    after = make_dataset(replace(panel, **changed), windows, **options)
    for name, part in before.gather(rows)._asdict().items():
        other = getattr(after.gather(rows), name)
        assert (part is None and other is None) or torch.equal(part, other), name
    for one, other in zip(before.statistics(), after.statistics(), strict=True):
        assert one is other is None or torch.equal(one, other)


def test_the_series_beside_it_is_never_read(rng):
    panel = make_panel([10, 4, 10], rng, missing=0.1, **EVERYTHING)
    options = {"scalers": WindowScalers.fit(panel), "season": 3}
    windows = Windows.at([2, 3], [2, 3])  # both reach back and ahead beyond the series of 4 rows
    changed = {name: getattr(panel, name).copy() for name in ("target", "past", "known")}
    changed["target"][np.r_[: panel.offsets[2], panel.offsets[4] : len(panel.target)]] = 1e9
    for name in ("past", "known"):
        changed[name][np.r_[:10, 14:24]] = 1e9
    datasets = [make_dataset(p, windows, **options) for p in (panel, replace(panel, **changed))]
    batches = [dataset.gather(torch.arange(2))._asdict() for dataset in datasets]
    for name, part in batches[0].items():
        assert part is None or torch.equal(part, batches[1][name]), name
    targets = [dataset.gather_target(torch.arange(2)) for dataset in datasets]
    assert torch.equal(targets[0].isnan(), targets[1].isnan())
    torch.testing.assert_close(*targets, equal_nan=True)


def test_a_window_is_the_same_alone_and_among_others(rng):
    panel = make_panel(LENGTHS, rng, missing=0.2, **EVERYTHING)
    dataset = make_dataset(panel, season=2)
    rows = torch.arange(len(dataset))
    together, targets = dataset.gather(rows), dataset.gather_target(rows)
    for i in rows.tolist():
        alone = dataset.gather(torch.tensor([i]))
        for name, part in alone._asdict().items():
            assert part is None or torch.equal(part[0], getattr(together, name)[i]), name
        torch.testing.assert_close(
            dataset.gather_target(torch.tensor([i]))[0], targets[i], equal_nan=True
        )


def test_gathering_leaves_the_panel_as_it_was(rng):
    panel = make_panel(LENGTHS, rng, missing=0.2, **EVERYTHING)
    kept = {name: getattr(panel, name).copy() for name in ("target", "known", "past")}
    dataset = make_dataset(panel, season=2)
    batch = dataset.gather(torch.arange(20))
    for part in batch:
        if part is not None:
            part.zero_()
    for name, array in kept.items():
        np.testing.assert_array_equal(getattr(panel, name), array)


@pytest.mark.parametrize("scaling", ["mean", "last"])
def test_a_window_is_the_same_beside_one_that_lacks_a_value(scaling, rng):
    panel = make_panel([40], rng)
    panel.target[12] = np.nan
    dataset = make_dataset(panel, Windows.at([0, 0], [10, 30]), scaling=scaling)
    together = dataset.gather(torch.arange(2)).values
    targets = dataset.gather_target(torch.arange(2))
    for i in range(2):
        alone = torch.tensor([i])
        torch.testing.assert_close(dataset.gather(alone).values[0], together[i])
        torch.testing.assert_close(dataset.gather_target(alone)[0], targets[i], equal_nan=True)


# --- targets --------------------------------------------------------------------------------------


@pytest.mark.parametrize("scaling", ["mean", "last", "mean_abs", None])
@pytest.mark.parametrize("season", [None, 1, 3, 7])
@with_and_without_missing
def test_units_undo_the_scaling(missing, scaling, season, rng):
    panel = make_panel([40, 25], rng, missing=missing)
    windows = Windows.of_panel(panel, horizon=HORIZON, first=1)
    dataset = make_dataset(panel, windows, scaling=scaling, season=season)
    scaled = dataset.gather_target(torch.arange(len(dataset)))
    expected = [slow_window(panel, *place, WINDOW, HORIZON).future for place in all_places(dataset)]
    statistics = dataset.statistics()
    np.testing.assert_allclose(statistics.to_units(scaled), expected, rtol=1e-5, atol=1e-5)
    first = [row[:2] for row in expected]
    np.testing.assert_allclose(statistics.to_units(scaled[:, :2]), first, rtol=1e-5, atol=1e-5)
    many = statistics.to_units(scaled[..., None].expand(-1, -1, 3))
    np.testing.assert_allclose(many[..., 2], expected, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("season", [1, 3, 7])
def test_the_base_is_the_last_value_of_the_phase_that_is_not_missing(season, rng):
    panel = make_panel([60], rng, missing=0.3)
    dataset = make_dataset(panel, Windows.at([0] * 20, range(25, 45)), window=20, season=season)
    base, values = dataset.statistics().base, panel.target
    for row, cutoff in enumerate(range(25, 45)):
        for step in range(HORIZON):
            phase = range(cutoff + step % season - season, cutoff - 21, -season)
            found = next((values[r] for r in phase if not np.isnan(values[r])), None)
            if found is None:
                found = np.nanmean(values[cutoff - 20 : cutoff])
            assert float(base[row, step]) == pytest.approx(found)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"counts": True, "scaling": "mean"}, "counts stay counts: .* but scaling='mean'"),
        ({"counts": True, "scaling": None, "season": 7}, "season=7"),
    ],
)
def test_options_that_do_not_go_together_are_errors(options, message, rng):
    with pytest.raises(ValueError, match=message):
        make_dataset(make_panel(LENGTHS, rng), **options)


def test_counts_stay_counts(rng):
    panel = make_panel([30], rng)
    dataset = make_dataset(panel, Windows.at([0], [20]), counts=True, scaling="mean_abs")
    target = dataset.gather_target(torch.tensor([0]))
    np.testing.assert_allclose(target[0], panel.target[20:25], rtol=1e-6)
    batch = dataset.gather(torch.tensor([0]))
    assert float(batch.scale) == pytest.approx(np.abs(panel.target[12:20]).mean(), rel=1e-6)
    np.testing.assert_allclose(batch.values[0] * batch.scale, panel.target[12:20], rtol=1e-5)


def test_targets_are_in_the_batch_only_for_a_recursive_decoder(rng):
    panel, rows = make_panel([30], rng), torch.arange(9)
    assert make_dataset(panel).gather(rows).teacher is None
    dataset = make_dataset(panel, teacher=True)
    assert torch.equal(dataset.gather(rows).teacher, dataset.gather_target(rows))


def test_weights_are_those_of_the_target_values(rng):
    panel = make_panel([12, 9], rng)
    weight = rng.random(21)
    dataset = make_dataset(panel, weight=weight)
    found = dataset.gather_weight(torch.arange(len(dataset)))
    for row, (series, cutoff) in zip(found, all_places(dataset), strict=True):
        of_series = weight[panel.offsets[series] : panel.offsets[series + 1]]
        expected = [*of_series[cutoff : cutoff + HORIZON], *[0] * HORIZON][:HORIZON]
        np.testing.assert_allclose(row, expected, rtol=1e-6)
    assert make_dataset(panel).gather_weight(torch.arange(3)) is None


def test_errors_can_count_in_units_of_the_series(rng):
    panel = make_panel([40, 40], rng)
    dataset = make_dataset(panel, series_scale=np.array([2.0, 1e-9]))
    rows = torch.arange(len(dataset))
    scale, of_first = dataset.gather(rows).scale, dataset.windows.locate(rows)[0] == 0
    weight = dataset.gather_weight(rows)
    torch.testing.assert_close(weight[of_first], scale[of_first] / 2)
    torch.testing.assert_close(weight[~of_first], torch.full((int((~of_first).sum()),), 20.0))
    both = make_dataset(panel, series_scale=np.array([2.0, 1e-9]), weight=np.ones(80))
    assert torch.equal(both.gather_weight(rows)[:, 0], weight)


def test_the_share_of_observed_targets_is_measured(rng):
    panel = make_panel([500], rng, missing=0.4)
    dataset = make_dataset(panel, Windows.of_panel(panel, horizon=HORIZON))
    target = dataset.gather_target(torch.arange(len(dataset)))
    assert dataset.observed_share() == pytest.approx(float(target.isfinite().double().mean()))


# --- size -----------------------------------------------------------------------------------------


def test_the_memory_is_that_of_the_panel(rng):
    panel = make_panel([10_000] * 100, rng, n_known=2)
    scalers = WindowScalers.fit(panel)
    tracemalloc.start()
    windows = Windows.of_panel(panel, horizon=48)
    dataset = make_dataset(panel, windows, scalers=scalers, window=336, horizon=48)
    size = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert len(dataset) == 100 * (10_000 - 48)
    assert size < 2e6  # the calendar of the 10 000 ticks; the values take 24 MB
    held = {part.data_ptr() for part in vars(dataset).values() if isinstance(part, torch.Tensor)}
    assert panel.target.ctypes.data in held
    covariates = vars(dataset._covariates).values()
    held = {part.data_ptr() for part in covariates if isinstance(part, torch.Tensor)}
    assert panel.known.ctypes.data in held
    assert dataset.lengths.untyped_storage().nbytes() == 8
