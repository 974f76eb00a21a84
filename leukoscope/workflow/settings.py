"""What a person has set. A damaged settings file never stops the program: it is set aside and said."""

from __future__ import annotations

import json
import logging
import re
import unicodedata
from dataclasses import asdict, dataclass, field, fields, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from leukoscope.domain.errors import SettingsError
from leukoscope.domain.objectives import Objective, ScaleWay
from leukoscope.domain.parsing import parsed_json
from leukoscope.domain.people import Presence
from leukoscope.system.durable import PRIVATE_FILE, sync_folder, write_private

logger = logging.getLogger(__name__)

SETTINGS_FILE, GOOD_COPY = "settings.json", "settings.last-good.json"
ADDRESS_IN = re.compile(r'"database"\s*:\s*"\s*[^"\s]')
"""Finds the address of a shared database in a damaged file."""
UNSAVED = "The settings could not be saved; check the disk and the permissions of its folder."
PLACE = "folder-"
"""Begins what the window remembers of folders."""
PEOPLE_OFFERED = 8
"""So many names that were said here are offered."""


@dataclass(frozen=True)
class Settings:
    """What a person has set; every value has a sensible default.

    Parameters
    ----------
    theme
        ``dark``, ``light`` or ``system``.
    palette
        Color map of explanation maps: ``cividis`` or ``inferno``.
    map_opacity
        0..1.
    operator, laboratory
        Defaults for new cases and reports.
    person, person_day
        Who said that it is them who works here, and on which day (ISO 8601); holds until midnight, where nobody signs
        in.
    people
        Names that were said here, the last first; they are offered.
    models
        Names of the bundles that judge; empty means all that ship.
    page_size
        ``A4`` or ``Letter``.
    address, logo
        Of the laboratory, for reports: lines of text, and the path of a picture.
    report_blocks
        Parts of the report's first page in their order; empty means the order that the program comes with.
    report_appendix
        Whose pictures follow the result: ``none``, ``deciding`` or ``all``.
    phrases
        Standard phrases for conclusions, one each; empty means those that the program comes with.
    language
        Of window and reports: ``en``, ``es``, ``fr``, ``de``, or ``system``.
    hl7_node, hl7_receiver
        Where HL7 messages go, ``host:port``, and for whom, ``APPLICATION^FACILITY``; empty sends nothing.
    dicom_node, dicom_title
        Where DICOM files go, ``TITLE@host:port``, and this workstation's own title; empty sends nothing.
        ``tls://`` before either address encrypts the line.
    commitment, commitment_node
        Whether the archive is ``asked`` if it keeps what was sent (DICOM storage commitment), or not (``off``); and
        where this computer listens for its answers, ``address:port``, with ``tls://`` or ``plain://`` before it; empty
        hears them on our own lines only.
    fhir_address, fhir_login
        Where reports go as FHIR, ``https://server/base``, and a file with the token or ``name:password`` for it; empty
        sends nothing, or signs in nowhere.
    tls_trusted, tls_own
        PEM files for encrypted lines: certificates that are trusted (empty: the computer's own), and this
        workstation's certificate with its key (empty: none).
    orders_node
        Where this computer listens for orders (HL7 over MLLP), ``address:port``, with ``tls://`` or ``plain://`` before
        it; empty listens nowhere.
    orders_own, orders_clients
        PEM files for that: this computer's certificate with its key, and the authorities one of whose certificates a
        caller must show (empty: none).
    orders_folder
        Folder into which another system puts files of orders; empty watches none.
    worklist_node, worklist_modality, worklist_minutes
        DICOM modality worklist, ``TITLE@host:port`` with ``tls://`` or ``plain://`` before it; only steps of one
        modality (empty: all); it is asked each so many minutes, 0 for by hand only.
    stacks
        What is judged of several depths of focus of a field: the ``sharpest``, or the sharpest places ``joined``.
    objectives
        The microscope's objectives with their scales.
    objective
        Name of the one in use: images that do not say their own scale were taken with it. Empty: unknown.
    class_keys
        Code of a cell class -> the key that names it, where that is not the bench counter's; empty for no key.
    control_rule
        What becomes of a broken rule of daily control: ``off``, ``warn`` on the status line, or ``block`` signing.
    control_today
        ``wanted`` where each day begins with a control run, else ``free``.
    database
        Address of a PostgreSQL database that workstations share; empty keeps cases in a file of this user.
    backup_folder
        Second place for the daily copies, with all images; empty for none.
    trail_head_file
        File, on another drive at best, into which the signed end of the audit trail is written each day; empty for
        none.
    timestamp_address, timestamp_trusted
        Of an authority that stamps that end (RFC 3161), ``https://…``, and the PEM file of its certificates; empty for
        none.
    backup_days, backup_weeks
        So many copies are kept, and of older ones the first of so many weeks.
    tour_seen
        Whether the first-start tour was left.
    window
        What the window remembers about itself (sizes, last folder), by name.
    """

    theme: str = "dark"
    palette: str = "inferno"
    map_opacity: float = 0.6
    operator: str = ""
    laboratory: str = ""
    person: str = ""
    person_day: str = ""
    people: tuple[str, ...] = ()
    models: tuple[str, ...] = ()
    page_size: str = "A4"
    address: str = ""
    logo: str = ""
    report_blocks: tuple[str, ...] = ()
    report_appendix: str = "deciding"
    phrases: tuple[str, ...] = ()
    language: str = "system"
    hl7_node: str = ""
    hl7_receiver: str = ""
    dicom_node: str = ""
    dicom_title: str = "LEUKOSCOPE"
    commitment: str = "off"
    commitment_node: str = ""
    fhir_address: str = ""
    fhir_login: str = ""
    tls_trusted: str = ""
    tls_own: str = ""
    orders_node: str = ""
    orders_own: str = ""
    orders_clients: str = ""
    orders_folder: str = ""
    worklist_node: str = ""
    worklist_modality: str = ""
    worklist_minutes: int = 10
    stacks: str = "sharpest"
    objectives: tuple[Objective, ...] = ()
    objective: str = ""
    class_keys: dict[str, str] = field(default_factory=dict)
    control_rule: str = "warn"
    control_today: str = "free"
    database: str = ""
    backup_folder: str = ""
    trail_head_file: str = ""
    timestamp_address: str = ""
    timestamp_trusted: str = ""
    backup_days: int = 14
    backup_weeks: int = 8
    tour_seen: bool = False
    window: dict[str, str] = field(default_factory=dict)

    @property
    def present(self) -> Presence:
        """Who works here, and since which day."""
        return Presence(self.person, self.person_day)

    def with_person(self, present: Presence) -> dict[str, Any]:
        """What changes when somebody says their name, by name."""
        others = (one for one in self.people if searchable_name(one) != searchable_name(present.name))
        people = (present.name, *others)[:PEOPLE_OFFERED]
        return {"person": present.name, "person_day": present.day, "people": people}

    def differing(self, other: Settings) -> tuple[str, ...]:
        """Names of the settings that have another value in other ones."""
        return tuple(one.name for one in fields(self) if getattr(self, one.name) != getattr(other, one.name))

    @property
    def um_per_px(self) -> float | None:
        """Scale of images that do not say their own; ``None`` when no objective is in use."""
        return next((one.um_per_px for one in self.objectives if one.name == self.objective), None)


