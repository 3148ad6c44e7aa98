"""Features of the calendar from times, as nodes of an ONNX graph."""

import numpy as np

from sklearn_rnn.persistence._onnx_graph import GraphBuilder
from sklearn_rnn.persistence._onnx_shapes import cast, concat, unsqueeze

__all__ = ["add_calendar"]

_DAY = 86_400_000_000  # in microseconds
# From the first of March of the year 0, where leap days come last, to 1970 in days.
_TO_1970 = 719_468


def add_calendar(graph: GraphBuilder, names: list[str], times: str) -> str:
    """Give the features of these names, of times in microseconds since 1970.

    Parameters
    ----------
    graph : GraphBuilder
    names : list of str
        As ``TimeAxis.calendar_names`` gives them.
    times : str
        Of shape (batch, steps), int64, without a time zone.

    Returns
    -------
    str
        Of shape (batch, steps, features), float32.
    """
    clock, phases, columns = _Clock(graph, times), {}, []
    for name in names:
        if name == "weekend":
            columns.append(cast(graph, graph.op("Greater", clock.weekday, np.int64(4)), "float32"))
            continue
        cycle, wave = name.rsplit("_", 1)
        if cycle not in phases:
            phases[cycle] = cast(graph, clock.angle(cycle), "float32")
        columns.append(graph.op({"sin": "Sin", "cos": "Cos"}[wave], phases[cycle]))
    return concat(graph, [unsqueeze(graph, column, 2) for column in columns], 2)


class _Clock:
    """Times taken apart; each part is made where it is asked for."""

    def __init__(self, graph, times):
        self.graph = graph
        of_day = graph.op("Mod", times, np.int64(_DAY))
        self.days = graph.op("Div", graph.op("Sub", times, of_day), np.int64(_DAY))
        self.of_day = graph.op("Div", cast(graph, of_day, "float64"), np.float64(_DAY))

    @property
    def weekday(self):
        """0 for Monday; the first of January 1970 was a Thursday."""
        return self._mod(self._add(self.days, 3), 7)

    def angle(self, cycle):
        """Give how far through a cycle each time is, from 0 to 2 pi."""
        phase = getattr(self, f"_{cycle}")()
        return self.graph.op("Mul", phase, np.float64(2 * np.pi))

    def _second(self):
        return self._part_of_day(86400 // 60)

    def _minute(self):
        return self._part_of_day(24)

    def _time_of_day(self):
        return self.of_day

    def _day_of_week(self):
        return self._share(self.weekday, 7)

    def _month(self):
        return self._share(self._add(self._date()[1], -1), 12)

    def _day_of_year(self):
        days = self.graph.op("Add", cast(self.graph, self._date()[0], "float64"), self.of_day)
        return self.graph.op("Div", days, np.float64(365.25))

    def _part_of_day(self, n):
        """Give how far through one of ``n`` parts of the day each time is."""
        parts = self.graph.op("Mul", self.of_day, np.float64(n))
        return self.graph.op("Sub", parts, self.graph.op("Floor", parts))

    def _date(self):
        """Give the day of the year, from 0, and the month, from 1.

        Years are counted from March, so that leap days come last (Hinnant, "chrono-Compatible
        Low-Level Date Algorithms", 2013, days to civil).
        """
        graph = self.graph
        shifted = self._add(self.days, _TO_1970)
        of_era = self._mod(shifted, 146_097)
        era = self._div(graph.op("Sub", shifted, of_era), 146_097)
        leaps = graph.op("Sub", self._div(of_era, 36_524), self._div(of_era, 1_460))
        leaps = graph.op("Sub", leaps, self._div(of_era, 146_096))
        year = self._div(graph.op("Add", of_era, leaps), 365)
        before = graph.op("Sub", self._div(year, 4), self._div(year, 100))
        before = graph.op("Add", before, graph.op("Mul", year, np.int64(365)))
        of_march = graph.op("Sub", of_era, before)
        place = self._div(self._add(graph.op("Mul", of_march, np.int64(5)), 2), 153)
        month = self._add(self._mod(self._add(place, 2), 12), 1)
        year = graph.op("Add", year, graph.op("Mul", era, np.int64(400)))
        is_new = graph.op("GreaterOrEqual", of_march, np.int64(306))
        day = self._add(of_march, 59)
        day = graph.op("Add", day, cast(graph, self._is_leap(year), "int64"))
        return graph.op("Where", is_new, self._add(of_march, -306), day), month

    def _is_leap(self, year):
        by_4, by_100, by_400 = (
            self.graph.op("Equal", self._mod(year, n), np.int64(0)) for n in (4, 100, 400)
        )
        usual = self.graph.op("And", by_4, self.graph.op("Not", by_100))
        return self.graph.op("Or", usual, by_400)

    def _add(self, value, n):
        return self.graph.op("Add", value, np.int64(n))

    def _mod(self, value, n):
        return self.graph.op("Mod", value, np.int64(n))

    def _div(self, value, n):
        return self.graph.op("Div", value, np.int64(n))

    def _share(self, value, n):
        return self.graph.op("Div", cast(self.graph, value, "float64"), np.float64(n))
