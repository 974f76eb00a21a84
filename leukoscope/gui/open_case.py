"""The case that is open in the window: its frames and cells by id, kept in step with the store."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime

from PySide6.QtCore import QObject, Signal

from leukoscope.domain.cases import Case, CaseCell, CaseFrame, CaseHeader, Decision
from leukoscope.domain.findings import Label
from leukoscope.gui.bridge import Bridge
from leukoscope.workflow.events import CaseChanged, CellAdded, Event, FrameAdded


class OpenCase(QObject):
    """Reads a case through the bridge and tells what changes in it.

    Signals
    -------
    loading(int)
        A case was asked for.
    loaded()
        The case is there, or has been read again from scratch.
    closed()
        No case is open any more.
    frame_added(int)
        Id of a frame that has just been judged.
    cell_added(int)
        Id of a cell that a person drew.
    cell_changed(int)
        Id of a cell whose label a person changed.
    header_changed()
        The header is a new one.
    """

    loading = Signal(int)
    loaded = Signal()
    closed = Signal()
    frame_added = Signal(int)
    cell_added = Signal(int)
    cell_changed = Signal(int)
    header_changed = Signal()

    def __init__(self, bridge: Bridge, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._bridge = bridge
        self._case: Case | None = None
        self._wanted = 0
        self._generation = 0
        self._frames: dict[int, CaseFrame] = {}
        self._cells: dict[int, CaseCell] = {}
        self._removed: dict[int, CaseCell] = {}
        self._late: list[CaseFrame] | None = None
        bridge.happened.connect(self._heard)

    # What is open ----------------------------------------------------------------------------------------------

    @property
    def id(self) -> int | None:
        """Id of the open case, or of the one on its way."""
        return self._wanted or None

    @property
    def case(self) -> Case | None:
        """The case as it was read; its header is current, its frames are those of ``frames``."""
        return self._case

    @property
    def frames(self) -> tuple[CaseFrame, ...]:
        """All frames in the order they were added."""
        return tuple(self._frames.values())

    @property
    def cells(self) -> Iterator[CaseCell]:
        """All cells that count, frame by frame."""
        return iter(self._cells.values())

    @property
    def cell_count(self) -> int:
        """How many cells there are."""
        return len(self._cells)

    def frame(self, frame_id: int) -> CaseFrame | None:
        """A frame by id."""
        return self._frames.get(frame_id)

    def cell(self, cell_id: int) -> CaseCell | None:
        """A cell by id, with its latest label, also one that a person took out."""
        return self._cells.get(cell_id) or self._removed.get(cell_id)

    def counts(self) -> dict[Label, int]:
        """How many cells have each label that counts."""
        counts = dict.fromkeys(Label, 0)
        for cell in self._cells.values():
            counts[cell.label] += 1
        return counts

    # What a person does ----------------------------------------------------------------------------------------

    def open(self, case_id: int, then: Callable[[], object] | None = None) -> None:
        """Show another case, or read this one again; ``then`` is called when it is there."""
        self._wanted = case_id
        self._generation += 1
        generation = self._generation
        self._late = []
        self.loading.emit(case_id)

        def arrived(case: Case) -> None:
            if generation == self._generation:
                self._take(case)
                if then is not None:
                    then()

        self._bridge.ask(lambda bench: bench.load_case(case_id), arrived, owner=self)

    def close_case(self) -> None:
        """Show no case."""
        self._wanted = 0
        self._generation += 1
        self._case = None
        self._frames, self._cells, self._removed = {}, {}, {}
        self.closed.emit()

    def decide(self, cell_id: int, label: Label | None) -> None:
        """Keep a person's label on a cell; ``None`` takes it back. A removed cell takes no label."""
        if cell_id in self._removed:
            return
        cell = self._cells.get(cell_id)
        seen = (cell.decision.label if cell.decision else None,) if cell is not None else None
        if cell is not None:
            by = self._bridge.bench.desk.name
            decision = None if label is None else Decision(label, by, datetime.now(UTC))
            self._cells[cell_id] = replace(cell, decision=decision)
            self.cell_changed.emit(cell_id)
        self._bridge.ask(lambda bench: bench.decide(cell_id, label, seen), owner=self, failed=self.refused)

    def update_header(self, case_id: int, header: CaseHeader, base: CaseHeader | None = None) -> None:
        """Save the header as it was typed, of this case or another; ``base`` is what stood there before."""
        case = self._case
        if case is not None and case.id == case_id and case.header != header:
            self._case = replace(case, header=header)
            self.header_changed.emit()
        self._bridge.ask(lambda bench: bench.update_header(case_id, header, base), owner=self, failed=self.refused)

    def refused(self, sentence: str) -> None:
        """Somebody else was first, or the case is signed: say so, and show what is kept."""
        self._bridge.failed.emit(sentence)
        if self._wanted:
            self.open(self._wanted)

    # What happens ----------------------------------------------------------------------------------------------

    def _take(self, case: Case) -> None:
        self._case = case
        self._frames = {frame.id: frame for frame in case.frames}
        for frame in self._late or ():
            self._frames.setdefault(frame.id, frame)
        self._late = None
        self._cells = {cell.id: cell for frame in self._frames.values() for cell in frame.cells}
        self._removed = {cell.id: cell for frame in self._frames.values() for cell in frame.removed_cells}
        self.loaded.emit()

    def _put_in(self, cell: CaseCell) -> None:
        frame = self._frames.get(cell.frame_id)
        if frame is None or cell.id in self._cells:
            return
        self._frames[frame.id] = replace(frame, cells=(*frame.cells, cell))
        self._cells[cell.id] = cell
        self.cell_added.emit(cell.id)

    def _heard(self, event: Event) -> None:
        if isinstance(event, FrameAdded) and event.case_id == self._wanted and self._late is not None:
            self._late.append(event.frame)
        elif isinstance(event, FrameAdded) and self._case is not None and event.case_id == self._case.id:
            self._frames[event.frame.id] = event.frame
            self._cells.update((cell.id, cell) for cell in event.frame.cells)
            self._removed.update((cell.id, cell) for cell in event.frame.removed_cells)
            self.frame_added.emit(event.frame.id)
        elif isinstance(event, CellAdded) and self._case is not None and event.case_id == self._case.id:
            self._put_in(event.cell)
        elif isinstance(event, CaseChanged) and event.case_id == self._wanted:
            self.open(event.case_id)
