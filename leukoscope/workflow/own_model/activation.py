"""Whether an imported model may judge: one that could not tell cells apart when it was tried needs a written reason."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterable
from typing import TYPE_CHECKING

from leukoscope.cases.store import CaseStore
from leukoscope.domain.errors import BundleError
from leukoscope.domain.feeding import LEAST_AUROC
from leukoscope.domain.parsing import parsed_json
from leukoscope.system.durable import write_private

if TYPE_CHECKING:
    from leukoscope.inference.input_schema import FeedingTrial
    from leukoscope.inference.library import InstalledBundle

logger = logging.getLogger(__name__)

ACTIVATED = "model activated"
"""What the audit trail says."""
NOTE_FILE = "activation.json"
"""In the bundle's folder: why it may judge although its trial speaks against it."""


def needs_reason(bundle: InstalledBundle) -> bool:
    """Whether nobody has written yet why this model should judge, and its trial speaks against it."""
    tried = bundle.manifest.tried
    return tried is not None and speaks_against(tried) and not _noted(bundle)


def speaks_against(trial: FeedingTrial) -> bool:
    """Whether a model that was tried with this end may judge only for a written reason."""
    return trial.auroc is None or trial.auroc < LEAST_AUROC


def refuse_unfit(bundles: Iterable[InstalledBundle]) -> None:
    """Let none judge that needs a reason.

    Raises
    ------
    BundleError
        Naming the first of them, its figure and what can be done.
    """
    for bundle in bundles:
        tried = bundle.manifest.tried
        if tried is not None and needs_reason(bundle):
            name = bundle.manifest.name
            raise BundleError(
                f"The model “{name}” does not tell leukemic from healthy cells as it is fed ({tried.text}). Import it "
                "fed in another way, with labeled cells to try it on; or write the reason why it is to judge all the "
                f"same (leukoscope models activate {name} --reason …)."
            )


def activate(bundle: InstalledBundle, reason: str, store: CaseStore) -> None:
    """Put down in the audit trail that an imported model begins to judge, and why, where its trial asks for a reason.

    Parameters
    ----------
    bundle
        The model; one that came with the program, or was imported before models were tried, is not told.
    reason
        May be empty where its trial speaks for it.
    store
        Of the audit trail.

    Raises
    ------
    BundleError
        Without a reason where one is needed.
    """
    tried = bundle.manifest.tried
    if tried is None:
        return
    said = " ".join(reason.split())
    needed = needs_reason(bundle)
    if needed and not said:
        refuse_unfit([bundle])
    with store.database.writing() as session:
        store.trail.record(session, ACTIVATED, subject=bundle.manifest.name, new=tried.text, reason=said)
    if needed:
        note = {"model_sha256": bundle.manifest.model_sha256, "reason": said}
        try:
            write_private(bundle.path / NOTE_FILE, json.dumps(note, ensure_ascii=False).encode())
        except OSError as error:
            message = "The reason cannot be kept: the disk is full or the models' folder cannot be written."
            raise BundleError(message, repr(error)) from error


def _noted(bundle: InstalledBundle) -> bool:
    try:
        note = parsed_json((bundle.path / NOTE_FILE).read_text(encoding="utf-8"))
    except FileNotFoundError:
        return False
    except (OSError, ValueError) as error:
        logger.warning("an activation cannot be read: %r", error)
        return False
    return (
        isinstance(note, dict)
        and note.get("model_sha256") == bundle.manifest.model_sha256
        and bool(str(note.get("reason", "")).strip())
    )
