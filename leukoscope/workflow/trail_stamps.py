"""Timestamps of the end of the audit trail: a third party says when it was so; each is kept with the end it is of.

They lie beside the exported end of the trail (``head.json.stamps``), else beside the cases. A server that does not
answer holds nothing up: it is asked again later.
"""

from __future__ import annotations

import base64
import json
import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from leukoscope.cases.anchors import Anchor, anchor_of, anchor_text
from leukoscope.cases.store import CaseStore
from leukoscope.domain.audit import AuditCheck, AuditFault
from leukoscope.domain.errors import ExchangeError, LeukoScopeError, ReportError, SettingsError, StoreError
from leukoscope.domain.parsing import parsed_json
from leukoscope.system.durable import write_private
from leukoscope.workflow.settings import Settings
from leukoscope.workflow.trail_heads import missing_entry

if TYPE_CHECKING:
    from leukoscope.exchange.timestamps import Stamp

logger = logging.getLogger(__name__)

SUFFIX, ALONE = ".stamps", "audit-head.stamps"
A_DAY = timedelta(hours=20)
"""A stamp that is younger is enough; less than a day, so that a window opened each morning has each day stamped."""
TRIES_S = (60.0, 300.0, 900.0, 3600.0)
"""So long after a failure it is tried again; the last of them from then on."""
_WRITING = threading.Lock()


@dataclass(frozen=True)
class StampedHead:
    """An end of the trail, and the authority's answer that stamps it."""

    anchor: Anchor
    answer: bytes


def stamps_file(settings: Settings, cases: Path) -> Path:
    """Where timestamps are kept."""
    if settings.trail_head_file:
        head = Path(settings.trail_head_file).expanduser()
        return head.with_name(head.name + SUFFIX)
    return cases / ALONE


def read_stamps(path: Path) -> tuple[StampedHead, ...]:
    """The timestamps of a file, the oldest first; none where there is no file.

    Raises
    ------
    StoreError
        When it is damaged.
    """
    try:
        raw = parsed_json(path.read_bytes())
        return tuple(StampedHead(anchor_of(one["head"]), base64.b64decode(one["answer"])) for one in raw["stamps"])
    except FileNotFoundError:
        return ()
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise StoreError(f"The timestamps in “{path.name}” cannot be read; put the file back.", repr(error)) from error


def stamp_head(store: CaseStore, settings: Settings, path: Path) -> Stamp:
    """Have the signed end of the trail stamped, and keep that.

    Parameters
    ----------
    store, settings
        Whose, and by which authority.
    path
        Where timestamps are kept.

    Raises
    ------
    SettingsError
        When address or certificates are wrong.
    ExchangeError
        When the authority does not answer, or with something else.
    StoreError, ReportError
        When what is kept cannot be read or written.
    """
    from leukoscope.exchange.timestamps import check_address, new_timestamp, trusted_certificates
    from leukoscope.exchange.tls import client_context

    address, trusted = check_address(settings.timestamp_address), Path(settings.timestamp_trusted).expanduser()
    if not settings.timestamp_trusted:
        raise SettingsError("A timestamp is held against its authority’s certificate; choose the PEM file of it.")
    certificates = trusted_certificates(trusted)
    read_stamps(path)
    anchor = store.trail.signed_head()
    context = client_context(settings.tls_trusted) if address.startswith("https:") else None
    answer, stamp = new_timestamp(address, anchor_text(anchor), certificates, context)
    with _WRITING:
        # Somebody may have tried it while the daily one was under way.
        _write(path, (*read_stamps(path), StampedHead(anchor, answer)))
    return stamp


def _write(path: Path, stamps: tuple[StampedHead, ...]) -> None:
    lines = [
        {"head": parsed_json(anchor_text(one.anchor)), "answer": base64.b64encode(one.answer).decode("ascii")}
        for one in stamps
    ]
    try:
        write_private(path, json.dumps({"stamps": lines}, indent=1).encode("ascii"))
    except OSError as error:
        message = f"“{path.name}” cannot be written; connect the drive it is on, or choose another place."
        raise ReportError(message, repr(error)) from error


