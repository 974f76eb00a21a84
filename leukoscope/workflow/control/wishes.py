"""What the laboratory wants of daily control: the same on all workstations of a store, on record when it is changed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from leukoscope.cases.lab_rules import OF_CONTROL, keep_rules, kept_rules
from leukoscope.cases.store import CaseStore
from leukoscope.workflow.settings import Settings

SET = "control rule set"
"""What the audit trail says."""
WISHES = OF_CONTROL


def with_wishes(settings: Settings, store: CaseStore) -> Settings:
    """These settings with what the laboratory wants; what nobody has set in the store stays.

    Raises
    ------
    StoreError
        When the store does not answer.
    """
    return _with(settings, kept_rules(store.database, WISHES))


def record_wishes(store: CaseStore, before: Settings, after: Settings) -> None:
    """Keep what was changed for all workstations, and write it into the audit trail.

    Raises
    ------
    StoreError
        When it cannot be written.
    """
    told = {name: (str(getattr(before, name)), str(getattr(after, name))) for name in WISHES}
    changed = {name: both for name, both in told.items() if both[0] != both[1]}
    if changed:
        keep_rules(store.database, store.trail, SET, changed)


def bring_wishes(settings: Settings, store: CaseStore) -> Settings:
    """As :func:`with_wishes`; what an earlier version kept at this workstation alone holds for all from now on.

    Raises
    ------
    StoreError
        When the store does not answer.
    """
    kept = kept_rules(store.database, WISHES)
    defaults = Settings()
    own = {name: (str(getattr(defaults, name)), str(getattr(settings, name))) for name in WISHES if name not in kept}
    changed = {name: both for name, both in own.items() if both[0] != both[1]}
    if changed:
        keep_rules(store.database, store.trail, SET, changed)
    return _with(settings, kept)


def _with(settings: Settings, kept: Mapping[str, str]) -> Settings:
    return replace(
        settings,
        control_rule=kept.get("control_rule", settings.control_rule),
        control_today=kept.get("control_today", settings.control_today),
    )
