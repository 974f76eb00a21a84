"""What whoever starts the server says about it."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from pathlib import Path

from leukoscope.domain.errors import SettingsError
from leukoscope.server.front import HEADERS, PREFIX, networks

MEGABYTE = 1_000_000


@dataclass(frozen=True)
class Options:
    """Where it listens, and what it takes.

    Parameters
    ----------
    address, port
        Where it listens; port 0 takes a free one.
    certificate, key
        PEM files of the encrypted line; ``None`` for one in the clear.
    plain
        Whether it may listen beyond this computer in the clear.
    largest_upload
        Bytes of the largest image file.
    calls_per_second, calls_at_once
        How many calls one account may make on average, and in a burst.
    proxies, forwarded, prefix
        Programs in front of it that are believed, in which header, and under which part of their addresses it lies;
        see :class:`leukoscope.server.front.Front`.
    """

    address: str = "127.0.0.1"
    port: int = 8443
    certificate: Path | None = None
    key: Path | None = None
    plain: bool = False
    largest_upload: int = 256 * MEGABYTE
    calls_per_second: float = 100.0
    calls_at_once: int = 400
    proxies: tuple[str, ...] = ()
    forwarded: str = HEADERS[0]
    prefix: str = ""

    @property
    def is_encrypted(self) -> bool:
        """Whether the line is."""
        return self.certificate is not None

    @property
    def scheme(self) -> str:
        """Of its addresses."""
        return "https" if self.is_encrypted else "http"

    def check(self) -> None:
        """Raise SettingsError for what would let others listen in, or cannot be meant."""
        networks(self.proxies)
        if not PREFIX.fullmatch(self.prefix):
            raise SettingsError("--under is the beginning of an address, as /leukoscope, without a slash at its end.")
        if (self.certificate is None) != (self.key is None):
            raise SettingsError("An encrypted line needs both --certificate and --key.")
        if not self.is_encrypted and not self.plain and not _is_loopback(self.address):
            raise SettingsError(
                "Beyond this computer patients’ data and passwords need an encrypted line: write --certificate and "
                "--key, or --without-encryption where another program in front of the server encrypts."
            )


def _is_loopback(address: str) -> bool:
    if address == "localhost":
        return True
    try:
        return ipaddress.ip_address(address).is_loopback
    except ValueError:
        return False
