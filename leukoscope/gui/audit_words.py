"""The audit trail's short words as a person reads them; the trail itself, sealed, keeps its own."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from PySide6.QtCore import QCoreApplication

from leukoscope.domain.audit import ERASED, AuditEntry
from leukoscope.domain.cell_classes import CELL_CLASSES
from leukoscope.domain.findings import Label
from leukoscope.gui import class_words, verdicts


def marked(text: str) -> str:
    """Mark a text of the table for the catalogs, which give it the context ``AuditWords``."""
    return text


_DONE: Mapping[str, str] = MappingProxyType(
    {
        "label": marked("label"),
        "header": marked("case data"),
        "priority": marked("priority"),
        "state": marked("state"),
        "sign": marked("signed"),
        "amend": marked("amended"),
        "case added": marked("case added"),
        "case removed": marked("case put away"),
        "case erased": marked("case erased for good"),
        "backup written": marked("backup written"),
        "case restored": marked("case brought back"),
        "ordered": marked("begun by an order"),
        "order changed": marked("order changed"),
        "order cancelled": marked("order cancelled"),
        "listening for orders": marked("listening for orders"),
        "message settled": marked("message seen to"),
        "image added": marked("image added"),
        "image removed": marked("image removed"),
        "image restored": marked("image brought back"),
        "image judged again": marked("image judged again"),
        "images accepted": marked("images accepted"),
        "images found": marked("images found in a folder"),
        "to be judged again": marked("to be judged again"),
        "image read": marked("image read"),
        "copy kept aside": marked("copy kept aside"),
        "no image there": marked("no image there"),
        "judging stopped": marked("judging stopped"),
        "judging resumed": marked("judging resumed"),
        "waiting images as found": marked("waiting images sealed as found"),
        "waiting image removed": marked("waiting image removed"),
        "waiting image restored": marked("waiting image brought back"),
        "cell added": marked("cell drawn"),
        "cell box changed": marked("box of a cell changed"),
        "cell split": marked("cell split"),
        "cells merged": marked("cells merged"),
        "comment": marked("comment"),
        "cell removed": marked("cell removed"),
        "cell restored": marked("cell brought back"),
        "rule": marked("rule"),
        "account added": marked("account added"),
        "token issued": marked("token made"),
        "token revoked": marked("token revoked"),
        "token refused": marked("token refused"),
        "account role": marked("role of an account"),
        "account active": marked("account on or off"),
        "account password": marked("new password"),
        "account kept by": marked("account kept by"),
        "directory set": marked("hospital’s directory set"),
        "sign in": marked("signed in"),
        "sign in refused": marked("sign-in refused"),
        "signature password": marked("password for a signature"),
        "signature password refused": marked("password for a signature refused"),
        "backup restored": marked("backup restored"),
        "model restored": marked("imported model brought back"),
        "encryption": marked("encryption"),
        "daily backup written": marked("daily backup written"),
        "repaired": marked("repaired"),
        "viewed": marked("looked at"),
        "exported": marked("exported"),
        "put into outbox": marked("put into the outbox"),
        "sent": marked("sent"),
        "kept by the archive": marked("kept by the archive"),
        "trail exported": marked("audit trail exported"),
        "trail end exported": marked("end of the trail exported"),
        "clock went back": marked("the clock went back"),
        "act refused": marked("refused"),
        "called": marked("server called"),
        "anchor fault": marked("what this workstation remembers did not fit"),
        "faults accepted": marked("faults accepted"),
        "sealed as found": marked("sealed as found"),
        "rows changed": marked("rows changed"),
        "line": marked("line to another system"),
        "model activated": marked("imported model begins to judge"),
        "models chosen": marked("other models judge"),
        "models compared": marked("models compared"),
        "site profile taught": marked("site profile taught"),
        "site profile in force": marked("site profile in force"),
        "site profile retired": marked("site profile retired"),
        "example kept": marked("kept as an example"),
        "example removed": marked("example removed"),
        "site profiles compared": marked("site profiles compared"),
        "labeled cells exported": marked("labeled cells exported"),
        "control run": marked("control run"),
        "control run excluded": marked("control run left out"),
        "re-read begun": marked("re-read begun"),
        "re-read answered": marked("cell re-read"),
        "control rule set": marked("what becomes of a broken control rule"),
        "locked part seen": marked("locked test part looked at"),
    }
)
"""The trail's word for what was done -> how a person reads it, in English."""


