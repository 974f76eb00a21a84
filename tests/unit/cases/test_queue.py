"""The queue in the store, on both databases: nothing is lost, nothing is judged twice, people decide what goes."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import update

from leukoscope.cases.store import CaseStore
from leukoscope.cases.tables import WorkerRow
from leukoscope.cases.workers import LEASE
from leukoscope.domain.analysis import ImageAnalysis
from leukoscope.domain.cases import CaseHeader, Decision, Signature
from leukoscope.domain.errors import ImagesLeftError, StoreError
from leukoscope.domain.findings import Label
from leukoscope.domain.frames import FrameOrigin, OriginKind
from leukoscope.domain.microscopes import Microscope
from leukoscope.domain.waiting import Arrival, JudgedCell, Scale, WaitingImage, WaitState

from .builders import analysis

NAMES = ("a.png", "b.png", "c.png")


def accepted(store: CaseStore, owner: str = "one", names: tuple[str, ...] = NAMES) -> int:
    case_id = store.create(CaseHeader("2026-1"))
    origin = FrameOrigin(OriginKind.CLIPBOARD, "pasted", taken_at=datetime(2026, 1, 2, 3, 4, 5, 678, tzinfo=UTC))
    store.queue.accept(case_id, [Arrival(name, name.encode(), origin, scale=Scale(0.1)) for name in names], owner)
    return case_id


def judge(store: CaseStore, owner: str) -> WaitingImage | None:
    image = store.queue.claim(owner)
    if image is not None:
        assert store.queue.judged.complete(image, owner, analysis(image.source.encode())) is not None
    return image


def test_what_was_accepted_is_there_with_all_that_is_known_of_it(both: CaseStore) -> None:
    case_id = accepted(both)
    waiting = both.queue.of_case(case_id)
    assert [one.source for one in waiting] == list(NAMES)
    assert [both.read_image(one.sha256) for one in waiting] == [name.encode() for name in NAMES]
    assert waiting[0].origin == FrameOrigin(
        OriginKind.CLIPBOARD, "pasted", taken_at=datetime(2026, 1, 2, 3, 4, 5, 678, tzinfo=UTC)
    )
    assert {one.state for one in waiting} == {WaitState.WAITING}
    assert both.queue.pending("one") == (3, 0)
    assert both.queue.pending("two") == (0, 0)


def test_an_image_moves_from_the_queue_into_its_case_once(both: CaseStore) -> None:
    case_id = accepted(both)
    first = both.queue.claim("one")
    assert first is not None
    assert both.queue.of_case(case_id)[0].state is WaitState.JUDGING
    found = analysis(b"a.png")
    frame = both.queue.judged.complete(first, "one", found)
    assert frame is not None
    assert frame.sha256 == hashlib.sha256(b"a.png").hexdigest()
    assert both.queue.judged.complete(first, "one", found) is None, "it is judged already"
    assert [one.source for one in both.queue.of_case(case_id)] == ["b.png", "c.png"]
    (summary,) = both.list()
    assert (summary.frames, summary.cells) == (1, 3)


def test_nobody_else_judges_what_is_claimed_and_a_dead_program_is_taken_over_from(both: CaseStore) -> None:
    case_id = accepted(both)
    claimed = both.queue.claim("one")
    assert both.queue.workers.adopt("two") == 0, "the first one lives"
    assert both.queue.claim("two") is None
    with both.database.writing() as session:
        session.execute(update(WorkerRow).values(seen_at=datetime.now(UTC) - LEASE - timedelta(seconds=5)))
    assert both.queue.workers.adopt("two") == 3
    assert claimed is not None
    assert both.queue.judged.complete(claimed, "one", analysis(b"a.png")) is None, "it comes back too late"
    judged = [judge(both, "two"), judge(both, "two"), judge(both, "two"), judge(both, "two")]
    assert [one.source if one else None for one in judged] == [*NAMES, None]
    assert [frame.source for frame in both.load(case_id).frames] == list(NAMES)


def test_a_program_that_is_known_to_have_ended_is_taken_over_from_at_once(both: CaseStore) -> None:
    accepted(both)
    both.queue.claim("one")
    assert both.queue.workers.adopt("two", ["one"]) == 3
    again = both.queue.claim("two")
    assert again is not None
    assert again.attempts == 1, "judging it began once before"


def test_a_program_that_leaves_in_good_order_hands_its_images_on(both: CaseStore) -> None:
    accepted(both)
    image = both.queue.claim("one")
    assert image is not None
    both.queue.give_back([image], "one")
    both.queue.workers.leave("one")
    assert both.queue.workers.adopt("two") == 3
    again = both.queue.claim("two")
    assert again is not None
    assert again.attempts == 0


def test_what_was_stopped_stays_until_a_person_goes_on_or_removes_it(both: CaseStore) -> None:
    case_id = accepted(both)
    under_way = both.queue.claim("one")
    assert both.queue.stop("one") == 3
    assert under_way is not None
    assert both.queue.judged.complete(under_way, "one", analysis(b"a.png")) is None
    assert {one.state for one in both.queue.of_case(case_id)} == {WaitState.STOPPED}
    assert both.queue.claim("one") is None
    ids = [one.id for one in both.queue.of_case(case_id)]
    assert both.queue.set_removed(case_id, ids[:1], True) == 1
    assert [one.source for one in both.queue.of_case(case_id)] == ["b.png", "c.png"]
    assert both.queue.set_removed(case_id, ids[:1], False) == 1
    assert both.queue.resume(case_id, "two") == 3
    assert [image.source for _ in NAMES if (image := judge(both, "two"))] == list(NAMES)
    assert [entry.what for entry in both.trail.entries(case_id)].count("waiting image removed") == 1
    assert both.trail.verify().sound


def test_a_place_becomes_its_images_and_what_came_along_is_not_taken_twice(both: CaseStore) -> None:
    case_id = both.create(CaseHeader("2026-1"))
    places = [Arrival(path, scale=Scale(0.1, objective="100x"), is_place=True) for path in ("/f", "/f/1.png")]
    both.queue.accept(case_id, places, "one")
    second = both.queue.of_case(case_id)[1]
    both.queue.look([(second, ["/f/1.png"])])
    (first,) = both.queue.next_places("one", 10)
    assert both.queue.look([(first, ["/f/1.png", "/f/2.png"])]) == 1
    assert [one.source for one in both.queue.of_case(case_id)] == ["/f/1.png", "/f/2.png"]
    assert both.queue.claim("one") is None, "their bytes are not there yet"
    unread = both.queue.next_unread("one")
    assert unread is not None
    origin = FrameOrigin(OriginKind.FILE, "1.png", "/f/1.png", microscope=Microscope("Basler"))
    both.queue.keep(unread, b"bytes", origin, unread.scale)
    waits = both.queue.claim("one")
    assert waits is not None and waits.origin is not None
    assert (waits.origin.microscope.camera, waits.scale.objective) == ("Basler", "100x")
    gone = both.queue.next_unread("one")
    assert gone is not None
    failed = both.queue.judged.complete(gone, "one", ImageAnalysis(gone.source, error="It is gone."))
    assert failed is not None
    assert (failed.error, failed.source) == ("It is gone.", "/f/2.png")


def test_an_image_judged_again_keeps_its_place_and_what_people_said(both: CaseStore) -> None:
    case_id = accepted(both)
    while judge(both, "one"):
        pass
    former = both.load(case_id).frames[1]
    both.decide(former.cells[0].id, Label.UNSURE, "Weber")
    assert both.queue.again(case_id, [former.id], None, "one") == 1
    assert both.queue.again(case_id, [former.id], None, "one") == 0, "it waits already"
    image = both.queue.claim("one")
    assert image is not None
    assert image.former_id == former.id
    found = analysis(b"b.png", cells=2)
    said = Decision(Label.UNSURE, "Weber", datetime(2026, 5, 4, tzinfo=UTC))
    cells = [JudgedCell(found.findings[0], said, former_id=former.cells[0].id), JudgedCell(found.findings[1])]
    assert both.queue.judged.replace(image, "one", found, cells) is not None
    frames = both.load(case_id).frames
    assert [frame.source for frame in frames] == list(NAMES)
    assert frames[1].former_id == former.id
    assert frames[1].cells[0].decision == said
    (summary,) = both.list()
    assert (summary.frames, summary.cells) == (3, 8)
    both.queue.judged.put_back(case_id, [former.id])
    assert [frame.id for frame in both.load(case_id).frames][1] == former.id
    (summary,) = both.list()
    assert (summary.frames, summary.cells) == (3, 9)
    assert both.trail.verify().sound


def test_a_signed_case_takes_nothing_in_and_judges_nothing_again(both: CaseStore) -> None:
    case_id = accepted(both, names=("a.png",))
    with pytest.raises(ImagesLeftError, match="1 image"):
        both.signing.check(case_id, "Weber")
    with pytest.raises(ImagesLeftError):
        both.signing.mark_reviewed(case_id)
    image = both.queue.claim("one")
    assert image is not None
    both.queue.judged.complete(image, "one", replace(analysis(b"a.png"), findings=()))
    version = both.load(case_id).version
    both.signing.sign(case_id, Signature("Weber", "Reviewed", datetime.now(UTC)), b"report", version)
    with pytest.raises(StoreError, match="signed"):
        both.queue.accept(case_id, [Arrival("b.png", b"b")], "one")
    with pytest.raises(StoreError, match="signed"):
        both.queue.again(case_id, [both.load(case_id).frames[0].id], None, "one")
    assert both.queue.of_case(case_id) == ()


def test_a_case_with_failed_images_is_signed_knowingly(both: CaseStore) -> None:
    case_id = accepted(both, names=("a.png",))
    image = both.queue.claim("one")
    assert image is not None
    both.queue.judged.complete(image, "one", ImageAnalysis("a.png", error="It is torn."))
    with pytest.raises(ImagesLeftError) as refused:
        both.signing.check(case_id, "Weber")
    assert (refused.value.waiting, refused.value.failed) == (0, 1)
    both.signing.check(case_id, "Weber", failed_known=True)


def test_waiting_images_are_in_the_list_and_in_backups(both: CaseStore, tmp_path: Path) -> None:
    from leukoscope.workflow.backup import back_up
    from leukoscope.workflow.restore import restore
    from leukoscope.workflow.store_check import check_store

    case_id = accepted(both)
    assert [one.waiting for one in both.list()] == [3]
    back_up(both, tmp_path / "backup.zip")
    restore(tmp_path / "elsewhere", tmp_path / "backup.zip")
    again = CaseStore(tmp_path / "elsewhere")
    try:
        assert again.queue.workers.adopt("new") in {0, 3}
        assert [one.source for one in again.queue.of_case(case_id)] == list(NAMES)
        assert all(check.passed for check in check_store(again))
    finally:
        again.close()


def test_the_same_bytes_twice_in_a_case_are_kept_aside_until_somebody_wants_them(both: CaseStore) -> None:
    case_id = accepted(both, names=("a.png",))
    judge(both, "one")
    origin = FrameOrigin(OriginKind.FILE, "x")
    both.queue.accept(case_id, [Arrival(name) for name in ("copy.png", "new.png", "twin of new.png")], "one")
    told = []
    for data in (b"a.png", b"new", b"new"):
        image = both.queue.next_unread("one")
        assert image is not None
        told.append(both.queue.keep(image, data, origin, Scale()))
    assert told == ["a.png", None, "new.png"]
    assert [one.source for one in both.queue.of_case(case_id)] == ["new.png"]
    other = both.create(CaseHeader("2026-2"))
    both.queue.accept(other, [Arrival("a.png")], "one")
    again = both.queue.next_unread("one")
    assert again is not None and both.queue.keep(again, b"a.png", origin, Scale()) is None
    assert len(both.queue.of_case(other)) == 1, "another case is another specimen"
    (new,) = both.queue.of_case(case_id)
    assert both.queue.take_twice(case_id, [new.id - 1, new.id + 1], "one") == 2
    assert [one.source for one in both.queue.of_case(case_id)] == ["copy.png", "new.png", "twin of new.png"]
    assert {one.state for one in both.queue.of_case(case_id)} == {WaitState.WAITING}
    assert both.trail.verify().sound
