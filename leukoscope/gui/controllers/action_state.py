"""Which actions can be chosen now: what is there, what each controller knows more, and what a person may."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from leukoscope.gui.action_spec import Needs
from leukoscope.gui.actions import SPECS
from leukoscope.gui.controllers.controller import Actions, Controller
from leukoscope.gui.permissions import hold_actions
from leukoscope.gui.review.page import ReviewPage
from leukoscope.gui.session import Session

Rule = Callable[[Actions], None]


class ActionState(Controller):
    """Enables the actions of the table anew each time that the session has changed.

    Parameters
    ----------
    session, actions
        What can be done, and with what.
    review
        Says which image and cell are shown.
    """

    def __init__(self, session: Session, actions: Actions, review: ReviewPage) -> None:
        super().__init__(session)
        self._actions, self._review = actions, review
        self._rules: list[Rule] = []
        self._held, self._is_due = 0, False
        session.changed.connect(self.update)

    def add(self, *rules: Rule) -> None:
        """Let controllers say which of their actions make no sense now; the later rule has the last word."""
        self._rules += rules

    @contextmanager
    def once(self) -> Iterator[None]:
        """Enable the actions at most once for all that changes inside, at its end: none is ever behind what is shown.

        Opening a case, or a label that moves on to the next cell, says several times that something changed.
        """
        self._held += 1
        try:
            yield
        finally:
            self._held -= 1
            if self._is_due and not self._held:
                self.update()

    def update(self) -> None:
        """Enable what makes sense now; inside of :meth:`once`, when that ends."""
        self._is_due = self._held > 0
        if self._is_due:
            return
        stays, reviewing = not self._case.is_leaving, self._navigation.page == self._review.name
        there = {
            Needs.NOTHING: True,
            Needs.BENCH: self._session.is_open,
            Needs.CASE: stays and self._case.case is not None,
            Needs.FRAME: stays and reviewing and self._review.frame is not None,
            Needs.CELL: stays and reviewing and self._review.cell is not None,
        }
        for spec in SPECS:
            self._actions[spec.id].setEnabled(there[spec.needs])
        for rule in self._rules:
            rule(self._actions)
        hold_actions(self._bridge, self._actions)
