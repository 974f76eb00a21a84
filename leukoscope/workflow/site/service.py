"""What people do with site profiles: teach, prove, put in force and take back, carry to another workstation."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from leukoscope.cases.signing_keys import Keys
from leukoscope.cases.site_files import Tell
from leukoscope.cases.store import CaseStore
from leukoscope.domain.errors import SiteError
from leukoscope.domain.progress import CancelToken
from leukoscope.domain.site_labels import LabeledCell
from leukoscope.domain.site_profiles import NAME_PATTERN
from leukoscope.domain.site_steps import OnStep, TeachStage, TeachStep, nobody_listens
from leukoscope.inference.library import InstalledBundle
from leukoscope.inference.site_profile import SUFFIX, LoadedProfile, pack, unpack
from leukoscope.site.cells import Names, SiteCells
from leukoscope.site.proof import BETTER, Proof, compare
from leukoscope.system.durable import write_private
from leukoscope.workflow.model_panel import ModelPanel
from leukoscope.workflow.operator_session import OperatorSession
from leukoscope.workflow.permissions import Act
from leukoscope.workflow.site.bundle_outputs import ask
from leukoscope.workflow.site.kept_files import KeptFiles
from leukoscope.workflow.site.lab import Lab, kinds_of_patients
from leukoscope.workflow.site.labeled import one_microscope
from leukoscope.workflow.site.profile_library import (
    ProfileLibrary,
    refuse_other_bundles,
    signature_sentence,
    signing_text,
)
from leukoscope.workflow.site.teaching import Signer, Taught, refuse_unteachable, teach

ACTIVATED, RETIRED, TAUGHT, LOOKED = (
    "site profile in force",
    "site profile retired",
    "site profile taught",
    "locked part seen",
)
"""What the audit trail says."""
UNREADABLE = "unreadable"
"""Stands in the audit trail for the profile in force where its name is lost."""
GONE_BACK = "back to what spoke before"
"""The reason in the audit trail."""


@dataclass(frozen=True)
class LockedPart:
    """How much of the cells is locked away, and how often somebody looked at it."""

    patients: int
    cells: int
    looks: int


class SiteService:
    """The site profiles of a workstation and who works with them.

    Parameters
    ----------
    folder
        ``site`` in the user's data folder.
    store
        Its audit trail.
    operator
        Who works here, and what they may do.
    keys
        With which this installation signs, if it is asked to.
    """

    def __init__(self, folder: Path, store: CaseStore, operator: OperatorSession, keys: Keys) -> None:
        self._kept = KeptFiles(folder, store.site_files)
        self._kept.bring()
        self.library = ProfileLibrary(folder, self._kept.keep)
        self._store, self._operator, self._keys = store, operator, keys

    def teach(
        self,
        cells: Callable[[Lab], Iterable[LabeledCell]],
        panel: ModelPanel,
        name: str,
        *,
        wanted: float = 0.95,
        sign: bool = False,
        on_step: OnStep = nobody_listens,
        cancel: CancelToken | None = None,
    ) -> tuple[Taught, LockedPart]:
        """Teach a profile, prove it, and keep it; it is not in force by that.

        Some patients are locked away once for all where there are enough; no fit ever sees them.

        Raises
        ------
        SiteError
            When the cells teach nothing, or the name is none; nothing is kept then.
        CancelledError
            After a cancel; nothing is kept then.
        """
        token = cancel or CancelToken()
        if re.fullmatch(NAME_PATTERN, name) is None:
            raise SiteError("Name the profile in small letters, digits and hyphens, at most 28: our-lab.")

        def step(one: TeachStep) -> None:
            token.raise_if_cancelled()
            on_step(one)

        with self._operator.doing(Act.TEACH):
            lab = self.lab()
            asked = ask(one_microscope(cells(lab)), panel, cancel=token, on_cell=_counted(TeachStage.ASKING, step))
            refuse_unteachable(asked)
            lab.deal(_kinds(asked))
            locked = np.isin(asked.subjects, list(lab.locked))
            made = teach(
                asked.rows(~locked),
                {bundle.manifest.name: bundle.manifest for bundle in panel.bundles},
                name=name,
                number=self.library.next_number(name),
                wanted=wanted,
                on_step=step,
                signer=self._signed if sign else None,
            )
            step(TeachStep(TeachStage.KEEPING))
            made = self._keep(made, lab, asked.subjects[~locked], self._signed if sign else None)
        return made, LockedPart(np.unique(asked.subjects[locked]).size, int(locked.sum()), len(lab.looks))

    def _keep(self, made: Taught, lab: Lab, subjects: Names, signer: Signer | None) -> Taught:
        # Another workstation may have taught one of this name meanwhile: both are kept, this one by the next number.
        self._kept.bring()
        number = self.library.next_number(made.profile.profile.name)
        if number != made.profile.profile.number:
            numbered = made.profile.profile.model_copy(update={"number": number})
            made = replace(made, profile=unpack(pack(numbered, made.profile.arrays, signer)))
        lab.fitted(made.profile.sha256, {str(who) for who in subjects})
        lab.write()
        self.library.keep(made.profile)
        self._store.trail.tell(TAUGHT, subject=made.profile.title, new=made.profile.sha256)
        return made

    def _signed(self, sha256: str) -> tuple[str, str]:
        return self._keys.public, self._keys.key().sign(signing_text(sha256))

    def evaluate(
        self,
        cells: Callable[[Lab], Iterable[LabeledCell]],
        panel: ModelPanel,
        taught: ModelPanel,
        profile: LoadedProfile,
        *,
        locked: bool = False,
        on_step: OnStep = nobody_listens,
        cancel: CancelToken | None = None,
    ) -> tuple[Proof, LockedPart]:
        """Hold a profile against the shipped models on cells of patients that it was not taught with.

        Parameters
        ----------
        cells, panel, on_step, cancel
            As :meth:`teach` has them.
        taught
            Of the same bundles, speaking with the profile.
        profile
            Which one.
        locked
            Look at the locked part, and at nothing else; the look is counted and told.

        Raises
        ------
        SiteError
            When no cell of another patient is left, or the profile was taught with other models.
        """
        refuse_other_bundles(profile, panel.bundles)
        with self._operator.doing(Act.TEACH) as by:
            lab = self.lab()
            on_cell = _counted(TeachStage.ASKING, on_step)
            asked = ask(one_microscope(cells(lab)), panel, cancel=cancel, on_cell=on_cell)
            chosen = np.isin(asked.subjects, list(lab.locked))
            if not locked:
                chosen = ~chosen & ~np.isin(asked.subjects, list(lab.fitted_on(profile.sha256) or ()))
            if not chosen.any():
                raise SiteError(
                    "None of these patients is locked away; there is nothing to look at." if locked
                    else "The profile was taught with all of these patients; take cells of others, or look at the "
                    "locked part."
                )  # fmt: skip
            if locked:
                lab.looked(by, profile.title)
                self._store.trail.tell(LOOKED, subject=profile.title, new=str(len(lab.looks)))
            part = asked.rows(chosen)
            # Asked through the engine, as cases are: what is proven is what will be said.
            again = ask(cells(lab), taught, cancel=cancel, on_cell=_counted(TeachStage.ASKING_TAUGHT, on_step))
            if again.sources != asked.sources:
                raise SiteError("Not every cell could be judged twice; try again.")
            proof = compare(part, again.rows(chosen).shipped)
        return proof, LockedPart(np.unique(part.subjects).size if locked else 0, len(part), len(lab.looks))

    def activate(
        self,
        name: str,
        bundles: Sequence[InstalledBundle],
        reason: str = "",
        installed: Sequence[InstalledBundle] = (),
    ) -> LoadedProfile:
        """Let a profile speak from now on; an administrator's act.

        Parameters
        ----------
        name
            Its name, or name and number.
        bundles
            The models that judge.
        reason
            Why, where it is no better than what speaks now.
        installed
            All models that are here.

        Raises
        ------
        SiteError
            When it is not there, damaged, of other models, or no better than these or than the profile in force and no
            reason is given.
        """
        with self._operator.doing(Act.SITE):
            profile = self.library.get(name)
            refuse_other_bundles(profile, bundles, installed)
            self.signed_by(profile)
            if profile.profile.verdict != BETTER and not reason.strip():
                raise SiteError(
                    f"The profile “{profile.title}” was proven {profile.profile.verdict}; "
                    "an administrator must write a reason to put it in force."
                )
            champion, verdict = self.challenged(profile)
            if champion and verdict != BETTER and not reason.strip():
                raise SiteError(
                    f"The profile “{profile.title}” was compared with “{champion}”, which speaks now: {verdict}; "
                    "an administrator must write a reason to put it in force." if verdict
                    else f"The profile “{profile.title}” was not compared with “{champion}”, which speaks now, on the "
                    "locked patients; do that, or an administrator must write a reason to put it in force."
                )  # fmt: skip
            self.library.put_in_force(profile, self._told(ACTIVATED, profile.title, profile.sha256, reason))
            return profile

    def retire(self, reason: str = "") -> str:
        """Let the shipped heads speak again; gives the name of the profile that spoke until now."""
        with self._operator.doing(Act.SITE):
            former = self._speaking
            if not former:
                raise SiteError("No site profile is in force.")
            self.library.put_in_force(None, self._told(RETIRED, former, "", reason))
            return former

    def go_back(self, bundles: Sequence[InstalledBundle]) -> str:
        """Let speak again what spoke before the profile in force; gives its name, empty for the shipped heads."""
        former = self.library.former_name
        if not former:
            self.retire(GONE_BACK)
            return ""
        return self.activate(former, bundles, GONE_BACK).title

    def challenged(self, profile: LoadedProfile) -> tuple[str, str]:
        """Title of another profile that speaks now, and what comparing this one with it came to; each may be empty."""
        try:
            in_force = self.library.in_force
        except SiteError:
            in_force = None
        if in_force is None or in_force[0] == profile.title:
            return "", ""
        return in_force[0], self.lab().verdict_of(profile.sha256, in_force[1])

    @property
    def _speaking(self) -> str:
        """Name of the profile in force, also where only that it can no longer be read is known."""
        try:
            return self.library.active_name
        except SiteError:
            return UNREADABLE

    def _told(self, what: str, subject: str, new: str, reason: str) -> Tell:
        """Tells the trail in the transaction that changes what speaks: neither is there without the other."""
        old = self._speaking
        return lambda session: self._store.trail.record(
            session, what, subject=subject, old=old, new=new, reason=reason.strip()
        )

    def lab(self) -> Lab:
        """The record of this lab's teaching."""
        return Lab(self.library.folder, self._kept)

    def locked_part(self) -> LockedPart:
        """The patients that are locked away, and how often somebody looked at them; their cells are not counted."""
        lab = self.lab()
        return LockedPart(len(lab.locked), 0, len(lab.looks))

    def signed_by(self, profile: LoadedProfile) -> str:
        """Who signed a profile, in a sentence; raises SiteError when the signature is not of it."""
        return signature_sentence(profile, self._keys.public)

    def export(self, name: str, file: Path) -> tuple[LoadedProfile, Path]:
        """Write a profile's file for another workstation; gives it with where the file lies."""
        with self._operator.doing(Act.SITE):
            profile = self.library.get(name)
            target = file if file.suffix == SUFFIX else file / f"{profile.title}{SUFFIX}"
            try:
                write_private(target, profile.data)
            except OSError as error:
                raise SiteError(f"“{target}” cannot be written; check the disk.", repr(error)) from error
            return profile, target

    def take(self, file: Path) -> tuple[LoadedProfile, str]:
        """Take a profile from another workstation; gives it with a sentence about who signed it.

        Raises
        ------
        SiteError
            When it cannot be read, is damaged, or another one has its name.
        """
        with self._operator.doing(Act.SITE):
            try:
                data = file.read_bytes()
            except OSError as error:
                raise SiteError(f"“{file}” cannot be read; check its name and its drive.", repr(error)) from error
            profile = unpack(data)
            said = self.signed_by(profile)
            self.library.keep(profile)
            return profile, said


def _counted(stage: TeachStage, on_step: OnStep) -> Callable[[int], None]:
    return lambda done: on_step(TeachStep(stage, done))


def _kinds(cells: SiteCells) -> dict[str, str]:
    """Pseudonym -> what most of a patient's cells are."""
    words = (code or str(verdict) for code, verdict in zip(cells.codes.tolist(), cells.verdicts.tolist(), strict=True))
    return kinds_of_patients(zip(cells.subjects.tolist(), words, strict=True))
