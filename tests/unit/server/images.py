"""Images that tests send."""

from __future__ import annotations

import io
import json
from typing import Any

import httpx
from PIL import Image

from leukoscope.domain.frames import Frame
from leukoscope.sources.demo import demo_cells


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


def events(client: httpx.Client, address: str) -> list[dict[str, Any]]:
    """All events of a line until it ends."""
    with client.stream("GET", address) as line:
        assert line.headers["content-type"].startswith("text/event-stream")
        return [json.loads(one.removeprefix("data: ")) for one in line.iter_lines() if one.startswith("data: ")]
