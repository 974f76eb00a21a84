"""Several cells side by side: the same bits, the same order, memory given back."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import replace
from multiprocessing import Pipe
from pathlib import Path
from typing import Any

import numpy as np
import openvino as ov
import pytest
from openvino import opset13 as ops

from leukoscope.domain.cells import CellImage
from leukoscope.domain.judgements import CellFault
from leukoscope.inference import queue_judging
from leukoscope.inference.graph_cache import graph_folder
from leukoscope.inference.heartbeat import Heartbeat, HeartbeatSender
from leukoscope.inference.inbox import Inbox
from leukoscope.inference.library import BundleLibrary
from leukoscope.inference.messages import Cell, Dropped, Judged
from leukoscope.inference.queue_judging import QueueJudging, judged
from leukoscope.inference.runner import COMPILE_OPTIONS, Runner, load_runner
from leukoscope.inference.stream_keeper import QUEUED, WORTH, StreamKeeper
from leukoscope.inference.streams import Runners, Streams, make_streams
from leukoscope.system.processor import usable_cores
from tests.unit.inference.builders import cell_image
from tests.unit.inference.test_engine import figures

WAIT = 60.0


@pytest.fixture(scope="module")
def core() -> ov.Core:
    return ov.Core()


@pytest.fixture(scope="module")
def runners(core: ov.Core, small_bundles: Path, small_graphs: Path) -> Runners:
    found = BundleLibrary(small_bundles, small_bundles / "none").list()
    loaded = (load_runner(core, one.path, graph_folder(small_graphs, one.manifest)) for one in found)
    return {runner.manifest.name: runner for runner in loaded}


@pytest.fixture
def streams(core: ov.Core, runners: Runners) -> Iterator[Streams]:
    made = make_streams(core, runners, 2)
    yield made
    made.close()


class WatchedKeeper(StreamKeeper):
    """Says when its streams were given back, and whether there were any."""

    def __init__(self, core: ov.Core, runners: Runners, cache: Path, gain: float) -> None:
        super().__init__(core, runners, cache)
        self._gains.keep(gain)
        self.released = threading.Event()
        self.had_streams = False

    def streams(self, waiting: int) -> Streams | None:
        if self._maker is not None:
            self._maker.join(WAIT)
        found = super().streams(waiting)
        self.had_streams |= found is not None
        return found

    def release(self) -> None:
        super().release()
        if self.had_streams:
            self.released.set()


class Engine:
    """The engine's process in a thread of this one, with the pipes of its parent."""

    def __init__(self, core: ov.Core, runners: Runners, cache: Path, gain: float) -> None:
        theirs, self.send = Pipe(duplex=False)
        self.receive, answers = Pipe(duplex=False)
        self.keeper = WatchedKeeper(core, runners, cache, gain)
        work = QueueJudging(Inbox(theirs), HeartbeatSender(answers), runners, self.keeper)
        self.thread = threading.Thread(target=work.run)
        self.thread.start()

    def answers(self, count: int) -> list[Judged]:
        found: list[Judged] = []
        while len(found) < count:
            assert self.receive.poll(WAIT), f"{len(found)} of {count} answers"
            message: Any = self.receive.recv()
            if not isinstance(message, Heartbeat):
                found.append(message)
        return found

    def close(self) -> None:
        self.send.send(None)
        self.thread.join(WAIT)
        assert not self.thread.is_alive()


def cell(image: CellImage, ticket: int, index: int, runners: Runners) -> Cell:
    return Cell(ticket, index, image.pixels, tuple(runners), maps=True, views=dict(image.views))


def test_streams_give_the_same_bits(streams: Streams, runners: Runners) -> None:
    assert streams.count == 3
    assert streams.same_bits(runners)


def test_a_stream_whose_last_bits_differ_is_found(core: ov.Core, runners: Runners) -> None:
    def other(runner: Runner) -> Runner:
        graph = core.read_model(runner.graph)
        (result,) = (one for one in graph.get_results() if "logit" in one.output(0).get_names())
        source = result.input(0).get_source_output()
        names = source.get_names()
        source.set_names(set())
        moved = ops.multiply(source, ops.constant(np.float32(1 + 2**-20)))
        moved.output(0).set_names(names)
        result.input(0).replace_source_output(moved.output(0))
        request = core.compile_model(graph, "CPU", COMPILE_OPTIONS).create_infer_request()
        return replace(runner, request=request)

    def again(runner: Runner) -> Runner:
        compiled = core.compile_model(core.read_model(runner.graph), "CPU", COMPILE_OPTIONS)
        return replace(runner, request=compiled.create_infer_request())

    good = {name: again(one) for name, one in runners.items()}
    for sets, same in (([good, {name: again(one) for name, one in runners.items()}], True),
                       ([good, {name: other(one) for name, one in runners.items()}], False)):  # fmt: skip
        streams = Streams(sets)
        try:
            assert streams.same_bits(runners) is same
        finally:
            streams.close()


