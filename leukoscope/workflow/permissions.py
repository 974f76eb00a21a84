"""Who may do what: the one table that window, command line and every other way into the program ask."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType

from leukoscope.domain.people import Person, Role

SIGN_IN_FIRST = "Sign in first."
NOT_BY_TOKEN = "A token does not open this; sign in with --as NAME and the password."


class Act(StrEnum):
    """Everything that shows or changes what is kept, or lets something leave."""

    SEE_LIST = "see the list of cases"
    SEE = "see a case and its images"
    SEE_TRAIL = "see the audit trail"
    SEE_OUTBOX = "see the outbox"
    SEE_PEOPLE = "see accounts"
    NEW_CASE = "begin a case"
    ADD_IMAGES = "add images"
    IMPORT_ORDERS = "import orders"
    HEADER = "write a header"
    PRIORITY = "set a priority"
    LABEL = "label a cell"
    CELLS = "draw and remove cells"
    IMAGES = "remove and restore images"
    PUT_AWAY = "put a case away and bring it back"
    JUDGE_AGAIN = "judge images again"
    QUEUE = "stop and resume judging"
    CAPTURE = "judge live images"
    REVIEW = "review a case"
    SIGN = "sign a case"
    AMEND = "amend a case"
    EXPORT = "export a case"
    SEND = "send a case"
    EXPORT_TRAIL = "export the audit trail"
    OWN_PASSWORD = "change one's own password"
    OWN_TOKEN = "issue and revoke one's own tokens"
    LOOK = "change settings of the workstation"
    SET_UP = "change settings of the laboratory"
    MODELS = "choose, import and remove models"
    TEACH = "teach a site profile"
    SITE = "put a site profile in force and take it back"
    EXPORT_CELLS = "export labeled cells"
    SEE_CONTROL = "see control runs"
    CONTROL = "measure a control run"
    CONTROL_EXCLUDE = "leave a control run out"
    REREAD = "re-read cells"
    SEE_REREADS = "see re-reads"
    REREADS_OF_ALL = "see everybody's re-reads"
    ERASE = "erase a case for good"
    PEOPLE = "change accounts"
    RULES = "change rules"
    CHECK = "check the store"
    REPAIR = "repair the store"
    BACK_UP = "write a backup"
    RESTORE = "put a backup back"
    ENCRYPT = "turn encryption on and off"


@dataclass(frozen=True)
class Terms:
    """On which terms an act is done.

    Parameters
    ----------
    roles
        Who may do it, where people sign in.
    named
        Whether, where nobody signs in, a person must have said their name first.
    by_token
        Whether a scheduled job may do it with a token.
    refusal
        What somebody of another role is told.
    """

    roles: frozenset[Role]
    named: bool = False
    by_token: bool = True
    refusal: str = ""


_ALL = frozenset(Role)
_SIGNERS = frozenset({Role.REVIEWER, Role.ADMINISTRATOR})
_ADMINISTRATORS = frozenset({Role.ADMINISTRATOR})


def _administrators(refusal: str, *, named: bool = False, by_token: bool = True) -> Terms:
    return Terms(_ADMINISTRATORS, named, by_token, refusal)


_ACCOUNTS_ARE_THEIRS = "Only an administrator can change accounts and rules; ask one to sign in."


TERMS: Mapping[Act, Terms] = MappingProxyType(
    {
        Act.SEE_LIST: Terms(_ALL),
        Act.SEE: Terms(_ALL),
        Act.SEE_TRAIL: Terms(_ALL),
        Act.SEE_OUTBOX: Terms(_ALL),
        Act.SEE_PEOPLE: Terms(_ALL),
        Act.NEW_CASE: Terms(_ALL),
        Act.ADD_IMAGES: Terms(_ALL),
        Act.IMPORT_ORDERS: Terms(_ALL),
        Act.HEADER: Terms(_ALL, named=True),
        Act.PRIORITY: Terms(_ALL, named=True),
        Act.LABEL: Terms(_ALL, named=True),
        Act.CELLS: Terms(_ALL, named=True),
        Act.IMAGES: Terms(_ALL, named=True),
        Act.PUT_AWAY: Terms(_ALL, named=True),
        Act.JUDGE_AGAIN: Terms(_ALL, named=True),
        Act.QUEUE: Terms(_ALL),
        Act.CAPTURE: Terms(_ALL),
        Act.REVIEW: Terms(_ALL, named=True),
        Act.SIGN: Terms(_SIGNERS, False, False, "A technician cannot sign; ask a reviewer to sign in."),
        Act.AMEND: Terms(_SIGNERS, True, False, "A technician cannot amend a signed case; ask a reviewer to sign in."),
        Act.EXPORT: Terms(_ALL),
        Act.SEND: Terms(_ALL),
        Act.EXPORT_TRAIL: Terms(
            _SIGNERS, False, True, "A technician cannot export the audit trail; ask a reviewer to sign in."
        ),
        Act.OWN_PASSWORD: Terms(_ALL, by_token=False),
        Act.OWN_TOKEN: Terms(_ALL, by_token=False),
        Act.LOOK: Terms(_ALL),
        Act.SET_UP: _administrators("Only an administrator can change settings of the laboratory; ask one to sign in."),
        Act.MODELS: _administrators("Only an administrator can choose, import and remove models; ask one to sign in."),
        Act.TEACH: Terms(_ALL),
        Act.SITE: _administrators("Only an administrator can put a site profile in force; ask one to sign in."),
        Act.EXPORT_CELLS: Terms(
            _SIGNERS, False, False, "A technician cannot export labeled cells; ask a reviewer to sign in."
        ),
        Act.SEE_CONTROL: Terms(_ALL),
        Act.CONTROL: Terms(_ALL),
        Act.CONTROL_EXCLUDE: Terms(
            _SIGNERS, False, False, "A technician cannot leave a control run out; ask a reviewer to sign in."
        ),
        Act.REREAD: Terms(_ALL, named=True, by_token=False),
        Act.SEE_REREADS: Terms(_ALL),
        Act.REREADS_OF_ALL: Terms(
            _SIGNERS, False, True, "A technician sees their own re-reads only; ask a reviewer to sign in."
        ),
        Act.ERASE: _administrators(
            "Only an administrator can erase a case; ask one to sign in.", named=True, by_token=False
        ),
        Act.PEOPLE: _administrators(_ACCOUNTS_ARE_THEIRS, by_token=False),
        Act.RULES: _administrators(_ACCOUNTS_ARE_THEIRS, by_token=False),
        Act.CHECK: Terms(_ALL),
        Act.REPAIR: _administrators("Only an administrator can repair what is kept; ask one to sign in."),
        Act.BACK_UP: _administrators("Only an administrator can write a backup; ask one to sign in."),
        Act.RESTORE: _administrators("Only an administrator can put a backup back; ask one to sign in."),
        Act.ENCRYPT: _administrators(
            "Only an administrator can turn encryption on and off; ask one to sign in.", by_token=False
        ),
    }
)
"""Technicians work, reviewers also sign and amend, administrators keep the laboratory in order."""

READING = frozenset(
    {
        Act.SEE_LIST,
        Act.SEE,
        Act.SEE_TRAIL,
        Act.SEE_OUTBOX,
        Act.SEE_PEOPLE,
        Act.SEE_CONTROL,
        Act.SEE_REREADS,
        Act.REREADS_OF_ALL,
    }
)
"""Acts that only show something: refused behind a locked screen too, and done by nobody there."""

_LABORATORY = (
    "laboratory", "address", "logo", "report_blocks", "report_appendix", "phrases",
    "hl7_node", "hl7_receiver", "dicom_node", "dicom_title", "tls_trusted", "tls_own",
    "fhir_address", "fhir_login", "orders_node", "orders_own", "orders_clients", "orders_folder",
    "commitment", "commitment_node", "worklist_node", "worklist_modality", "worklist_minutes",
    "database", "backup_folder", "backup_days", "backup_weeks", "trail_head_file",
    "timestamp_address", "timestamp_trusted", "control_rule", "control_today", "stacks",
)  # fmt: skip
_WORKSTATION = (
    "theme", "palette", "map_opacity", "operator", "page_size", "language", "objectives", "objective",
    "class_keys",
)  # fmt: skip
_REMEMBERED = ("person", "person_day", "people", "tour_seen", "window")
"""What the program notes by itself about the workstation."""

SETTING_ACTS: Mapping[str, Act | None] = MappingProxyType(
    {
        **dict.fromkeys(_LABORATORY, Act.SET_UP),
        **dict.fromkeys(_WORKSTATION, Act.LOOK),
        "models": Act.MODELS,
        **dict.fromkeys(_REMEMBERED),
    }
)
"""Which act changes which setting; ``None`` for what is no person's act. A new setting is the laboratory's."""


def acts_of_settings(names: Iterable[str]) -> tuple[Act, ...]:
    """The acts that changing these settings is, each once."""
    acts = (SETTING_ACTS.get(name, Act.SET_UP) for name in names)
    return tuple(dict.fromkeys(act for act in acts if act is not None))


def refusal(act: Act, person: Person | None, now: datetime, *, by_token: bool = False) -> str:
    """Why a person may not do an act where people sign in, and what to do; empty when they may.

    Parameters
    ----------
    act
        What they want to do.
    person
        Their account as it is now; ``None`` for nobody.
    now
        The moment.
    by_token
        Whether they signed in with a token.
    """
    if person is None:
        return SIGN_IN_FIRST
    terms = TERMS[act]
    if not_now := person.refused(now):
        return not_now
    if person.role not in terms.roles:
        return terms.refusal
    return NOT_BY_TOKEN if by_token and not terms.by_token else ""
