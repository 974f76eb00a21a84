"""What daily control says to people who work: a broken rule warns, or keeps cases from being signed."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from leukoscope.control.chart import charts
from leukoscope.domain.cases import Case
from leukoscope.domain.day_cells import DayCells
from leukoscope.domain.errors import OutOfControlError
from leukoscope.workflow.case_repository import CaseRepository
from leukoscope.workflow.control.names import NOT_KNOWN
from leukoscope.workflow.control.overview import daily_charts, days_of, known_instruments
from leukoscope.workflow.control.runs import KeptRun, instruments, kept_runs
from leukoscope.workflow.control.wishes import with_wishes
from leukoscope.workflow.settings import Settings

OFF, WARN, BLOCK = "off", "warn", "block"
"""What the laboratory wants when a rule is broken; anything else in a settings file counts as ``warn``."""
WANTED = "wanted"
"""A control run is wanted before the first signature of a day."""
IN_USE = timedelta(days=7)
"""An instrument that was not measured for so long is out of use: it warns no more and blocks nothing."""
NONE_TODAY = "No control slide was measured today; measure it on the page Quality, Daily control."


@dataclass(frozen=True)
class Trouble:
    """Why work should stop.

    Parameters
    ----------
    sentence
        What is wrong and what to do.
    refusal
        The same to who wants to sign; empty where it only warns.
    instrument, code
        Whose chart, and the figure, that show it; empty where a run is missing.
    """

    sentence: str
    refusal: str = ""
    instrument: str = ""
    code: str = ""


def trouble(
    kept: Sequence[KeptRun], now: datetime, *, run_wanted: bool = False, taken_with: Collection[str] = ()
) -> Trouble | None:
    """What is wrong with the instruments in use.

    Parameters
    ----------
    kept
        All control runs.
    now
        With time zone; a day is one of its zone.
    run_wanted
        Whether a run is missing when none was measured on this day.
    taken_with
        Names of the microscopes that the images in question were taken with: where each was measured lately, only
        these count. Where one is not known, each that was measured lately does.

    Returns
    -------
    Trouble or None
        The first broken rule, of the instrument measured last first.
    """
    recent = concerned([one for one in kept if now - one.run.at <= IN_USE], taken_with)
    for instrument in instruments(recent):
        for chart in charts([one.run for one in kept], instrument):
            if chart.broken:
                rules = ", ".join(rule.value for rule in chart.broken)
                # The advice is a sentence of its own in every catalog: it stands within these.
                return Trouble(
                    f"{instrument} broke a rule of daily control ({rules}): {chart.advice} See its chart.",
                    f"{instrument} broke a rule of daily control ({rules}): {chart.advice} Then measure the control "
                    "slide again, or let a reviewer leave the run out with a reason.",
                    instrument, chart.figure.code,
                )  # fmt: skip
    days = {one.run.at.astimezone(now.tzinfo).date() for one in recent if not one.run.excluded}
    return Trouble(NONE_TODAY, NONE_TODAY) if run_wanted and now.date() not in days else None


def concerned(recent: Sequence[KeptRun], taken_with: Collection[str]) -> list[KeptRun]:
    """The runs of these microscopes where each has one; else all."""
    wanted = {one.casefold() for one in taken_with}
    own = [one for one in recent if one.run.instrument.casefold() in wanted]
    return own if wanted and wanted == {one.run.instrument.casefold() for one in own} else list(recent)


def daily_trouble(days: Sequence[DayCells]) -> Trouble | None:
    """What the daily cases say is wrong; it warns, and blocks nothing: cases differ for reasons of their own."""
    for instrument in known_instruments((), days):
        for chart in daily_charts(days_of(days, instrument)):
            if chart.broken:
                rules = ", ".join(rule.value for rule in chart.broken)
                # Each sentence stands whole in the catalogs.
                sentence = (
                    f"The daily cases broke a rule of control ({rules}): {chart.advice} See their chart."
                    if instrument == NOT_KNOWN
                    else f"The daily cases of {instrument} broke a rule of control ({rules}): {chart.advice} "
                    "See their chart."
                )
                return Trouble(sentence, instrument=instrument, code=chart.figure.code)
    return None


def taken_with(case: Case) -> frozenset[str]:
    """Names of the microscopes that the images of a case were taken with; an empty one where it is not known."""
    return frozenset(one.microscope.name for one in case.frames)


def trouble_now(
    kept: Sequence[KeptRun], settings: Settings, now: datetime, microscopes: Collection[str] = ()
) -> Trouble | None:
    """What is wrong, where the laboratory wants to know it; see :func:`trouble`."""
    if settings.control_rule == OFF:
        return None
    return trouble(kept, now, run_wanted=settings.control_today == WANTED, taken_with=microscopes)


def refuse_out_of_control(repository: CaseRepository, case_id: int, settings: Settings, now: datetime) -> None:
    """Keep a case from being signed while its microscopes are out of control, where the laboratory wants so.

    Raises
    ------
    OutOfControlError
        It says what to do.
    """
    store = repository.store
    settings = with_wishes(settings, store)
    if settings.control_rule != BLOCK:
        return
    found = trouble_now(kept_runs(store.trail), settings, now, taken_with(repository.load(case_id)))
    if found is None:
        return
    raise OutOfControlError(found.refusal, instrument=found.instrument, code=found.code)