def held_against_stamps(store: CaseStore, check: AuditCheck, path: Path, trusted: Path | None) -> AuditCheck:
    """What a check found, and whether the trail still holds what was stamped; says who stamped the newest, and when.

    Parameters
    ----------
    store, check
        The store and what was found in it.
    path
        Timestamps; a file that is not there holds none.
    trusted
        PEM file of the authority's certificates; ``None`` where none is set.

    Raises
    ------
    StoreError, SettingsError
        When timestamps or certificates cannot be read.
    """
    from leukoscope.exchange.timestamps import read_timestamp, trusted_certificates

    stamps = read_stamps(path)
    if not stamps:
        return check
    if trusted is None:
        raise SettingsError("A timestamp is held against its authority’s certificate; choose the PEM file of it.")
    certificates, faults, notes = trusted_certificates(trusted), list(check.faults), list(check.notes)
    newest: tuple[int, Stamp] | None = None
    for number, one in enumerate(stamps, start=1):
        count, seal = one.anchor.head.count, one.anchor.head.seal
        where = f"timestamp {number} of “{path.name}”"
        try:
            stamp = read_timestamp(one.answer, anchor_text(one.anchor), certificates)
        except ExchangeError as error:
            faults.append(AuditFault(count, f"{where.capitalize()}, of entry {count}: {error.message}"))
            continue
        if not one.anchor.is_true:
            faults.append(AuditFault(count, f"{where.capitalize()} is of an end of the trail that nobody signed."))
        if store.trail.seal_of(count) != seal and store.trail.was_replaced(count):
            notes.append(f"{where.capitalize()} is of before a backup was put back.")
        else:
            faults += missing_entry(store, count, seal, where)
        newest = count, stamp
    if newest is not None:
        count, stamp = newest
        at = stamp.at.strftime("%Y-%m-%d %H:%M:%S UTC")
        notes.append(
            f"The trail up to entry {count} was there on {at}: stamped by {stamp.authority} (number {stamp.serial}); "
            f"{len(stamps)} timestamps."
        )
    return AuditCheck(check.count, tuple(faults), tuple(notes))


class Stamper:
    """Has the trail stamped once a day while the program runs, in a thread of its own; nothing waits for it.

    Parameters
    ----------
    store, settings, cases
        Whose trail, what is set now, and the folder of cases.
    now
        The wall clock.
    tries_s
        So long after a failure it is tried again.
    """

    def __init__(
        self,
        store: CaseStore,
        settings: Callable[[], Settings],
        cases: Path,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        tries_s: tuple[float, ...] = TRIES_S,
    ) -> None:
        self._store, self._settings, self._cases = store, settings, cases
        self._now, self._tries_s = now, tries_s
        self._closed = threading.Event()
        self._worker = threading.Thread(target=self._run, name="stamper", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._worker.start()

    def close(self, patience: float = 1.0) -> None:
        """End; an authority that is being asked is not waited for."""
        self._closed.set()
        if self._worker.is_alive():
            self._worker.join(patience)

    def _run(self) -> None:
        failures = 0
        while not self._closed.is_set():
            failures = 0 if self._is_done() else failures + 1
            wait = self._tries_s[min(max(failures - 1, 0), len(self._tries_s) - 1)] if failures else self._tries_s[-1]
            self._closed.wait(wait)

    def _is_done(self) -> bool:
        """Stamp where it is due; false when it has to be tried again soon."""
        settings = self._settings()
        path = stamps_file(settings, self._cases)
        if not settings.timestamp_address or not self._is_due(path):
            return True
        try:
            stamp_head(self._store, settings, path)
        except LeukoScopeError as error:
            logger.warning("the end of the trail was not stamped: %s (%s)", error.message, error.detail)
            return False
        except Exception:
            logger.exception("the end of the trail was not stamped")
            return False
        logger.info("the end of the trail was stamped")
        return True

    def _is_due(self, path: Path) -> bool:
        try:
            written = datetime.fromtimestamp(path.stat().st_mtime, UTC)
        except OSError:
            return True
        return not timedelta() <= self._now() - written < A_DAY
