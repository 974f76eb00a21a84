"""Images that were accepted into a Case and are not judged yet: they wait in the store, whatever happens."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from leukoscope.domain.cases import Decision, ManualEdit
from leukoscope.domain.cells import View
from leukoscope.domain.comments import Comment
from leukoscope.domain.findings import Finding
from leukoscope.domain.frames import FrameOrigin

SAME_OBJECTIVE = 0.05
"""Scales that are further apart are of two objectives."""


class WaitState(StrEnum):
    """Where an accepted image stands. Once judged, or failed for good, it is a Frame of its Case."""

    WAITING = "waiting"
    JUDGING = "judging"
    STOPPED = "stopped"


@dataclass(frozen=True)
class Scale:
    """Which scale an accepted image has.

    Parameters
    ----------
    um_per_px
        Micrometers for one pixel, ``None`` when nobody knows.
    is_given
        True: it is this, whatever the image itself says. False: it is only assumed where the image says nothing.
    objective
        Name of the objective that it is the scale of; empty when nobody knows.
    """

    um_per_px: float | None = None
    is_given: bool = False
    objective: str = ""

    def stated(self, um_per_px: float | None) -> Scale:
        """What it is for an image that states a scale of its own: another scale is of another objective."""
        if self.is_given or um_per_px is None:
            return self
        agrees = self.um_per_px is not None and abs(um_per_px / self.um_per_px - 1) <= SAME_OBJECTIVE
        return Scale(um_per_px, True, self.objective if agrees else "")


@dataclass(frozen=True)
class Arrival:
    """One image, or one place to look for images, as it is accepted.

    Parameters
    ----------
    source
        Path of the file or folder, or the name of an image that never was a file.
    data
        The image's bytes; ``None`` while they must still be read from ``source``.
    origin
        Where it came from; ``None`` for a file.
    view
        What it shows.
    scale
        Its scale.
    is_place
        Whether ``source`` must still be looked at: it may be a folder of images, or a file with several pages.
    """

    source: str
    data: bytes | None = None
    origin: FrameOrigin | None = None
    view: View = View.AUTO
    scale: Scale = Scale()
    is_place: bool = False


@dataclass(frozen=True)
class WaitingImage:
    """An accepted image as it waits in the store.

    Parameters
    ----------
    id, case_id
        Keys in the store; images are judged in the order of their keys.
    source, origin, view, scale, is_place
        As in :class:`Arrival`.
    sha256
        Of its stored bytes; empty while they must still be read.
    state
        Where it stands.
    former_id
        Frame whose place it takes when it has been judged again; ``None`` for a new image.
    attempts
        How often judging it began and did not end.
    by
        Who accepted it.
    note
        Why it waits, where that is not the usual reason: a sentence for a technician.
    """

    id: int
    case_id: int
    source: str
    origin: FrameOrigin | None
    view: View
    scale: Scale
    is_place: bool
    sha256: str
    state: WaitState
    former_id: int | None = None
    attempts: int = 0
    by: str = ""
    note: str = ""

    @property
    def is_read(self) -> bool:
        """Whether its bytes are in the store."""
        return bool(self.sha256)


@dataclass(frozen=True, eq=False)
class JudgedCell:
    """A cell of an image that was judged again, with what people had done on the same cell before.

    Parameters
    ----------
    finding
        What the program says of it.
    decision
        A person's label.
    added, removed
        Who drew it, who took it out.
    former_id
        The same cell on the image whose place is taken; 0 where it was not there.
    comment
        What a person remarked on it.
    """

    finding: Finding
    decision: Decision | None = None
    added: ManualEdit | None = None
    removed: ManualEdit | None = None
    former_id: int = 0
    comment: Comment | None = None
