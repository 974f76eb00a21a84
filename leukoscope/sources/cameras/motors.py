"""What moves a smear under a camera: the motors of its stage and its focus."""

from __future__ import annotations

from typing import Protocol, runtime_checkable

from leukoscope.domain.errors import CameraError, Cause
from leukoscope.domain.stage import StagePosition

NO_STAGE = "This camera has no stage that can be moved from here; choose one of Micro-Manager whose stage has motors."
NO_ANSWER = "The stage does not answer; check its power and its cable, then scan again."
NOT_REACHED = (
    "The stage does not get where it is sent: it is at its end or blocked; choose fewer fields, or begin elsewhere."
)
AWAY_UM = 5.0
"""So far from where it was sent a stage may stand."""


class Motors(Protocol):
    """Stage and focus of a microscope; used by the thread of its camera, and may block it for seconds."""

    def position(self) -> StagePosition:
        """Where the stage stands; raises CameraError when it does not answer."""
        ...

    def move(self, to: StagePosition) -> None:
        """Move the stage and wait until it is there; raises CameraError."""
        ...

    def focus_um(self) -> float | None:
        """Where the focus stands, in micrometers; ``None`` where no motor moves it. Raises CameraError."""
        ...

    def focus(self, z_um: float) -> None:
        """Move the focus and wait until it is there; raises CameraError."""
        ...


@runtime_checkable
class Motorized(Protocol):
    """A camera on a microscope that may have motors."""

    @property
    def motors(self) -> Motors | None:
        """Its motors; ``None`` where the stage is moved by hand."""
        ...


def no_answer(error: BaseException) -> CameraError:
    """The stage, or the focus, does not do what it is told."""
    return CameraError(NO_ANSWER, repr(error), cause=Cause.UNREACHABLE)


def not_reached(wanted: StagePosition, stands: StagePosition) -> CameraError:
    """The stage stands elsewhere than it was sent."""
    return CameraError(NOT_REACHED, f"sent to {wanted}, stands at {stands}")
