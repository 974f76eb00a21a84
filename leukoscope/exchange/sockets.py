"""Sockets to other systems: a line that is cut, or a computer that is switched off, is noticed in a known time."""

from __future__ import annotations

import logging
import socket
import ssl

from leukoscope.exchange.tls import refusal

logger = logging.getLogger(__name__)

IDLE_S, INTERVAL_S, COUNT = 15, 5, 3
"""After so many quiet seconds the system asks whether the other side is there, so often, and so many times."""


def keep_watch(line: socket.socket, silence_s: float) -> None:
    """Let the system watch a line: asked when it is quiet, given up when nothing is acknowledged for ``silence_s``.

    An option that a system does not know is left out: the read limits hold all the same.
    """
    wanted = [(socket.SOL_SOCKET, "SO_KEEPALIVE", 1)]
    tcp = socket.IPPROTO_TCP
    # macOS has another name for the first.
    wanted += [(tcp, name, IDLE_S) for name in ("TCP_KEEPIDLE", "TCP_KEEPALIVE")]
    wanted += [(tcp, "TCP_KEEPINTVL", INTERVAL_S), (tcp, "TCP_KEEPCNT", COUNT)]
    wanted += [(tcp, "TCP_USER_TIMEOUT", int(silence_s * 1000))]
    for level, name, value in wanted:
        option = getattr(socket, name, None)
        if option is None:
            continue
        try:
            line.setsockopt(level, option, value)
        except OSError as error:
            logger.debug("%s not set: %r", name, error)


def open_and_close(host: str, port: int, timeout_s: float, tls: ssl.SSLContext | None) -> None:
    """Open a line, encrypted with ``tls``, and close it again.

    Raises
    ------
    ExchangeError
        When no encrypted line comes about.
    OSError
        When nobody listens there.
    """
    try:
        with socket.create_connection((host, port), timeout=timeout_s) as line:
            if tls is not None:
                tls.wrap_socket(line, server_hostname=host).close()
    except ssl.SSLError as error:
        raise refusal(error) from error
