"""What drawing a cell and changing cells have in common: tools on the image, and a judgement that can be stopped."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from leukoscope.gui.controllers.controller import Controller
from leukoscope.gui.controllers.decisions import DecisionController
from leukoscope.gui.review.gallery import CellGallery
from leukoscope.gui.review.mouse_tool import MouseTool
from leukoscope.gui.review.page import ReviewPage
from leukoscope.gui.review.shown_image import ShownImage
from leukoscope.gui.session import Session
from leukoscope.workflow.events import Event, Failed, Stopped

TYPE_CHECKING = False
if TYPE_CHECKING:
    from leukoscope.workflow.workbench import Workbench

Work = Callable[["Workbench"], object]


class CellToolsController(Controller):
    """Takes tools up and down, and has what was done with them judged.

    Parameters
    ----------
    session, decisions, review
        What it works on.
    image, gallery
        Of the review page.
    tools
        On the image.
    put_others_away
        Ends what else is done with the mouse on the image.

    Attributes
    ----------
    judging
        Whether what was done with a tool is being judged.
    """

    job = ""
    """What the workbench calls the judgement."""

    def __init__(
        self,
        session: Session,
        decisions: DecisionController,
        review: ReviewPage,
        image: ShownImage,
        gallery: CellGallery,
        tools: Sequence[MouseTool],
        put_others_away: Callable[[], None],
    ) -> None:
        super().__init__(session)
        self._decisions, self._review, self._put_others_away = decisions, review, put_others_away
        self._image, self._gallery, self._tools = image, gallery, tools
        for tool in tools:
            tool.given_up.connect(self.leave)
        self._bridge.happened.connect(self._heard)
        review.focus_changed.connect(self._focus_changed)
        self._case_id = 0
        self.judging = False

    def leave(self) -> None:
        """Put the tools away, or stop a judgement under way."""
        if self.judging:
            self._bridge.bench.stop(self.job)
            return
        if self._holds:
            self._messages.hide()
        self._put_down()

    def put_away(self) -> None:
        """Another tool is taken: these are put down where one was only held."""
        if self._holds:
            self.leave()

    @property
    def _holds(self) -> bool:
        return any(tool.on for tool in self._tools)

    def _put_down(self) -> None:
        for tool in self._tools:
            tool.switch(False)

    def _makes_way(self, again: Callable[[], object]) -> bool:
        """Ask who it is and come ``again``, or show the image with nothing else on its mouse."""
        if self._session.operator.needs_name:
            self._decisions.decides(again)
            return False
        self._navigation.show("review")
        self._review.show_gallery_only(False)
        self._put_down()
        self._put_others_away()
        return True

    def _judge(self, work: Work, sentence: str, stop: str) -> None:
        """Have it judged; the message says so, and its button stops it."""
        self.judging = True
        self._messages.tell(sentence, stop, self.leave)
        self._bridge.write(work, owner=self, failed=self._not_begun)

    def _not_begun(self, sentence: str) -> None:
        self.judging = False
        self._put_down()
        self._messages.warn(sentence)

    def _heard(self, event: Event) -> None:
        ended = isinstance(event, Failed | Stopped) and event.what == self.job
        if not self.judging or not (ended or self._is_answer(event)):
            return
        self.judging = False
        self._put_down()
        if not ended:
            self._judged(event)
        elif isinstance(event, Stopped):
            self._messages.hide()

    # What differs ----------------------------------------------------------------------------------------------

    def _is_answer(self, event: Event) -> bool:
        """Whether this tells what has become of what is being judged."""
        raise NotImplementedError

    def _judged(self, event: Event) -> None:
        """What has become of it."""
        raise NotImplementedError

    def _focus_changed(self) -> None:
        """Another image or cell is shown."""
        raise NotImplementedError
