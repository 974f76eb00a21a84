"""Cameras that answer like web pages: every dialect of Motion JPEG, single pictures, and whatever is no picture."""

from __future__ import annotations

import hashlib
import threading

import pytest

from leukoscope.domain.errors import CameraError, Cause
from leukoscope.sources.cameras.camera import Camera, CameraInfo
from leukoscope.sources.cameras.catalog import describe, open_camera
from leukoscope.sources.cameras.kinds import CameraKind
from leukoscope.sources.cameras.motion_jpeg import JpegSplitter, TornError, jpeg_end
from leukoscope.sources.cameras.reader import CameraReader
from leukoscope.sources.cameras.watchdog import Health
from tests.unit.sources.cameras.motion_jpeg_streams import (
    BARE,
    HEAD,
    JPEG,
    LINE,
    MIXED,
    PATIENCE,
    is_the_picture,
    jpeg,
    ok,
    parts,
    read_some,
)
from tests.unit.sources.cameras.raw_server import Pieces, raw_server

DIALECTS = {
    "as the books say": (MIXED, b"--frame\r\n", LINE, HEAD),
    "no boundary before the first part": (MIXED, b"", LINE, HEAD),
    "nothing at all before the first picture": (MIXED, b"", LINE, b""),
    "no length": (MIXED, b"--frame\r\n", LINE, BARE),
    "neither boundary at first nor length": (MIXED, b"", LINE, BARE),
    "a wrong length": (MIXED, b"--frame\r\n", LINE, b"Content-Length: 12\r\n\r\n"),
    "lines of LF": (MIXED, b"--frame\n", b"\n--frame\n", BARE.replace(b"\r\n", b"\n")),
    "dashes in the header": ("multipart/x-mixed-replace; boundary=--frame", b"--frame\r\n", LINE, HEAD),
    "dashes in the header, twice in the body": (
        "multipart/x-mixed-replace; boundary=--frame",
        b"----frame\r\n",
        b"\r\n----frame\r\n",
        HEAD,
    ),
    "quotes": ('multipart/x-mixed-replace; boundary="frame"', b"--frame\r\n", LINE, HEAD),
    "no boundary in the header": ("multipart/x-mixed-replace", b"--frame\r\n", LINE, HEAD),
    "no dashes in the body": (MIXED, b"frame\r\n", b"\r\nframe\r\n", HEAD),
    "closing dashes each time": (MIXED, b"--frame--\r\n", b"\r\n--frame--\r\n", HEAD),
    "another boundary than it says": (MIXED, b"--ipcamera\r\n", b"\r\n--ipcamera\r\n", HEAD),
    "multipart/mixed": ("multipart/mixed; boundary=frame", b"--frame\r\n", LINE, HEAD),
    "a preamble": (MIXED, b"this is a stream\r\n--frame\r\n", LINE, HEAD),
    "text between the pictures": (
        "multipart/mixed; boundary=frame",
        b'--frame\r\nContent-Type: application/json\r\n\r\n{"event":1}\r\n--frame\r\n',
        LINE,
        HEAD,
    ),
    "pictures one after the other": ("video/x-motion-jpeg", b"", b"", b""),
    "pictures and no type": (None, b"", b"", b""),
    "octets": ("application/octet-stream", b"", b"", b""),
    "called text": ("text/plain", b"--frame\r\n", LINE, HEAD),
    "called one picture and is many": ("image/jpeg", b"", b"", b""),
}


@pytest.mark.parametrize("name", DIALECTS)
@pytest.mark.parametrize("chunk", [0, 7])
def test_every_dialect_of_motion_jpeg_is_read(name: str, chunk: int) -> None:
    content_type, first, between, head = DIALECTS[name]

    def answer(_request: str) -> Pieces:
        yield ok(content_type)
        for piece in parts(first, between, head, JPEG):
            yield from (piece[at : at + (chunk or len(piece))] for at in range(0, len(piece), chunk or len(piece)))

    with raw_server(answer) as port:
        assert all(map(is_the_picture, read_some(open_camera(f"http://127.0.0.1:{port}/stream"))))


def test_chunks_of_http_are_put_together() -> None:
    def answer(_request: str) -> Pieces:
        yield b"HTTP/1.1 200 OK\r\nContent-Type: " + MIXED.encode() + b"\r\nTransfer-Encoding: chunked\r\n\r\n"
        for piece in parts(b"", LINE, BARE, JPEG):
            yield b"%x\r\n%b\r\n" % (len(piece), piece)

    with raw_server(answer) as port:
        assert all(map(is_the_picture, read_some(open_camera(f"http://127.0.0.1:{port}/stream"))))


