"""How many cells people have corrected since a profile was taught: when enough, teaching anew is proposed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from leukoscope.cases.store import CaseStore
from leukoscope.domain.site_labels import ENOUGH_CELLS
from leukoscope.workflow.site.service import TAUGHT


@dataclass(frozen=True)
class Corrections:
    """What was corrected.

    Parameters
    ----------
    cells
        Cells of reviewed and signed cases that somebody decided otherwise than the program since then.
    since
        Title of the profile that was taught last; empty where none ever was.
    """

    cells: int = 0
    since: str = ""

    @property
    def is_enough(self) -> bool:
        """Whether teaching anew is proposed: as many as a side or class needs to be taught at all."""
        return bool(self.since) and self.cells >= ENOUGH_CELLS


def corrections_since_teaching(store: CaseStore) -> Corrections:
    """Count them."""
    taught = store.trail.entries_of({TAUGHT})
    if not taught:
        return Corrections()
    last = taught[-1]
    return Corrections(store.known_cells.corrected_since(datetime.fromisoformat(last.at)), last.subject)
