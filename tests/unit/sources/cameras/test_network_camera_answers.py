"""What a network camera answers when it sends no picture is named for what it is."""

from __future__ import annotations

import socket
import time
from pathlib import Path

import pytest

from leukoscope.domain.errors import CameraError, Cause
from leukoscope.sources.cameras.catalog import open_camera
from leukoscope.workflow import capture
from tests.unit.sources.cameras.motion_jpeg_streams import (
    BARE,
    HEAD,
    JPEG,
    LINE,
    MIXED,
    is_the_picture,
    ok,
    parts,
    read_some,
)
from tests.unit.sources.cameras.raw_server import Pieces, raw_server

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
