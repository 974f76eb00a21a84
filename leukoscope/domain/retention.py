"""Which of many dated copies are kept."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True)
class Retention:
    """How many copies are kept.

    Parameters
    ----------
    days
        The newest copies, one a day; one is always kept.
    weeks, months
        Of older ones the first of so many weeks and months.
    """

    days: int = 14
    weeks: int = 8
    months: int = 12

    def kept(self, days: Collection[date]) -> set[date]:
        """The days whose copies stay; counted in copies, not in time, so that a wrong clock deletes none."""
        ordered = sorted(days)
        first_of_week: dict[tuple[int, int], date] = {}
        first_of_month: dict[tuple[int, int], date] = {}
        for day in ordered:
            year, week, _ = day.isocalendar()
            first_of_week.setdefault((year, week), day)
            first_of_month.setdefault((day.year, day.month), day)
        return {
            *ordered[-max(self.days, 1) :],
            *_last(list(first_of_week.values()), self.weeks),
            *_last(list(first_of_month.values()), self.months),
        }


def _last(days: list[date], count: int) -> list[date]:
    return days[-count:] if count > 0 else []
