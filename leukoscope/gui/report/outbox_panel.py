"""The outbox: what is on its way to other systems, how it goes, and what a person can do about it."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import QFrame, QHBoxLayout, QVBoxLayout, QWidget

from leukoscope.domain.lines import Line
from leukoscope.gui.bridge import Bridge
from leukoscope.gui.language import said
from leukoscope.gui.report.instance_lines import instance_lines
from leukoscope.gui.widgets.buttons import IconButton
from leukoscope.gui.widgets.text import ElidedLabel, label
from leukoscope.workflow.delivery.message import Channel, Message, MessageState
from leukoscope.workflow.events import Event, OutboxChanged
from leukoscope.workflow.lines import line_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from leukoscope.workflow.workbench import Workbench

SHOWN = 6
"""So many messages stand in the panel, those that need a person first."""
REFRESH_MS = 15_000


class OutboxPanel(QWidget):
    """A short list of messages with retry and cancel."""

    def __init__(self, bridge: Bridge, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._bridge = bridge
        self.messages: tuple[Message, ...] = ()
        self._shown: dict[str, tuple[Message, QFrame]] = {}
        self._rows = QVBoxLayout()
        self._rows.setSpacing(8)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        column.addWidget(label(self.tr("Outbox"), "heading"))
        column.addLayout(self._rows)
        self._more = label("", "small", wrap=True)
        column.addWidget(self._more)
        self._timer = QTimer(self)
        self._timer.setInterval(REFRESH_MS)
        self._timer.timeout.connect(self.refresh)
        bridge.happened.connect(self._heard)
        self._show()

    def _heard(self, event: Event) -> None:
        if isinstance(event, OutboxChanged):
            self.refresh()

    def refresh(self) -> None:
        """Ask for the messages and show them."""
        if self._bridge.is_open:
            self._bridge.read(lambda bench: bench.delivery.messages(), self._got, owner=self)

    def _got(self, messages: tuple[Message, ...]) -> None:
        self.messages = messages
        self._show()

    def _show(self) -> None:
        while (item := self._rows.takeAt(0)) is not None:
            widget = item.widget()
            if widget is not None:
                # Out of the panel at once: it is deleted later, and its buttons must not be found until then.
                widget.setParent(None)
                widget.deleteLater()
        for message in self._chosen():
            self._rows.addWidget(self._row(message))
        rest = len(self.messages) - SHOWN
        self._more.setText(self.tr("and {0} more").format(rest) if rest > 0 else "")
        self._more.setVisible(rest > 0)
        self.setVisible(bool(self.messages))
        if any(one.state in {MessageState.WAITING, MessageState.STORED} for one in self.messages):
            self._timer.start()
        else:
            self._timer.stop()

    def _drop(self, row: QFrame) -> None:
        """Out of sight and reach at once: deleteLater alone leaves buttons of old messages to be pressed."""
        self._rows.removeWidget(row)
        row.hide()
        row.setParent(None)
        row.deleteLater()

    def _chosen(self) -> list[Message]:
        """What failed, what waits, then the rest; the newest first."""
        order = tuple(MessageState[name] for name in ("FAILED", "WAITING", "STORED", "SENT", "CANCELLED"))
        return sorted(self.messages, key=lambda one: order.index(one.state))[:SHOWN]

    def _row(self, message: Message) -> QFrame:
        card = QFrame()
        card.setObjectName("card")
        channel = message.channel.value.upper()
        top = QHBoxLayout()
        top.setSpacing(4)
        title = f"{message.case_number or '–'} · {channel}"
        if self._is_clear(message.channel):
            title = self.tr("{0} · in the clear").format(title)
        top.addWidget(ElidedLabel(title, "heading"), 1)
        if message.state in {MessageState.WAITING, MessageState.STORED, MessageState.FAILED}:
            retry = IconButton("again", self.tr("Try again now"))
            retry.clicked.connect(partial(self._act, "retry", message.id))
            words = self.tr("Wait no longer for the archive") if message.objects else self.tr("Take back")
            cancel = IconButton("close", words)
            cancel.clicked.connect(partial(self._act, "cancel", message.id))
            top.addWidget(retry)
            top.addWidget(cancel)
        column = QVBoxLayout(card)
        column.setContentsMargins(12, 8, 8, 8)
        column.setSpacing(2)
        column.addLayout(top)
        column.addWidget(label(self._state_text(message), "muted", wrap=True))
        if message.sentence:
            column.addWidget(label(said(message.sentence), "small", wrap=True))
        for line in instance_lines(message):
            column.addWidget(label(line, "small", wrap=True))
        card.setAccessibleName(f"{channel} {message.case_number}: {self._state_text(message)} {said(message.sentence)}")
        card.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        return card

    def _is_clear(self, channel: Channel) -> bool:
        """Whether anybody on the network can read what leaves this way."""
        if not self._bridge.is_open:
            return False
        if channel is Channel.FHIR:
            # It goes over an encrypted line, or does not leave this computer.
            return False
        name = {Channel.HL7: "hl7_node", Channel.DICOM: "dicom_node"}[channel]
        return line_of(self._bridge.bench.settings.current, name) in {Line.PLAIN, Line.UNCONFIRMED}

    def _state_text(self, message: Message) -> str:
        settled = message.settled_at.astimezone() if message.settled_at else None
        when = f"{settled:%Y-%m-%d %H:%M}" if settled else ""
        if message.state is MessageState.WAITING:
            if message.tries == 0 or message.next_at is None:
                return self.tr("Waiting")
            return self.tr("Waiting; next try at {0}").format(f"{message.next_at.astimezone():%H:%M:%S}")
        if message.is_kept:
            return self.tr("Sent and kept by the archive {0}").format(when)
        return {
            MessageState.STORED: self.tr("Sent; the archive has not said yet that it keeps it"),
            MessageState.SENT: self.tr("Sent {0}"),
            MessageState.FAILED: self.tr("Failed {0}"),
            MessageState.CANCELLED: self.tr("Not sent, {0}"),
        }[message.state].format(when)

    def _act(self, what: str, message_id: str) -> None:
        def work(bench: Workbench) -> None:
            (bench.delivery.retry if what == "retry" else bench.delivery.cancel)(message_id)

        def failed(sentence: str) -> None:
            self._bridge.failed.emit(sentence)
            self.refresh()

        self._bridge.write(work, owner=self, failed=failed)
