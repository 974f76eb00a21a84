"""Messages out of a line of MLLP: what lies between the marks, however it is cut into pieces on its way."""

from __future__ import annotations

from dataclasses import dataclass

from leukoscope.exchange.hl7_files import END, START

GARBAGE = 1 << 16
"""So many bytes before a first mark are no MLLP."""
HEAD = 4096
"""So much is kept of a message that is too large: enough to answer it."""
_MOST = 1 << 26
"""So much of one message is passed over, in bytes, before its line is given up."""


@dataclass(frozen=True)
class TooLarge:
    """A message that is not taken for its size; ``head`` is its beginning."""

    head: bytes


class NoMessagesError(Exception):
    """Whoever is at the other end does not speak MLLP, or does not end a message."""


class Frames:
    """What has arrived on one line.

    Parameters
    ----------
    largest
        Size of a message that is taken at most, in bytes.
    """

    def __init__(self, largest: int) -> None:
        self._largest = largest
        self._inside = bytearray()
        self.is_open = False
        """Whether a message has begun and not ended."""
        self._passed = 0
        self._garbage = 0

    @property
    def held(self) -> int:
        """Bytes that are kept of a message under way."""
        return len(self._inside)

    def feed(self, data: bytes) -> list[bytes | TooLarge]:
        """Take what has arrived, and give what is whole now, in its order.

        A mark of a beginning inside of a message begins anew: the half one before it was never answered, so whoever
        sent it sends it again.

        Raises
        ------
        NoMessagesError
            When it is no MLLP.
        """
        whole: list[bytes | TooLarge] = []
        at = 0
        while at < len(data):
            if not self.is_open:
                at = self._begin(data, at)
                continue
            end, again = data.find(END, at), data.find(START, at)
            if again >= 0 and (end < 0 or again < end):
                self._open()
                at = again + 1
                continue
            self._keep(data[at : end if end >= 0 else len(data)])
            if end < 0:
                break
            whole.append(TooLarge(bytes(self._inside[:HEAD])) if self._passed else bytes(self._inside))
            self._open()
            self.is_open = False
            at = end + 1
        return whole

    def _begin(self, data: bytes, at: int) -> int:
        start = data.find(START, at)
        # Line ends and blanks between two messages are everybody's.
        self._garbage += len(data[at : start if start >= 0 else len(data)].strip(b"\r\n \t\0"))
        if self._garbage > GARBAGE:
            raise NoMessagesError("no mark of a beginning")
        if start < 0:
            return len(data)
        self._open()
        self.is_open = True
        return start + 1

    def _open(self) -> None:
        self._inside = bytearray()
        self._passed = self._garbage = 0

    def _keep(self, piece: bytes) -> None:
        if not self._passed and len(self._inside) + len(piece) <= self._largest:
            self._inside += piece
            return
        if not self._passed:
            self._inside = bytearray((self._inside + piece[:HEAD])[:HEAD])
        self._passed += len(piece)
        if self._passed > _MOST:
            raise NoMessagesError("a message without an end")
