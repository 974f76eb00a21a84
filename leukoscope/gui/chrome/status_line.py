"""The status line: engine, camera and disk, how far the queue is, how long it will take, and how to stop it."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QProgressBar, QWidget

from leukoscope.domain.progress import Progress
from leukoscope.gui.language import said
from leukoscope.gui.widgets.buttons import PushButton
from leukoscope.gui.widgets.text import ElidedLabel, label

PERSON_WIDTH, CONTROL_WIDTH = 200, 440


class StatusLine(QFrame):
    """Who works here, engine, camera and a disk that runs full on the left, queue on the right.

    Signals
    -------
    cancel_wanted()
        Stop the queue.
    person_clicked()
        Another person takes the place.
    control_clicked()
        Somebody wants to see what is wrong with daily control.
    """

    cancel_wanted = Signal()
    person_clicked = Signal()
    control_clicked = Signal()

    def __init__(self, purpose: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("statusline")
        self.setFixedHeight(40)
        self._engine = ElidedLabel("", "small")
        self._engine.setTextFormat(Qt.TextFormat.PlainText)
        self._camera, self._disk, self._profile = label("", "small"), label("", "small"), label("", "small")
        self._queue, self._corrections = label("", "small"), label("", "small")
        self._bar = QProgressBar()
        self._bar.setTextVisible(False)
        self._bar.setFixedWidth(220)
        self._cancel = PushButton(self.tr("Stop"), "flat", "stop")
        self.person = PushButton("", "flat")
        self.person.setMaximumWidth(PERSON_WIDTH)
        self.control = PushButton("", "flat", "warning")
        self.control.setMaximumWidth(CONTROL_WIDTH)
        self._purpose = ElidedLabel(purpose, "small")
        self._purpose.setAlignment(Qt.AlignmentFlag.AlignRight)
        row = QHBoxLayout(self)
        row.setContentsMargins(16, 3, 12, 3)
        row.setSpacing(12)
        row.addWidget(self.person)
        row.addWidget(self._engine, 2)
        row.addWidget(self.control)
        row.addWidget(self._profile)
        row.addWidget(self._corrections)
        row.addWidget(self._camera)
        row.addWidget(self._disk)
        row.addWidget(self._queue)
        row.addWidget(self._bar)
        row.addWidget(self._cancel)
        row.addWidget(self._purpose, 3)
        self._cancel.clicked.connect(self.cancel_wanted)
        self.person.clicked.connect(self.person_clicked)
        self.control.clicked.connect(self.control_clicked)
        self.person.hide()
        self.control.hide()
        self.show_queue(None)
        self.show_camera("")
        self.show_profile("")
        self.show_corrections(0)
        self.show_disk("")

    def show_person(self, name: str, *, signs_in: bool) -> None:
        """Say whose name stands beside what is decided here."""
        words = name or self.tr("Who works here?")
        room = PERSON_WIDTH - 32
        shown = self.person.fontMetrics().elidedText(words, Qt.TextElideMode.ElideRight, room)
        self.person.setText(shown.replace("&", "&&"))
        self.person.setAccessibleName(words)
        tip = self.tr("Click to lock the screen, so that another person can sign in")
        if not signs_in:
            tip = self.tr("This name stands beside what is decided here until midnight. Click to change it")
        self.person.setToolTip(f"{name}\n{tip}" if name else tip)
        self.person.show()

    def show_engine(self, sentence: str) -> None:
        """Say what the engine does."""
        self._engine.setText(said(sentence))

    def show_camera(self, words: str) -> None:
        """Say which camera runs and how; nothing when none does."""
        self._camera.setText(words)
        self._camera.setVisible(bool(words))

    def show_profile(self, title: str) -> None:
        """Say which site profile speaks; nothing while the shipped models do."""
        self._profile.setText(self.tr("Site profile: {0}").format(title) if title else "")
        self._profile.setVisible(bool(title))

    def show_control(self, sentence: str) -> None:
        """Say what is wrong with daily control; nothing while all is well."""
        words = said(sentence)
        shown = self.control.fontMetrics().elidedText(words, Qt.TextElideMode.ElideRight, CONTROL_WIDTH - 56)
        self.control.setText(shown.replace("&", "&&"))
        self.control.setAccessibleName(words)
        self.control.setToolTip(f"{words}\n{self.tr('Click to see the chart')}" if words else "")
        self.control.setVisible(bool(words))

    def show_corrections(self, cells: int) -> None:
        """Say that so many cells were corrected that teaching anew is worth it; nothing for 0."""
        self._corrections.setText(self.tr("Teach anew: {0} corrections").format(cells) if cells else "")
        self._corrections.setToolTip(self.tr("So many cells were corrected since the last teaching: page Quality"))
        self._corrections.setVisible(bool(cells))

    def show_disk(self, sentence: str) -> None:
        """Say that the disk runs full; nothing while it has room."""
        self._disk.setText(said(sentence))
        self._disk.setVisible(bool(sentence))

    def show_queue(self, progress: Progress | None) -> None:
        """Show how far the queue is; nothing when it is empty."""
        busy = progress is not None
        for one in (self._queue, self._bar, self._cancel):
            one.setVisible(busy)
        if progress is None:
            return
        self._bar.setRange(0, progress.total)
        self._bar.setValue(progress.done)
        words = self.tr("{0} of {1} images").format(progress.done, progress.total)
        if progress.failed:
            words += self.tr(", {0} failed").format(progress.failed)
        if progress.unread:
            words += self.tr(", {0} still to be read").format(progress.unread)
        if progress.seconds_left is not None:
            words += f", {self.time_left(progress.seconds_left)}"
        self._queue.setText(words)
        self._bar.setAccessibleName(words)

    def time_left(self, seconds: float) -> str:
        """A time left in words that do not flicker."""
        if seconds < 10:
            return self.tr("a few seconds left")
        if seconds < 90:
            return self.tr("about {0} s left").format(round(seconds / 5) * 5)
        minutes = round(seconds / 60)
        if minutes < 90:
            return self.tr("about {0} min left").format(minutes)
        return self.tr("about {0} h left").format(f"{seconds / 3600:.1f}")

    @property
    def camera_text(self) -> str:
        """What it says of the camera; empty when none runs."""
        return self._camera.text()

    @property
    def control_text(self) -> str:
        """What it says of daily control; empty while all is well."""
        return "" if self.control.isHidden() else self.control.accessibleName()

    @property
    def profile_text(self) -> str:
        """What it says of the site profile; empty while none speaks."""
        return self._profile.text()

    @property
    def disk_text(self) -> str:
        """What it says of the disk; empty while it has room."""
        return self._disk.text()

    @property
    def queue_text(self) -> str:
        """What it says of the queue; empty when there is none."""
        return "" if self._queue.isHidden() else self._queue.text()

    @property
    def engine_text(self) -> str:
        """What it says of the engine."""
        return self._engine.text()
