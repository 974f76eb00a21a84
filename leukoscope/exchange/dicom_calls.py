"""Calls to a DICOM node: the entity that calls, and an association whose line is watched."""

from __future__ import annotations

import ssl
from collections.abc import Sequence

from pynetdicom import AE, evt
from pynetdicom.association import Association

from leukoscope.exchange.sockets import keep_watch


def calling_entity(calling: str, timeout_s: float) -> AE:
    """An entity of this title, at most 16 characters, that waits so long for each step."""
    entity = AE(ae_title=calling)
    entity.connection_timeout = entity.acse_timeout = entity.dimse_timeout = entity.network_timeout = timeout_s
    return entity


def watched_association(
    entity: AE,
    host: str,
    port: int,
    called: str,
    timeout_s: float,
    tls: ssl.SSLContext | None,
    handlers: Sequence[evt.EventHandlerType] = (),
) -> Association:
    """Ask a node for an association; the caller looks whether it is established.

    Parameters
    ----------
    entity
        With the contexts that are asked for.
    host, port, called
        Where the node listens, and its title.
    timeout_s
        Longest wait for each step, in seconds.
    tls
        From :func:`leukoscope.exchange.tls.client_context`; ``None`` calls in the clear.
    handlers
        Of what the other side asks on this line.
    """

    def opened(event: evt.Event) -> None:
        line = event.assoc.dul.socket
        if line is None or line.socket is None:
            return
        keep_watch(line.socket, timeout_s)
        # pynetdicom takes its own limit off once the line stands: a side that no longer reads would hold us for ever.
        line.socket.settimeout(timeout_s)

    return entity.associate(
        host,
        port,
        ae_title=called,
        tls_args=(tls, host) if tls is not None else None,
        evt_handlers=[(evt.EVT_CONN_OPEN, opened), *handlers],
    )
