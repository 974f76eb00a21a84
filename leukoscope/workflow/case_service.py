"""The cases of the running program: listed, opened, changed, put away and erased, each by who may."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from leukoscope.domain.cases import Case, CaseCell, CaseFrame, CaseHeader, CaseQuery, CaseSummary, Priority
from leukoscope.domain.cells import CellImage
from leukoscope.domain.errors import BundleError, SiteError
from leukoscope.domain.frames import Frame
from leukoscope.domain.progress import CancelToken
from leukoscope.domain.waiting import Arrival, Scale
from leukoscope.workflow.case_repository import CaseRepository
from leukoscope.workflow.erasing import CaseEraser
from leukoscope.workflow.events import (
    CaseChanged,
    CaseErased,
    CaseListChanged,
    Event,
    FrameAdded,
    OrdersProgress,
    OrdersTaken,
)
from leukoscope.workflow.jobs import Jobs
from leukoscope.workflow.operator_session import OperatorSession
from leukoscope.workflow.permissions import Act
from leukoscope.workflow.queue import AnalysisQueue
from leukoscope.workflow.settings import Settings
from leukoscope.workflow.views import tell_of_view

if TYPE_CHECKING:
    from leukoscope.exchange.orders import LabOrder
    from leukoscope.inference.library import InstalledBundle
    from leukoscope.workflow.delivery.service import DeliveryService
    from leukoscope.workflow.worklist import ImportReport

logger = logging.getLogger(__name__)


class CaseService:
    """What people do with whole cases, their headers and their images.

    Parameters
    ----------
    repository
        The cases.
    operator
        Who works here, and what they may do.
    settings
        Gives what a person has set.
    queue
        Judges images that are taken in.
    bundles
        Gives the models that judge.
    eraser
        Erases cases for good.
    delivery
        Gives the outbox.
    jobs
        Runs what takes long.
    tell
        Told what happens.
    """

    def __init__(
        self,
        repository: CaseRepository,
        operator: OperatorSession,
        settings: Callable[[], Settings],
        queue: AnalysisQueue,
        bundles: Callable[[], Sequence[InstalledBundle]],
        eraser: CaseEraser,
        delivery: Callable[[], DeliveryService],
        jobs: Jobs,
        tell: Callable[[Event], None],
    ) -> None:
        self._repository, self._operator, self._settings, self._queue = repository, operator, settings, queue
        self._bundles, self._eraser, self._delivery = bundles, eraser, delivery
        self._jobs, self._tell = jobs, tell

    def search(self, search: str = "") -> tuple[CaseSummary, ...]:
        """Cases whose number, patient, specimen or notes contain ``search``; newest first."""
        self._operator.require(Act.SEE_LIST)
        return self._repository.store.list(search)

    def create(self, header: CaseHeader | None = None) -> int:
        """Create a case; without a header it gets the next number."""
        with self._operator.doing(Act.NEW_CASE):
            case_id = self._repository.new_case(header, self._operator_name)
        self._tell(CaseListChanged())
        return case_id

    def open_demo(self) -> int:
        """The demo case: drawn when it is not there, or not whole after an interrupted start.

        It is judged already where the models are those that the program was built with; else it goes into the queue.
        """
        from leukoscope.reports.words import load_words
        from leukoscope.workflow.app_dirs import translations
        from leukoscope.workflow.demo_case import demo_header
        from leukoscope.workflow.languages import chosen_language

        header = demo_header(load_words(chosen_language(self._settings().language), translations()))
        with self._operator.doing(Act.NEW_CASE):
            found = self._repository.store.the_one(header.number)
            case_id = self.create(header) if found is None else found
            if not self._queue.waiting(case_id):
                self._fill_demo(case_id)
        return case_id

    def _fill_demo(self, case_id: int) -> None:
        from leukoscope.workflow.demo import demo_sources, judged_already

        there = {frame.source for frame in self._repository.load(case_id).frames}
        images = demo_sources()
        missing = [one for one in images if one.name not in there]
        if not missing:
            return
        try:
            found = judged_already(images, self._bundles())
        except (BundleError, SiteError) as error:
            logger.info("demo: not judged already: %s", error.message)
            found = ()
        if found:
            for one, analysis in zip(images, found, strict=True):
                if one in missing:
                    self._tell(FrameAdded(case_id, self._repository.add(case_id, one, analysis)))
            self._tell(CaseListChanged())
            return
        arrivals = [Arrival(one.name, one.data, one.origin, scale=Scale(one.um_per_px, True)) for one in missing]
        self._queue.accept(case_id, arrivals)

    def load(self, case_id: int) -> Case:
        """Read a whole case, without pixels."""
        self._operator.require(Act.SEE)
        return self._repository.load(case_id)

    def cell(self, case_id: int, cell_id: int) -> tuple[CaseFrame, CaseCell] | None:
        """One cell that counts, with its image; ``None`` where the case has no such cell."""
        self._operator.require(Act.SEE)
        return self._repository.store.parts.cell(case_id, cell_id)

    def image(self, case_id: int, frame_id: int) -> CaseFrame | None:
        """One image of a case, without its cells; ``None`` where the case has no such image."""
        self._operator.require(Act.SEE)
        return self._repository.store.parts.image(case_id, frame_id)

    def outline(self, case_id: int) -> tuple[Case, dict[int, int]]:
        """A case without its cells, and how many cells each image has."""
        self._operator.require(Act.SEE)
        return self._repository.store.parts.outline(case_id)

    def version(self, case_id: int) -> int | None:
        """A number that grows with every change of a case; ``None`` when there is none of this key in the list."""
        self._operator.look(Act.SEE)
        store = self._repository.store
        return store.version(case_id) if store.is_there(case_id) else None

    def take_order(self, order: LabOrder) -> ImportReport:
        """Begin, change or cancel the case of one order, by the rules of a list of orders."""
        from leukoscope.workflow.worklist import Tally, take_order

        tally = Tally()
        with self._operator.doing(Act.IMPORT_ORDERS):
            take_order(self._repository.store, order, tally)
        self._tell(CaseListChanged())
        return tally.report()

    def open_number(self, number: str) -> int:
        """The case of this number, made where there is none: what a barcode scanner types, in any spelling.

        Raises
        ------
        StoreError
            When it is no number, several cases of an earlier version have it, or its case was taken off the list.
        """
        with self._operator.doing(Act.NEW_CASE):
            return self._repository.open_number(number, self._operator_name, lambda: self._tell(CaseListChanged()))

    def find(self, query: CaseQuery, limit: int, offset: int = 0) -> tuple[CaseSummary, ...]:
        """A part of the list of cases, filtered and in the order asked for."""
        self._operator.require(Act.SEE_LIST)
        return self._repository.store.list(query.search, limit, offset, query)

    def set_priority(self, case_id: int, priority: Priority) -> None:
        """Say how soon a case is wanted."""
        with self._operator.doing(Act.PRIORITY):
            self._repository.store.set_priority(case_id, priority)
        self._tell(CaseListChanged())

    def import_orders(self, path: Path) -> None:
        """Take the orders of a list (CSV, HL7) in the background: OrdersProgress, then OrdersTaken, or Failed."""
        from leukoscope.workflow.worklist import import_orders

        def run(cancel: CancelToken) -> None:
            report = import_orders(self._repository.store, path, lambda now: self._tell(OrdersProgress(now)), cancel)
            self._tell(CaseListChanged())
            self._tell(OrdersTaken(report))

        with self._operator.doing(Act.IMPORT_ORDERS):
            self._jobs.run("orders", self._operator.bound(run))

    def update_header(self, case_id: int, header: CaseHeader, base: CaseHeader | None = None) -> None:
        """Save what the lab wrote on top of a case; ``base`` is what stood there before the person typed.

        Raises
        ------
        NumberTakenError
            When another case has the number, in this or another spelling; nothing is changed.
        """
        try:
            with self._operator.doing(Act.HEADER):
                self._repository.store.update_header(case_id, header, base)
        finally:
            # After a refusal too: forms must show again what is kept.
            self._tell(CaseListChanged())

    def frame(self, frame: CaseFrame) -> Frame:
        """Decoded pixels of an image of a case."""
        self._operator.look(Act.SEE)
        return self._repository.frame(frame)

    def cell_image(self, frame: CaseFrame, cell: CaseCell) -> CellImage:
        """A cell as the models saw it."""
        self._operator.look(Act.SEE)
        return self._repository.cell_image(frame, cell)

    def remove_frame(self, case_id: int, frame_id: int) -> None:
        """Take an image out of a case; ``restore_frame`` brings it back."""
        with self._operator.doing(Act.IMAGES):
            self._repository.store.frames.remove(frame_id)
        self._tell(CaseChanged(case_id))

    def restore_frame(self, case_id: int, frame_id: int) -> None:
        """Bring a removed image back."""
        with self._operator.doing(Act.IMAGES):
            self._repository.store.frames.restore(frame_id)
        self._tell(CaseChanged(case_id))

    def put_away(self, case_id: int) -> None:
        """Put a case away, off the list; ``bring_back`` brings it back."""

        def take_back(_: CancelToken) -> None:
            self._delivery().take_back(case_id)

        with self._operator.doing(Act.PUT_AWAY):
            self._repository.store.remove_case(case_id)
            self._jobs.run("outbox", self._operator.bound(take_back))
        self._tell(CaseListChanged())

    def bring_back(self, case_id: int) -> None:
        """Bring a case back that was put away."""
        with self._operator.doing(Act.PUT_AWAY):
            self._repository.store.restore_case(case_id)
        self._tell(CaseListChanged())

    def holding_backups(self, case_id: int) -> tuple[str, ...]:
        """Copies that would still hold a case after it is erased, by name."""
        self._operator.require(Act.SEE)
        return self._eraser.backups(case_id)

    def hold(self, case_id: int) -> None:
        """Say which case is open here, 0 for none: at other workstations nobody erases it meanwhile.

        The audit trail tells of it where somebody looks who has not worked on the case.
        """
        self._repository.store.open_case_lock.hold(case_id)
        if case_id:
            tell_of_view(self._repository.store, case_id, self._operator.name)

    def erase(self, case_id: int, reason: str) -> None:
        """Erase a case for good; its rows are gone when this returns, all else goes in the background: CaseErased.

        Raises
        ------
        AccessError
            When an administrator must do it, or nobody has said their name.
        StoreError
            Without a fitting reason, while the case is in use here, or open at another workstation.
        """
        begun = self._eraser.begin(case_id, reason)
        self._tell(CaseListChanged())

        def run(_: CancelToken) -> None:
            self._eraser.finish(begun.left)
            self._tell(CaseErased(case_id, begun.backups, self._repository.store.database.is_shared))

        self._jobs.run("erase", run)

    @property
    def _operator_name(self) -> str:
        return self._operator.name or self._settings().operator