def searchable_name(name: str) -> str:
    """A name as it is compared: in any case and width of letters."""
    return unicodedata.normalize("NFKC", name).casefold()


def _fitting(raw: dict[str, Any]) -> Settings:
    defaults = Settings()
    known: dict[str, Any] = {}
    for one in fields(Settings):
        value = raw.get(one.name)
        expected = getattr(defaults, one.name)
        if one.name == "objectives":
            known[one.name] = _objectives(value)
            continue
        if isinstance(expected, tuple) and isinstance(value, list):
            value = tuple(str(item) for item in value)
        if isinstance(expected, dict) and isinstance(value, dict):
            value = {key: item for key, item in value.items() if isinstance(item, str)}
        if isinstance(expected, float) and isinstance(value, int) and not isinstance(value, bool):
            value = float(value)
        if value is not None and type(value) is type(expected):
            known[one.name] = value
    return Settings(**known)


def _objectives(value: Any) -> tuple[Objective, ...]:
    """The objectives that can be read; a damaged one is left out."""
    found = []
    for one in value if isinstance(value, list) else ():
        try:
            found.append(Objective(str(one["name"]), float(one["um_per_px"]), ScaleWay(one["way"])))
        except (KeyError, TypeError, ValueError) as error:
            logger.warning("an objective is unusable, left out: %r", error)
    return tuple(found)


