"""The Quality page with profiles that are taught, on a mock of the workbench."""

from __future__ import annotations

from unittest.mock import MagicMock

from PySide6.QtWidgets import QStackedWidget
from pytestqt.qtbot import QtBot

from leukoscope.domain.site_labels import Disagreement, Group
from leukoscope.gui.chrome.status_line import StatusLine
from leukoscope.gui.controllers.site_profiles import SiteProfileController
from leukoscope.gui.controllers.teaching import TeachingController
from leukoscope.gui.quality.page import QualityPage
from leukoscope.workflow.events import CellsCounted, Event
from leukoscope.workflow.site.corrections import Corrections
from leukoscope.workflow.site.overview import CellsOverview, LabeledGroup
from leukoscope.workflow.site.profile_list import ProfileFacts, ProfileList
from leukoscope.workflow.site.proof_facts import ProofFacts, ProofFigure, QuestionFacts
from leukoscope.workflow.site.service import LockedPart
from leukoscope.workflow.teaching_service import TeachingService
from tests.unit.gui.harness import Stage, somewhere


def overview(obstacle: str = "") -> CellsOverview:
    few = LabeledGroup(Group("lymphocyte", 8, 1), (8,))
    many = LabeledGroup(Group("blast", 24, 3), (10, 8, 6))
    settle = Disagreement(("blast/a/1.png", "lymphocyte/a/1.png"), ("blast", "lymphocyte"))
    return CellsOverview(32, 4, (few, many), (), (settle,), 1, (("x.png", "It is empty."),), obstacle)


def proof(verdict: str = "better") -> ProofFacts:
    figures = {"auroc": (ProofFigure(0.62, 0.5, 0.7), ProofFigure(0.93, 0.88, 0.97))}
    confusion = {("blast", "blast"): 20, ("blast", "lymphocyte"): 4}
    question = QuestionFacts("leukemia", verdict, 56, 14, ProofFigure(0.31, 0.2, 0.42), figures, (confusion, {}))
    return ProofFacts(verdict, (question,))


def facts(title: str = "our-lab.1", verdict: str = "better", obstacle: str = "") -> ProfileFacts:
    return ProfileFacts(
        title, "2026-11-30", "ab" * 32, verdict, proof(verdict), {"blast": 24}, {"blast": 3}, 0.95,
        ("ensemble 1.1.0",), "It is not signed.", obstacle,
    )  # fmt: skip


def profiles(*all_of: ProfileFacts, speaking: str = "", former: str = "", obstacle: str = "") -> ProfileList:
    return ProfileList(all_of, (), speaking, former, obstacle, LockedPart(4, 0, 1))


class Room:
    """The page with its controllers, and a workbench that keeps what it is told."""

    def __init__(self, qtbot: QtBot) -> None:
        self.stage = Stage(page="quality")
        self.site = self.stage.bench.site = MagicMock(spec=TeachingService)
        self.site.profiles.return_value = profiles()
        self.site.corrections.return_value = Corrections()
        self.page = QualityPage()
        # Shown, so that what is visible on it can be asked.
        stack = QStackedWidget()
        stack.addWidget(self.page)
        qtbot.addWidget(stack)
        stack.show()
        self._stack = stack
        page, self.status = self.page, MagicMock(spec=StatusLine)
        self.teaching = TeachingController(self.stage.session, page, page.cells, page.teach, page.proof)
        self.controller = SiteProfileController(
            self.stage.session, page, page.profiles, (page.proof, page.activation), self.status,
            lambda: self.teaching.has_cells, self.teaching.look, self.teaching.challenge,
        )  # fmt: skip
        self.teaching.taught.connect(self.controller.taught)
        self.teaching.looked.connect(self.controller.locked_seen)
        self.teaching.source_changed.connect(self.controller.show_locked)

    def tell(self, event: Event) -> None:
        self.stage.answer()
        self.stage.signals.happened.emit(event)
        self.stage.answer()

    def with_cells(self) -> None:
        self.teaching.read(somewhere("cells"))
        self.tell(CellsCounted(overview()))

    def with_profiles(self, *all_of: ProfileFacts, speaking: str = "", former: str = "", obstacle: str = "") -> None:
        self.site.profiles.return_value = profiles(*all_of, speaking=speaking, former=former, obstacle=obstacle)
        self.controller.refresh()
        self.stage.answer()
