"""The cases that people look at just now: a page asks for many pictures of one case, which is read once."""

from __future__ import annotations

import threading
from collections import OrderedDict

from leukoscope.domain.cases import Case, CaseCell, CaseFrame
from leukoscope.server.errors import CallError
from leukoscope.server.served import Caller
from leukoscope.workflow.permissions import Act

KEPT = 8
"""So many cases are kept, of all people together."""
_lock = threading.Lock()
_kept: OrderedDict[tuple[str, int], Case] = OrderedDict()


def look_at(caller: Caller, case_id: int) -> Case:
    """A case as it is now, for who may see it; that they look at it is told when it is read for them."""
    version = caller.need_case(case_id)
    kept = _kept_case(caller, case_id)
    if kept is not None and kept.version == version:
        return kept
    case = caller.seat.cases.load(case_id)
    key = _key(caller, case_id)
    with _lock:
        _kept[key] = case
        _kept.move_to_end(key)
        while len(_kept) > KEPT:
            _kept.popitem(last=False)
    return case


def _kept_case(caller: Caller, case_id: int) -> Case | None:
    with _lock:
        return _kept.get(_key(caller, case_id))


def _key(caller: Caller, case_id: int) -> tuple[str, int]:
    return f"{caller.served.bench.home.data}\n{caller.seat.operator.look(Act.SEE)}", case_id


def cell_in(caller: Caller, case_id: int, cell_id: int) -> tuple[CaseFrame, CaseCell]:
    """A cell of a case and its image; raises CallError where there is none.

    Of a case that nobody has changed since it was looked at, nothing is read again; else only this cell is.
    """
    version = caller.need_case(case_id)
    kept = _kept_case(caller, case_id)
    if kept is not None and kept.version == version:
        for frame in kept.frames:
            for one in frame.cells:
                if one.id == cell_id:
                    return frame, one
        raise CallError(404, "This case has no such cell.")
    found = caller.seat.cases.cell(case_id, cell_id)
    if found is None:
        raise CallError(404, "This case has no such cell.")
    return found
