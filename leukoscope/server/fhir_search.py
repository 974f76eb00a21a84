"""What a FHIR search asks for: parameters are read once, and those that are not known are refused."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from leukoscope.domain.cases import CaseState, CaseSummary
from leukoscope.exchange.fhir_records import case_of
from leukoscope.server.errors import CallError

MOST_AT_ONCE = 200
USUAL_COUNT = 50
_PREFIX = re.compile(r"(eq|gt|ge|lt|le)?(.+)")
_DATES = {4: "-01-01", 7: "-01", 10: ""}
"""What makes a whole date of a year, a month and a day, by their letters."""
_COMMON = ("_id", "_lastUpdated", "_count", "_page", "_format")
_OWN: dict[str, tuple[str, ...]] = {
    "DiagnosticReport": ("identifier", "status", "patient", "subject"),
    "Observation": ("status", "patient", "subject", "specimen", "code"),
    "Patient": ("identifier", "name", "birthdate", "gender"),
    "Specimen": ("identifier", "accession", "patient", "subject"),
    "ServiceRequest": ("identifier", "status", "priority", "patient", "subject"),
    "Device": ("identifier", "model"),
}
_DONE = frozenset({"final", "corrected", "completed"})
"""Statuses of what somebody has signed for."""
Resource = dict[str, Any]


@dataclass(frozen=True)
class Search:
    """One search.

    Parameters
    ----------
    kind
        Type of the resources.
    count
        How many at a time.
    after
        Key of the case and place in it behind which this page begins; ``None`` for the first page.
    since, until
        Bounds of the last change, both counted in.
    case_id
        The only case that can have what is asked for; ``None`` where it may be any.
    words
        That must occur in the header of a case which has what is asked for; empty for any.
    standing
        Statuses that are asked for; empty for any.
    wanted
        Each must hold of a resource that is found.
    """

    kind: str
    count: int
    after: tuple[int, int] | None
    since: datetime | None
    until: datetime | None
    case_id: int | None
    words: str
    standing: frozenset[str]
    wanted: tuple[Callable[[Resource], bool], ...]

    def fits(self, resource: Resource) -> bool:
        """Whether a resource is asked for."""
        return resource["resourceType"] == self.kind and all(holds(resource) for holds in self.wanted)

    def may_have(self, case: CaseSummary) -> bool:
        """Whether a case can have what is asked for, by its line in the list alone."""
        changed = case.changed_at.astimezone(UTC).replace(microsecond=0)
        if (self.since is not None and changed < self.since) or (self.until is not None and changed > self.until):
            return False
        return not self.standing or (case.state is CaseState.SIGNED) in {one in _DONE for one in self.standing}


def search_parameters(kind: str) -> tuple[str, ...]:
    """Parameters by which a type can be searched."""
    return (*_COMMON[:3], *_OWN[kind])


def read_search(kind: str, parameters: Sequence[tuple[str, str]]) -> Search:
    """Understand a search; raises CallError for what is not understood, so that nobody takes a wrong answer for all."""
    count, after, case_id, words = USUAL_COUNT, None, None, list[str]()
    standing: frozenset[str] = frozenset()
    since: datetime | None = None
    until: datetime | None = None
    wanted: list[Callable[[Resource], bool]] = []
    for name, value in parameters:
        if name not in (*_COMMON, *_OWN[kind]):
            raise CallError(400, f"The parameter {name[:40]!r} is not known for {kind}.")
        if name == "_count":
            count = _count(value)
        elif name == "_page":
            after = _page(value)
        elif name == "_lastUpdated":
            low, high = _times(value)
            since = max(filter(None, (since, low)), default=None)
            until = min(filter(None, (until, high)), default=None)
        elif name != "_format":
            if name in {"_id", "patient", "subject", "specimen"}:
                case_id = case_of(value.rpartition("/")[2]) or 0
            if name in {"identifier", "accession", "name"} and kind != "Device":
                words.append(value.rpartition("|")[2])
            if name == "status":
                standing = frozenset(value.split(","))
            wanted.append(_condition(name, value))
    return Search(kind, count, after, since, until, case_id, " ".join(words), standing, tuple(wanted))


def _count(value: str) -> int:
    if not value.isdecimal() or not 0 < int(value) < 1_000_000:
        raise CallError(400, "Send _count as a number from 1.")
    return min(int(value), MOST_AT_ONCE)


def _page(value: str) -> tuple[int, int]:
    case, dot, place = value.partition(".")
    if not (dot and case.isdecimal() and place.isdecimal() and len(value) < 40):
        raise CallError(400, "Follow the link “next” as it is; do not make a _page of your own.")
    return int(case), int(place)


def _times(value: str) -> tuple[datetime | None, datetime | None]:
    """From when to when, both counted in, to the second."""
    found = _PREFIX.fullmatch(value)
    second = timedelta(seconds=1)
    try:
        assert found is not None
        begin, end = _span(found[2].replace(" ", "+"))
        return {
            "eq": (begin, end), "ge": (begin, None), "gt": (end + second, None), "le": (None, end),
            "lt": (None, begin - second),
        }[found[1] or "eq"]  # fmt: skip
    except (AssertionError, ValueError, OverflowError):
        raise CallError(400, "Send _lastUpdated as a date or time, as ge2026-11-28T08:00:00Z.") from None


def _span(text: str) -> tuple[datetime, datetime]:
    """The first and the last second of a time; of a date in the zone of the laboratory."""
    begin = datetime.fromisoformat(text + _DATES.get(len(text), ""))
    if len(text) in _DATES:
        return begin.astimezone(UTC), _end(begin, len(text)).astimezone(UTC)
    moment = begin.astimezone(UTC).replace(microsecond=0)
    return moment, moment


def _end(begin: datetime, letters: int) -> datetime:
    """The last second of a year, month or day."""
    after = {
        4: lambda: begin.replace(year=begin.year + 1),
        7: lambda: (begin.replace(day=28) + timedelta(days=4)).replace(day=1),
        10: lambda: begin + timedelta(days=1),
    }[letters]()
    return after - timedelta(seconds=1)


def _condition(name: str, value: str) -> Callable[[Resource], bool]:
    last = value.rpartition("|")[2]
    match name:
        case "_id":
            return lambda one: one["id"] == value
        case "identifier":
            return lambda one: any(last == each.get("value") for each in _identifiers(one))
        case "accession":
            return lambda one: one.get("accessionIdentifier", {}).get("value") == last
        case "patient" | "subject":
            return lambda one: (
                one.get("subject", {}).get("reference", "").rpartition("/")[2] == value.rpartition("/")[2]
            )
        case "specimen":
            return lambda one: (
                one.get("specimen", {}).get("reference", "").rpartition("/")[2] == value.rpartition("/")[2]
            )
        case "name":
            return lambda one: any(value.casefold() in each.get("text", "").casefold() for each in one.get("name", []))
        case "code":
            return lambda one: any(last == each.get("code") for each in one["code"].get("coding", []))
        case "birthdate":
            return lambda one: one.get("birthDate") == value
        case "model":
            return lambda one: one.get("modelNumber") == value
    return lambda one: one.get(name) in value.split(",")


def _identifiers(resource: Resource) -> list[Resource]:
    own = resource.get("accessionIdentifier")
    return [*resource.get("identifier", []), *([own] if own else [])]


def _refers(reference: Resource | None, value: str) -> bool:
    """Whether a reference is to the resource of this id, with or without its type before it."""
    said = str((reference or {}).get("reference", ""))
    return said.rpartition("/")[2] == value.rpartition("/")[2]
