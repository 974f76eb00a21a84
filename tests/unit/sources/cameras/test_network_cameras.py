"""Cameras that answer like web pages: every dialect of Motion JPEG, single pictures, and whatever is no picture."""

from __future__ import annotations

import hashlib
import io
import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from leukoscope.domain.errors import CameraError, Cause
from leukoscope.domain.frames import Pixels
from leukoscope.sources.cameras.camera import Camera, CameraInfo
from leukoscope.sources.cameras.catalog import describe, open_camera
from leukoscope.sources.cameras.kinds import CameraKind
from leukoscope.sources.cameras.motion_jpeg import JpegSplitter, TornError, jpeg_end
from leukoscope.sources.cameras.reader import CameraReader
from leukoscope.sources.cameras.watch import Health
from leukoscope.workflow import capture
from tests.unit.sources.cameras.raw_server import Pieces, raw_server

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


def is_the_picture(pixels: Pixels) -> bool:
    return pixels.shape == (48, 64, 3) and bool(np.abs(pixels.mean(axis=(0, 1)) - COLOR).max() < 4)


def read_some(camera: Camera, count: int = 4) -> list[Pixels]:
    try:
        return [camera.read() for _ in range(count)]
    finally:
        camera.close()


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


PAGE = b"<html><body>Status</body></html>"
LOGIN = b"<!DOCTYPE html><form><input name=u><input type='password' name=p></form>"


def with_body(status: str, content_type: str, body: bytes, *more: str) -> bytes:
    head = [f"HTTP/1.1 {status}", f"Content-Type: {content_type}", f"Content-Length: {len(body)}", *more]
    return "\r\n".join([*head, "", ""]).encode() + body


ANSWERS = {
    "a page": (with_body("200 OK", "text/html", PAGE), "answered, but with a web page, not with pictures"),
    "a login page": (with_body("200 OK", "text/html; charset=utf-8", LOGIN), "a web page that asks to sign in"),
    "a page called octets": (with_body("200 OK", "application/octet-stream", PAGE), "with a web page"),
    "JSON": (with_body("200 OK", "application/json", b'{"error":"busy"}'), r"with data \(JSON\), not with pictures"),
    "JSON called text": (with_body("200 OK", "text/plain", b'{"error":1}'), r"with data \(JSON\)"),
    "text": (with_body("200 OK", "text/plain", b"camera busy"), r"with data \(text\)"),
    "XML": (with_body("200 OK", "application/xml", b"<?xml version='1.0'?><a/>"), r"with data \(text\)"),
    "403": (with_body("403 Forbidden", "text/html", PAGE), "does not let this computer in"),
    "404": (with_body("404 Not Found", "text/html", PAGE), "has nothing at this address"),
    "503": (with_body("503 Busy", "text/html", PAGE), "answered with error 503"),
    "in circles": (with_body("302 Found", "text/html", b"", "Location: /stream"), "sends on to other addresses"),
    "no pictures": (ok(MIXED) + b"--frame\r\nContent-Type: text/plain\r\n\r\nno signal\r\n--frame--", "no picture"),
    "a cut picture": (ok(MIXED) + b"--frame\r\n" + BARE + JPEG[:200], "arrive broken"),
    "no image": (with_body("200 OK", "image/png", b"no image at all"), "holds no picture"),
    "an unknown film": (with_body("200 OK", "video/mp4", bytes(range(256)) * 40), "cannot be played"),
    "another protocol": (b"SSH-2.0-OpenSSH_9.2\r\n", "not as a network camera does"),
    "nothing": (b"", "not as a network camera does"),
    "an empty answer": (with_body("200 OK", "application/octet-stream", b""), "then sends nothing"),
}


@pytest.mark.parametrize("name", ANSWERS)
def test_an_answer_that_is_no_picture_is_named_and_not_called_silence(name: str, tmp_path: Path) -> None:
    body, words = ANSWERS[name]
    with raw_server(lambda _request: iter([body])) as port:
        start = time.monotonic()
        with pytest.raises(CameraError, match=words) as caught:
            capture.snap(f"http://127.0.0.1:{port}/stream", tmp_path / "x.png")
        assert time.monotonic() - start < 8
    assert caught.value.cause is (Cause.BROKEN if name == "a cut picture" else Cause.NOT_UNDERSTOOD)
    assert "does not answer" not in caught.value.message


def test_a_redirect_is_followed_and_the_password_stays_with_its_computer() -> None:
    seen: list[str] = []

    def elsewhere(request: str) -> Pieces:
        seen.append(request)
        yield with_body("200 OK", "text/html", LOGIN)

    with raw_server(elsewhere) as other:

        def answer(request: str) -> Pieces:
            if "/real" in request:
                yield ok(MIXED)
                yield from parts(b"", LINE, HEAD, JPEG)
            to = "/real" if "/stream" in request else f"http://127.0.0.1:{other}/login"
            yield with_body("302 Found", "text/plain", b"", f"Location: {to}")

        with raw_server(answer) as port:
            assert all(map(is_the_picture, read_some(open_camera(f"http://127.0.0.1:{port}/stream"))))
            with pytest.raises(CameraError, match="asks to sign in"):
                open_camera(f"http://user:secret@127.0.0.1:{port}/old")
    assert seen and "Authorization" not in seen[0]


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("http://127.0.0.1:1/stream", "does not answer: at this address nothing takes the call"),
        ("https://127.0.0.1:1/stream", "does not answer: at this address nothing takes the call"),
        ("rtsp://127.0.0.1:1/stream", "does not answer: at this address nothing takes the call"),
        ("http://no-such-camera.invalid/stream", "does not answer: its name is not known"),
    ],
)
def test_who_is_not_there_does_not_answer(url: str, words: str) -> None:
    with pytest.raises(CameraError, match=words) as caught:
        open_camera(url)
    assert caught.value.cause is Cause.UNREACHABLE


@pytest.mark.parametrize("url", ["http://", "http://cam:port/", "http://a b/", "rtsp://:554/x", "ftp://camera/x"])
def test_an_address_that_is_none_is_named(url: str) -> None:
    with pytest.raises(CameraError, match="address") as caught:
        open_camera(url)
    assert caught.value.cause is Cause.UNKNOWN_KIND


@pytest.mark.parametrize(
    ("status", "words"),
    [
        ("401 Unauthorized", "wants a name"),
        ("404 Not Found", "nothing at this address"),
        ("200 OK", "cannot be played"),
    ],
)
def test_what_an_rtsp_camera_says_is_passed_on(status: str, words: str) -> None:
    said = f"RTSP/1.0 {status}\r\nCSeq: 1\r\n\r\n".encode()
    with raw_server(lambda _request: iter([said])) as port, pytest.raises(CameraError, match=words) as caught:
        open_camera(f"rtsp://127.0.0.1:{port}/stream")
    assert caught.value.cause is Cause.NOT_UNDERSTOOD


def test_a_line_without_encryption_is_not_called_a_wrong_address() -> None:
    said = b"HTTP/1.1 400 Bad Request\r\n\r\n"
    words = "write http instead of https"
    with raw_server(lambda _request: iter([said])) as port, pytest.raises(CameraError, match=words) as caught:
        open_camera(f"https://127.0.0.1:{port}/stream")
    assert caught.value.cause is Cause.NOT_UNDERSTOOD


def test_a_camera_that_takes_the_call_and_is_silent_is_given_up_in_time(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        start = time.monotonic()
        with pytest.raises(CameraError, match="then sends nothing"):
            capture.snap(f"http://127.0.0.1:{listener.getsockname()[1]}/stream", tmp_path / "x.png")
        assert time.monotonic() - start < 12


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
