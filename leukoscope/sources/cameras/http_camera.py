"""Cameras that answer like web pages: Motion JPEG streams of every dialect, and single pictures, asked for again."""

from __future__ import annotations

import logging
import ssl
import threading
import time
import urllib.request
from collections.abc import Callable
from http.client import HTTPException, HTTPResponse
from typing import Any
from urllib.error import HTTPError
from urllib.parse import unquote, urlunsplit

from leukoscope.domain.errors import CameraError, Cause, ImageError
from leukoscope.domain.frames import Pixels
from leukoscope.sources.cameras.answers import (
    NO_PICTURE,
    SILENT,
    UNPLAYABLE,
    address,
    is_text,
    refusal_of,
    text_instead,
)
from leukoscope.sources.cameras.camera import Camera, CameraInfo, FixedCamera
from leukoscope.sources.cameras.motion_jpeg import LARGEST, START, JpegSplitter, decoded
from leukoscope.sources.decoder import decoder, stream_decoder

logger = logging.getLogger(__name__)

ANSWER_S = 5.0
"""So long a camera may take for its answer, and for the next picture."""
LOOK_BYTES, LOOK_S = 4096, 2.0
"""So much of an answer is looked at, for so long, to see what it is."""
CHUNK = 1 << 16
AGAIN_S = 0.1
"""A single picture is asked for again at most so often."""
TORN = 25
"""So many torn pictures one after the other are no stream."""
STOPPED = "The network camera has stopped sending; check its cable and power. It is tried again by itself."
TORN_STREAM = (
    "The network camera’s pictures arrive broken; check its cable or radio link, or choose smaller pictures in its "
    "own settings."
)


def open_http(info: CameraInfo, play: Callable[[], Camera]) -> Camera:
    """Open a camera by its http or https address.

    Parameters
    ----------
    info
        Which one; its id is the address.
    play
        Opens it as a film instead, for what is neither Motion JPEG nor a picture.

    Raises
    ------
    CameraError
        When it cannot be reached, or answers something else than pictures.
    """
    answer = ask(info.id)
    kind = answer.headers.get_content_type() if answer.headers.get("Content-Type") else ""
    start = _look(answer, kind)
    if kind.startswith(("multipart/", "image/")) or START in start:
        return HttpCamera(info, answer, kind, start)
    answer.close()
    if not start:
        raise CameraError(SILENT, f"{kind}, empty", cause=Cause.NOT_UNDERSTOOD)
    if is_text(kind, start):
        raise text_instead(kind, start)
    try:
        return play()
    except CameraError as error:
        raise CameraError(UNPLAYABLE, f"{kind}: {error.detail}", cause=Cause.NOT_UNDERSTOOD) from error


def ask(url: str) -> HTTPResponse:
    """Ask a camera for what is at its address, with the name and password in it where the camera wants them.

    Raises
    ------
    CameraError
        When nothing answers, or not with success.
    """
    parts = address(url)
    host = parts.netloc.rpartition("@")[2]
    bare = urlunsplit((parts.scheme, host, parts.path or "/", parts.query, ""))
    passwords = urllib.request.HTTPPasswordMgrWithDefaultRealm()
    if parts.username is not None:
        passwords.add_password(None, bare, unquote(parts.username), unquote(parts.password or ""))
    # A camera carries a certificate of its own making, which no authority vouches for.
    opener = urllib.request.build_opener(
        urllib.request.ProxyHandler({}),
        _Digest(passwords),
        _Basic(passwords),
        urllib.request.HTTPSHandler(context=ssl._create_unverified_context()),
    )
    try:
        answer = opener.open(urllib.request.Request(bare, headers={"User-Agent": "LeukoScope"}), timeout=ANSWER_S)
    except TimeoutError as error:
        raise CameraError(SILENT, repr(error), cause=Cause.NOT_UNDERSTOOD) from error
    except (OSError, HTTPException, ValueError) as error:
        raise refusal_of(error, had_password=parts.username is not None) from error
    assert isinstance(answer, HTTPResponse)
    return answer


class _Once:
    """Gives the password once: a camera that still says no is not asked on, and ways that are not known are let be."""

    def http_error_401(self, request: Any, answer: Any, code: Any, message: Any, headers: Any) -> Any:
        """Answer a camera that wants a password."""
        if request.has_header("Authorization"):
            return None
        try:
            again = super().http_error_401(request, answer, code, message, headers)  # type: ignore[misc]
        except HTTPError:
            answer.close()
            raise
        except ValueError:
            return None
        if again is not None:
            answer.close()
        return again