def test_a_queue_goes_side_by_side_and_comes_back_in_order(
    core: ov.Core, runners: Runners, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if usable_cores() < 2:
        pytest.skip("one core has no streams")
    monkeypatch.setattr(queue_judging, "IDLE_S", 0.05)
    count = QUEUED + 40
    images = [cell_image(seed % 12) for seed in range(count)]
    expected = [judged(cell(image, 7, place, runners), runners) for place, image in enumerate(images[:12])]
    engine = Engine(core, runners, tmp_path, gain=2 * WORTH)
    try:
        broken = count - 6
        for place, image in enumerate(images):
            whole = cell(image, 7, place, runners)
            engine.send.send(replace(whole, pixels=whole.pixels[:5]) if place == broken else whole)
        found = engine.answers(count)
        assert engine.keeper.had_streams
        assert [one.index for one in found] == list(range(count))
        assert found[broken].error is not None and found[broken].judgement.fault is CellFault.FAILED
        for place, one in enumerate(found):
            if place != broken:
                assert figures(one.judgement.opinions) == figures(expected[place % 12].judgement.opinions)
        assert engine.keeper.released.wait(WAIT)
        assert engine.keeper._streams is None
        engine.send.send(cell(images[3], 8, 0, runners))
        assert figures(engine.answers(1)[0].judgement.opinions) == figures(expected[3].judgement.opinions)
    finally:
        engine.close()


def test_a_call_that_was_dropped_is_not_judged_in_streams(core: ov.Core, runners: Runners, tmp_path: Path) -> None:
    engine = Engine(core, runners, tmp_path, gain=2 * WORTH)
    try:
        for place in range(QUEUED + 30):
            engine.send.send(cell(cell_image(place % 5), 1, place, runners))
        engine.answers(QUEUED + 4)
        engine.send.send(Dropped(1))
        engine.send.send(cell(cell_image(1), 2, 0, runners))
        while (one := engine.answers(1)[0]).ticket == 1:
            assert one.index < QUEUED + 30
        assert one.ticket == 2
    finally:
        engine.close()


def test_streams_that_gain_nothing_are_not_made(core: ov.Core, runners: Runners, tmp_path: Path) -> None:
    keeper = WatchedKeeper(core, runners, tmp_path, gain=0.9 * WORTH)
    for _ in range(2 * QUEUED):
        assert keeper.streams(waiting=3) is None
    keeper.release()
    assert not keeper.had_streams


def test_without_a_queue_no_streams_are_made(core: ov.Core, runners: Runners, tmp_path: Path) -> None:
    keeper = WatchedKeeper(core, runners, tmp_path, gain=2 * WORTH)
    for number in range(6 * QUEUED):
        assert keeper.streams(waiting=number % 2) is None
    assert keeper._maker is None


def test_a_queue_that_runs_dry_between_images_is_one(core: ov.Core, runners: Runners, tmp_path: Path) -> None:
    keeper = WatchedKeeper(core, runners, tmp_path, gain=2 * WORTH)
    for number in range(4 * QUEUED):
        keeper.streams(waiting=number % 8)
    assert keeper.had_streams == (usable_cores() > 1)
    keeper.release()


@pytest.mark.parametrize("kept", ["", "[]", "{", '{"a": "b"}', "\xff"])
def test_what_cannot_be_read_is_measured_anew(core: ov.Core, runners: Runners, tmp_path: Path, kept: str) -> None:
    (tmp_path / "streams.json").write_text(kept, encoding="latin-1")
    keeper = StreamKeeper(core, runners, tmp_path)
    assert keeper._gains.known() is None
    keeper._gains.keep(1.25)
    assert keeper._gains.known() == 1.25
    others = {name: runner for name, runner in runners.items() if name == "hybrid"}
    assert StreamKeeper(core, others, tmp_path)._gains.known() is None


def test_what_is_measured_is_a_ratio_of_times(streams: Streams, runners: Runners) -> None:
    gain = streams.gain(runners)
    assert 0.1 < gain.cells < 10
    assert 0.0 < gain.cores <= 1.2 * usable_cores()
