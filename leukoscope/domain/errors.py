"""One tree of errors: the message tells a technician what to do, ``detail`` tells an engineer what happened."""

from __future__ import annotations

import errno
from enum import StrEnum
from typing import Any

UNEXPECTED = (
    "Something unexpected happened; what was saved is there. Try again, and if it comes back, send the fault report of "
    "the Help menu to your support."
)
"""What a person reads of a fault of the program's own, for which nobody has written a sentence."""
DISK_FULL = "There is no room on the disk, or your part of it is used up; free some space, then try again."
DISK_PROTECTED = "The disk or folder can only be read; ask whoever looks after this computer for the right to write."
DISK_BROKEN = (
    "The disk could not be read or written; check its cable or line, then try again, and if it comes back, tell "
    "whoever looks after this computer."
)
_OF_THE_DISK = {
    number: sentence
    for name, sentence in (
        ("ENOSPC", DISK_FULL),
        ("EDQUOT", DISK_FULL),
        ("EFBIG", DISK_FULL),
        ("EROFS", DISK_PROTECTED),
        ("EACCES", DISK_PROTECTED),
        ("EPERM", DISK_PROTECTED),
        ("EIO", DISK_BROKEN),
        ("ESTALE", DISK_BROKEN),
        ("ENODEV", DISK_BROKEN),
    )
    if (number := getattr(errno, name, None)) is not None
}


class Cause(StrEnum):
    """What was found to be wrong with something that comes from outside; each asks for something else to be done.

    A cause is named only where it was established: whoever cannot tell leaves it out, and says what was seen.
    """

    UNKNOWN_KIND = "unknown kind"
    """Whole as far as can be told, of a kind that this program does not read or take: use another kind."""
    UNREACHABLE = "unreachable"
    """Not there, not connected, no answer, no permission: nothing is known of its content."""
    NOT_UNDERSTOOD = "answered but not understood"
    """It is there and answered, with something else than what was asked for."""
    BROKEN = "broken"
    """Of a known kind, and shown not to be whole: a checksum that is wrong, an end that is missing."""


class LeukoScopeError(Exception):
    """Base of everything this program raises on purpose.

    Parameters
    ----------
    message
        One plain sentence for a technician: what is wrong and what to do. No patient data.
    detail
        For the log: what happened, for an engineer. No patient data either.
    cause
        Which of four it is, where that was established; ``None`` for everything else, as a full disk or a rule.
    """

    def __init__(self, message: str, detail: str = "", *, cause: Cause | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.detail = detail
        self.cause = cause

    def __reduce__(self) -> tuple[type[LeukoScopeError], tuple[str, str], dict[str, Any]]:
        """Keep everything it says when an error crosses from another process."""
        return type(self), (self.message, self.detail), dict(self.__dict__)


def sentence_of(error: BaseException) -> str:
    """What a person reads of any error, at the edge of the program.

    Parameters
    ----------
    error
        One of this program's says its own sentence; of what the disk refuses anywhere, in whatever module, the sentence
        tells what to do about the disk; all else is unexpected.
    """
    if isinstance(error, LeukoScopeError):
        return error.message
    if isinstance(error, OSError) and error.errno is not None:
        return _OF_THE_DISK.get(error.errno, UNEXPECTED)
    return UNEXPECTED


class ImageError(LeukoScopeError):
    """An image that cannot be read or used."""


class CameraError(LeukoScopeError):
    """A camera that cannot be opened, or gives no picture."""


class BundleError(LeukoScopeError):
    """A model bundle that is missing, damaged, unsafe or of an unknown kind."""


class EngineError(LeukoScopeError):
    """The engine's process failed or was lost."""


class WorkerError(LeukoScopeError):
    """No worker can be asked, here or on other machines."""


class StoreError(LeukoScopeError):
    """A case cannot be saved or found."""


class ControlError(LeukoScopeError):
    """A control run that cannot be measured or kept."""


class OutOfControlError(ControlError):
    """A case cannot be signed while daily control is broken.

    Parameters
    ----------
    message, detail, cause
        As in :class:`LeukoScopeError`.
    instrument, code
        Whose chart, and the figure, that show it; empty where a run is missing.
    """

    def __init__(
        self, message: str, detail: str = "", *, instrument: str = "", code: str = "", cause: Cause | None = None
    ) -> None:
        super().__init__(message, detail, cause=cause)
        self.instrument, self.code = instrument, code


class RereadError(LeukoScopeError):
    """A blinded re-read that cannot begin or go on."""


class SiteError(LeukoScopeError):
    """Labeled cells that teach nothing, or a site profile that is damaged or does not fit."""


class AccessError(LeukoScopeError):
    """A person may not do this, is not signed in, or gave a wrong password."""


class NameNeededError(AccessError):
    """A decision needs the name of who decides, and nobody has said theirs today."""


class ConflictError(StoreError):
    """Somebody else changed the same thing first.

    Parameters
    ----------
    message, detail, cause
        As in :class:`LeukoScopeError`; the message says what they wrote, so it never goes to a log.
    """


class NumberTakenError(ConflictError):
    """Another case has this number already, in this or another spelling.

    Parameters
    ----------
    message, detail, cause
        As in :class:`ConflictError`.
    case_id
        The case that has it.
    """

    def __init__(self, message: str, detail: str = "", case_id: int = 0, *, cause: Cause | None = None) -> None:
        super().__init__(message, detail, cause=cause)
        self.case_id = case_id


class UnsureLeftError(StoreError):
    """A case cannot be reviewed or signed while unsure cells wait for a person.

    Parameters
    ----------
    message, detail, cause
        As in :class:`LeukoScopeError`.
    cell_id
        The first cell that waits.
    """

    def __init__(self, message: str, detail: str = "", cell_id: int = 0, *, cause: Cause | None = None) -> None:
        super().__init__(message, detail, cause=cause)
        self.cell_id = cell_id


class ImagesLeftError(StoreError):
    """A case cannot be reviewed or signed as it is, because images of it are not judged.

    Parameters
    ----------
    message, detail, cause
        As in :class:`LeukoScopeError`.
    waiting, failed
        How many wait, and how many could not be judged; with failed ones alone a person may go on knowingly.
    """

    def __init__(
        self, message: str, detail: str = "", *, waiting: int = 0, failed: int = 0, cause: Cause | None = None
    ) -> None:
        super().__init__(message, detail, cause=cause)
        self.waiting, self.failed = waiting, failed


class ReportError(LeukoScopeError):
    """A report or export cannot be written."""


class ExchangeError(LeukoScopeError):
    """A message for another system cannot be made, or the other system does not take it.

    Parameters
    ----------
    message, detail, cause
        As in :class:`LeukoScopeError`.
    again
        Whether it may go well later without anybody changing anything: the other side was busy or not there.
    """

    def __init__(self, message: str, detail: str = "", again: bool = False, *, cause: Cause | None = None) -> None:
        super().__init__(message, detail, cause=cause)
        self.again = again


class AnswerError(ExchangeError):
    """Another system says in its own words why it does not take something.

    Parameters
    ----------
    message, detail, again
        As in :class:`ExchangeError`; the message quotes the other side, so it never goes to a log.
    """


class SettingsError(LeukoScopeError):
    """A setting has a value the program cannot use."""


class CancelledError(LeukoScopeError):
    """The person asked to stop; nothing is wrong."""

    def __init__(self, message: str = "Stopped.", detail: str = "", *, cause: Cause | None = None) -> None:
        super().__init__(message, detail, cause=cause)