def told(entry: AuditEntry) -> tuple[str, str, str, str]:
    """What was done, to which part, and the value before and after, in the window's language."""
    if entry.erased:
        return _done(entry.what), QCoreApplication.translate("AuditWords", "erased"), "", ""
    if entry.what == ERASED:
        # How many entries, and the digest that vouches for what is left of them.
        return _done(entry.what), _part(entry.subject), "", ""
    return _done(entry.what), _part(entry.subject), _value(entry, entry.old), _value(entry, entry.new)


def _done(what: str) -> str:
    return QCoreApplication.translate("AuditWords", _DONE[what]) if what in _DONE else what


def _part(subject: str) -> str:
    translate = QCoreApplication.translate
    kind, _, rest = subject.partition(" ")
    numbered = {
        "cell": translate("AuditWords", "cell {0}"),
        "image": translate("AuditWords", "image {0}"),
        "waiting": translate("AuditWords", "waiting image {0}"),
        "report": translate("AuditWords", "report {0}"),
        "entries": translate("AuditWords", "{0} entries"),
    }
    if rest and kind in numbered:
        return numbered[kind].format(rest)
    return {
        "number": translate("AuditWords", "case number"),
        "patient": translate("AuditWords", "patient"),
        "patient_id": translate("AuditWords", "patient number"),
        "placer": translate("AuditWords", "number of the order at its sender"),
        "birth_date": translate("AuditWords", "date of birth"),
        "sex": translate("AuditWords", "sex"),
        "conclusion": translate("AuditWords", "conclusion"),
        "specimen": translate("AuditWords", "specimen"),
        "stain": translate("AuditWords", "stain"),
        "operator": translate("AuditWords", "operator"),
        "notes": translate("AuditWords", "notes"),
        "hl7_node": translate("AuditWords", "hospital’s system (HL7)"),
        "dicom_node": translate("AuditWords", "DICOM archive"),
        "fhir_address": translate("AuditWords", "FHIR server"),
        "orders_node": translate("AuditWords", "line for orders (HL7)"),
        "orders_folder": translate("AuditWords", "folder of orders"),
        "commitment_node": translate("AuditWords", "line for the archive’s answers"),
        "worklist_node": translate("AuditWords", "DICOM worklist"),
        "database": translate("AuditWords", "shared database"),
        "accounts": translate("AuditWords", "accounts"),
        "two_people": translate("AuditWords", "two people sign"),
        "lock_minutes": translate("AuditWords", "minutes until the screen locks"),
    }.get(subject, subject)


def _value(entry: AuditEntry, value: str) -> str:
    """Only words of the program are translated: what a person wrote stays as it was written."""
    translate = QCoreApplication.translate
    if entry.what == "label" and value in set(Label):
        return verdicts.word(Label(value))
    if entry.what == "label" and value in CELL_CLASSES:
        return class_words.class_word(value)
    if entry.what == "order changed" and entry.subject != "priority":
        return value
    if entry.what == "line":
        return _line(value)
    words = {"order changed", "order cancelled"}
    if entry.what not in words | {
        "priority",
        "state",
        "rule",
        "account active",
        "account role",
        "encryption",
        "account added",
        "account kept by",
    }:
        return value
    if entry.what == "rule" and entry.subject == "lock_minutes":
        return value
    return {
        "routine": translate("CaseList", "routine"),
        "urgent": translate("CaseList", "urgent"),
        "stat": translate("CaseList", "stat"),
        "put away": translate("AuditWords", "case put away"),
        "kept": translate("AuditWords", "case kept"),
        "open": translate("CaseList", "open"),
        "reviewed": translate("CaseList", "reviewed"),
        "signed": translate("CaseList", "signed"),
        "amended": translate("CaseList", "amended"),
        "technician": translate("PeoplePanel", "Technician"),
        "reviewer": translate("PeoplePanel", "Reviewer"),
        "administrator": translate("PeoplePanel", "Administrator"),
        "laboratory": translate("AuditWords", "laboratory"),
        "directory": translate("AuditWords", "hospital’s directory"),
        "1": translate("AuditWords", "on"),
        "0": translate("AuditWords", "off"),
        "True": translate("AuditWords", "on"),
        "False": translate("AuditWords", "off"),
    }.get(value, value)


def _line(value: str) -> str:
    """How a line is, and where it leads."""
    translate = QCoreApplication.translate
    how, _, where = value.partition(" ")
    word = {
        "none": translate("AuditWords", "none"),
        "encrypted": translate("AuditWords", "encrypted"),
        "plain": translate("AuditWords", "in the clear"),
        "unconfirmed": translate("AuditWords", "in the clear, not confirmed"),
        "local": translate("AuditWords", "on this computer"),
    }.get(how, how)
    return f"{word} {where}".strip()
