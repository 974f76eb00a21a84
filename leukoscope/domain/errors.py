"""One tree of errors: the message tells a technician what to do, ``detail`` tells an engineer what happened."""

from __future__ import annotations


class LeukoScopeError(Exception):
    """Base of everything this program raises on purpose.

    Parameters
    ----------
    message
        One plain sentence for a technician: what is wrong and what to do. No patient data.
    detail
        For the log: what happened, for an engineer. No patient data either.
    """

    def __init__(self, message: str, detail: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.detail = detail

    def __reduce__(self) -> tuple[type[LeukoScopeError], tuple[str, str]]:
        """Keep ``detail`` when an error crosses from the engine's process."""
        return type(self), (self.message, self.detail)


class ImageError(LeukoScopeError):
    """An image that cannot be read or used."""


class CameraError(LeukoScopeError):
    """A camera that cannot be opened, or gives no picture."""


class BundleError(LeukoScopeError):
    """A model bundle that is missing, damaged, unsafe or of an unknown kind."""


class EngineError(LeukoScopeError):
    """The engine's process failed or was lost."""


class StoreError(LeukoScopeError):
    """A case cannot be saved or found."""


class AccessError(LeukoScopeError):
    """A person may not do this, is not signed in, or gave a wrong password."""


class ConflictError(StoreError):
    """Somebody else changed the same thing first.

    Parameters
    ----------
    message, detail
        As in :class:`LeukoScopeError`; the message says what they wrote, so it never goes to a log.
    """


class UnsureLeftError(StoreError):
    """A case cannot be reviewed or signed while unsure cells wait for a person.

    Parameters
    ----------
    message, detail
        As in :class:`LeukoScopeError`.
    cell_id
        The first cell that waits.
    """

    def __init__(self, message: str, detail: str = "", cell_id: int = 0) -> None:
        super().__init__(message, detail)
        self.cell_id = cell_id

    def __reduce__(self) -> tuple[type[LeukoScopeError], tuple[str, str, int]]:  # type: ignore[override]
        """Keep the cell across processes."""
        return type(self), (self.message, self.detail, self.cell_id)


class ReportError(LeukoScopeError):
    """A report or export cannot be written."""


class ExchangeError(LeukoScopeError):
    """A message for another system cannot be made, or the other system does not take it.

    Parameters
    ----------
    message, detail
        As in :class:`LeukoScopeError`.
    again
        Whether it may go well later without anybody changing anything: the other side was busy or not there.
    """

    def __init__(self, message: str, detail: str = "", again: bool = False) -> None:
        super().__init__(message, detail)
        self.again = again

    def __reduce__(self) -> tuple[type[LeukoScopeError], tuple[str, str, bool]]:  # type: ignore[override]
        """Keep ``again`` across processes."""
        return type(self), (self.message, self.detail, self.again)


class SettingsError(LeukoScopeError):
    """A setting has a value the program cannot use."""


class CancelledError(LeukoScopeError):
    """The person asked to stop; nothing is wrong."""

    def __init__(self, message: str = "Stopped.", detail: str = "") -> None:
        super().__init__(message, detail)
