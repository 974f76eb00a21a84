"""Image files that name a patient: what they say is offered for the case, and asked where it is another one."""

from __future__ import annotations

from leukoscope.domain.stated import StatedHeader, contradictions, filled, new_of
from leukoscope.gui.controllers.controller import Controller
from leukoscope.gui.session import Session
from leukoscope.gui.sheets.stated_sheet import StatedSheet
from leukoscope.workflow.events import Event, HeaderStated, QueueChanged


class StatedHeaderController(Controller):
    """Keeps what files said of each case until a person has looked at it; nothing is written by itself."""

    def __init__(self, session: Session, sheet: StatedSheet) -> None:
        super().__init__(session)
        self.sheet = sheet
        self._waiting: dict[int, dict[StatedHeader, str]] = {}
        self._reminded: set[tuple[int, StatedHeader]] = set()
        self._bridge.happened.connect(self._heard)
        self._case.loaded.connect(self._say)
        sheet.taken.connect(self._take)

    def _heard(self, event: Event) -> None:
        if isinstance(event, HeaderStated):
            said = self._waiting.setdefault(event.case_id, {})
            if event.stated not in said:
                said[event.stated] = event.name
                self._say()
        elif isinstance(event, QueueChanged) and event.progress is None:
            self._remind()

    def _remind(self) -> None:
        """The images are judged: what was offered while they were may have been missed, so it is said once more."""
        found = self._next()
        if found is not None and (found[0], found[2]) not in self._reminded:
            self._reminded.add((found[0], found[2]))
            self._say()

    def _next(self) -> tuple[int, str, StatedHeader] | None:
        """What is to be said of the case that is shown: of another patient first."""
        case = self._case.case
        if case is None or self._case.is_leaving or case.state.is_read_only:
            return None
        new = [(stated, name) for stated, name in self._waiting.get(case.id, {}).items() if new_of(stated, case.header)]
        if not new:
            return None
        stated, name = max(new, key=lambda one: bool(contradictions(one[0], case.header)))
        return case.id, name, stated

    def _say(self) -> None:
        found, case = self._next(), self._case.case
        if found is None or case is None:
            return
        case_id, name, stated = found
        if contradictions(stated, case.header):
            words = self.tr("“{0}” names another patient than this case.")
            self._messages.warn(words.format(name), self.tr("Compare…"), lambda: self._ask(case_id, stated))
        else:
            words = self.tr("“{0}” says who the patient is.")
            self._messages.tell(words.format(name), self.tr("Take over…"), lambda: self._ask(case_id, stated))

    def _ask(self, case_id: int, stated: StatedHeader) -> None:
        """A person looks at it: whatever is decided, it is not said again."""
        case = self._case.case
        if case is None or case.id != case_id or self._session.refuses_changes():
            return
        name = self._waiting.get(case_id, {}).pop(stated, "")
        self.sheet.ask(case_id, name, stated, case.header)

    def _take(self, case_id: int, stated: StatedHeader, names: tuple[str, ...]) -> None:
        case = self._case.case
        if case is None or case.id != case_id or self._session.refuses_changes():
            self._messages.warn(self.tr("Another case is open now; nothing was written."))
            return
        self._case.update_header(case_id, filled(case.header, stated, names), case.header)
        self._say()
