"""A site profile that is put in force while images wait: each is judged by one voice, and says by which."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from leukoscope.domain.cases import CaseHeader
from leukoscope.domain.cells import CellImage
from leukoscope.domain.findings import BundleId, Opinion, Thresholds
from leukoscope.domain.frames import FrameOrigin, OriginKind
from leukoscope.domain.judgements import Judgement
from leukoscope.domain.site_profiles import mark_in
from leukoscope.domain.waiting import Arrival
from leukoscope.sources.demo import demo_cells
from leukoscope.workflow.case_repository import CaseRepository
from leukoscope.workflow.images import png_source
from leukoscope.workflow.queue import AnalysisQueue

IMAGES = 12
PROFILE = "our-lab.1.3f9a20c1"


class Voice:
    """Models that say one thing of every cell; ``before`` is called before each."""

    def __init__(self, version: str, before: Callable[[int], None] = lambda _number: None) -> None:
        self._bundle, self._before = BundleId("hybrid", version, "ab" * 32), before

    def judge(self, cell_images: Iterable[CellImage], **_options: object) -> Iterator[Judgement]:
        for number, _ in enumerate(cell_images):
            self._before(number)
            yield Judgement((Opinion(self._bundle, 1.0, 0.73, Thresholds(0.3, 0.7), ()),))


def test_images_that_wait_when_a_profile_is_put_in_force_are_judged_by_one_voice_each(tmp_path: Path) -> None:
    repository = CaseRepository(tmp_path / "cases")
    case_id = repository.store.create(CaseHeader("1"))
    turned = threading.Event()

    def put_in_force(number: int) -> None:
        if number != 1:
            return
        current[0] = Voice(f"1.1.0+{PROFILE}")
        threading.Thread(target=lambda: (queue.next_judge(), turned.set())).start()
        with queue._wake:
            assert queue._wake.wait_for(lambda: queue._turn_over, 30)

    current = [Voice("1.1.0", put_in_force)]
    queue = AnalysisQueue(repository, lambda: current[0], lambda _event: None)
    try:
        drawn = [png_source(one.pixels, FrameOrigin(OriginKind.FILE, one.origin.name)) for one in demo_cells(IMAGES)]
        queue.accept(case_id, [Arrival(one.name, one.data, one.origin) for one in drawn])
        assert queue.wait_idle(60) and turned.wait(30)
        frames = repository.load(case_id).frames
        voices = [{mark_in(one.bundle.version) for c in frame.cells for one in c.finding.opinions} for frame in frames]
        assert len(frames) == IMAGES and all(len(one) == 1 for one in voices), "none is mixed"
        spoken = [one for voice in voices for one in voice]
        assert (spoken[0], spoken[-1]) == ("", PROFILE)
        assert spoken == sorted(spoken), "what waited behind the change speaks with the profile"
    finally:
        queue.close()
        repository.close()
