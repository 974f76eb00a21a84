"""The first minute: what is shown when the cases are open, and the images or the case to begin with."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from PySide6.QtCore import Qt, QTimer, Signal

from leukoscope.gui.controllers.controller import Controller
from leukoscope.gui.controllers.importing import DroppedContent, ImportController
from leukoscope.gui.controllers.screen_lock import ScreenLockController
from leukoscope.gui.session import Session

START_PAGE = "worklist"


class StartupController(Controller):
    """Begins as soon as the workbench is open; the engine starts behind the list of cases.

    Parameters
    ----------
    session, importing, screen_lock
        What it works on.
    paths
        Images that the program was started with.

    Signals
    -------
    listed()
        The list of cases is there: what may come later comes now.
    tour_wanted()
        Somebody starts the program for the first time.
    """

    listed = Signal()
    tour_wanted = Signal()

    def __init__(
        self, session: Session, importing: ImportController, screen_lock: ScreenLockController, paths: tuple[Path, ...]
    ) -> None:
        super().__init__(session)
        self._importing, self._screen_lock, self._paths = importing, screen_lock, paths
        self._first: Sequence[Callable[[], object]] = ()
        self._bridge.opened.connect(self._start)

    def first(self, *steps: Callable[[], object]) -> None:
        """What is done, in this order, as soon as the workbench is open."""
        self._first = steps

    def _start(self) -> None:
        for step in self._first:
            step()
        self._session.changed.emit()
        self._bridge.read(lambda _bench: None, lambda _none: self._first_list(), owner=self)

    def _first_list(self) -> None:
        """The list of cases is there: show it, and begin once it is on the screen."""
        QTimer.singleShot(0, self, self._begin)

    def _begin(self) -> None:
        # Models and engine are loaded after what a person waits for: before, their threads took its time.
        self._session.begun = True
        self._session.usable.emit()
        self._bridge.read(lambda bench: bench.start(), owner=self)
        self.listed.emit()
        self._screen_lock.when_open(self._take_up)

    def _take_up(self) -> None:
        """Begin with what was asked for at the start, as soon as somebody may work here."""
        if self._paths:
            self._importing.take(DroppedContent(self._paths))
        else:
            self.first_start()

    def take_later(self, paths: tuple[Path, ...]) -> None:
        """The program was started again with these images: take them as soon as somebody may work here."""
        if not self._session.begun:
            self._paths += paths
        elif paths:
            taken = DroppedContent(paths)
            self._screen_lock.when_open(lambda: self._importing.take(taken, self._importing.target_from_outside()))

    def first_start(self) -> None:
        """Show the demo case once; later show what was open last."""
        memory = self._session.settings.window
        if "demo" in memory:
            last = memory.get("case", "")
            if last.isdecimal():
                self._bridge.read(
                    lambda bench: bench.cases.search(), lambda cases: self._open_again(int(last), cases), owner=self
                )
            return

        def made(case_id: int) -> None:
            self._session.remember(demo="made")
            if self._case.wanted is not None or self._navigation.page != START_PAGE:
                # Somebody has begun with something else meanwhile: the demo case waits in the worklist.
                return
            self._navigation.show("review")
            self._case.open(case_id, lambda: self._tour_when_judged(case_id))

        self._bridge.write(lambda bench: bench.cases.open_demo(), made, owner=self, failed=self._messages.warn)

    def _tour_when_judged(self, case_id: int) -> None:
        """Begin the tour as soon as the demo case has cells to show, if it is still the one that is looked at."""
        if self._session.settings.tour_seen or self._case.id != case_id:
            return
        if self._case.cell_count:
            if self._navigation.page == "review":
                self.tour_wanted.emit()
            return
        self._case.frame_added.connect(
            lambda _id: self._tour_when_judged(case_id), Qt.ConnectionType.SingleShotConnection
        )

    def _open_again(self, case_id: int, cases: tuple[object, ...]) -> None:
        if self._case.wanted is None and any(getattr(one, "id", 0) == case_id for one in cases):
            self._case.open(case_id)
