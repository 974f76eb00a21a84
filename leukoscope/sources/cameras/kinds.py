"""The kinds of cameras, and what is said and known of each."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Self

from leukoscope.sources.cameras.watchdog import Health

_PLUGGED = {
    Health.FROZEN: "The camera sends the same picture again and again; unplug it and plug it in again.",
    Health.STALLED: "The camera sends no pictures; check its plug and close other programs that use it.",
    Health.BLACK: "The picture is black; switch the lamp on, and open shutter and camera port.",
}
"""What to do about a camera with a plug that is open but not well."""
_NETWORK = {
    Health.FROZEN: "The network camera sends the same picture again and again; switch it off and on again.",
    Health.STALLED: "The network camera sends no pictures now; check its cable, and close other programs that watch "
    "it.",
}
_VIDEO = {
    Health.FROZEN: "The video shows the same picture again and again, as it was recorded.",
    Health.STALLED: "The video file is read slowly; check that its drive is connected.",
    Health.BLACK: "The video is black here, as it was recorded.",
}
_DEMO = {
    Health.FROZEN: "The demo smear stands still; close other programs, this computer is busy.",
    Health.STALLED: "The demo smear is being drawn; close other programs if it takes long.",
}
_MICRO_MANAGER = {
    Health.FROZEN: "The camera sends the same picture again and again; switch it off and on, and start it anew in "
    "Micro-Manager.",
    Health.STALLED: "The camera sends no pictures; check that it is switched on, and that no trigger is set in "
    "Micro-Manager.",
}


class CameraKind(StrEnum):
    """How a camera is reached.

    How a camera of a kind is found and opened stands in ``catalog.py``.

    Attributes
    ----------
    failed
        What to do when the code that drives it failed.
    lossy
        Whether its pictures are what a codec left of them.
    """

    DEMO = "demo", "The demo smear failed unexpectedly; choose it again.", _DEMO
    USB = "usb", "The camera’s driver failed; unplug it and plug it in again."
    URL = (
        "url",
        "The network camera’s pictures could not be read; switch it off and on, and choose it again.",
        _NETWORK,
        True,
    )
    VIDEO = "video", "The video file could not be played on; choose it again, or another one.", _VIDEO, True
    MICRO_MANAGER = (
        "micro-manager",
        "Micro-Manager failed; close it elsewhere, and switch the microscope off and on.",
        _MICRO_MANAGER,
    )

    failed: str
    lossy: bool
    _sentences: Mapping[Health, str]

    def __new__(
        cls, value: str, failed: str = "", sentences: Mapping[Health, str] = _PLUGGED, lossy: bool = False
    ) -> Self:
        """Make a member of its line."""
        kind = str.__new__(cls, value)
        kind._value_ = value
        kind.failed, kind.lossy, kind._sentences = failed, lossy, sentences
        return kind

    def sentence(self, health: Health) -> str:
        """What to do about a camera that is open but not well; empty when it is, or is not open yet."""
        return self._sentences.get(health) or _PLUGGED.get(health, "")
