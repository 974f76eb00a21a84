"""What is sent to the server and what it answers, as OpenAPI describes it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from leukoscope.domain.cases import Case, CaseCell, CaseFrame, CaseHeader, CaseState, CaseSummary, Priority
from leukoscope.domain.findings import Label
from leukoscope.domain.keys import mark_of
from leukoscope.domain.people import Role
from leukoscope.domain.waiting import WaitingImage, WaitState

Text = Annotated[str, Field(max_length=10_000)]
Line = Annotated[str, Field(max_length=400)]


class Sent(BaseModel):
    """What is sent; a field that is not known is refused, for its sender meant something by it."""

    model_config = ConfigDict(extra="forbid")


class SignIn(Sent):
    """A person signs in."""

    name: Line
    password: Line


class Session(BaseModel):
    """Who is signed in. ``session`` is given once, to the person who signed in with a password."""

    name: str
    role: Role
    may: list[str]
    session: str = ""


class HeaderFields(Sent):
    """What stands on top of a case; a field that is left out is not changed."""

    number: Line | None = None
    patient: Line | None = None
    patient_id: Line | None = None
    birth_date: Line | None = None
    sex: Line | None = None
    specimen: Line | None = None
    stain: Line | None = None
    operator: Line | None = None
    notes: Text | None = None
    conclusion: Text | None = None

    def fields(self) -> dict[str, str]:
        """Those that were sent."""
        sent = self.model_dump(include=set(HeaderFields.model_fields), exclude_none=True)
        return {str(name): str(value) for name, value in sent.items()}


class CaseChange(HeaderFields):
    """What changes in a case."""

    priority: Priority | None = None


class Said(Sent):
    """A person's label: a class, or only a verdict."""

    label: Label | None = None
    code: Annotated[str, Field(max_length=64)] | None = None


class Remark(Sent):
    """A person's comment; an empty text takes it away."""

    text: Text


class Sign(Sent):
    """A signature; the password is asked for once more."""

    password: Line
    meaning: Line = "Reviewed"
    failed_known: bool = False


class Amend(Sent):
    """Why a signed case is opened again."""

    reason: Text


class Header(BaseModel):
    """What stands on top of a case."""

    model_config = ConfigDict(from_attributes=True)

    number: str
    patient: str
    patient_id: str
    birth_date: str
    sex: str
    specimen: str
    stain: str
    operator: str
    notes: str
    conclusion: str


class CaseLine(BaseModel):
    """One case in the list."""

    id: int
    header: Header
    state: CaseState
    priority: Priority
    created_at: datetime
    changed_at: datetime
    images: int
    waiting: int
    failed: int
    cells: int
    leukemic: int
    healthy: int
    unsure: int

    @classmethod
    def of(cls, one: CaseSummary) -> CaseLine:
        """A line of the program's list."""
        return cls(
            id=one.id, header=Header.model_validate(one.header), state=one.state, priority=one.priority,
            created_at=one.created_at, changed_at=one.changed_at, images=one.frames, waiting=one.waiting,
            failed=one.failed, cells=one.cells, leukemic=one.leukemic, healthy=one.healthy, unsure=one.unsure,
        )  # fmt: skip


class CaseList(BaseModel):
    """A part of the list; ``next`` is where the next part starts, ``null`` at the end."""

    cases: list[CaseLine]
    next: int | None


class Image(BaseModel):
    """One image of a case."""

    id: int
    name: str
    sha256: str
    width: int
    height: int
    um_per_px: float | None
    view: str
    error: str | None
    cells: int

    @classmethod
    def of(cls, one: CaseFrame, cells: int) -> Image:
        """An image as the program has it, and how many cells of it count."""
        return cls(
            id=one.id, name=one.source.replace("\\", "/").rpartition("/")[2], sha256=one.sha256, width=one.width,
            height=one.height, um_per_px=one.um_per_px, view=one.view.value, error=one.error, cells=cells,
        )  # fmt: skip


