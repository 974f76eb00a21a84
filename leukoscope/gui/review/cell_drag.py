"""Chosen cells are taken to a class with the mouse: to another group of the gallery, or to a label button."""

from __future__ import annotations

from PySide6.QtCore import QObject, QPoint, Signal

from leukoscope.domain.labels import PersonLabel, named
from leukoscope.gui import verdicts
from leukoscope.gui.review.gallery import CellGallery
from leukoscope.gui.review.label_keys import LabelKeys


class CellDrag(QObject):
    """Says beside the mouse what would happen, and tells it when the cells are let go.

    Signals
    -------
    dropped(object)
        The PersonLabel that a person gives the chosen cells so.
    """

    dropped = Signal(object)

    def __init__(self, gallery: CellGallery, keys: LabelKeys) -> None:
        super().__init__(gallery)
        self._gallery, self._keys = gallery, keys
        gallery.picker.dragged.connect(self._over)
        gallery.picker.dropped.connect(self._let_go)

    def target(self, on_screen: QPoint) -> PersonLabel | None:
        """What lies at a point of the screen: a label, or ``None``, also over the group that all of them are from."""
        said = self._keys.said_at(on_screen)
        if said is not None:
            return said
        section, gallery = self._gallery.group_under(on_screen), self._gallery
        if section is None or section.code is None:
            return None
        own = {gallery.model.group_of(one) for one in gallery.chosen_ids}
        return None if own == {section.code} else named(section.code)

    def _over(self, on_screen: QPoint) -> None:
        said, count = self.target(on_screen), len(self._gallery.chosen_ids)
        cells = self.tr("{0} cells").format(count) if count > 1 else self.tr("This cell")
        where = self.tr("let go over a group or a label") if said is None else verdicts.said_within(said)
        words = f"{cells}: {where}"
        self._gallery.picker.say(words, on_screen)

    def _let_go(self, on_screen: QPoint) -> None:
        said = self.target(on_screen)
        if said is not None:
            self.dropped.emit(said)
