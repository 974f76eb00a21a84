"""ExportedCase: one Case as it leaves for other systems, with everything that every format needs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone, tzinfo
from uuid import UUID

from leukoscope.domain.cases import Case, CaseCell, CaseFrame, case_uuid
from leukoscope.domain.differential import Differential, differential
from leukoscope.domain.findings import BundleId, Label, Thresholds
from leukoscope.domain.frames import Frame
from leukoscope.domain.keys import mark_of, tidy_number
from leukoscope.domain.report_status import ReportStatus, case_report_status
from leukoscope.domain.statistics import wilson_interval

PURPOSE = "Decision support for research and evaluation, not a medical device."
"""Goes with everything that leaves."""

ReadFrame = Callable[[CaseFrame], Frame]
"""Gives the pixels of an image."""
ReadFile = Callable[[CaseFrame], bytes]
"""Gives the file of an image, as it was taken in."""


@dataclass(frozen=True)
class LabelShare:
    """How many cells have a label, of how many; ``low`` and ``high`` are the 95 % Wilson interval, 0..1."""

    label: Label
    count: int
    n: int
    low: float
    high: float

    @property
    def share(self) -> float:
        """The proportion, 0..1; 0 when there is nothing to count."""
        return self.count / self.n if self.n else 0.0


@dataclass(frozen=True)
class SpokenModel:
    """A model version that said something of the case's cells.

    Parameters
    ----------
    bundle
        Which one.
    thresholds
        Its unsure band; ``None`` for one that names cells and does not judge them.
    """

    bundle: BundleId
    thresholds: Thresholds | None = None


@dataclass(frozen=True, eq=False)
class ExportedCase:
    """One Case on its way out.

    Parameters
    ----------
    case
        The case.
    made_at
        When the report was made, with time zone.
    software, version
        Name and version of the program.
    pdf
        The report as it prints; empty when none goes along.
    laboratory, address
        As they stand on the report; may be empty.
    language
        Language of the report: ``en``, ``es``, ``fr`` or ``de``.
    titles
        SHA-256 of a model file -> what a person calls the model.
    placer
        Number by which whoever ordered the case knows the order, and who gave it (HL7's EI: number, name space,
        universal id, its type); empty where the case was not ordered.
    """

    case: Case
    made_at: datetime
    software: str
    version: str
    pdf: bytes = b""
    laboratory: str = ""
    address: str = ""
    language: str = "en"
    titles: Mapping[str, str] = field(default_factory=dict)
    placer: tuple[str, ...] = ()

    def uuid(self, *parts: object) -> UUID:
        """A name for a part of this case: see :func:`leukoscope.domain.cases.case_uuid`."""
        return case_uuid(self.case, *parts)

    @property
    def number(self) -> str:
        """The case number as a person means it; a case without one is named by a key that no number can be."""
        return tidy_number(self.case.header.number) or f"case{mark_of(str(self.uuid('study')))}"

    @property
    def patient_id(self) -> str:
        """The hospital's number of the patient; empty where nobody has written it."""
        return tidy_number(self.case.header.patient_id)

    @property
    def zone(self) -> tzinfo:
        """The one time zone of all that leaves as a study: the offset that held here when the first image was taken."""
        return timezone(self.taken_at.astimezone().utcoffset() or timedelta())

    def title(self, bundle: BundleId) -> str:
        """What a person calls a model."""
        return self.titles.get(bundle.sha256, bundle.name)

    @property
    def report_status(self) -> ReportStatus:
        """How much the report counts; the same in every format."""
        return case_report_status(self.case)

    @property
    def shares(self) -> tuple[LabelShare, ...]:
        """Leukemic, healthy, unsure: the labels that count."""
        cells = self.case.cells
        counts = Counter(cell.counted for cell in cells)
        return tuple(
            LabelShare(label, counts[label], len(cells), *wilson_interval(counts[label], len(cells)))
            for label in (Label.LEUKEMIC, Label.HEALTHY, Label.UNSURE)
        )

    @property
    def differential(self) -> Differential:
        """The white cells counted by class."""
        return differential(self.case.cells)

    @property
    def models(self) -> tuple[SpokenModel, ...]:
        """Each model version that spoke, with the thresholds of its first opinion; those that name cells come last."""
        judged: dict[BundleId, SpokenModel] = {}
        named: dict[BundleId, SpokenModel] = {}
        for cell in self.case.cells:
            for opinion in cell.finding.opinions:
                judged.setdefault(opinion.bundle, SpokenModel(opinion.bundle, opinion.thresholds))
            if (naming := cell.finding.naming) is not None:
                named.setdefault(naming.bundle, SpokenModel(naming.bundle))
        return (*judged.values(), *named.values())

    @property
    def taken_at(self) -> datetime:
        """When the first image was taken, else when the case was begun."""
        times = [frame.origin.taken_at for frame in self.case.frames if frame.origin and frame.origin.taken_at]
        return min((time for time in times if time.tzinfo), default=self.case.created_at)


def name_parts(patient: str) -> tuple[str, str]:
    """Family and given name of ``Doe, Jane``; all is the family name where there is not exactly one comma."""
    family, comma, given = patient.partition(",")
    if not comma or "," in given or not family.strip() or not given.strip():
        return patient.strip(), ""
    return family.strip(), given.strip()


def reasons_text(cell: CaseCell) -> str:
    """Why the program abstains, in words."""
    return " ".join(reason.sentence for reason in cell.finding.unsure)
