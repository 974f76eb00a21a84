"""The inspector: one cell, both opinions, why, and the person's label."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QScrollArea, QStackedWidget, QVBoxLayout, QWidget

from leukoscope.domain.cases import CaseCell, CaseFrame
from leukoscope.domain.findings import ExplanationMap, Label, Naming
from leukoscope.domain.weak_evidence import is_weak
from leukoscope.gui import class_words, verdicts
from leukoscope.gui.model_names import ModelNames
from leukoscope.gui.review.cell_rendering import (
    Evidence,
    MapView,
    RenderedCell,
    Speaker,
    evidence_label,
    has_sides,
    maps_of,
)
from leukoscope.gui.review.comment_field import CommentField
from leukoscope.gui.review.label_keys import LabelKeys
from leukoscope.gui.review.map_options import MapOptions
from leukoscope.gui.review.map_pair import MapPair
from leukoscope.gui.review.naming_card import NamingCard
from leukoscope.gui.review.opinion_card import OpinionCard
from leukoscope.gui.review.shape_table import ShapeTable
from leukoscope.gui.review.verdict_panel import QualityPanel, VerdictPanel, section
from leukoscope.gui.widgets.buttons import IconButton
from leukoscope.gui.widgets.text import ElidedLabel, label, line

WIDTH = 372


class Inspector(QFrame):
    """Shows one cell.

    Signals
    -------
    label_chosen(object)
        A person's PersonLabel, ``None`` takes it back.
    view_changed(object)
        The MapView a person wants.
    stepped(int)
        To the next (+1) or the cell before (-1).
    """

    label_chosen = Signal(object)
    view_changed = Signal(object)
    stepped = Signal(int)

    def __init__(self, view: MapView, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("panel")
        self.setMinimumWidth(WIDTH)
        self.setAccessibleName(self.tr("Inspector"))
        self._cell: CaseCell | None = None
        self._names, self._name, self._chosen = ModelNames(), "", 1
        self.tools = QHBoxLayout()
        self._place = label("", "heading")
        self._source = ElidedLabel("", "small")
        self._back = IconButton("previous", self.tr("Previous cell"))
        self._on = IconButton("next", self.tr("Next cell"))
        self._verdict = VerdictPanel()
        self.shape = ShapeTable()
        self.comment = CommentField()
        self.pair = MapPair()
        self.cards: list[OpinionCard] = []
        self.naming = NamingCard()
        self.naming.map_chosen.connect(self.choose_map)
        self._card_column = QVBoxLayout()
        self.options = MapOptions(view)
        self._quality = QualityPanel()
        self.keys = LabelKeys()
        self._stack = QStackedWidget()
        self._nothing = label(self.tr("Choose a cell to see what the models say of it, and why."), "muted", wrap=True)
        self._lay_out()
        self._back.clicked.connect(lambda: self.stepped.emit(-1))
        self._on.clicked.connect(lambda: self.stepped.emit(1))
        self.options.changed.connect(self._options_changed)
        self.keys.chosen.connect(self.label_chosen)
        self._stack.setCurrentWidget(self._nothing)

    # Building --------------------------------------------------------------------------------------------------

    def _lay_out(self) -> None:
        self._nothing.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._nothing.setMargin(32)
        shown = QWidget()
        whole = QVBoxLayout(shown)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.setSpacing(0)
        whole.addLayout(self._head())
        pinned = QVBoxLayout()
        pinned.setContentsMargins(16, 0, 16, 8)
        pinned.addWidget(self._verdict)
        whole.addLayout(pinned)
        whole.addWidget(line())
        whole.addWidget(self._scrolled(), 1)
        whole.addWidget(self.keys)
        self._stack.addWidget(shown)
        self._stack.addWidget(self._nothing)
        column = QVBoxLayout(self)
        column.setContentsMargins(1, 0, 0, 0)
        column.addWidget(self._stack)
        self._shown = shown

    def _head(self) -> QHBoxLayout:
        words = QVBoxLayout()
        words.setSpacing(0)
        words.addWidget(self._place)
        words.addWidget(self._source)
        row = QHBoxLayout()
        row.setContentsMargins(16, 8, 8, 8)
        row.setSpacing(4)
        row.addLayout(words, 1)
        row.addLayout(self.tools)
        row.addWidget(self._back)
        row.addWidget(self._on)
        return row

    def _scrolled(self) -> QScrollArea:
        inner = QWidget()
        inner.setObjectName("scrolled")
        column = QVBoxLayout(inner)
        column.setContentsMargins(16, 8, 16, 16)
        column.setSpacing(12)
        column.addWidget(self.pair)
        column.addWidget(self.comment)
        column.addWidget(self._verdict.more)
        column.addWidget(section(self.tr("Shape"), self.shape))
        self._card_column.setSpacing(8)
        self._card_column.addWidget(self.naming)
        column.addLayout(self._card_column)
        column.addWidget(section(self.tr("Map"), self.options))
        column.addWidget(section(self.tr("Image quality"), self._quality))
        column.addStretch(1)
        area = QScrollArea()
        area.setWidgetResizable(True)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        area.setWidget(inner)
        return area

    # What it shows ---------------------------------------------------------------------------------------------

    @property
    def view(self) -> MapView:
        """How maps are shown."""
        return self.options.view

    @property
    def cell(self) -> CaseCell | None:
        """The cell shown."""
        return self._cell

    def set_names(self, names: ModelNames) -> None:
        """Say what models and maps are called."""
        self._names = names

    def show_nothing(self) -> None:
        """No cell is chosen."""
        self._cell = None
        self._stack.setCurrentWidget(self._nothing)

    def show_cell(self, place: tuple[int, int], cell: CaseCell, frame: CaseFrame) -> None:
        """Show a cell: its row and how many rows there are, and the image it lies in."""
        if self._cell is None or self._cell.id != cell.id:
            self.pair.show_cell(None, None)
        self._cell = cell
        self._stack.setCurrentWidget(self._shown)
        self._place.setText(self.tr("Cell {0} of {1}").format(*place))
        self._name = frame.origin.name if frame.origin else Path(frame.source).name
        self.show_chosen(self._chosen)
        self._verdict.show_cell(cell)
        self.shape.show_finding(cell.finding)
        self._quality.show_frame(frame)
        self._show_opinions(cell)
        self.comment.show_cell(cell)
        self.keys.show_cell(cell)

    def show_chosen(self, count: int) -> None:
        """Say how many cells a label goes to, in the place of the image's name where it is more than one."""
        self._chosen = count
        self._source.setText(self.tr("{0} chosen: a label goes to all").format(count) if count > 1 else self._name)

    def _show_opinions(self, cell: CaseCell) -> None:
        opinions = cell.finding.opinions
        while len(self.cards) > len(opinions):
            card = self.cards.pop()
            self._card_column.removeWidget(card)
            card.deleteLater()
        while len(self.cards) < len(opinions):
            card = OpinionCard()
            card.map_chosen.connect(self.choose_map)
            self._card_column.addWidget(card)
            self.cards.append(card)
        maps, naming = maps_of(cell), cell.finding.naming
        number = min(self.view.number, max(len(maps) - 1, 0))
        self.naming.setVisible(naming is not None)
        if naming is not None:
            self.naming.show_naming(naming, self._names, number if self.view.on else -1)
        first = len(naming.maps) if naming is not None else 0
        for card, opinion in zip(self.cards, opinions, strict=True):
            card.show_opinion(opinion, self._names, first, number if self.view.on else -1)
            first += len(opinion.maps)
        if maps:
            self.options.set_sided(has_sides(*maps[number]))
        self.options.setEnabled(bool(maps))

    def show_images(self, pictures: RenderedCell) -> None:
        """Show the pictures of the cell shown."""
        cell = self._cell
        if cell is None:
            return
        maps = maps_of(cell)
        if not self.view.on:
            self.pair.show_cell(pictures.around, pictures.raw)
            return
        caption = self._map_caption(*maps[min(self.view.number, len(maps) - 1)]) if maps else ""
        nothing = self.tr("This cell was judged without maps.")
        self.pair.show_map(pictures.raw, pictures.mapped, caption if pictures.mapped else "", nothing)
        self.pair.legend.set_palette(self.view.palette)

    def _map_caption(self, opinion: Speaker, one: ExplanationMap) -> str:
        title, label = self._names.map_title(opinion.bundle.name, one.name), self._evidence(opinion, one)
        side = class_words.class_word(opinion.code) if isinstance(opinion, Naming) else verdicts.word(label).lower()
        text = self.tr("{0}: for {1}") if one.kind.evidence else self.tr("{0}: where it looked")
        caption = text.format(title, side)
        return self.tr("Weak evidence. {0}").format(caption) if is_weak(one, label) else caption

    def _evidence(self, opinion: Speaker, one: ExplanationMap) -> Label:
        return evidence_label(opinion, one, self.view.evidence)

    # What a person does ----------------------------------------------------------------------------------------

    def choose_map(self, number: int) -> None:
        """Show a map by its number from 0; unknown numbers are left alone."""
        if self._cell is not None and number < len(maps_of(self._cell)):
            self.set_view(replace(self.view, on=True, number=number))

    def step_map(self, by: int) -> None:
        """Show the next map or the one before, around the end; one that is off comes on."""
        count = len(maps_of(self._cell)) if self._cell is not None else 0
        if count:
            now = min(self.view.number, count - 1)
            self.choose_map((now + by) % count if self.view.on else now)

    def toggle_map(self) -> None:
        """Map on or off."""
        self.set_view(replace(self.view, on=not self.view.on))

    def toggle_contour(self) -> None:
        """Heat or contour."""
        self.set_view(replace(self.view, mode="heat" if self.view.mode == "contour" else "contour"))

    def swap_evidence(self) -> None:
        """Show what speaks for the other side."""
        if self._cell is None or not maps_of(self._cell):
            return
        maps = maps_of(self._cell)
        opinion, one = maps[min(self.view.number, len(maps) - 1)]
        if not has_sides(opinion, one):
            return
        now = evidence_label(opinion, one, self.view.evidence)
        other = Evidence.HEALTHY if now is Label.LEUKEMIC else Evidence.LEUKEMIC
        self.set_view(replace(self.view, evidence=other))

    def set_view(self, view: MapView) -> None:
        """Show maps another way, and tell."""
        self.options.set_view(view)
        self._options_changed(view)

    def set_palette(self, palette: str) -> None:
        """Show maps in another palette."""
        if palette != self.view.palette:
            self.set_view(replace(self.view, palette=palette))

    def _options_changed(self, view: MapView) -> None:
        if self._cell is not None:
            self._show_opinions(self._cell)
        self.view_changed.emit(view)
