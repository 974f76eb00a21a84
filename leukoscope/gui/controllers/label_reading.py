"""A case is born at the camera: the code on the label of the slide is its number."""

from __future__ import annotations

from collections.abc import Callable

from leukoscope.domain.frames import Pixels
from leukoscope.gui.capture.page import CapturePage
from leukoscope.gui.controllers.controller import Controller
from leukoscope.gui.session import Session


class LabelReadingController(Controller):
    """Reads the label under the camera and opens or begins its case; nothing found is said.

    Parameters
    ----------
    session, capture
        What it works on.
    show_form
        Shows the form of the case, with the number that was read, for what else the label says.
    """

    def __init__(self, session: Session, capture: CapturePage, show_form: Callable[[], object]) -> None:
        super().__init__(session)
        self._show_form = show_form
        capture.label_wanted.connect(self.read)

    def read(self, pixels: Pixels | None) -> None:
        """Look for a code in a picture; without one there is nothing to look at."""
        if pixels is None:
            return
        self._bridge.read_in_pool(
            lambda bench: bench.capture.read_label(pixels), self._found, owner=self, failed=self._messages.warn
        )

    def _found(self, number: str) -> None:
        if not number:
            self._messages.tell(
                self.tr("No code was found in this picture. Hold the label flat, large and sharp under the camera.")
            )
        elif self._case.wanted is None:
            self._open(number)
        else:
            # Another case is open: its number is not changed by a look, and no image goes astray.
            words = self.tr("The label says {0}.").format(number)
            self._messages.tell(words, self.tr("Open or begin this case"), lambda: self._open(number))

    def _open(self, number: str) -> None:
        self._bridge.write(
            lambda bench: bench.cases.open_number(number),
            lambda case_id: self._case.open(case_id, self._show_form),
            owner=self,
            failed=self._messages.warn,
        )
