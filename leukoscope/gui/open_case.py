"""The case that is open in the window: its frames and cells by id, kept in step with the store."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime

from PySide6.QtCore import QObject, Signal

from leukoscope.domain.cases import Case, CaseCell, CaseFrame, CaseHeader, Decision
from leukoscope.domain.comments import Comment
from leukoscope.domain.findings import Label
from leukoscope.domain.labels import PersonLabel
from leukoscope.gui.bridge import Bridge
from leukoscope.gui.language import said
from leukoscope.workflow.events import CaseChanged, CellAdded, Event, FrameAdded

TYPE_CHECKING = False
if TYPE_CHECKING:
    from leukoscope.workflow.workbench import Workbench


class OpenCase(QObject):
    """Reads a case through the bridge and tells what changes in it.

    The case *shown* stays as it is until another one has arrived: whoever acts on a case takes ``case`` once, before
    any dialog, and works on that one. A load that fails leaves the shown case as it was.

    Signals
    -------
    loading(int)
        A case was asked for.
    loaded()
        The case is there, or has been read again from scratch.
    load_failed(int)
        The case that was asked for cannot be read; what was shown stays.
    closed()
        No case is open any more.
    frame_added(int)
        Id of a frame that has just been judged.
    cell_added(int)
        Id of a cell that a person drew.
    cell_changed(int)
        Id of a cell whose label a person changed.
    cells_changed(object)
        Ids of cells whose labels a person changed in one step.
    header_changed()
        The header is a new one.
    not_saved(str, object)
        What was typed could not be saved: the sentence, and what saves it once more.
    """

    loading = Signal(int)
    loaded = Signal()
    load_failed = Signal(int)
    closed = Signal()
    frame_added = Signal(int)
    cell_added = Signal(int)
    cell_changed = Signal(int)
    cells_changed = Signal(object)
    header_changed = Signal()
    not_saved = Signal(str, object)

    def __init__(self, bridge: Bridge, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._bridge = bridge
        self._case: Case | None = None
        self._coming = 0
        self._generation = 0
        self._stale = False
        self._then: list[Callable[[], object]] = []
        self._frames: dict[int, CaseFrame] = {}
        self._cells: dict[int, CaseCell] = {}
        self._removed: dict[int, CaseCell] = {}
        self._late: list[tuple[int, CaseFrame]] = []
        bridge.happened.connect(self._heard)

    # What is open ----------------------------------------------------------------------------------------------

    @property
    def id(self) -> int | None:
        """Id of the case shown; ``None`` when none is, also while the first one is on its way."""
        return self._case.id if self._case is not None else None

    @property
    def wanted(self) -> int | None:
        """Id of the case on its way, else of the one shown."""
        return self._coming or self.id

    @property
    def is_leaving(self) -> bool:
        """Whether another case than the one shown is on its way: what is seen is soon gone, so nothing is changed."""
        return self._case is not None and self._coming not in {0, self._case.id}

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
        """How many cells have each label that counts; one that a person named can be none of the three."""
        counts = dict.fromkeys(Label, 0)
        for cell in self._cells.values():
            if (counted := cell.counted) is not None:
                counts[counted] += 1
        return counts

    # What a person does ----------------------------------------------------------------------------------------

    def open(self, case_id: int, then: Callable[[], object] | None = None) -> None:
        """Show another case, or read this one again; ``then`` is called when it is there."""
        if case_id != self._coming:
            self._then, self._late = [], []
        if then is not None:
            self._then.append(then)
        self._coming = case_id
        self._generation += 1
        generation = self._generation
        self.loading.emit(case_id)

        def load(bench: Workbench) -> Case | None:
            return bench.cases.load(case_id) if generation == self._generation else None

        def arrived(case: Case | None) -> None:
            if generation == self._generation and case is not None:
                self._take(case)

        def failed(sentence: str) -> None:
            if generation == self._generation:
                self._stay(case_id, sentence)

        self._bridge.read(load, arrived, owner=self, failed=failed)

    def close_case(self) -> None:
        """Show no case, and wait for none."""
        self._forget_coming()
        self._clear()

    def leave(self, case_id: int) -> None:
        """Show this case no longer, and wait for it no longer; another one that is on its way still comes."""
        if self._coming == case_id:
            self._forget_coming()
            self.load_failed.emit(case_id)
        if self.id == case_id:
            self._clear()

    def _clear(self) -> None:
        self._case = None
        self._frames, self._cells, self._removed = {}, {}, {}
        self.closed.emit()

    def _forget_coming(self) -> None:
        self._generation += 1
        self._coming, self._then, self._late, self._stale = 0, [], [], False

    def decide(self, cell_id: int, label: PersonLabel | None, not_kept: Callable[[], None] | None = None) -> None:
        """Keep a person's label on a cell; ``None`` takes it back. A removed cell takes no label.

        ``not_kept`` is called when it could not be saved, which is said already.
        """
        if cell_id in self._removed:
            return
        cell = self._cells.get(cell_id)
        seen = (cell.decision.said if cell.decision else None,) if cell is not None else None
        decided: CaseCell | None = None
        if cell is not None:
            decided = self._cells[cell_id] = self._decided(cell, label)
            self.cell_changed.emit(cell_id)

        def failed(sentence: str) -> None:
            # The case is read again, but a store that cannot write may not be read either.
            if cell is not None and self._cells.get(cell_id) is decided:
                self._cells[cell_id] = cell
                self.cell_changed.emit(cell_id)
            if not_kept is not None:
                not_kept()
            self.refused(sentence)

        self._bridge.write(lambda bench: bench.judging.decide(cell_id, label, seen), owner=self, failed=failed)
        self._read_again_if_coming()

    def decide_many(
        self, labels: Mapping[int, PersonLabel | None], not_kept: Callable[[Collection[int]], None]
    ) -> None:
        """Keep a person's labels on cells, in one step; ``None`` takes one back.

        ``not_kept`` is called with the ids of those that could not be saved, which is said already.
        """
        before = {cell_id: self._cells[cell_id] for cell_id in labels if cell_id in self._cells}
        decided = {cell_id: self._decided(cell, labels[cell_id]) for cell_id, cell in before.items()}
        self._cells.update(decided)
        self.cells_changed.emit(tuple(decided))
        wanted = {cell_id: labels[cell_id] for cell_id in decided}
        seen = {cell_id: cell.decision.said if cell.decision else None for cell_id, cell in before.items()}

        def failed(sentence: str) -> None:
            # As for one: the case may not be read again.
            back = {one: cell for one, cell in before.items() if self._cells.get(one) is decided[one]}
            self._cells.update(back)
            self.cells_changed.emit(tuple(back))
            not_kept(tuple(before))
            self.refused(sentence)

        def done(conflicts: dict[int, str]) -> None:
            if conflicts:
                not_kept(tuple(conflicts))
                sentence = self.tr("{0} of {1} cells stay as they are: {2}")
                self.refused(sentence.format(len(conflicts), len(wanted), said(next(iter(conflicts.values())))))

        self._bridge.write(lambda bench: bench.judging.decide_many(wanted, seen), done, owner=self, failed=failed)
        self._read_again_if_coming()

    def comment(self, cell_id: int, text: str, not_kept: Callable[[], None]) -> None:
        """Keep a person's comment on a cell; an empty one takes it away. ``not_kept``: see :meth:`decide`."""
        cell = self._cells.get(cell_id)
        if cell is None:
            return
        seen, by = cell.comment.text if cell.comment else "", self._bridge.bench.operator.name
        written = replace(cell, comment=Comment(text, by, datetime.now(UTC)) if text else None)
        self._cells[cell_id] = written
        self.cell_changed.emit(cell_id)

        def failed(sentence: str) -> None:
            if self._cells.get(cell_id) is written:
                self._cells[cell_id] = cell
                self.cell_changed.emit(cell_id)
            not_kept()
            self.refused(sentence)

        self._bridge.write(lambda bench: bench.judging.comment(cell_id, text, seen), owner=self, failed=failed)
        self._read_again_if_coming()

    def _decided(self, cell: CaseCell, label: PersonLabel | None) -> CaseCell:
        by = self._bridge.bench.operator.name
        decision = None if label is None else Decision(label.label, by, datetime.now(UTC), label.code)
        return replace(cell, decision=decision)

    def update_header(self, case_id: int, header: CaseHeader, base: CaseHeader | None = None) -> None:
        """Save the header as it was typed, of this case or another; ``base`` is what stood there before."""
        case = self._case
        before = case.header if case is not None and case.id == case_id else None
        if case is not None and before is not None and before != header:
            self._case = replace(case, header=header)
            self.header_changed.emit()

        def failed(sentence: str) -> None:
            now = self._case
            if before is not None and now is not None and now.id == case_id and now.header == header:
                self._case = replace(now, header=before)
                self.header_changed.emit()
            self.refused(sentence)
            self.not_saved.emit(sentence, lambda: self.update_header(case_id, header, base))

        self._bridge.write(lambda bench: bench.cases.update_header(case_id, header, base), owner=self, failed=failed)
        self._read_again_if_coming()

    def refused(self, sentence: str) -> None:
        """Somebody else was first, or the case is signed: say so, and show what is kept."""
        self._bridge.failed.emit(sentence)
        if self._case is not None and not self.is_leaving:
            self.open(self._case.id)

    # What happens ----------------------------------------------------------------------------------------------

    def _read_again_if_coming(self) -> None:
        """A case that is being read began before what has just been written: its answer would show it as it was."""
        if self._coming and self._coming == self.id:
            self.open(self._coming)

    def _take(self, case: Case) -> None:
        then = self._then
        # Those of before this reading are in it, unless a person took them out again.
        late = [frame for since, frame in self._late if since == self._generation]
        self._forget_coming()
        self._case = case
        self._frames = {frame.id: frame for frame in case.frames}
        for frame in late:
            self._frames.setdefault(frame.id, frame)
        self._cells = {cell.id: cell for frame in self._frames.values() for cell in frame.cells}
        self._removed = {cell.id: cell for frame in self._frames.values() for cell in frame.removed_cells}
        self.loaded.emit()
        for one in then:
            one()

    def _stay(self, case_id: int, sentence: str) -> None:
        """The case cannot be read: what is shown stays, with what has happened to it meanwhile."""
        late, stale = self._late, self._stale
        self._forget_coming()
        if case_id == self.id:
            for _, frame in late:
                self._add(frame)
        self.load_failed.emit(case_id)
        self._bridge.failed.emit(sentence)
        if stale and self._case is not None:
            self.open(self._case.id)

    def _add(self, frame: CaseFrame) -> None:
        self._frames[frame.id] = frame
        self._cells.update((cell.id, cell) for cell in frame.cells)
        self._removed.update((cell.id, cell) for cell in frame.removed_cells)
        self.frame_added.emit(frame.id)

    def _put_in(self, cell: CaseCell) -> None:
        frame = self._frames.get(cell.frame_id)
        if frame is None or cell.id in self._cells:
            return
        self._frames[frame.id] = replace(frame, cells=(*frame.cells, cell))
        self._cells[cell.id] = cell
        self.cell_added.emit(cell.id)

    def _heard(self, event: Event) -> None:
        if isinstance(event, FrameAdded) and event.case_id == self._coming:
            self._late.append((self._generation, event.frame))
        elif isinstance(event, FrameAdded) and event.case_id == self.id:
            self._add(event.frame)
        elif isinstance(event, CellAdded) and event.case_id == self.id:
            self._put_in(event.cell)
        elif isinstance(event, CaseChanged) and event.case_id == self.wanted:
            self.open(event.case_id)
        elif isinstance(event, CaseChanged) and event.case_id == self.id:
            self._stale = True