@pytest.mark.parametrize(
    "picture",
    [jpeg(thumbnail=True), jpeg(progressive=True), jpeg(quality=100, subsampling=0), JPEG[:2] + b"\xff" * 5 + JPEG[2:]],
    ids=["thumbnail inside", "progressive", "full quality", "fill bytes"],
)
def test_a_picture_ends_where_it_says_and_nowhere_else(picture: bytes) -> None:
    assert jpeg_end(picture) == len(picture)
    assert jpeg_end(b"x" + picture + b"rest", 1) == len(picture) + 1
    for cut in (2, 3, 5, len(picture) // 2, len(picture) - 1):
        assert jpeg_end(picture[:cut]) is None


def test_a_torn_picture_costs_that_picture_only() -> None:
    splitter = JpegSplitter()
    splitter.add(JPEG[: len(JPEG) // 2] + b"\r\n--frame\r\n" + JPEG + JPEG[:40])
    assert splitter.next() == JPEG and splitter.next() is None
    splitter.add(JPEG[40:])
    assert splitter.next() == JPEG
    assert splitter.torn == 1
    with pytest.raises(TornError):
        jpeg_end(b"\xff\xd8\xff\xe0\x00\x04ab no marker")


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "BMP", "WEBP"])
def test_an_address_of_single_pictures_is_asked_again(kind: str) -> None:
    asked: list[str] = []

    def answer(request: str) -> Pieces:
        asked.append(request)
        data = jpeg(kind=kind)
        yield b"HTTP/1.1 200 OK\r\nContent-Type: image/%b\r\n" % kind.lower().encode()
        yield b"Content-Length: %d\r\n\r\n" % len(data) + data

    with raw_server(answer) as port:
        seen = read_some(open_camera(f"http://127.0.0.1:{port}/snapshot"), 3)
    assert all(pixels.shape == (48, 64, 3) for pixels in seen) and len(asked) == 3
    if kind != "JPEG":
        assert all(map(is_the_picture, seen))


def digest_is_right(request: str, realm: str, nonce: str) -> bool:
    line = next(one for one in request.split("\r\n") if one.startswith("Authorization: Digest "))
    said = {
        pair.split("=", 1)[0].strip(): pair.split("=", 1)[1].strip('" ') for pair in line.split(" ", 2)[2].split(",")
    }

    def md5(text: str) -> str:
        return hashlib.md5(text.encode()).hexdigest()

    ha1, ha2 = md5(f"user:{realm}:p@ss/5"), md5(f"GET:{said['uri']}")
    return said["response"] == md5(f"{ha1}:{nonce}:{said['nc']}:{said['cnonce']}:auth:{ha2}")


@pytest.mark.parametrize("way", ["Basic", "Digest"])
@pytest.mark.parametrize("password", ["p%40ss%2F5", "wrong", None])
def test_name_and_password_in_the_address_are_given_and_their_lack_is_said(way: str, password: str | None) -> None:
    def answer(request: str) -> Pieces:
        right = (
            digest_is_right(request, "cam", "abc")
            if "Authorization: Digest" in request
            else "Authorization: Basic dXNlcjpwQHNzLzU=" in request
        )
        if right:
            yield ok(MIXED)
            yield from parts(b"", LINE, HEAD, JPEG)
        extra = ', nonce="abc", qop="auth"' if way == "Digest" else ""
        yield f'HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: {way} realm="cam"{extra}\r\n'.encode()
        yield b"Content-Length: 0\r\nConnection: close\r\n\r\n"

    with raw_server(answer) as port:
        who = f"user:{password}@" if password else ""
        url = f"http://{who}127.0.0.1:{port}/stream"
        if password == "p%40ss%2F5":
            assert all(map(is_the_picture, read_some(open_camera(url))))
            return
        with pytest.raises(CameraError) as caught:
            open_camera(url)
    assert caught.value.cause is Cause.NOT_UNDERSTOOD
    assert ("does not take this name and password" if password else "wants a name and password") in caught.value.message
    assert "wrong" not in caught.value.detail


def test_no_password_stands_in_a_name() -> None:
    for url in ("http://user:secret@camera/x", "rtsp://user:sec@ret@camera/x"):
        assert describe(url).name in {"http://camera/x", "rtsp://camera/x"}


def test_a_demo_that_starts_slowly_is_not_told_to_check_its_plug() -> None:
    released, opened, now = threading.Event(), threading.Event(), [0.0]

    def open_it() -> Camera:
        opened.set()
        released.wait(PATIENCE)
        raise CameraError("over", "end of the test")

    reader = CameraReader(open_it, clock=lambda: now[0], kind=CameraKind.DEMO)
    try:
        assert opened.wait(PATIENCE)
        now[0] = 20.0
        assert (reader.health, reader.sentence) == (Health.OPENING, "")
    finally:
        released.set()
        reader.close()


@pytest.mark.parametrize("health", [Health.STALLED, Health.FROZEN, Health.BLACK])
@pytest.mark.parametrize("kind", CameraKind)
def test_only_what_has_a_plug_is_told_of_a_plug(health: Health, kind: CameraKind) -> None:
    sentence = kind.sentence(health)
    assert sentence.endswith(".")
    assert ("plug" in sentence) == (kind is CameraKind.USB and health is not Health.BLACK)


def test_a_stream_that_stops_says_so_and_one_picture_never_came_says_that() -> None:
    def answer(_request: str) -> Pieces:
        yield ok(MIXED)
        yield from parts(b"", LINE, HEAD, JPEG, 2)

    with raw_server(answer) as port:
        camera = open_camera(f"http://127.0.0.1:{port}/stream")
        assert [camera.read().shape for _ in range(2)] == [(48, 64, 3)] * 2
        with pytest.raises(CameraError, match="has stopped sending") as caught:
            camera.read()
        camera.close()
    assert caught.value.cause is Cause.UNREACHABLE
    assert camera.info == CameraInfo(f"http://127.0.0.1:{port}/stream", camera.info.name, CameraKind.URL)
