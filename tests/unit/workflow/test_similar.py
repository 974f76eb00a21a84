"""Decided cells that look like another one: by real features of a real engine, on a real store."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from leukoscope.domain.cases import CaseHeader
from leukoscope.domain.errors import AccessError, CancelledError, SiteError
from leukoscope.domain.findings import Label
from leukoscope.domain.labels import named
from leukoscope.domain.people import Presence, Role, Rules
from leukoscope.domain.progress import CancelToken
from leukoscope.inference.library import BundleLibrary
from leukoscope.workflow.case_repository import CaseRepository
from leukoscope.workflow.events import CellsCompared, CellsRanked, ComparingStep, Event, Stopped
from leukoscope.workflow.jobs import Jobs
from leukoscope.workflow.model_panel import ModelPanel, make_panel
from leukoscope.workflow.model_runtime import choose
from leukoscope.workflow.operator_session import OperatorSession
from leukoscope.workflow.similar.cell_features import FeatureReader, content_of
from leukoscope.workflow.similar.known_index import IndexKeeper
from leukoscope.workflow.similar.service import INDEX, SimilarService
from leukoscope.workflow.similar.usefulness import ranked_cells
from tests.decided_cases import add_case

PASSWORD = "a short sentence"


class Asked:
    """The panel, counting the cells that it is asked about."""

    def __init__(self, panel: ModelPanel) -> None:
        self.panel, self.cells = panel, 0
        self.bundles = panel.bundles

    def judge(self, images: list[object], **how: object) -> object:
        self.cells += len(images)
        return self.panel.judge(images, **how)  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def panel(small_bundles: Path, small_graphs: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ModelPanel]:
    graphs = tmp_path_factory.mktemp("graphs") / "graphs"
    shutil.copytree(small_graphs, graphs)
    made = make_panel(choose(BundleLibrary(small_bundles, small_bundles / "none"), ()), graphs)
    yield made
    made.close()


@pytest.fixture
def repository(tmp_path: Path) -> Iterator[CaseRepository]:
    made = CaseRepository(tmp_path / "cases")
    yield made
    made.close()


@pytest.fixture
def asked(panel: ModelPanel) -> Asked:
    return Asked(panel)


Waiting = Callable[[type[Event]], Event]


@pytest.fixture
def told() -> list[Event]:
    return []


@pytest.fixture
def similar(repository: CaseRepository, asked: Asked, told: list[Event]) -> Iterator[SimilarService]:
    operator = OperatorSession(repository.store, Presence, lambda _: None)
    jobs = Jobs(told.append)
    yield SimilarService(repository, operator, lambda: asked, jobs, told.append)  # type: ignore[arg-type, return-value]
    jobs.stop_all()
    jobs.wait()


def read_all(similar: SimilarService) -> None:
    similar.read_all()
    similar._jobs.wait()


def test_the_five_nearest_decided_cells_say_what_they_are_and_who_said_so(
    repository: CaseRepository, similar: SimilarService, asked: Asked, told: list[Event]
) -> None:
    add_case(repository.store, "1", 8)
    (mine,) = add_case(repository.store, "2", 1, first=8, done=False)
    found = similar.find(mine, mine.cells[0])
    assert (found.nearest, found.compared, found.unread) == ((), 0, 8)
    read_all(similar)
    assert isinstance(told[-1], CellsCompared)
    assert any(isinstance(one, ComparingStep) and one.progress.total == 8 for one in told)
    found = similar.find(mine, mine.cells[0])
    assert (len(found.nearest), found.compared, found.unread) == (5, 8, 0)
    assert [one.distance for one in found.nearest] == sorted(one.distance for one in found.nearest)
    # Drawn blasts look like drawn blasts, and the ninth cell is one.
    assert found.nearest[0].known.said.code == "blast"
    assert {one.known.by for one in found.nearest} == {"Ana"}
    assert all(one.cell.id == one.known.id for one in found.nearest)
    # Every cell was asked about once, and no more when asked again.
    assert asked.cells == 9
    similar.find(mine, mine.cells[0])
    assert asked.cells == 9


def test_a_cell_is_no_neighbor_of_itself_and_its_copy_is_not_asked_about(
    repository: CaseRepository, similar: SimilarService, asked: Asked
) -> None:
    first = add_case(repository.store, "1", 4)
    copies = add_case(repository.store, "2", 4)
    read_all(similar)
    assert asked.cells == 4
    assert content_of(first[0], first[0].cells[0]) == content_of(copies[0], copies[0].cells[0])
    found = similar.find(first[0], first[0].cells[0])
    mine = {first[0].cells[0].id, copies[0].cells[0].id}
    assert mine.isdisjoint(one.known.id for one in found.nearest)
    assert len(found.nearest) == 5


def test_what_changes_in_the_cases_changes_the_neighbors(repository: CaseRepository, similar: SimilarService) -> None:
    frames = add_case(repository.store, "1", 3)
    read_all(similar)
    found = similar.find(frames[0], frames[0].cells[0])
    assert len(found.nearest) == 2
    repository.store.decide(found.nearest[0].known.id, named("monocyte"), "Ben")
    again = similar.find(frames[0], frames[0].cells[0])
    assert (again.nearest[0].known.said.code, again.nearest[0].known.by) == ("monocyte", "Ben")
    repository.store.remove_case(again.nearest[0].known.case_id)
    assert similar.find(frames[0], frames[0].cells[0]).nearest == ()


def test_making_the_index_is_counted_and_can_be_stopped(
    repository: CaseRepository, similar: SimilarService, told: list[Event], monkeypatch: pytest.MonkeyPatch
) -> None:
    (frame, *_) = add_case(repository.store, "1", 4)
    similar.find(frame, frame.cells[0])
    add_case(repository.store, "2", 2, first=4)
    similar._read(CancelToken())
    told.clear()

    def tell(event: Event) -> None:
        told.append(event)
        if isinstance(event, ComparingStep):
            similar.stop()

    monkeypatch.setattr(similar, "_tell", tell)
    with pytest.raises(CancelledError):
        similar.find(frame, frame.cells[0])
    step, stopped = told
    assert isinstance(step, ComparingStep) and (step.what, step.progress.total) == (INDEX, 6)
    assert stopped == Stopped(INDEX)
    monkeypatch.undo()
    assert similar.find(frame, frame.cells[0]).compared == 6


def test_who_may_not_see_cases_sees_no_cells_of_them(repository: CaseRepository, similar: SimilarService) -> None:
    (mine,) = add_case(repository.store, "1", 1)
    for role in Role:
        repository.store.people.add(role.value, role, PASSWORD)
    repository.store.people.set_rules(Rules(accounts=True))
    similar._operator.rules = repository.store.people.rules()
    for act in (
        lambda: similar.find(mine, mine.cells[0]), similar.read_all, similar.examples, lambda: similar.rank(1),
        lambda: similar.keep_example(mine.cells[0].id),
    ):  # fmt: skip
        with pytest.raises(AccessError, match="Sign in first"):
            act()
    assert not repository.store.known_cells.examples()


def test_a_cell_whose_image_is_gone_is_told(repository: CaseRepository, similar: SimilarService) -> None:
    (mine,) = add_case(repository.store, "1", 1)
    repository.forget([mine.sha256])
    repository.store.images.discard(mine.sha256)
    with pytest.raises(SiteError, match="could not be compared"):
        similar.find(mine, mine.cells[0])


def test_the_cells_of_a_case_are_put_into_order_and_decided_ones_come_last(
    repository: CaseRepository, similar: SimilarService, told: list[Event]
) -> None:
    add_case(repository.store, "1", 4)
    read_all(similar)
    frames = add_case(repository.store, "2", 6, first=4, done=False)
    repository.store.decide(frames[0].cells[0].id, Label.HEALTHY, "Ana")
    case_id = repository.store.list()[0].id
    similar.rank(case_id)
    similar._jobs.wait()
    (ranked,) = [one for one in told if isinstance(one, CellsRanked)]
    assert ranked.case_id == case_id
    assert sorted(ranked.order) == sorted(frame.cells[0].id for frame in frames)
    assert ranked.order[-1] == frames[0].cells[0].id


def test_a_case_without_cells_has_an_order_too(repository: CaseRepository, asked: Asked) -> None:
    repository.store.create(CaseHeader("1"))
    case = repository.load(1)
    reader = FeatureReader(repository, lambda: asked)  # type: ignore[arg-type, return-value]
    assert ranked_cells(case, reader, IndexKeeper(repository), CancelToken()) == ()
