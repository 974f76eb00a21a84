"""Site profiles in the window: which there are, which one speaks, put in force, taken back, carried elsewhere."""

from __future__ import annotations

import logging
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Signal

from leukoscope.gui.chrome.status_line import StatusLine
from leukoscope.gui.controllers.controller import Controller
from leukoscope.gui.permissions import hold
from leukoscope.gui.quality.activation_card import ActivationCard
from leukoscope.gui.quality.page import ACTIVATE, CELLS, PROOF, QualityPage
from leukoscope.gui.quality.profiles_panel import ProfilesPanel
from leukoscope.gui.quality.proof_card import ProofCard
from leukoscope.gui.session import Session
from leukoscope.workflow.events import Event, SpeakingChanged
from leukoscope.workflow.permissions import Act

if TYPE_CHECKING:
    from leukoscope.workflow.site.corrections import Corrections
    from leukoscope.workflow.site.profile_list import ProfileFacts, ProfileList
    from leukoscope.workflow.workbench import Workbench

logger = logging.getLogger(__name__)

SUFFIX = ".site"


class SiteProfileController(Controller):
    """Shows profiles, and lets an administrator say which one speaks.

    Signals
    -------
    speaking_changed()
        Another profile speaks, or the shipped models again.
    """

    speaking_changed = Signal()

    def __init__(
        self,
        session: Session,
        page: QualityPage,
        panel: ProfilesPanel,
        cards: tuple[ProofCard, ActivationCard],
        status: StatusLine,
        has_cells: Callable[[], bool],
        look: Callable[[str], None],
        challenge: Callable[[str], None],
    ) -> None:
        super().__init__(session)
        self._page, self._panel, self._status, self._has_cells = page, panel, status, has_cells
        self._proof, self._activation = cards
        self._list: ProfileList | None = None
        self._shown = self._speaking = self._next_step = ""
        self._bridge.happened.connect(self._heard)
        panel.chosen.connect(self.show_profile)
        panel.back_wanted.connect(self.go_back)
        panel.import_wanted.connect(self.choose_file)
        self._proof.look_wanted.connect(lambda: look(self._shown))
        self._proof.challenge_wanted.connect(lambda: challenge(self._shown))
        panel.teach_wanted.connect(lambda: page.show_step(CELLS))
        self._proof.back_wanted.connect(self._show_chosen)
        self._activation.activate_wanted.connect(self.activate)
        self._activation.retire_wanted.connect(self.retire)
        self._activation.export_wanted.connect(self.choose_target)

    # What there is ---------------------------------------------------------------------------------------------

    def show_page(self, name: str) -> None:
        """The page is shown: what another workstation or the command line did meanwhile is seen."""
        if name == self._page.name and self._session.is_open:
            self.refresh()

    def refresh(self) -> None:
        """Read the profiles again, and how much was corrected since one was taught."""
        self._bridge.read(lambda bench: bench.site.profiles(), self._show, owner=self, failed=self._messages.warn)
        self.look_for_corrections()

    def look_for_corrections(self) -> None:
        """Say, without getting in the way, when so much was corrected that teaching anew is worth it."""

        def show(corrections: Corrections) -> None:
            self._panel.show_corrections(corrections)
            self._status.show_corrections(corrections.cells if corrections.is_enough else 0)

        self._bridge.read(lambda bench: bench.site.corrections(), show, owner=self, failed=self._not_counted)

    def _not_counted(self, sentence: str) -> None:
        logger.warning("corrections not counted: %s", sentence)
        self._status.show_corrections(0)

    def taught(self, title: str) -> None:
        """A profile was taught: show what it is worth."""
        self._follow(title, PROOF)

    def _follow(self, title: str, step: str) -> None:
        """Show a profile that is new here, in this step, once it has been read."""
        self._shown, self._next_step = title, step
        self.refresh()

    def show_profile(self, title: str) -> None:
        """Show one: its proof, and what can be done with it."""
        self._shown = title
        self._show_chosen()
        if self._page.step not in {PROOF, ACTIVATE}:
            self._page.show_step(PROOF)

    def show_locked(self) -> None:
        """Say how much is locked away, and whether it can be looked at."""
        if self._list is not None:
            facts = self._chosen()
            champion = facts.champion if facts is not None else ""
            self._proof.show_locked(self._list.locked, can_look=self._has_cells(), champion=champion)

    def locked_seen(self) -> None:
        """Somebody has looked at the locked part: what was found there stays in sight, the count goes up."""

        def show(profiles: ProfileList) -> None:
            self._list = profiles
            self.show_locked()
            if (facts := self._chosen()) is not None:
                self._activation.show_profile(facts, speaks=facts.title == profiles.speaking)

        self._bridge.read(lambda bench: bench.site.profiles(), show, owner=self, failed=self._messages.warn)

    def apply_permissions(self) -> None:
        """Let nobody put a profile in force who may not; the page says why."""
        why = hold(self._bridge, Act.SITE, self._panel.back, self._panel.bring)
        self._activation.show_permission(why)

    def _show(self, profiles: ProfileList) -> None:
        self._list = profiles
        titles = [one.title for one in profiles.profiles]
        if self._shown not in titles:
            self._shown = profiles.speaking if profiles.speaking in titles else titles[-1] if titles else ""
        self._panel.show_profiles(profiles, self._shown)
        self._status.show_profile(profiles.speaking)
        self._page.set_has_profile(bool(titles))
        self._show_chosen()
        self.apply_permissions()
        step, self._next_step = self._next_step, ""
        if step:
            self._page.show_step(step)

    def _show_chosen(self) -> None:
        facts = self._chosen()
        if facts is None or self._list is None:
            return
        self._panel.mark(self._shown)
        self._proof.show_proof(facts.title, facts.proof)
        self.show_locked()
        self._activation.show_profile(facts, speaks=facts.title == self._list.speaking)

    def _chosen(self) -> ProfileFacts | None:
        profiles = self._list.profiles if self._list is not None else ()
        return next((one for one in profiles if one.title == self._shown), None)

    # Which one speaks ------------------------------------------------------------------------------------------

    def activate(self, reason: str) -> None:
        """Let the shown profile speak."""
        title = self._shown
        said = self.tr("{0} speaks from the next image on.").format(title)
        self._change(lambda bench: bench.site.activate(title, reason), said)

    def retire(self, reason: str) -> None:
        """Let the shipped models speak again."""
        self._change(lambda bench: bench.site.retire(reason), self.tr("The shipped models speak again."))

    def go_back(self) -> None:
        """Let speak again what spoke before."""

        def done(title: str) -> None:
            again = self.tr("{0} speaks again.").format(title) if title else self.tr("The shipped models speak again.")
            self._messages.tell(again)
            self.refresh()

        self._bridge.write(lambda bench: bench.site.go_back(), done, owner=self, failed=self._not_changed)

    def _change(self, work: Callable[[Workbench], object], said: str) -> None:
        def done(_answer: object) -> None:
            self._messages.tell(said)
            self.refresh()

        self._bridge.write(work, done, owner=self, failed=self._not_changed)

    def _not_changed(self, sentence: str) -> None:
        self._activation.say(sentence) if self._page.step == ACTIVATE else self._messages.warn(sentence)
        self.refresh()

    def _heard(self, event: Event) -> None:
        if isinstance(event, SpeakingChanged):
            self._status.show_profile(event.title)
            if event.title != self._speaking:
                self._speaking = event.title
                self.speaking_changed.emit()
            if self._list is not None:
                self.refresh()

    # On a stick ------------------------------------------------------------------------------------------------

    def choose_target(self) -> None:
        """Ask where the shown profile is to be saved."""
        title = self._shown
        start = str(Path(self._session.last_folder("profiles")) / f"{title}{SUFFIX}")
        file = self._files.save_file(self.tr("Save the profile"), start, self._kinds())
        if file is None:
            return
        self._session.remember_folder(file.parent, "profiles")

        def done(path: Path) -> None:
            self._messages.tell(self.tr("Saved as “{0}”.").format(path.name))

        self._bridge.write(lambda bench: bench.site.export(title, file), done, owner=self, failed=self._activation.say)

    def choose_file(self) -> None:
        """Ask for a profile of another workstation."""
        start = self._session.last_folder("profiles")
        files = self._files.open_files(self.tr("Take a profile from a file"), start, self._kinds())
        if files:
            self._session.remember_folder(files[0].parent, "profiles")
            self.take(files[0])

    def take(self, file: Path) -> None:
        """Take a profile of another workstation; it speaks only once it is put in force."""

        def done(title: str) -> None:
            self._messages.tell(self.tr("{0} was taken. It speaks once it is activated.").format(title))
            self._follow(title, ACTIVATE)

        self._bridge.write(lambda bench: bench.site.take(file), done, owner=self, failed=self._messages.warn)

    def _kinds(self) -> str:
        return self.tr("Site profiles ({0})").format(f"*{SUFFIX}")
