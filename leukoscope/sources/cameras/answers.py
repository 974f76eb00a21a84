"""What a network camera's silence or answer means, in a sentence each; told apart before anything is claimed."""

from __future__ import annotations

import re
import socket
import ssl
from contextlib import suppress
from http.client import HTTPException
from urllib.error import HTTPError, URLError
from urllib.parse import SplitResult, urlsplit

from leukoscope.domain.errors import CameraError, Cause

REACH_S = 3.0
"""So long a computer may take to answer a call."""
PORTS = {"http": 80, "https": 443, "rtsp": 554, "rtsps": 322, "rtmp": 1935}

NOT_THERE = (
    "The network camera does not answer; check that it is switched on and on this network, and the address given."
)
NOBODY_LISTENS = (
    "The network camera does not answer: at this address nothing takes the call; check the number behind the colon "
    "(the port), and that its video is switched on."
)
NO_SUCH_NAME = (
    "The network camera does not answer: its name is not known on this network; check the spelling, or write its "
    "number (IP address) instead."
)
NO_ADDRESS = "This is no address of a camera; write it as http://camera:81/stream or rtsp://camera:554/stream."
SILENT = (
    "The network camera takes the call and then sends nothing; close other programs that watch it, or switch it off "
    "and on again."
)
PASSWORD = (
    "The network camera answered, but wants a name and password; write them into its address, as "
    "http://name:password@camera/stream."
)
WRONG_PASSWORD = "The network camera answered, but does not take this name and password; check both in its address."
FORBIDDEN = (
    "The network camera answered, but does not let this computer in; allow it in the camera’s own settings, or use "
    "another name and password."
)
NOT_FOUND = (
    "The network camera answered, but has nothing at this address; check what stands behind the computer’s name, "
    "for example /stream, in the camera’s manual."
)
LOGIN_PAGE = (
    "The network camera answered, but with a web page that asks to sign in; look in its manual for the address of the "
    "video stream, and write name and password into it, as http://name:password@camera/stream."
)
WEB_PAGE = (
    "The network camera answered, but with a web page, not with pictures; look in its manual for the address of the "
    "video stream, for example /stream or /video."
)
IN_CIRCLES = (
    "The network camera answered, but only sends on to other addresses and back; look in its manual for the address "
    "of the video stream."
)
NO_HTTP = (
    "Something answered at this address, but not as a network camera does; check the number behind the colon (the "
    "port) and the word before it (http, https, rtsp)."
)
NO_TLS = (
    "The network camera answered, but no encrypted line comes about; write http instead of https, or check the number "
    "behind the colon (the port)."
)
NO_PICTURE = (
    "The network camera answered, but what it sends holds no picture; set its stream to Motion JPEG or H.264 in its "
    "own settings."
)
UNPLAYABLE = (
    "The network camera answered, but its stream cannot be played; check the address in its manual, and set its "
    "stream to Motion JPEG or H.264."
)
NO_DATAGRAMS = (
    "No pictures come in at this address; check that the camera sends to this computer, and that no firewall stops it."
)

_TEXT = re.compile(r"text/(?!x-mpegurl)|application/(json|xml|xhtml\+xml|javascript|problem\+json)")
_SIGN_IN = re.compile(rb"type\s*=\s*[\"']?password|log[ -]?in|sign[ -]?in|anmeld|connexion|contrase", re.IGNORECASE)
_STATUS = re.compile(rb"RTSP/\d\.\d (\d{3})")


def address(url: str) -> SplitResult:
    """The parts of a camera's address.

    Raises
    ------
    CameraError
        When it is none.
    """
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError as error:
        raise CameraError(NO_ADDRESS, type(error).__name__, cause=Cause.UNKNOWN_KIND) from error
    if not host or re.search(r"\s", url):
        raise CameraError(NO_ADDRESS, "no host", cause=Cause.UNKNOWN_KIND)
    return parts


