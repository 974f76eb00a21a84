"""One model in the list: whether it judges, and what it is."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QHBoxLayout, QSizePolicy, QToolButton, QVBoxLayout, QWidget

from leukoscope.gui.models.model_card import ModelFacts
from leukoscope.gui.widgets.buttons import CheckBox
from leukoscope.gui.widgets.text import ElidedLabel


class ModelRow(QFrame):
    """A tick, and a button that shows the model's card."""

    def __init__(self, facts: ModelFacts, judges: bool, speaking: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.judges = CheckBox()
        self.judges.setChecked(judges)
        self.judges.setToolTip(self.tr("Let this model judge new images"))
        self.judges.setAccessibleName(self.tr("{0} judges new images").format(facts.title))
        self.button = QToolButton()
        self.button.setObjectName(facts.name)
        self.button.setProperty("role", "row")
        self.button.setCheckable(True)
        self.button.setAutoExclusive(False)
        self.button.setAccessibleName(facts.title)
        inside = QVBoxLayout(self.button)
        inside.setContentsMargins(10, 6, 10, 6)
        inside.setSpacing(0)
        title, note = ElidedLabel(facts.title, "heading"), ElidedLabel("", "small")
        origin = self.tr("came with the program") if facts.shipped else self.tr("imported")
        voice = f" · {self.tr('with {0}').format(speaking)}" if judges and speaking else ""
        note.setText(f"{self.tr('version {0}').format(facts.version)} · {origin}{voice}")
        for one in (title, note):
            one.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
            inside.addWidget(one)
        self.button.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(8)
        row.addWidget(self.judges)
        row.addWidget(self.button, 1)
