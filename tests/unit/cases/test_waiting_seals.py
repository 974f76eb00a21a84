"""Images that wait to be judged are held against the trail on every way through the queue, on both databases."""

from __future__ import annotations

from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import insert, text, update

from leukoscope.cases.store import CaseStore
from leukoscope.cases.tables import QueueRow
from leukoscope.domain.analysis import ImageAnalysis
from leukoscope.domain.audit import FOUND_WAITING
from leukoscope.domain.cases import CaseHeader
from leukoscope.domain.errors import StoreError
from leukoscope.domain.frames import FrameOrigin, OriginKind
from leukoscope.domain.waiting import Arrival, JudgedCell, Scale, WaitingImage

from .builders import analysis


def faults(store: CaseStore) -> list[str]:
    return [fault.sentence for fault in store.trail.verify().faults]


def planted(store: CaseStore, case_id: int, source: str) -> None:
    """As a version before this one left it, or somebody puts it there: no object of the session, so nothing notices."""
    row = {
        "case_id": case_id, "source": source, "view": "auto", "scale_given": False, "is_place": False, "sha256": "",
        "state": "waiting", "attempts": 0, "by": "Ben", "note": "", "batch": "", "accepted_at": datetime.now(UTC),
    }  # fmt: skip
    with store.database.writing() as session:
        session.execute(insert(QueueRow), [row])


def test_every_way_through_the_queue_leaves_a_sound_trail(both: CaseStore) -> None:
    case_id = both.create(CaseHeader("2026-1"))
    queue, origin = both.queue, FrameOrigin(OriginKind.FILE, "1.png", "/f/1.png")
    queue.accept(case_id, [Arrival("/f", is_place=True), Arrival("/none", is_place=True)], "one")
    folder, empty = queue.next_places("one", 2)
    assert queue.look([(folder, ["/f/1.png", "/f/2.png", "/f/3.png"]), (empty, [])]) == 3
    first, second, third = queue.of_case(case_id)
    assert queue.keep(first, b"bytes", origin, Scale(0.1)) is None
    assert queue.keep(second, b"bytes", origin, Scale(0.1)) == "/f/1.png"
    assert faults(both) == []
    assert queue.take_twice(case_id, [second.id], "one") == 1
    failed = queue.judged.complete(third, "one", ImageAnalysis(third.source, error="It is gone."))
    assert failed is not None
    claimed = queue.claim("one")
    assert claimed is not None
    queue.give_back([claimed], "one")
    assert queue.stop("one") == 2
    assert queue.resume(case_id, "two") == 2
    assert faults(both) == []
    for _ in range(2):
        image = queue.claim("two")
        assert image is not None
        assert queue.judged.complete(image, "two", analysis(b"bytes")) is not None
    frame = both.load(case_id).frames[1]
    assert queue.again(case_id, [frame.id], None, "two") == 1
    image = queue.claim("two")
    assert image is not None
    cells = [JudgedCell(cell.finding) for cell in frame.cells]
    assert queue.judged.replace(image, "two", analysis(b"bytes"), cells) is not None
    assert queue.again(case_id, [both.load(case_id).frames[0].id], None, "two") == 1
    queue.workers.leave("two")
    assert queue.workers.adopt("three") == 1
    queue.judged.put_back(case_id, [both.load(case_id).frames[0].id])
    assert queue.of_case(case_id) == ()
    assert faults(both) == []


def test_what_waits_since_before_the_trail_knew_is_taken_as_found_once(
    both: CaseStore, tmp_path: Path, url: str
) -> None:
    case_id = both.create(CaseHeader("2026-1"))
    planted(both, case_id, "/f/old.png")
    assert any("Waiting image 1 of case 1 was added" in one for one in faults(both))
    both.close()
    with closing(CaseStore(tmp_path / "cases", url)) as store:
        assert faults(store) == []
        assert [one.what for one in store.trail.entries(case_id)].count(FOUND_WAITING) == 1
        with store.database.writing() as session:
            session.execute(update(QueueRow).values(source="/f/other.png"))
        assert any("Waiting image 1 of case 1 was changed" in one for one in faults(store))
        planted(store, case_id, "/f/planted.png")
    with closing(CaseStore(tmp_path / "cases", url)) as store:
        found = faults(store)
        assert any("Waiting image 2 of case 1 was added" in one for one in found)
        assert not any("takes waiting images as they were found" in one for one in found)
        store.update_header(case_id, CaseHeader("2026-2"))
        with store.database.writing() as session:
            store.trail.record(session, FOUND_WAITING, case_id=case_id)
        assert any("though the trail knew of them before" in one for one in faults(store))


def test_a_store_that_was_told_once_of_a_waiting_image_takes_none_as_found(
    both: CaseStore, tmp_path: Path, url: str
) -> None:
    """Nor when that image has long been judged."""
    case_id = both.create(CaseHeader("2026-1"))
    both.queue.accept(case_id, [Arrival("a.png", b"a.png")], "one")
    image: WaitingImage | None = both.queue.claim("one")
    assert image is not None
    assert both.queue.judged.complete(image, "one", analysis(b"a.png")) is not None
    planted(both, case_id, "/f/planted.png")
    both.close()
    with closing(CaseStore(tmp_path / "cases", url)) as store:
        assert any("Waiting image 2 of case 1 was added" in one for one in faults(store))


@pytest.mark.parametrize(
    "trigger",
    [
        "AFTER INSERT ON queue BEGIN UPDATE queue SET source = 'x'; END",
        "AFTER UPDATE OF state ON queue BEGIN UPDATE queue SET state = 'waiting'; END",
        "AFTER DELETE ON queue BEGIN INSERT INTO queue (id, case_id, source, view, scale_given, is_place, sha256,"
        " state, attempts, by, note, batch, accepted_at) VALUES (OLD.id, OLD.case_id, 'x', 'auto', 0, 0, '',"
        " 'waiting', 0, 'x', '', '', '2020-01-01 00:00:00.000000'); END",
    ],
)
def test_a_trigger_that_writes_something_else_into_the_queue_is_refused(tmp_path: Path, trigger: str) -> None:
    with closing(CaseStore(tmp_path / "cases")) as store:
        case_id = store.create(CaseHeader("2026-1"))
        store.queue.accept(case_id, [Arrival("a.png", b"a.png")], "one")
        with store.database.writing() as session:
            session.execute(text(f"CREATE TRIGGER planted {trigger}"))
        with pytest.raises(StoreError, match="did not keep what was saved"):
            if "INSERT ON" in trigger:
                store.queue.accept(case_id, [Arrival("b.png", b"b.png")], "one")
            elif "UPDATE OF" in trigger:
                store.queue.stop("one")
            else:
                image = store.queue.claim("one")
                assert image is not None
                store.queue.judged.complete(image, "one", analysis(b"a.png"))
        (kept,) = store.queue.of_case(case_id)
        assert kept.source == "a.png"
