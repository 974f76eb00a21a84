"""A new profile against the one in force, on the locked patients: which of the two speaks better, each look counted."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np

from leukoscope.cases.store import CaseStore
from leukoscope.domain.errors import SiteError
from leukoscope.domain.progress import CancelToken
from leukoscope.domain.site_labels import LabeledCell
from leukoscope.domain.site_steps import OnStep, TeachStage, TeachStep, nobody_listens
from leukoscope.inference.site_profile import LoadedProfile
from leukoscope.site.proof import Proof, compare
from leukoscope.workflow.model_panel import ModelPanel
from leukoscope.workflow.operator_session import OperatorSession
from leukoscope.workflow.permissions import Act
from leukoscope.workflow.site.bundle_outputs import ask
from leukoscope.workflow.site.lab import Lab
from leukoscope.workflow.site.labeled import one_microscope
from leukoscope.workflow.site.service import LockedPart

COMPARED = "site profiles compared"
"""What the audit trail says."""


@dataclass(frozen=True, eq=False)
class Challenge:
    """Compares two profiles.

    Parameters
    ----------
    store, operator
        Its audit trail, and who does it.
    lab
        Gives the record of the locked patients, as it is now.
    """

    store: CaseStore
    operator: OperatorSession
    lab: Callable[[], Lab]

    def run(
        self,
        cells: Callable[[Lab], Iterable[LabeledCell]],
        champion: tuple[LoadedProfile, ModelPanel],
        challenger: tuple[LoadedProfile, ModelPanel],
        *,
        on_step: OnStep = nobody_listens,
        cancel: CancelToken | None = None,
    ) -> tuple[Proof, LockedPart]:
        """Ask both about the same cells of locked patients that neither was taught with.

        Parameters
        ----------
        cells
            All labeled cells; only those of locked patients are asked about.
        champion, challenger
            The profile in force and the new one, each with the models that speak with it.
        on_step, cancel
            Told where it is, and asked whether to stop.

        Returns
        -------
        tuple
            The champion stands where the shipped models stand in other proofs.

        Raises
        ------
        SiteError
            When none of the patients is locked away.
        """
        (old, old_panel), (new, new_panel) = champion, challenger
        with self.operator.doing(Act.TEACH) as by:
            lab = self.lab()
            seen = set[str]().union(*(lab.fitted_on(one.sha256) or () for one in (old, new)))
            wanted = lab.locked - seen

            def locked() -> Iterable[LabeledCell]:
                return (one for one in one_microscope(cells(lab)) if one.subject in wanted)

            if not wanted or not any(True for _ in locked()):
                raise SiteError("None of these patients is locked away; there is nothing to compare the two with.")
            # Counted before anything is seen: a look that is broken off may have been seen too.
            lab.looked(by, f"{new.title} beside {old.title}")
            asked = ask(locked(), old_panel, cancel=cancel, on_cell=_counted(TeachStage.ASKING, on_step))
            again = ask(locked(), new_panel, cancel=cancel, on_cell=_counted(TeachStage.ASKING_TAUGHT, on_step))
            if again.sources != asked.sources:
                raise SiteError("Not every cell could be judged twice; try again.")
            proof = compare(asked, again.shipped)
            lab.compared(new.sha256, old.sha256, proof.verdict)
            lab.write()
            self.store.trail.tell(COMPARED, subject=new.title, new=f"beside {old.title}: {proof.verdict}")
        return proof, LockedPart(np.unique(asked.subjects).size, len(asked), len(lab.looks))


def _counted(stage: TeachStage, on_step: OnStep) -> Callable[[int], None]:
    return lambda done: on_step(TeachStep(stage, done))
