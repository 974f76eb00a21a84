"""Cells of a case: what the program found, what people decide, and the pictures that explain it."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Header, Response

from leukoscope.domain.cases import CaseCell, CaseFrame
from leukoscope.domain.cell_classes import CELL_CLASSES
from leukoscope.domain.findings import Label
from leukoscope.domain.frames import Pixels
from leukoscope.domain.labels import PersonLabel, named
from leukoscope.imaging.quick_png import quick_png
from leukoscope.server.errors import CallError
from leukoscope.server.served import Caller, Key, Who
from leukoscope.server.shapes import Cell, Remark, Said, cell_etag
from leukoscope.workflow.map_overlays import printed_overlay, visible_part

router = APIRouter(prefix="/api/v1/cases/{case_id}", tags=["cells"])

IfMatch = Annotated[str, Header(description="The ETag of the cell as it was read.", max_length=200)]
_PNG: dict[int | str, dict[str, Any]] = {200: {"content": {"image/png": {}}}}


@router.get("/cells")
def list_cells(caller: Who, case_id: Key) -> list[Cell]:
    """All cells that count, in reading order."""
    caller.need_case(case_id)
    return [Cell.of(one) for one in caller.seat.cases.load(case_id).cells]


@router.get("/cells/{cell_id}")
def read_cell(caller: Who, case_id: Key, cell_id: Key, response: Response) -> Cell:
    """One cell."""
    return _told(_found(caller, case_id, cell_id)[1], response)


@router.put("/cells/{cell_id}/decision")
def decide(caller: Who, case_id: Key, cell_id: Key, sent: Said, response: Response, if_match: IfMatch = "") -> Cell:
    """Say what a cell is: a class by its code, or only leukemic, healthy or unsure. 412 where somebody was faster."""
    return _decide(caller, case_id, cell_id, label_of(sent), response, if_match)


@router.delete("/cells/{cell_id}/decision")
def take_back(caller: Who, case_id: Key, cell_id: Key, response: Response, if_match: IfMatch = "") -> Cell:
    """Take back what was said of a cell; earlier decisions stay in the record."""
    return _decide(caller, case_id, cell_id, None, response, if_match)


@router.put("/cells/{cell_id}/comment")
def comment(caller: Who, case_id: Key, cell_id: Key, sent: Remark, response: Response, if_match: IfMatch = "") -> Cell:
    """Remark on a cell; an empty text takes the remark away."""
    _, cell = _matching(caller, case_id, cell_id, if_match)
    caller.seat.judging.comment(cell_id, sent.text, cell.comment.text if cell.comment else "")
    caller.served.happenings.changed(case_id)
    return _told(_found(caller, case_id, cell_id)[1], response)


@router.get("/cells/{cell_id}/image.png", response_class=Response, responses=_PNG)
def cell_image(caller: Who, case_id: Key, cell_id: Key) -> Response:
    """A cell as the models saw it."""
    frame, cell = _found(caller, case_id, cell_id)
    seen = caller.seat.cases.cell_image(frame, cell)
    return _encoded(visible_part(seen, seen.pixels))


@router.get("/cells/{cell_id}/maps/{model}/{name}.png", response_class=Response, responses=_PNG)
def cell_map(caller: Who, case_id: Key, cell_id: Key, model: str, name: str) -> Response:
    """An explanation map over the cell, on its fixed scale of colors."""
    frame, cell = _found(caller, case_id, cell_id)
    for opinion in cell.finding.opinions:
        for one in opinion.maps:
            if (opinion.bundle.name, one.name) == (model, name):
                seen = caller.seat.cases.cell_image(frame, cell)
                part = visible_part(seen, seen.pixels, one)
                palette = caller.served.bench.settings.current.palette
                return _encoded(printed_overlay(part, one, opinion.leaning, palette=palette))
    raise CallError(404, "This cell has no such map.")


@router.get("/images/{image_id}/image.png", response_class=Response, responses=_PNG)
def field_image(caller: Who, case_id: Key, image_id: Key) -> Response:
    """An image of a case as it was judged."""
    caller.need_case(case_id)
    frame = caller.seat.cases.image(case_id, image_id)
    if frame is None or not frame.width:
        raise CallError(404, "This case has no such image.")
    return _encoded(caller.seat.cases.frame(frame).pixels)


def _decide(
    caller: Caller, case_id: int, cell_id: int, label: PersonLabel | None, response: Response, if_match: str
) -> Cell:
    _, cell = _matching(caller, case_id, cell_id, if_match)
    # Between this read and the write somebody may be faster still: the store holds it against what was seen.
    caller.seat.judging.decide(cell_id, label, (cell.decision.said if cell.decision else None,))
    caller.served.happenings.changed(case_id)
    return _told(_found(caller, case_id, cell_id)[1], response)


def _matching(caller: Caller, case_id: int, cell_id: int, if_match: str) -> tuple[CaseFrame, CaseCell]:
    frame, cell = _found(caller, case_id, cell_id)
    if not if_match:
        raise CallError(428)
    if if_match.removeprefix("W/") != cell_etag(cell):
        raise CallError(412, headers={"ETag": cell_etag(cell)})
    return frame, cell


def _found(caller: Caller, case_id: int, cell_id: int) -> tuple[CaseFrame, CaseCell]:
    """A cell and its image; of the case no more is read, for it may have thousands of cells."""
    caller.need_case(case_id)
    found = caller.seat.cases.cell(case_id, cell_id)
    if found is None:
        raise CallError(404, "This case has no such cell.")
    return found


def label_of(sent: Said) -> PersonLabel:
    """What was said of a cell; raises CallError where it is nothing that can be said."""
    if sent.code is not None and sent.code in CELL_CLASSES:
        return named(sent.code)
    if sent.code is not None or sent.label is None:
        raise CallError(422, "Send the code of a cell class, or one of leukemic, healthy and unsure as label.")
    return PersonLabel(Label(sent.label))


def _told(cell: CaseCell, response: Response) -> Cell:
    response.headers["ETag"] = cell_etag(cell)
    return Cell.of(cell)


def _encoded(pixels: Pixels) -> Response:
    return Response(quick_png(pixels), media_type="image/png")
