"""Files that state another scale than the objective in use has are asked about: one of the two is wrong."""

from __future__ import annotations

from collections import defaultdict

from leukoscope.domain.cases import CaseFrame
from leukoscope.domain.frames import OriginKind
from leukoscope.domain.objectives import Objective
from leukoscope.domain.waiting import SAME_OBJECTIVE
from leukoscope.gui.controllers.controller import Controller
from leukoscope.gui.controllers.decisions import DecisionController
from leukoscope.gui.session import Session
from leukoscope.gui.undo import SetScale
from leukoscope.workflow.events import Event, FrameAdded, QueueChanged


class StatedScaleController(Controller):
    """Asks once for each scale of a case, when its images are judged; without an answer the file is believed.

    One question stands at a time: the next scale comes when it is answered or closed.
    """

    def __init__(self, session: Session, decisions: DecisionController) -> None:
        super().__init__(session)
        self._decisions = decisions
        self._found: dict[int, list[CaseFrame]] = defaultdict(list)
        self._asked: set[tuple[int, float]] = set()
        self._question = ""
        self._bridge.happened.connect(self._heard)
        self._case.loaded.connect(self._ask)
        self._messages.closed.connect(self._ask)

    def _heard(self, event: Event) -> None:
        if isinstance(event, FrameAdded):
            frame = event.frame
            stated = frame.origin is not None and frame.origin.kind is OriginKind.FILE and frame.former_id is None
            if stated and frame.um_per_px and not self._is_known(frame.um_per_px):
                self._found[event.case_id].append(frame)
        elif isinstance(event, QueueChanged) and event.progress is None:
            self._ask()

    def _is_known(self, um_per_px: float) -> bool:
        """Whether it is that of an objective of the laboratory, or there is none that it could contradict."""
        known = self._bridge.bench.settings.current.objectives
        return self._in_use() is None or any(_agree(one.um_per_px, um_per_px) for one in known)

    def _in_use(self) -> Objective | None:
        settings = self._bridge.bench.settings.current
        return next((one for one in settings.objectives if one.name == settings.objective), None)

    def _ask(self) -> None:
        case, one = self._case.case, self._in_use() if self._session.is_open else None
        if case is None or one is None or self._case.is_leaving or case.state.is_read_only:
            return
        frames = () if self._is_asking() else self._next(case.id)
        stated = frames[0].um_per_px if frames else None
        if stated is None:
            return
        self._asked.add((case.id, round(stated, 4)))
        words = self.tr("{0} images say that a pixel is {1} µm; of “{2}”, the objective in use, it is {3} µm.")
        if len(frames) == 1:
            words = self.tr("The image says that a pixel is {1} µm; of “{2}”, the objective in use, it is {3} µm.")
        text = words.format(len(frames), f"{stated:.3g}", one.name, f"{one.um_per_px:.3g}")
        self._question = text
        self._messages.warn(text, self.tr("Use “{0}”").format(one.name), lambda: self._use(case.id, frames, one))

    def _is_asking(self) -> bool:
        """Whether the last question still stands there."""
        return bool(self._question) and self._messages.text == self._question

    def _next(self, case_id: int) -> tuple[CaseFrame, ...]:
        """The images of the first scale that was not asked about; those of others wait."""
        while found := self._found.pop(case_id, []):
            stated = found[0].um_per_px
            frames = [one for one in found if stated and one.um_per_px and _agree(one.um_per_px, stated)]
            others = [one for one in found if one not in frames]
            if others and stated:
                self._found[case_id] = others
            if stated and (case_id, round(stated, 4)) not in self._asked:
                return tuple(frames)
        return ()

    def _use(self, case_id: int, frames: tuple[CaseFrame, ...], one: Objective) -> None:
        if self._case.id != case_id or self._session.refuses_changes():
            return
        there = {frame.id for frame in self._case.frames}
        frames = tuple(frame for frame in frames if frame.id in there)
        if frames:
            words = self.tr("The images are judged again at the scale of “{0}”; your labels stay.").format(one.name)
            self._decisions.push(SetScale(self._bridge, case_id, frames, one), words, offers_undo=False)


def _agree(one: float, other: float) -> bool:
    return abs(one / other - 1) <= SAME_OBJECTIVE
