"""Images that tests send."""

from __future__ import annotations

import io
import json
import time
from collections.abc import Iterator
from typing import Any

import httpx
from PIL import Image

from leukoscope.domain.frames import Frame
from leukoscope.sources.demo import demo_cells

PATIENCE = 180.0
"""Seconds for an image and all that stand before it, on a machine that does much else."""


def png(frame: Frame) -> bytes:
    """A frame as a PNG."""
    stream = io.BytesIO()
    Image.fromarray(frame.pixels).save(stream, "PNG")
    return stream.getvalue()


def cell_png(seed: int = 1) -> bytes:
    """One cell on black."""
    return png(demo_cells(1, seed)[0])


def begin(client: httpx.Client, **header: str) -> int:
    """Begin a case."""
    made = client.post("/api/v1/cases", json=header)
    assert made.status_code == 201, made.text
    return int(made.json()["id"])


def send(client: httpx.Client, case: int, data: bytes, name: str = "cell.png") -> dict[str, Any]:
    """Send an image and wait, as its sender does, until it is judged."""
    taken = client.post(f"/api/v1/cases/{case}/images", params={"name": name}, content=data)
    assert taken.status_code == 202, taken.text
    return events(client, f"/api/v1/jobs/{taken.json()['job']}/events")[-1]


def events(client: httpx.Client, address: str, patience: float = PATIENCE) -> list[dict[str, Any]]:
    """All events of a line until it ends."""
    with client.stream("GET", address) as line:
        assert line.headers["content-type"].startswith("text/event-stream")
        return list(news(line, patience))


def news(line: httpx.Response, patience: float = PATIENCE) -> Iterator[dict[str, Any]]:
    """Events of a line as they come; one that has told nothing new for so long fails with the last event.

    The server says every few seconds that a line is still there: by itself no reading of it comes to an end.
    """
    last: list[dict[str, Any]] = []
    ends = time.monotonic() + patience
    for one in line.iter_lines():
        assert time.monotonic() < ends, f"for {patience:.0f} s nothing new of {line.url}; the last event: {last}"
        if one.startswith("data: "):
            last, ends = [json.loads(one.removeprefix("data: "))], time.monotonic() + patience
            yield last[0]