def load_settings(folder: Path) -> Settings:
    """Read ``settings.json``; what is missing, unknown or of the wrong kind gets its default.

    Of a damaged file, the last good copy is read in its place; see :func:`heal_settings`.
    """
    raw = read_raw(folder / SETTINGS_FILE)
    if raw is None and (folder / SETTINGS_FILE).exists():
        raw = read_raw(folder / GOOD_COPY)
    return _fitting(raw) if raw is not None else Settings()


def read_raw(path: Path) -> dict[str, Any] | None:
    """What a settings file says; ``None`` when it is missing or damaged."""
    try:
        raw = parsed_json(path.read_bytes())
    except FileNotFoundError:
        return None
    except (OSError, ValueError, RecursionError) as error:
        logger.warning("%s unusable: %s", path.name, type(error).__name__)
        return None
    return raw if isinstance(raw, dict) else None


def heal_settings(folder: Path) -> str:
    """Set a damaged ``settings.json`` aside and put the last good copy in its place.

    Without a copy a file that names a shared database stays where it is: nobody may take the cases of this computer
    for those in it.

    Returns
    -------
    str
        What was done, as a sentence; empty when nothing had to be.

    Raises
    ------
    SettingsError
        When it cannot be written.
    """
    path = folder / SETTINGS_FILE
    if not path.exists() or read_raw(path) is not None:
        return ""
    try:
        path.read_bytes()
    except OSError as error:
        # Nobody knows whether they are damaged: the disk did not give them.
        logger.warning("%s not read: %s", path.name, type(error).__name__)
        return "The disk did not give the settings; the last good ones are in force until the next start."
    good = read_raw(folder / GOOD_COPY)
    try:
        if good is None and ADDRESS_IN.search(path.read_bytes().decode("utf-8", "replace")):
            return ""
        aside = path.with_name(f"settings.damaged-{datetime.now(UTC):%Y%m%dT%H%M%S%f}.json")
        path.rename(aside)
        aside.chmod(PRIVATE_FILE)
        if good is not None:
            write_private(path, (folder / GOOD_COPY).read_bytes())
        sync_folder(folder)
    except OSError as error:
        raise SettingsError(UNSAVED, repr(error)) from error
    if good is None:
        return f"The settings were damaged; they are set aside as “{aside.name}”, and every setting has its default."
    return f"The settings were damaged; they are set aside as “{aside.name}”, and the last good ones are in force."


def without_places(settings: Settings) -> Settings:
    """As they are written where the cases are encrypted: the folders used last can be called by patients' names."""
    return replace(
        settings, window={name: value for name, value in settings.window.items() if not name.startswith(PLACE)}
    )


def save_settings(settings: Settings, folder: Path) -> None:
    """Write ``settings.json`` in one step, and a copy of it; a full disk loses the change, never the file.

    Raises
    ------
    SettingsError
        When it cannot be written; the file is as it was.
    """
    data = (json.dumps(asdict(settings), indent=2, ensure_ascii=False) + "\n").encode("utf-8", "replace")
    try:
        write_private(folder / SETTINGS_FILE, data)
        write_private(folder / GOOD_COPY, data)
    except OSError as error:
        raise SettingsError(UNSAVED, repr(error)) from error