def not_reached(error: BaseException) -> CameraError:
    """Why no line came about, or why it fell silent; nothing was answered, or nothing that could be read."""
    reason = error.reason if isinstance(error, URLError) and isinstance(error.reason, BaseException) else error
    detail = f"{type(reason).__name__} {getattr(reason, 'errno', '') or ''}".strip()
    if isinstance(reason, ssl.SSLError):
        return CameraError(NO_TLS, detail, cause=Cause.NOT_UNDERSTOOD)
    if isinstance(reason, socket.gaierror):
        return CameraError(NO_SUCH_NAME, detail, cause=Cause.UNREACHABLE)
    if isinstance(reason, ConnectionRefusedError):
        return CameraError(NOBODY_LISTENS, detail, cause=Cause.UNREACHABLE)
    if isinstance(reason, (HTTPException, ConnectionResetError, ValueError)):
        return CameraError(NO_HTTP, detail, cause=Cause.NOT_UNDERSTOOD)
    return CameraError(NOT_THERE, detail, cause=Cause.UNREACHABLE)


def refused(status: int, *, had_password: bool) -> CameraError:
    """What a status other than success asks a person to do."""
    detail = f"status {status}"
    if status == 401:
        return CameraError(WRONG_PASSWORD if had_password else PASSWORD, detail, cause=Cause.NOT_UNDERSTOOD)
    known = {403: FORBIDDEN, 404: NOT_FOUND, 410: NOT_FOUND, 454: NOT_FOUND}
    if 300 <= status < 400:
        return CameraError(IN_CIRCLES, detail, cause=Cause.NOT_UNDERSTOOD)
    message = known.get(status) or (
        f"The network camera answered with error {status}; close other programs that watch it, and look in its "
        "manual for the address of the video stream."
    )
    return CameraError(message, detail, cause=Cause.NOT_UNDERSTOOD)


def refusal_of(error: Exception, *, had_password: bool) -> CameraError:
    """The error for whatever urllib raised."""
    if isinstance(error, HTTPError):
        with error:
            return refused(error.code, had_password=had_password)
    return not_reached(error)


def is_text(content_type: str, start: bytes) -> bool:
    """Whether an answer is meant to be read instead of seen; a list of video pieces (HLS) is not."""
    begins = start.lstrip()[:8].lower()
    if begins.startswith(b"#extm3u"):
        return False
    return bool(_TEXT.match(content_type)) or begins.startswith((b"<html", b"<!doc", b"{", b"<?xml"))


def text_instead(content_type: str, start: bytes) -> CameraError:
    """A camera sent text where pictures were asked for."""
    if "html" in content_type or start.lstrip()[:5].lower() in {b"<html", b"<!doc"}:
        message = LOGIN_PAGE if _SIGN_IN.search(start) else WEB_PAGE
        return CameraError(message, content_type, cause=Cause.NOT_UNDERSTOOD)
    kind = "JSON" if "json" in content_type or start.lstrip()[:1] == b"{" else "text"
    message = (
        f"The network camera answered, but with data ({kind}), not with pictures; look in its manual for the address "
        "of the video stream, for example /stream or /video."
    )
    return CameraError(message, content_type, cause=Cause.NOT_UNDERSTOOD)


def unplayed(url: str) -> CameraError:
    """Why a stream that is no web page's (RTSP and its like) could not be opened: ask the address itself."""
    parts = address(url)
    if parts.scheme.lower() == "udp":
        return CameraError(NO_DATAGRAMS, "nothing came", cause=Cause.UNREACHABLE)
    place = parts.hostname or "", parts.port or PORTS.get(parts.scheme.lower(), 80)
    try:
        with socket.create_connection(place, REACH_S) as line:
            status = _rtsp_status(line, parts) if parts.scheme.lower() == "rtsp" else None
    except OSError as error:
        return not_reached(error)
    if status is not None and status >= 300:
        return refused(status, had_password=bool(parts.username))
    return CameraError(UNPLAYABLE, f"{parts.scheme}: taken, status {status}", cause=Cause.NOT_UNDERSTOOD)


def _rtsp_status(line: socket.socket, parts: SplitResult) -> int | None:
    """What the camera says to a question for its stream (RFC 2326, DESCRIBE); ``None`` when that is no RTSP."""
    where = f"rtsp://{(parts.netloc.rpartition('@'))[2]}{parts.path or '/'}{'?' + parts.query if parts.query else ''}"
    with suppress(OSError):
        line.settimeout(REACH_S)
        line.sendall(f"DESCRIBE {where} RTSP/1.0\r\nCSeq: 1\r\nAccept: application/sdp\r\n\r\n".encode())
        found = _STATUS.match(line.recv(4096))
        return int(found[1]) if found else None
    return None
