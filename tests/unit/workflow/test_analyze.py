"""Images to findings, through the real engine with small models."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import psutil
import pytest

from leukoscope.domain.cells import CellImage, View
from leukoscope.domain.errors import CancelledError, EngineError
from leukoscope.domain.findings import Label, UnsureReason
from leukoscope.domain.frames import Frame, FrameOrigin, OriginKind
from leukoscope.domain.judgements import Judgement
from leukoscope.domain.progress import CancelToken
from leukoscope.imaging.cellimage import cut_out
from leukoscope.imaging.localize import localize
from leukoscope.inference.engine import LOOK_AHEAD, Engine
from leukoscope.inference.engine_child import EngineChild
from leukoscope.inference.library import BundleLibrary
from leukoscope.inference.messages import Cell
from leukoscope.sources.demo import demo_cells, demo_field
from leukoscope.workflow.analyze import analyze
from leukoscope.workflow.images import FileSource, png_source


@pytest.fixture(scope="module")
def engine(small_bundles: Path, small_graphs: Path) -> Iterator[Engine]:
    engine = Engine(BundleLibrary(small_bundles, small_bundles / "none").list(), small_graphs)
    yield engine
    engine.close()


@dataclass
class Counted:
    """A source that knows whether it has been read."""

    frame: Frame
    read_count: int = 0
    name: str = "counted"

    def read(self) -> Frame:
        self.read_count += 1
        return self.frame

    def image_bytes(self) -> bytes:
        return self.frame.pixels.tobytes()


def test_a_field_gives_a_finding_for_each_cell(engine: Engine) -> None:
    frame = demo_field()
    (one,) = analyze([png_source(frame.pixels, frame.origin)], engine)
    assert one.view is View.FIELD
    assert one.error is None
    assert len(one.findings) >= 6
    for finding in one.findings:
        assert [opinion.bundle.name for opinion in finding.opinions] == ["ensemble", "hybrid"]
        assert all(len(opinion.maps) == 2 for opinion in finding.opinions)
        assert finding.probability == pytest.approx(np.mean([opinion.probability for opinion in finding.opinions]))


def test_one_bad_file_leaves_the_others_alone(engine: Engine, tmp_path: Path) -> None:
    bad = tmp_path / "bad.png"
    bad.write_bytes(b"\x89PNG\r\n\x1a\n torn")
    good = [png_source(frame.pixels, frame.origin) for frame in demo_cells(2)]
    outcome = list(
        analyze([FileSource(bad), good[0], FileSource(tmp_path / "gone.png"), good[1], FileSource(bad)], engine)
    )
    assert [one.error is None for one in outcome] == [False, True, False, True, False]
    assert [len(one.findings) for one in outcome] == [0, 1, 0, 1, 0]
    assert outcome[0].source == str(bad)


def test_a_picture_that_is_too_bad_is_not_given_a_label(engine: Engine) -> None:
    cell = demo_cells(1)[0].pixels
    gray = np.repeat(cell.mean(axis=2, keepdims=True), 3, axis=2).astype(np.uint8)
    (one,) = analyze([png_source(gray, FrameOrigin(OriginKind.FILE, "gray.png"))], engine, view=View.CELL)
    for finding in one.findings:
        assert finding.label is Label.UNSURE
        assert finding.unsure[0] is UnsureReason.IMAGE_QUALITY
    assert one.findings or one.error


def test_reads_only_a_little_ahead(engine: Engine) -> None:
    frame = demo_cells(1)[0]
    sources = [Counted(frame) for _ in range(40)]
    run = analyze(sources, engine, view=View.CELL)
    next(run)
    assert sum(one.read_count for one in sources) <= LOOK_AHEAD + 1
    run.close()


def test_cancel_stops_between_images(engine: Engine) -> None:
    frame = demo_cells(1)[0]
    cancel = CancelToken()
    run = analyze([Counted(frame) for _ in range(40)], engine, view=View.CELL, cancel=cancel)
    next(run)
    cancel.cancel()
    with pytest.raises(CancelledError):
        list(run)
    (again,) = analyze([Counted(frame)], engine, view=View.CELL)
    assert again.error is None


def test_a_lost_engine_costs_nothing(small_bundles: Path, small_graphs: Path) -> None:
    others = {one.pid for one in psutil.Process().children()}
    engine = Engine(BundleLibrary(small_bundles, small_bundles / "none").list(), small_graphs)
    frame = demo_cells(1)[0]
    try:
        run = analyze([Counted(frame) for _ in range(30)], engine, view=View.CELL)
        outcome = [next(run)]
        for child in psutil.Process().children():
            if child.pid not in others and "spawn_main" in " ".join(child.cmdline()):
                child.kill()
        outcome += list(run)
    finally:
        engine.close()
    assert len(outcome) == 30
    assert [one.error for one in outcome] == [None] * 30, "what was under way is judged again"


@dataclass
class Broken(Counted):
    """A source, or what is made of it, that raises what nobody foresaw."""

    frame: Frame | None = None
    fault: Exception = field(default_factory=lambda: ValueError("Maximum allowed dimension exceeded"))

    def read(self) -> Frame:
        raise self.fault


class Touchy:
    """A judge that cannot judge some cells, and whose engine dies of others."""

    def __init__(self, engine: Engine, cannot: set[str], dies_of: set[str]) -> None:
        self.engine, self.cannot, self.dies_of = engine, cannot, dies_of

    def judge(self, cell_images: Iterable[CellImage], **options: object) -> Iterator[Judgement]:
        for image in cell_images:
            if image.cell.frame_sha256 in self.dies_of:
                raise EngineError("The engine stopped unexpectedly.")
            if image.cell.frame_sha256 in self.cannot:
                yield Judgement()
            else:
                yield from self.engine.judge((image,), **options)  # type: ignore[arg-type]


@pytest.mark.parametrize("fault", [ValueError("x"), IndexError("x"), ZeroDivisionError("x"), KeyError("x")])
def test_whatever_an_image_raises_the_others_are_judged(engine: Engine, fault: Exception) -> None:
    good = [png_source(frame.pixels, frame.origin) for frame in demo_cells(2)]
    outcome = list(analyze([good[0], Broken(fault=fault, name="odd.png"), good[1]], engine))
    assert [bool(one.error) for one in outcome] == [False, True, False]
    assert outcome[1].source == "odd.png"
    assert outcome[1].error is not None and outcome[1].error.endswith(".")


def test_a_cell_that_cannot_be_judged_costs_that_cell(engine: Engine) -> None:
    cells = [png_source(frame.pixels, frame.origin) for frame in demo_cells(3)]
    judge = Touchy(engine, {cells[1].read().sha256}, set())
    outcome = list(analyze(cells, judge))
    assert [len(one.findings) for one in outcome] == [1, 0, 1]
    assert outcome[1].error == "1 of the 1 cells could not be judged; look at them yourself."


def test_a_cell_that_kills_the_engine_costs_that_image_only(engine: Engine) -> None:
    cells = [png_source(frame.pixels, frame.origin) for frame in demo_cells(4)]
    judge = Touchy(engine, set(), {cells[1].read().sha256})
    outcome = list(analyze(cells, judge))
    assert [one.error for one in outcome] == [None, "The engine stopped unexpectedly.", None, None]
    assert [len(one.findings) for one in outcome] == [1, 0, 1, 1]


def test_a_dying_engine_is_given_up(engine: Engine) -> None:
    cells = [png_source(frame.pixels, frame.origin) for frame in demo_cells(2)] * 5
    judge = Touchy(engine, set(), {cell.read().sha256 for cell in cells})
    with pytest.raises(EngineError):
        list(analyze(cells, judge))


def test_an_image_that_kills_the_engine_fails_alone(
    small_bundles: Path, small_graphs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine = Engine(BundleLibrary(small_bundles, small_bundles / "none").list(), small_graphs)
    good, deadly = demo_cells(2)
    cells = localize(deadly, View.CELL)
    poison = cut_out(deadly, cells[0]).pixels
    send = EngineChild.send

    def kill_for(child: EngineChild, message: object) -> None:
        if isinstance(message, Cell) and np.array_equal(message.pixels, poison):
            child.process.kill()
            child.process.join()
        send(child, message)  # type: ignore[arg-type]

    monkeypatch.setattr(EngineChild, "send", kill_for)
    frames = [good, deadly, deadly, good]
    try:
        outcome = list(analyze([Counted(frame) for frame in frames], engine, view=View.CELL))
    finally:
        engine.close()
    assert [one.error is None for one in outcome] == [frame is good for frame in frames]
    assert all("engine" in one.error.lower() for one in outcome if one.error)
    box = cells[0].box
    place = f"({round(box.x + box.width / 2)}, {round(box.y + box.height / 2)})"
    assert all(place in one.error for one in outcome if one.error), "the cell is named by its place"
