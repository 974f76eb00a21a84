"""Images come in, are judged in turn, and their progress is told while it happens."""

from __future__ import annotations

import json
import re
from collections.abc import AsyncIterator
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response
from starlette.concurrency import run_in_threadpool
from starlette.responses import StreamingResponse

from leukoscope.domain.cells import View
from leukoscope.domain.errors import AccessError
from leukoscope.server.errors import CallError
from leukoscope.server.guard import too_large
from leukoscope.server.served import Caller, Key, Who
from leukoscope.server.shapes import ImageJob

router = APIRouter(prefix="/api/v1", tags=["images"])

UNDER_WAY = 4
"""So many of the largest uploads may be in memory at the same time."""
MOST_IMAGES = 500
_JOB = re.compile(r"([1-9][0-9]{0,17})((?:-[1-9][0-9]{0,17}){1,500})")
_BODY = {"requestBody": {"required": True, "content": {"application/octet-stream": {"schema": {"format": "binary"}}}}}
_STREAM: dict[int | str, dict[str, Any]] = {200: {"content": {"text/event-stream": {}}}}


@router.post("/cases/{case_id}/images", status_code=202, openapi_extra=_BODY)
async def add_image(
    caller: Who,
    case_id: Key,
    request: Request,
    response: Response,
    name: Annotated[str, Query(max_length=400)] = "image",
    view: View = View.AUTO,
    um_per_px: Annotated[float | None, Query(gt=0.001, lt=100.0)] = None,
) -> ImageJob:
    """Send an image file as the content of the call: it is kept when this is answered, and judged in its turn."""
    await run_in_threadpool(caller.need_case, case_id)
    data = await _content(caller, request)

    def take() -> ImageJob:
        keys = caller.seat.capture.add_file(case_id, data, name, view, um_per_px=um_per_px)
        caller.served.happenings.accepted(keys)
        return _job(caller, case_id, keys[:MOST_IMAGES])

    async with caller.served.uploading.taking:
        taken = await run_in_threadpool(take)
    caller.served.metrics.bytes.inc(len(data))
    response.headers["Location"] = f"/api/v1/jobs/{taken.job}"
    return taken


@router.get("/jobs/{job}")
def read_job(caller: Who, job: str) -> ImageJob:
    """What has become of the images of an upload."""
    return _job(caller, *_parts(caller, job))


@router.delete("/jobs/{job}")
def cancel_job(caller: Who, job: str) -> ImageJob:
    """Take what is not judged yet out of its case; what is judged stays."""
    case_id, keys = _parts(caller, job)
    waiting = {one.id for one in caller.seat.judging.waiting(case_id)}
    stopped = [key for key in keys if key in waiting]
    caller.seat.judging.remove_waiting(case_id, stopped)
    caller.served.happenings.cancelled(stopped)
    return _job(caller, case_id, keys)


@router.get("/jobs/{job}/events", response_class=StreamingResponse, responses=_STREAM)
def job_events(caller: Who, job: str) -> StreamingResponse:
    """Progress as server-sent events: progress with each image, end with the last."""
    case_id, keys = _parts(caller, job)

    def look() -> tuple[str, dict[str, Any], bool]:
        now = _job(caller, case_id, keys)
        return ("end" if now.finished else "progress"), now.model_dump(), now.finished

    return _stream(caller, case_id, look)


@router.get("/cases/{case_id}/events", response_class=StreamingResponse, responses=_STREAM)
def case_events(caller: Who, case_id: Key) -> StreamingResponse:
    """Every change of a case as a server-sent event case, whoever made it; ends when the case leaves the list."""
    caller.need_case(case_id)

    def look() -> tuple[str, dict[str, Any], bool]:
        version = caller.seat.cases.version(case_id)
        waiting = len(caller.seat.judging.waiting(case_id))
        return "case", {"case": case_id, "version": version, "waiting": waiting}, version is None

    return _stream(caller, case_id, look)


def _stream(caller: Caller, case_id: int, look: Any) -> StreamingResponse:
    return StreamingResponse(_events(caller, case_id, look), media_type="text/event-stream")


async def _events(caller: Caller, case_id: int, look: Any) -> AsyncIterator[str]:
    """Events of what ``look`` sees, each once; a person whose account is closed meanwhile sees no more."""
    before = ""
    async for news in caller.served.happenings.of_case(case_id):
        try:
            async with caller.served.uploading.looking:
                kind, said, over = await run_in_threadpool(look)
        except AccessError:
            return
        event = f"event: {kind}\ndata: {json.dumps(said, default=str)}\n\n"
        if event != before:
            yield event
        elif not news:
            yield ": still here\n\n"
        before = event
        if over:
            return


async def _content(caller: Caller, request: Request) -> bytes:
    """The content of an upload, never more of all uploads at a time than the memory is meant for."""
    served = caller.served
    most = served.options.largest_upload
    held = 0
    pieces: list[bytes] = []
    try:
        async for piece in request.stream():
            held += len(piece)
            served.uploading.add(len(piece))
            if held > most:
                raise too_large(most)
            if served.uploading.bytes > UNDER_WAY * most:
                raise CallError(503, "Too many images come at the same time; send it again.", headers=_LATER)
            pieces.append(piece)
        return b"".join(pieces)
    finally:
        served.uploading.add(-held)


_LATER = {"Retry-After": "2"}


def _parts(caller: Caller, job: str) -> tuple[int, tuple[int, ...]]:
    found = _JOB.fullmatch(job)
    if found is None:
        raise CallError(404, "There is no such job.")
    case_id = int(found[1])
    caller.need_case(case_id)
    return case_id, tuple(int(one) for one in found[2].split("-")[1:])


def _job(caller: Caller, case_id: int, keys: tuple[int, ...]) -> ImageJob:
    """Read from the store: a server that was started again knows the same."""
    waiting = {one.id: one.state.value for one in caller.seat.judging.waiting(case_id)}
    for key in keys:
        if key not in waiting:
            caller.served.happenings.settle(key)
    images = [_image(caller, key, waiting.get(key)) for key in keys]
    done = sum(key not in waiting for key in keys)
    name = "-".join(map(str, (case_id, *keys)))
    finished = done == len(keys)
    trouble = "" if finished else caller.seat.judging.trouble
    return ImageJob(
        job=name, case=case_id, total=len(keys), done=done, finished=finished, trouble=trouble, images=images
    )


def _image(caller: Caller, key: int, state: str | None) -> dict[str, Any]:
    if state is not None:
        return {"state": state}
    ended = caller.served.happenings.ended(key)
    if ended is None:
        return {"state": "gone or judged before the server was started"}
    if not ended.frame_id:
        return {"state": "cancelled"}
    return {"state": "failed" if ended.error else "judged", "image": ended.frame_id, "error": ended.error or None}
