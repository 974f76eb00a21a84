"""What a lab wants on its reports: the blocks of the page with the result, the appendix, and its standard phrases."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHBoxLayout,
    QListWidget,
    QListWidgetItem,
    QPlainTextEdit,
    QVBoxLayout,
    QWidget,
)

from leukoscope.gui.widgets.buttons import PushButton, Segmented
from leukoscope.gui.widgets.text import label
from leukoscope.gui.widgets.text_only import text_only
from leukoscope.reports.template import BLOCKS, REQUIRED, Appendix, PageBlock, template_of

_CODE = Qt.ItemDataRole.UserRole
PHRASES_HEIGHT, SPACING = 168, 3


class ReportPanel(QWidget):
    """Shows the template of the lab, and lets it be changed.

    Signals
    -------
    kept(object)
        What the settings shall keep, by name.
    """

    kept = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._shipped: tuple[str, ...] = ()
        self.blocks = QListWidget()
        self.blocks.setSpacing(SPACING)
        self.blocks.setAccessibleName(self.tr("Parts of the first page, in their order"))
        self.blocks.setDragDropMode(QAbstractItemView.DragDropMode.InternalMove)
        self.blocks.setToolTip(self.tr("Drag a part to another place; a part without a tick is left out"))
        self.up = PushButton(self.tr("Up"), "", "")
        self.down = PushButton(self.tr("Down"), "", "")
        self.reset = PushButton(self.tr("As shipped"), "", "undo")
        self.appendix = Segmented(self.tr("Pictures and maps of cells"))
        self.appendix.set_choices(
            [
                (Appendix.NONE.value, self.tr("None")),
                (Appendix.DECIDING.value, self.tr("Deciding cells")),
                (Appendix.ALL.value, self.tr("All cells")),
            ]
        )
        self.phrases = QPlainTextEdit()
        self.phrases.setAccessibleName(self.tr("Standard phrases, one in each line"))
        self.phrases.setTabChangesFocus(True)
        self.phrases.setFixedHeight(PHRASES_HEIGHT)
        text_only(self.phrases)
        self.keep_phrases = PushButton(self.tr("Keep phrases"), "", "check")
        self.shipped_phrases = PushButton(self.tr("Phrases of the program"), "", "undo")
        self.shipped_phrases.setToolTip(self.tr("Offer again what the program comes with, in the language of reports"))
        self._lay_out()
        self._connect()

    def _lay_out(self) -> None:
        buttons = QVBoxLayout()
        for button in (self.up, self.down, self.reset):
            buttons.addWidget(button)
        buttons.addStretch(1)
        parts = QHBoxLayout()
        parts.setSpacing(12)
        parts.addWidget(self.blocks, 1)
        parts.addLayout(buttons)
        below = QHBoxLayout()
        below.addWidget(self.keep_phrases)
        below.addWidget(self.shipped_phrases)
        below.addStretch(1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        column.addWidget(label(self.tr("Parts of the first page, in their order")))
        column.addLayout(parts)
        column.addSpacing(4)
        column.addWidget(label(self.tr("Pictures and maps of cells")))
        column.addWidget(self.appendix, 0, Qt.AlignmentFlag.AlignLeft)
        note = self.tr("Deciding cells are those named otherwise by a person, unsure and leukemic ones, 48 at most.")
        column.addWidget(label(note, "small", wrap=True))
        column.addSpacing(4)
        column.addWidget(label(self.tr("Standard phrases, one in each line")))
        column.addWidget(self.phrases)
        column.addLayout(below)

    def _connect(self) -> None:
        self.up.clicked.connect(lambda: self._move(-1))
        self.down.clicked.connect(lambda: self._move(1))
        self.reset.clicked.connect(lambda: self.kept.emit({"report_blocks": ()}))
        self.appendix.chosen.connect(lambda key: self.kept.emit({"report_appendix": key}))
        self.blocks.itemChanged.connect(lambda _item: self._keep_blocks())
        self.blocks.model().rowsMoved.connect(lambda *_: self._keep_blocks())
        self.blocks.currentRowChanged.connect(lambda _row: self._allow())
        self.keep_phrases.clicked.connect(self.save_phrases)
        self.shipped_phrases.clicked.connect(lambda: self.kept.emit({"phrases": ()}))
        self.phrases.textChanged.connect(self._allow)

    # What is set -----------------------------------------------------------------------------------------------

    def show_template(self, blocks: Sequence[str], appendix: str, own: Sequence[str], shipped: Sequence[str]) -> None:
        """Show what is set.

        Parameters
        ----------
        blocks, appendix
            As the settings have them.
        own, shipped
            The lab's phrases, none where it has written none, and those of the program.
        """
        template = template_of(blocks, appendix)
        if list(template.blocks) != self._checked() or self.blocks.count() != len(BLOCKS):
            self._fill(template.blocks)
        self.appendix.choose(template.appendix.value)
        self._shipped = tuple(shipped)
        text = "\n".join(own or shipped)
        if self.phrases.toPlainText() != text:
            self.phrases.setPlainText(text)
        self.phrases.document().setModified(False)
        self.shipped_phrases.setEnabled(bool(own))
        self._allow()

    def save_phrases(self) -> None:
        """Keep what is written; the program's own words are kept as none, so that they follow the language."""
        if self.phrases.document().isModified():
            lines = (line.strip() for line in self.phrases.toPlainText().splitlines())
            written = tuple(line for line in lines if line)
            self.kept.emit({"phrases": () if written == self._shipped else written})

    def _fill(self, chosen: Sequence[PageBlock]) -> None:
        row = self.blocks.currentRow()
        was = self.blocks.blockSignals(True)
        self.blocks.clear()
        for block in (*chosen, *(one for one in BLOCKS if one not in chosen)):
            word = self._word(block)
            item = QListWidgetItem(self.tr("{0} (always)").format(word) if block in REQUIRED else word)
            item.setData(_CODE, block.value)
            flags = Qt.ItemFlag.ItemIsSelectable | Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsDragEnabled
            if block not in REQUIRED:
                flags |= Qt.ItemFlag.ItemIsUserCheckable
            item.setFlags(flags)
            item.setCheckState(Qt.CheckState.Checked if block in chosen else Qt.CheckState.Unchecked)
            if block in REQUIRED:
                item.setToolTip(self.tr("Stands on every report"))
            self.blocks.addItem(item)
        self.blocks.setCurrentRow(row)
        self.blocks.blockSignals(was)
        self.blocks.setFixedHeight(
            (self.blocks.sizeHintForRow(0) + 2 * SPACING) * len(BLOCKS) + 2 * self.blocks.frameWidth() + 2
        )

    def _word(self, block: PageBlock) -> str:
        return {
            PageBlock.CONCLUSION: self.tr("Conclusion"),
            PageBlock.DIFFERENTIAL: self.tr("Differential"),
            PageBlock.LEUKEMIC: self.tr("Leukemic, healthy, unsure"),
            PageBlock.QUALITY: self.tr("Image quality"),
            PageBlock.LIMITS: self.tr("What the program cannot know"),
            PageBlock.SIGNATURES: self.tr("Signatures"),
            PageBlock.EARLIER: self.tr("Earlier cases of the patient"),
        }[block]

    def _checked(self) -> list[PageBlock]:
        items = (self.blocks.item(row) for row in range(self.blocks.count()))
        return [PageBlock(item.data(_CODE)) for item in items if item.checkState() is Qt.CheckState.Checked]

    def _move(self, step: int) -> None:
        row = self.blocks.currentRow()
        if 0 <= row < self.blocks.count() and 0 <= row + step < self.blocks.count():
            was = self.blocks.blockSignals(True)
            item = self.blocks.takeItem(row)
            self.blocks.insertItem(row + step, item)
            self.blocks.setCurrentRow(row + step)
            self.blocks.blockSignals(was)
            self._allow()
            self._keep_blocks()

    def _keep_blocks(self) -> None:
        self.kept.emit({"report_blocks": tuple(one.value for one in self._checked())})

    def _allow(self) -> None:
        row = self.blocks.currentRow()
        self.up.setEnabled(row > 0)
        self.down.setEnabled(0 <= row < self.blocks.count() - 1)
        self.keep_phrases.setEnabled(self.phrases.document().isModified())
