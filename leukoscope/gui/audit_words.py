"""The audit trail's short words as a person reads them; the trail itself, sealed, keeps its own."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication

from leukoscope.domain.audit import ERASED, AuditEntry
from leukoscope.domain.cell_classes import CELL_CLASSES
from leukoscope.domain.findings import Label
from leukoscope.gui import class_words, verdicts


def told(entry: AuditEntry) -> tuple[str, str, str, str]:
    """What was done, to which part, and the value before and after, in the window's language."""
    if entry.erased:
        return _done(entry.what), QCoreApplication.translate("AuditWords", "erased"), "", ""
    if entry.what == ERASED:
        # How many entries, and the digest that vouches for what is left of them.
        return _done(entry.what), _part(entry.subject), "", ""
    return _done(entry.what), _part(entry.subject), _value(entry, entry.old), _value(entry, entry.new)


def _done(what: str) -> str:
    translate = QCoreApplication.translate
    return {
        "label": translate("AuditWords", "label"),
        "header": translate("AuditWords", "case data"),
        "priority": translate("AuditWords", "priority"),
        "state": translate("AuditWords", "state"),
        "sign": translate("AuditWords", "signed"),
        "amend": translate("AuditWords", "amended"),
        "case added": translate("AuditWords", "case added"),
        "case removed": translate("AuditWords", "case put away"),
        "case erased": translate("AuditWords", "case erased for good"),
        "backup written": translate("AuditWords", "backup written"),
        "case restored": translate("AuditWords", "case brought back"),
        "ordered": translate("AuditWords", "begun by an order"),
        "order changed": translate("AuditWords", "order changed"),
        "order cancelled": translate("AuditWords", "order cancelled"),
        "image added": translate("AuditWords", "image added"),
        "image removed": translate("AuditWords", "image removed"),
        "image restored": translate("AuditWords", "image brought back"),
        "image judged again": translate("AuditWords", "image judged again"),
        "images accepted": translate("AuditWords", "images accepted"),
        "images found": translate("AuditWords", "images found in a folder"),
        "to be judged again": translate("AuditWords", "to be judged again"),
        "image read": translate("AuditWords", "image read"),
        "copy kept aside": translate("AuditWords", "copy kept aside"),
        "no image there": translate("AuditWords", "no image there"),
        "judging stopped": translate("AuditWords", "judging stopped"),
        "judging resumed": translate("AuditWords", "judging resumed"),
        "waiting images as found": translate("AuditWords", "waiting images sealed as found"),
        "waiting image removed": translate("AuditWords", "waiting image removed"),
        "waiting image restored": translate("AuditWords", "waiting image brought back"),
        "cell added": translate("AuditWords", "cell drawn"),
        "cell box changed": translate("AuditWords", "box of a cell changed"),
        "cell split": translate("AuditWords", "cell split"),
        "cells merged": translate("AuditWords", "cells merged"),
        "comment": translate("AuditWords", "comment"),
        "cell removed": translate("AuditWords", "cell removed"),
        "cell restored": translate("AuditWords", "cell brought back"),
        "rule": translate("AuditWords", "rule"),
        "account added": translate("AuditWords", "account added"),
        "token issued": translate("AuditWords", "token made"),
        "token revoked": translate("AuditWords", "token revoked"),
        "token refused": translate("AuditWords", "token refused"),
        "account role": translate("AuditWords", "role of an account"),
        "account active": translate("AuditWords", "account on or off"),
        "account password": translate("AuditWords", "new password"),
        "sign in": translate("AuditWords", "signed in"),
        "sign in refused": translate("AuditWords", "sign-in refused"),
        "signature password": translate("AuditWords", "password for a signature"),
        "signature password refused": translate("AuditWords", "password for a signature refused"),
        "backup restored": translate("AuditWords", "backup restored"),
        "model restored": translate("AuditWords", "imported model brought back"),
        "encryption": translate("AuditWords", "encryption"),
        "daily backup written": translate("AuditWords", "daily backup written"),
        "repaired": translate("AuditWords", "repaired"),
        "viewed": translate("AuditWords", "looked at"),
        "exported": translate("AuditWords", "exported"),
        "put into outbox": translate("AuditWords", "put into the outbox"),
        "sent": translate("AuditWords", "sent"),
        "trail exported": translate("AuditWords", "audit trail exported"),
        "trail end exported": translate("AuditWords", "end of the trail exported"),
        "clock went back": translate("AuditWords", "the clock went back"),
        "act refused": translate("AuditWords", "refused"),
        "anchor fault": translate("AuditWords", "what this workstation remembers did not fit"),
        "faults accepted": translate("AuditWords", "faults accepted"),
        "sealed as found": translate("AuditWords", "sealed as found"),
        "rows changed": translate("AuditWords", "rows changed"),
        "line": translate("AuditWords", "line to another system"),
        "model activated": translate("AuditWords", "imported model begins to judge"),
        "models chosen": translate("AuditWords", "other models judge"),
        "models compared": translate("AuditWords", "models compared"),
        "site profile taught": translate("AuditWords", "site profile taught"),
        "site profile in force": translate("AuditWords", "site profile in force"),
        "site profile retired": translate("AuditWords", "site profile retired"),
        "example kept": translate("AuditWords", "kept as an example"),
        "example removed": translate("AuditWords", "example removed"),
        "site profiles compared": translate("AuditWords", "site profiles compared"),
        "labeled cells exported": translate("AuditWords", "labeled cells exported"),
        "control run": translate("AuditWords", "control run"),
        "control run excluded": translate("AuditWords", "control run left out"),
        "re-read begun": translate("AuditWords", "re-read begun"),
        "re-read answered": translate("AuditWords", "cell re-read"),
        "control rule set": translate("AuditWords", "what becomes of a broken control rule"),
        "locked part seen": translate("AuditWords", "locked test part looked at"),
    }.get(what, what)


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
        "birth_date": translate("AuditWords", "date of birth"),
        "sex": translate("AuditWords", "sex"),
        "conclusion": translate("AuditWords", "conclusion"),
        "specimen": translate("AuditWords", "specimen"),
        "stain": translate("AuditWords", "stain"),
        "operator": translate("AuditWords", "operator"),
        "notes": translate("AuditWords", "notes"),
        "hl7_node": translate("AuditWords", "hospital’s system (HL7)"),
        "dicom_node": translate("AuditWords", "DICOM archive"),
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
