"""Streams of Motion JPEG as cameras send them, and what is read from them."""

from __future__ import annotations

import io
from collections.abc import Iterator

import numpy as np
from PIL import Image

from leukoscope.domain.frames import Pixels
from leukoscope.sources.cameras.camera import Camera

COLOR = (200, 60, 120)

PATIENCE = 60.0


def jpeg(*, kind: str = "JPEG", thumbnail: bool = False, **more: object) -> bytes:
    image = Image.new("RGB", (64, 48), COLOR)
    buffer = io.BytesIO()
    if thumbnail:
        exif = Image.Exif()
        exif[37500] = jpeg()  # A maker note that holds a whole picture of its own.
        more["exif"] = exif
    image.save(buffer, kind, **more)
    return buffer.getvalue()


def parts(first: bytes, between: bytes, head: bytes, picture: bytes, count: int = 50) -> Iterator[bytes]:
    for number in range(count):
        yield (between if number else first) + head + picture


def ok(content_type: str | None) -> bytes:
    line = f"Content-Type: {content_type}\r\n" if content_type else ""
    return f"HTTP/1.1 200 OK\r\n{line}\r\n".encode()


JPEG = jpeg()

HEAD = b"Content-Type: image/jpeg\r\nContent-Length: %d\r\n\r\n" % len(JPEG)

BARE = b"Content-Type: image/jpeg\r\n\r\n"

LINE = b"\r\n--frame\r\n"

MIXED = "multipart/x-mixed-replace; boundary=frame"


def is_the_picture(pixels: Pixels) -> bool:
    return pixels.shape == (48, 64, 3) and bool(np.abs(pixels.mean(axis=(0, 1)) - COLOR).max() < 4)


def read_some(camera: Camera, count: int = 4) -> list[Pixels]:
    try:
        return [camera.read() for _ in range(count)]
    finally:
        camera.close()
