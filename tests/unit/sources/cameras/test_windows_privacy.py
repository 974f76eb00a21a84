"""A camera that Windows keeps from programs: what to do is said instead of what might be."""

from __future__ import annotations

import sys

import pytest

from leukoscope.domain.errors import CameraError, Cause
from leukoscope.sources.cameras import opencv_camera
from leukoscope.sources.cameras.camera import CameraInfo
from leukoscope.sources.cameras.kinds import CameraKind
from leukoscope.sources.cameras.opencv_camera import OpenCvCamera
from leukoscope.sources.cameras.windows_privacy import CONSENT, DESKTOP, cameras_are_denied

MISSING = CameraInfo("usb:Microscope@nowhere", "Microscope", CameraKind.USB)


@pytest.mark.parametrize(
    ("said", "denied"),
    [
        ({}, False),
        ({("user", CONSENT): "Allow", ("user", DESKTOP): "Allow"}, False),
        ({("user", CONSENT): "Allow", ("user", DESKTOP): "Deny"}, True),
        ({("user", CONSENT): "Deny"}, True),
        ({("machine", CONSENT): "Deny", ("user", CONSENT): "Allow"}, True),
    ],
)
def test_any_of_the_three_switches_denies(said: dict[tuple[str, str], str], denied: bool) -> None:
    assert cameras_are_denied(lambda top, key: said.get((top, key))) is denied


@pytest.mark.skipif(sys.platform == "win32", reason="the switches of this Windows are a person's")
def test_no_other_system_denies() -> None:
    assert not cameras_are_denied()


@pytest.mark.parametrize(("denied", "word"), [(True, "Settings, Privacy & security"), (False, "close other programs")])
def test_a_camera_that_does_not_open_says_what_to_do(monkeypatch: pytest.MonkeyPatch, denied: bool, word: str) -> None:
    monkeypatch.setattr(opencv_camera, "cameras_are_denied", lambda: denied)
    with pytest.raises(CameraError, match=word) as caught:
        OpenCvCamera(MISSING, "/dev/no-such-camera")
    assert caught.value.cause is Cause.UNREACHABLE