class Waiting(BaseModel):
    """An image that is not judged yet."""

    id: int
    name: str
    state: WaitState

    @classmethod
    def of(cls, one: WaitingImage) -> Waiting:
        """A waiting image as the program has it."""
        return cls(id=one.id, name=one.source.replace("\\", "/").rpartition("/")[2], state=one.state)


class Signed(BaseModel):
    """A signature."""

    model_config = ConfigDict(from_attributes=True)

    name: str
    meaning: str
    at: datetime


class Amended(BaseModel):
    """Why and by whom a signed case was opened again."""

    model_config = ConfigDict(from_attributes=True)

    reason: str
    by: str
    at: datetime


class WholeCase(BaseModel):
    """A case; its cells stand at an address of their own."""

    id: int
    version: int
    header: Header
    state: CaseState
    created_at: datetime
    changed_at: datetime
    images: list[Image]
    waiting: list[Waiting]
    signatures: list[Signed]
    amendments: list[Amended]

    @classmethod
    def of(cls, case: Case, counts: Mapping[int, int], waiting: tuple[WaitingImage, ...]) -> WholeCase:
        """A case as the program has it; ``counts`` says how many cells of each image count, by its key."""
        return cls(
            id=case.id, version=case.version, header=Header.model_validate(case.header), state=case.state,
            created_at=case.created_at, changed_at=case.changed_at,
            images=[Image.of(one, counts.get(one.id, 0)) for one in case.frames],
            waiting=[Waiting.of(one) for one in waiting],
            signatures=[Signed.model_validate(one) for one in case.signatures],
            amendments=[Amended.model_validate(one) for one in case.amendments],
        )  # fmt: skip


class Decided(BaseModel):
    """What a person said of a cell."""

    label: Label
    code: str | None
    by: str
    at: datetime


class MapName(BaseModel):
    """An explanation map: the model it is of, and its name."""

    model: str
    name: str


class Cell(BaseModel):
    """One cell; ``etag`` is sent back with a decision on it."""

    id: int
    image: int
    etag: str
    box: tuple[int, int, int, int]
    label: Label
    probability: float | None
    unsure: list[str]
    code: str | None
    decision: Decided | None
    comment: str
    needs_person: bool
    maps: list[MapName]

    @classmethod
    def of(cls, one: CaseCell) -> Cell:
        """A cell as the program has it."""
        box, said, finding = one.finding.cell.box, one.decision, one.finding
        decided = None if said is None else Decided(label=said.label, code=said.code, by=said.by, at=said.at)
        return cls(
            id=one.id, image=one.frame_id, etag=cell_etag(one), box=(box.x, box.y, box.width, box.height),
            label=finding.label, probability=finding.probability, unsure=[why.value for why in finding.unsure],
            code=one.code, decision=decided, comment=one.comment.text if one.comment else "",
            needs_person=one.needs_person,
            maps=[MapName(model=op.bundle.name, name=each.name) for op in finding.opinions for each in op.maps],
        )  # fmt: skip


class ImageJob(BaseModel):
    """What becomes of the images of one upload. ``trouble`` is why nothing is judged now; the server tries again."""

    job: str
    case: int
    total: int
    done: int
    finished: bool
    trouble: str
    images: list[dict[str, Any]]


def case_etag(version: int) -> str:
    """The ETag of a case."""
    return f'"{version}"'


def cell_etag(cell: CaseCell) -> str:
    """The ETag of a cell: another one for each decision and comment on it."""
    said, remark = cell.decision, cell.comment
    decided = "" if said is None else f"{said.said.word} {said.at.isoformat()}"
    remarked = "" if remark is None else remark.at.isoformat()
    return f'"{cell.id}-{mark_of(f"{decided} {remarked}")}"'


def with_fields(header: CaseHeader, sent: dict[str, str]) -> CaseHeader:
    """A header with other fields in it."""
    return replace(header, **sent)
