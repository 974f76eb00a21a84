"""What the pages ask for of a case beside the calls of programs: cells in words, surroundings, and bare maps."""

from __future__ import annotations

from collections.abc import Container
from typing import Annotated, Any, Literal

import numpy as np
from fastapi import APIRouter, Query, Response

from leukoscope.domain.cases import Case, CaseCell, CaseFrame
from leukoscope.domain.findings import ExplanationMap, Label
from leukoscope.domain.frames import Pixels
from leukoscope.imaging.overlay import colorize, contours, enlarge
from leukoscope.imaging.quick_png import quick_png
from leukoscope.server.browser.lines import Titles, line, why
from leukoscope.server.browser.looks import cell_in, look_at
from leukoscope.server.browser.pages import LanguageName
from leukoscope.server.browser.words import PageWords, page_words
from leukoscope.server.errors import CallError
from leukoscope.server.served import Caller, Key, Who
from leukoscope.server.shapes import case_etag
from leukoscope.workflow.cell_choice import KEYS, Entry, Filter, Sort, passes
from leukoscope.workflow.map_overlays import map_legend, surroundings, thumbnail, visible_part

router = APIRouter(prefix="/review/cases/{case_id}", include_in_schema=False)

THUMBNAIL = 160
"""Side of a picture in the gallery, in pixels."""
MAP_SIDE = 300


@router.get("/cells")
def cells(caller: Who, case_id: Key, response: Response, language: LanguageName = "en") -> dict[str, Any]:
    """Every cell that counts, in words."""
    case, words = look_at(caller, case_id), page_words(language)
    response.headers["ETag"] = case_etag(case.version)
    return {"version": case.version, "cells": lines_of(case, words)}


@router.get("/cells/{cell_id}")
def cell(caller: Who, case_id: Key, cell_id: Key, language: LanguageName = "en") -> dict[str, Any]:
    """One cell, with what the models say of it and why."""
    # Of before the read: what comes in between makes the page read again, not take it for read.
    version = caller.need_case(case_id)
    frame, found = cell_in(caller, case_id, cell_id)
    words = page_words(language)
    told = {"why": why(found, words, _titles(caller)), "version": version}
    return {**_line(frame, found, words), **told}


def lines_of(case: Case, words: PageWords, keys: Container[int] | None = None) -> list[dict[str, Any]]:
    """Cells of a case in reading order, all that count or those of some keys."""
    return [_line(frame, one, words) for frame in case.frames for one in frame.cells if keys is None or one.id in keys]


def _line(frame: CaseFrame, cell: CaseCell, words: PageWords) -> dict[str, Any]:
    """A cell with what the choices above the gallery ask of it: its place in each order, and in which choices it is."""
    entry = Entry(cell, frame, 0)
    orders = {one.value: round(key(entry), 5) for one, key in KEYS.items() if one is not Sort.READING}
    kinds = [one.value for one in Filter if one not in {Filter.ALL, Filter.REMOVED} and passes(entry, one)]
    return {**line(cell, words), "orders": orders, "kinds": kinds}


@router.get("/cells/{cell_id}/surroundings.png")
def around(caller: Who, case_id: Key, cell_id: Key, side: Annotated[int, Query(ge=16, le=1024)] = 512) -> Response:
    """A cell as it lies in its image."""
    frame, found = cell_in(caller, case_id, cell_id)
    part = surroundings(caller.seat.cases.frame(frame), found.finding.cell.box)
    return _png(thumbnail(part, side))


@router.get("/cells/{cell_id}/seen.png")
def seen(caller: Who, case_id: Key, cell_id: Key) -> Response:
    """A cell as the models saw it."""
    image = caller.seat.cases.cell_image(*cell_in(caller, case_id, cell_id))
    return _png(visible_part(image, image.pixels))


@router.get("/cells/{cell_id}/maps/{model}/{name}.png")
def bare_map(
    caller: Who,
    case_id: Key,
    cell_id: Key,
    model: str,
    name: str,
    side: Literal["own", "leukemic", "healthy"] = "own",
    mode: Literal["heat", "contour"] = "heat",
    palette: Literal["", "inferno", "cividis"] = "",
) -> Response:
    """A map alone, as transparent as it is weak, to be laid over the cell: the page chooses how strong it is seen."""
    _, found = cell_in(caller, case_id, cell_id)
    colors, finding = palette or caller.served.bench.settings.current.palette, found.finding
    if finding.naming is not None and finding.naming.bundle.name == model:
        for one in finding.naming.maps:
            if one.name == name:
                return _png(_layer(one, Label.LEUKEMIC, mode, colors))
    for opinion in finding.opinions:
        for one in opinion.maps:
            if (opinion.bundle.name, one.name) == (model, name):
                own = opinion.leaning if side == "own" else Label(side)
                return _png(_layer(one, own if one.kind.signed else Label.LEUKEMIC, mode, colors))
    raise CallError(404, "This cell has no such map.")


@router.get("/scale.png")
def scale(caller: Who, case_id: Key, palette: Literal["", "inferno", "cividis"] = "") -> Response:
    """The color scale of maps, from nothing to the maximum."""
    caller.need_case(case_id)
    return _png(map_legend(palette or caller.served.bench.settings.current.palette, 256, 8))


def _layer(one: ExplanationMap, label: Label, mode: str, palette: str) -> Pixels:
    """Shape (side, side, 4), uint8, RGBA; alpha grows with the evidence as in the window, or is that of its lines."""
    large = enlarge(one.evidence(label), MAP_SIDE, MAP_SIDE)
    if mode == "contour":
        color, cover = contours(large, palette)
    else:
        color, cover = colorize(large, palette), 1.0 - (1.0 - large) ** 2
    return np.dstack([color, np.rint(255 * cover).astype(np.uint8)])


def _titles(caller: Caller) -> Titles:
    installed = [one.manifest for one in caller.served.bench.models.installed()]
    maps = {(one.name, each.name): each.title for one in installed for each in one.explanations}
    return Titles({one.name: one.title for one in installed}, maps)


def _png(pixels: Pixels) -> Response:
    return Response(quick_png(pixels), media_type="image/png")
