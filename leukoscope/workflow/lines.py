"""Which lines to other systems are encrypted: TLS is what a new address gets, anything else is chosen and recorded."""

from __future__ import annotations

from typing import Any

from leukoscope.cases.store import CaseStore
from leukoscope.domain.lines import (
    Line,
    database_line,
    node_line,
    place,
    with_database_line,
    with_node_line,
)
from leukoscope.workflow.settings import Settings

LINES = ("hl7_node", "dicom_node", "database")
"""Settings that hold the address of another system."""
_TOLD = (*LINES, "fhir_address", "orders_node", "worklist_node", "commitment_node")
"""Those whose change stands in the audit trail."""
CHOSEN = "line"
"""What the audit trail says when somebody decides how a line is."""
UNCONFIRMED = (
    "A line to another system is in the clear, as an earlier version left it; encrypt it or confirm it on the "
    "Settings page."
)


def line_of(settings: Settings, name: str) -> Line:
    """How one of the lines is."""
    address = str(getattr(settings, name))
    if name == "fhir_address":
        # In the clear it goes to this computer only.
        return Line.NONE if not address.strip() else Line.ENCRYPTED if address.startswith("https") else Line.LOCAL
    return database_line(address) if name == "database" else node_line(address)


def unconfirmed(settings: Settings) -> tuple[str, ...]:
    """Lines in the clear that nobody decided on."""
    return tuple(name for name in LINES if line_of(settings, name) is Line.UNCONFIRMED)


def chosen(settings: Settings, name: str, encrypted: bool) -> str:
    """The address of a line with what a person chose for it."""
    address = str(getattr(settings, name))
    if name == "database":
        return with_database_line(address, encrypted, settings.tls_trusted)
    return with_node_line(address, encrypted)


def offered(settings: Settings, changes: dict[str, Any]) -> dict[str, Any]:
    """What a person typed, with an encrypted line where an address is new and says nothing about it.

    An address of an earlier version that was not touched stays as it is.
    """
    settled = dict(changes)
    for name in {*LINES, "worklist_node"} & set(changes):
        address = str(changes[name]).strip()
        if address == getattr(settings, name):
            continue
        trusted = str(changes.get("tls_trusted", settings.tls_trusted))
        if name == "database":
            if database_line(address) is Line.UNCONFIRMED:
                settled[name] = with_database_line(address, True, trusted)
        elif node_line(address) is Line.UNCONFIRMED:
            settled[name] = with_node_line(address, True)
    return settled


def tried(settings: Settings, name: str) -> str:
    """Ask the system at the other end of a line whether it is there; nothing of a case leaves.

    Returns
    -------
    str
        Who answers: where it listens, the archive's title and place, or the version of the database's server.

    Raises
    ------
    SettingsError, ExchangeError, StoreError
        When there is no address, a certificate cannot be read, or nobody answers.
    """
    address = str(getattr(settings, name))
    if name == "database":
        from leukoscope.cases.server_connection import ask

        return ask(address)
    # The libraries behind take a second to load.
    from leukoscope.exchange import nodes
    from leukoscope.exchange.tls import client_context

    node = nodes.hl7_node(address) if name == "hl7_node" else nodes.dicom_node(address)
    tls = client_context(settings.tls_trusted, settings.tls_own) if node.encrypted else None
    if name == "hl7_node":
        from leukoscope.exchange.mllp import knock

        knock(node.host, node.port, tls=tls)
        return f"{node.host}:{node.port}"
    from leukoscope.exchange.dicom_send import echo

    echo(node.host, node.port, node.title, settings.dicom_title or "LEUKOSCOPE", tls=tls)
    return f"{node.title}@{node.host}:{node.port}"


def record(store: CaseStore, before: Settings, after: Settings) -> None:
    """Write into the audit trail what was decided about lines.

    Raises
    ------
    StoreError
        When it cannot be written.
    """
    changed = [name for name in _TOLD if getattr(before, name) != getattr(after, name)]
    if not changed:
        return
    with store.database.writing() as session:
        for name in changed:
            store.trail.record(session, CHOSEN, subject=name, old=_told(before, name), new=_told(after, name))


def _told(settings: Settings, name: str) -> str:
    """How a line is and where it leads, without names and passwords."""
    return f"{line_of(settings, name).value} {place(str(getattr(settings, name)))}".strip()
