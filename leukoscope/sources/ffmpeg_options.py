"""What ffmpeg, which comes with OpenCV, may open for a video file or a stream: nothing that it points to."""

from __future__ import annotations

import os
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from leukoscope.domain.errors import CameraError, Cause

CAPTURE_OPTIONS = "OPENCV_FFMPEG_CAPTURE_OPTIONS"
_FORMATS = (
    "avi,mov,mp4,m4a,3gp,3g2,mj2,matroska,webm,mpegts,mpeg,mpegvideo,m4v,h264,hevc,asf,flv,ogg,mjpeg,mxf,wtv,dv,gif,nut"
)
FILE_OPTIONS = f"protocol_whitelist;file|format_whitelist;{_FORMATS}"
"""Containers that hold their pictures themselves; no lists of other files (m3u8, concat, sdp, numbered pictures)."""
STREAM_OPTIONS = (
    "rtsp_flags;prefer_tcp|protocol_whitelist;http,https,tls,tcp,udp,rtp,rtsp,rtsps,srtp,rtmp,rtmps,crypto,httpproxy"
)
"""No files of this computer: what a stream points to is somewhere on the network, too."""

_LOOK = 4096
_STARTS = (
    b"\x1a\x45\xdf\xa3",  # Matroska, WebM
    b"\x00\x00\x01\xba", b"\x00\x00\x01\xb3", b"\x00\x00\x01", b"\x00\x00\x00\x01",  # MPEG, H.264, H.265
    b"\x30\x26\xb2\x75", b"FLV", b"OggS", b"\xff\xd8\xff", b"\x06\x0e\x2b\x34", b"\xb7\xd8\x00\x20", b"GIF8", b"nut/",
    b"\x1f\x07\x00",  # DV
)  # fmt: skip
_ATOMS = (b"ftyp", b"moov", b"mdat", b"free", b"skip", b"wide", b"pnot", b"uuid")
_LIST = re.compile(
    rb"#EXTM3U|ffconcat|v=0\r?\n|\[playlist\]|<\?xml|<asx|<MPD|<smil|\[Reference\]|;FFMETADATA", re.IGNORECASE
)
_setting = threading.Lock()


@contextmanager
def opened_with(options: str) -> Iterator[None]:
    """Let OpenCV open something with these options of ffmpeg, which it takes from the environment only."""
    with _setting:
        before = os.environ.get(CAPTURE_OPTIONS)
        os.environ[CAPTURE_OPTIONS] = options
        try:
            yield
        finally:
            if before is None:
                del os.environ[CAPTURE_OPTIONS]
            else:
                os.environ[CAPTURE_OPTIONS] = before


def check_video(path: Path) -> None:
    """Make sure that a file is a film, and no list of other files or addresses that would be opened in its place.

    Raises
    ------
    CameraError
        When it is something else, or cannot be read.
    """
    try:
        with path.open("rb") as file:
            start = file.read(_LOOK)
    except OSError as error:
        message = f"“{path.name}” cannot be read; check that its drive is connected and that you may read it."
        raise CameraError(message, type(error).__name__, cause=Cause.UNREACHABLE) from error
    if _LIST.search(start.lstrip(b"\xef\xbb\xbf \t\r\n")[:256]) and not _is_video(start):
        message = f"“{path.name}” is a list of other videos, not a video; choose the video file itself."
        raise CameraError(message, "a playlist", cause=Cause.UNKNOWN_KIND)
    if not _is_video(start):
        message = f"“{path.name}” cannot be played; choose a video file, for example MP4 or AVI."
        raise CameraError(message, "no known container", cause=Cause.UNKNOWN_KIND)


def _is_video(start: bytes) -> bool:
    riff = start[:4] in {b"RIFF", b"RIFX"} and start[8:11] == b"AVI"
    transport = len(start) > 188 and start[0] == start[188] == 0x47
    blu_ray = len(start) > 196 and start[4] == start[196] == 0x47
    return riff or transport or blu_ray or start.startswith(_STARTS) or start[4:8] in _ATOMS