class _Basic(_Once, urllib.request.HTTPBasicAuthHandler):
    """RFC 7617."""


class _Digest(_Once, urllib.request.HTTPDigestAuthHandler):
    """RFC 7616."""


def _look(answer: HTTPResponse, kind: str) -> bytes:
    """The first bytes of an answer; a stream of pictures needs no look."""
    if kind.startswith(("multipart/", "image/")):
        return b""
    seen, end = b"", time.monotonic() + LOOK_S
    try:
        while len(seen) < LOOK_BYTES and START not in seen and time.monotonic() < end:
            more = answer.read1(LOOK_BYTES)
            if not more:
                break
            seen += more
    except (OSError, HTTPException):
        # Whatever came before the line broke is enough to say what it is.
        return seen
    return seen


class HttpCamera(FixedCamera):
    """A Motion JPEG stream, or an address that gives one picture each time.

    Parameters
    ----------
    info
        Which one.
    answer
        The camera's answer, at the start of its body.
    kind
        Its content type.
    start
        Bytes of the body that were read already.
    """

    def __init__(self, info: CameraInfo, answer: HTTPResponse, kind: str, start: bytes = b"") -> None:
        super().__init__(info)
        self._answer = answer
        self._single = kind.startswith("image/")
        self._splitter = JpegSplitter()
        self._splitter.add(start)
        self._closed = threading.Event()
        self._given, self._due = 0, 0.0
        stream_decoder().warm()

    def read(self) -> Pixels:
        """The next picture; one that came torn is passed over."""
        for _ in range(TORN):
            picture = self._next()
            if not picture.startswith(START):
                if (pixels := _of_another_kind(picture)) is not None:
                    self._given += 1
                    return pixels
                continue
            if (pixels := decoded(picture)) is not None:
                self._given += 1
                return pixels
        raise CameraError(TORN_STREAM, "pictures that cannot be decoded", cause=Cause.BROKEN)

    def _next(self) -> bytes:
        """The next picture's bytes; an address of single pictures is asked again at the end of its answer."""
        end, seen, asked = time.monotonic() + ANSWER_S, 0, False
        torn = self._splitter.torn + TORN
        while (picture := self._splitter.next()) is None:
            more = self._more()
            if not more and self._single and self._given and not asked:
                asked = True
                self._ask_again()
            elif not more or time.monotonic() > end or self._splitter.torn > torn:
                raise self._none(seen)
            elif self._single and not seen and not self._splitter.begun and START not in more:
                return self._rest(more)
            seen += len(more)
            self._splitter.add(more)
        return picture

    def _more(self) -> bytes:
        try:
            return self._answer.read1(CHUNK)
        except (OSError, HTTPException, ValueError):
            # Cut off, silent for too long, or chunks without sense: no more comes, which the caller says.
            return b""

    def _ask_again(self) -> None:
        self._answer.close()
        self._closed.wait(max(0.0, self._due - time.monotonic()))
        self._due = time.monotonic() + AGAIN_S
        self._answer = ask(self._info.id)

    def _rest(self, start: bytes) -> bytes:
        """All of an answer that is one picture of another kind than JPEG."""
        end, data = time.monotonic() + ANSWER_S, bytearray(start)
        while (more := self._more()) and len(data) < LARGEST and time.monotonic() < end:
            data += more
        if not data.startswith(START) and _of_another_kind(bytes(data)) is None:
            raise CameraError(NO_PICTURE, "a picture of no known kind", cause=Cause.NOT_UNDERSTOOD)
        return bytes(data)

    def _none(self, seen: int) -> CameraError:
        """Why there is no picture, as far as it can be told."""
        if self._splitter.torn or (self._splitter.begun and not self._given):
            return CameraError(TORN_STREAM, f"{seen} bytes, {self._splitter.torn} torn", cause=Cause.BROKEN)
        if self._given:
            return CameraError(STOPPED, "no picture from url camera", cause=Cause.UNREACHABLE)
        return CameraError(NO_PICTURE if seen else SILENT, f"{seen} bytes, no picture", cause=Cause.NOT_UNDERSTOOD)

    def close(self) -> None:
        """Let the line go."""
        self._closed.set()
        self._answer.close()


def _of_another_kind(data: bytes) -> Pixels | None:
    """A picture that is no JPEG, opened in the process for foreign files; ``None`` when it is none."""
    try:
        return decoder().image(data, "a picture").pixels
    except ImageError as error:
        logger.info("a camera's picture is refused: %s", error.detail)
        return None
