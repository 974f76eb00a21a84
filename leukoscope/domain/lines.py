"""Lines to other systems: whether they are encrypted, and who decided that they are not."""

from __future__ import annotations

import ipaddress
from enum import StrEnum
from urllib.parse import parse_qsl, quote, urlencode, urlsplit, urlunsplit

TLS = "tls://"
"""Before an address: the line is encrypted."""
PLAIN = "plain://"
"""Before an address: somebody decided that the line is in the clear."""
_VERIFIED = {"verify-full", "verify-ca", "require"}
"""Words of PostgreSQL that never give a line in the clear."""


class Line(StrEnum):
    """How a line to another system is."""

    NONE = "none"
    """There is no address."""
    ENCRYPTED = "encrypted"
    PLAIN = "plain"
    """In the clear, and somebody decided so."""
    UNCONFIRMED = "unconfirmed"
    """In the clear, from a version that did not ask."""
    LOCAL = "local"
    """It does not leave this computer."""


def node_line(address: str) -> Line:
    """How the line to an HL7 or DICOM system is."""
    bare = address.strip()
    if not bare:
        return Line.NONE
    if bare[: len(TLS)].lower() == TLS:
        return Line.ENCRYPTED
    return Line.PLAIN if bare[: len(PLAIN)].lower() == PLAIN else Line.UNCONFIRMED


def bare_node(address: str) -> str:
    """An address of an HL7 or DICOM system without the word before it."""
    bare = address.strip()
    for word in (TLS, PLAIN):
        if bare[: len(word)].lower() == word:
            return bare[len(word) :]
    return bare


def with_node_line(address: str, encrypted: bool) -> str:
    """The address with the word for an encrypted line or one in the clear."""
    bare = bare_node(address)
    return f"{TLS if encrypted else PLAIN}{bare}" if bare else ""


def database_line(url: str) -> Line:
    """How the line to a PostgreSQL database is; its address says so in the server's own words (``sslmode``)."""
    if not url.strip():
        return Line.NONE
    mode = _options(url).get("sslmode", "")
    if mode in _VERIFIED:
        return Line.ENCRYPTED
    if _is_here(url):
        return Line.LOCAL
    return Line.PLAIN if mode else Line.UNCONFIRMED


def with_database_line(url: str, encrypted: bool, trusted: str = "") -> str:
    """The address of a database with ``sslmode``; where it is encrypted, whose certificates count.

    Parameters
    ----------
    url
        The address.
    encrypted
        Whether the line is to be encrypted, the server's certificate and name checked.
    trusted
        PEM file of authorities; empty leaves that to the computer.
    """
    if not url.strip() or "://" not in url:
        return url.strip()
    options = _options(url)
    options["sslmode"] = "verify-full" if encrypted else "disable"
    if not encrypted:
        options.pop("sslrootcert", None)
    elif trusted:
        options["sslrootcert"] = trusted
    parts = urlsplit(url.strip())
    return urlunsplit(parts._replace(query=urlencode(options, safe="/:", quote_via=quote)))


def place(address: str) -> str:
    """Computer, port and database of an address, without names and passwords: what a log or the trail may say."""
    if not address.strip():
        return ""
    if "://" not in address or address.strip()[:8].lower().startswith((TLS, PLAIN)):
        return bare_node(address).rpartition("@")[2]
    parts = urlsplit(address.strip())
    return f"{parts.netloc.rpartition('@')[2]}{parts.path}"


def _options(url: str) -> dict[str, str]:
    try:
        return dict(parse_qsl(urlsplit(url.strip()).query, keep_blank_values=True))
    except ValueError:
        return {}


def _is_here(url: str) -> bool:
    """Whether the server is on this computer: a socket in a folder, or an address that loops back."""
    try:
        host = _options(url).get("host") or urlsplit(url.strip()).hostname or ""
    except ValueError:
        return False
    return not host or host.startswith("/") or is_here(host)


def is_here(host: str) -> bool:
    """Whether a name or an address of a computer is one that loops back to this one."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
