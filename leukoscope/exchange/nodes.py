"""Addresses of other systems as a person types them."""

from __future__ import annotations

from dataclasses import dataclass

from leukoscope.domain.errors import SettingsError
from leukoscope.domain.lines import Line, bare_node, is_here, node_line

TITLE_LENGTH = 16
"""Longest title of a DICOM node (PS3.5, VR AE)."""


@dataclass(frozen=True)
class Node:
    """Where another system listens.

    Parameters
    ----------
    host, port
        Its computer.
    title
        Of a DICOM node, else empty.
    encrypted
        Whether the line is to be encrypted (TLS).
    """

    host: str
    port: int
    title: str = ""
    encrypted: bool = False


def hl7_node(text: str) -> Node:
    """Read ``tls://host:port``, or ``plain://host:port`` for a line in the clear; so is one without a word before it.

    Raises
    ------
    SettingsError
        When it is none.
    """
    rest, encrypted = _line(text)
    host, port = _host_and_port(rest)
    if not host or port is None:
        raise SettingsError("Write where HL7 messages go as computer:port, for example lis.hospital:2575.")
    return Node(host, port, encrypted=encrypted)


LISTENER = "Write where to listen as address:port, for example 127.0.0.1:2575, or tls://0.0.0.0:2575."
IN_THE_CLEAR = (
    "Orders from other computers come over an encrypted line: write tls:// before the address, or plain:// to have "
    "them in the clear."
)


def listening_node(text: str) -> Node:
    """Read where this computer listens: ``tls://address:port``, ``plain://address:port``, or a port of its own.

    A port alone is one of this computer only; port 0 is any that is free. In the clear from other computers only where
    somebody says so.

    Raises
    ------
    SettingsError
        When it is none.
    """
    rest, encrypted = _line(text)
    host, port = _host_and_port(rest if ":" in rest else f"127.0.0.1:{rest}", lowest=0)
    host = host or "127.0.0.1" if rest.startswith(":") else host
    if not host or port is None:
        raise SettingsError(LISTENER)
    if node_line(text) is Line.UNCONFIRMED and not is_here(host):
        raise SettingsError(IN_THE_CLEAR)
    return Node(host, port, encrypted=encrypted)


def dicom_node(text: str) -> Node:
    """Read ``tls://TITLE@host:port``, or with ``plain://`` or nothing before it, for a line in the clear.

    Raises
    ------
    SettingsError
        When it is none.
    """
    whole, encrypted = _line(text)
    title, _, rest = whole.rpartition("@")
    host, port = _host_and_port(rest)
    if not host or port is None or not _is_title(title):
        raise SettingsError("Write where DICOM files go as TITLE@computer:port, for example ARCHIVE@pacs:104.")
    return Node(host, port, title, encrypted)


WORKLIST_CLEAR = (
    "A worklist of another computer is asked over an encrypted line: write tls:// before its address, or plain:// to "
    "ask in the clear."
)


def worklist_node(text: str) -> Node:
    """As :func:`dicom_node`; in the clear to other computers only where the address says so.

    Raises
    ------
    SettingsError
        When it is none.
    """
    node = dicom_node(text)
    if node_line(text) is Line.UNCONFIRMED and not is_here(node.host):
        raise SettingsError(WORKLIST_CLEAR)
    return node


def _line(text: str) -> tuple[str, bool]:
    """The address without the word for its line, and whether that is encrypted."""
    return bare_node(text), node_line(text) is Line.ENCRYPTED


def _host_and_port(text: str, lowest: int = 1) -> tuple[str, int | None]:
    host, _, port = text.strip().rpartition(":")
    number = int(port) if port.isascii() and port.isdigit() and len(port) <= 5 else -1
    clean = host.strip("[]")
    plain = bool(clean) and not any(char.isspace() or char in "/@" for char in clean)
    return (clean if plain else ""), (number if lowest <= number < 65536 else None)


def _is_title(title: str) -> bool:
    return 0 < len(title) <= TITLE_LENGTH and title.isascii() and title.isprintable() and "\\" not in title
