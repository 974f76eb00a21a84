"""Addresses of other systems as a person types them."""

from __future__ import annotations

from dataclasses import dataclass

from leukoscope.domain.errors import SettingsError

TITLE_LENGTH = 16
"""Longest title of a DICOM node (PS3.5, VR AE)."""


@dataclass(frozen=True)
class Node:
    """Where another system listens; ``title`` is that of a DICOM node, else empty."""

    host: str
    port: int
    title: str = ""


def hl7_node(text: str) -> Node:
    """Read ``host:port``.

    Raises
    ------
    SettingsError
        When it is none.
    """
    host, port = _host_and_port(text)
    if not host or port is None:
        raise SettingsError("Write where HL7 messages go as computer:port, for example lis.hospital:2575.")
    return Node(host, port)


def dicom_node(text: str) -> Node:
    """Read ``TITLE@host:port``.

    Raises
    ------
    SettingsError
        When it is none.
    """
    title, _, rest = text.strip().rpartition("@")
    host, port = _host_and_port(rest)
    if not host or port is None or not _is_title(title):
        raise SettingsError("Write where DICOM files go as TITLE@computer:port, for example ARCHIVE@pacs:104.")
    return Node(host, port, title)


def _host_and_port(text: str) -> tuple[str, int | None]:
    host, _, port = text.strip().rpartition(":")
    number = int(port) if port.isascii() and port.isdigit() and len(port) <= 5 else 0
    clean = host.strip("[]")
    plain = bool(clean) and not any(char.isspace() or char in "/@" for char in clean)
    return (clean if plain else ""), (number if 0 < number < 65536 else None)


def _is_title(title: str) -> bool:
    return 0 < len(title) <= TITLE_LENGTH and title.isascii() and title.isprintable() and "\\" not in title
