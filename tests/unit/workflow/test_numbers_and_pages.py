"""What a scanner types opens the case that is there; what a page of a TIFF lost is remembered with its PNG."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from leukoscope.cases.store import CaseStore
from leukoscope.domain.analysis import ImageAnalysis
from leukoscope.domain.cases import CaseHeader
from leukoscope.domain.cells import View
from leukoscope.domain.compression import JPEG
from leukoscope.domain.errors import NumberTakenError, StoreError
from leukoscope.workflow.case_repository import CaseRepository
from leukoscope.workflow.images import file_sources


@pytest.fixture
def book(tmp_path: Path) -> Iterator[CaseRepository]:
    made = CaseRepository(tmp_path / "cases")
    yield made
    made.close()


def test_a_scanner_opens_the_case_that_is_there(book: CaseRepository) -> None:
    new: list[int] = []
    first = book.open_number("Häm-1\r", "Ana", lambda: new.append(1))
    assert book.load(first).header == CaseHeader("Häm-1", operator="Ana")
    for spelling in ("Ha\u0308m-1", "häm-1", "\x02HÄM-1\x03", " Häm-1 "):
        assert book.open_number(spelling, "Ana", lambda: new.append(1)) == first
    assert new == [1]
    assert len(book.store.list()) == 1


@pytest.mark.parametrize("nothing", ["", " ", "\r\n", "\x02\x03", "\u200b"])
def test_what_holds_no_number_begins_no_case(book: CaseRepository, nothing: str) -> None:
    with pytest.raises(StoreError, match="no case number"):
        book.open_number(nothing, "Ana", lambda: None)
    assert book.store.list() == ()


def test_a_number_of_a_case_off_the_list_is_not_begun_anew_without_a_word(book: CaseRepository) -> None:
    book.store.remove_case(book.new_case(CaseHeader("7")))
    with pytest.raises(StoreError, match="taken off the list"):
        book.open_number("7", "Ana", lambda: None)


def test_a_new_case_takes_no_number_in_another_spelling(book: CaseRepository) -> None:
    book.new_case(CaseHeader("a-1"))
    with pytest.raises(NumberTakenError, match="“a-1”"):
        book.new_case(CaseHeader("A-1"))


def test_workstations_that_begin_cases_at_once_get_numbers_of_their_own(tmp_path: Path) -> None:
    books = [CaseRepository(tmp_path / "shared") for _ in range(3)]
    failures: list[BaseException] = []

    def work(one: CaseRepository) -> None:
        try:
            for _ in range(4):
                one.new_case(None, "Ana")
        except BaseException as error:  # noqa: BLE001  carried to the test's own thread
            failures.append(error)

    threads = [threading.Thread(target=work, args=(one,)) for one in books]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert len({one.header.number for one in books[0].store.list()}) == 12
    for one in books:
        one.close()


def test_a_page_remembers_what_its_jpeg_lost(book: CaseRepository, tmp_path: Path) -> None:
    pixels = np.random.default_rng(1).integers(0, 255, (64, 64, 3), dtype=np.uint8)
    pages = [Image.fromarray(pixels), Image.fromarray(255 - pixels)]
    for compression, lossy in (("jpeg", True), ("tiff_lzw", False)):
        path = tmp_path / f"{compression}.tif"
        pages[0].save(path, save_all=True, append_images=pages[1:], compression=compression)
        case_id = book.new_case(CaseHeader(compression))
        for source in file_sources([path]):
            book.add(case_id, source, ImageAnalysis(source.name, source.read(), View.FIELD))
        for frame in book.load(case_id).frames:
            assert frame.origin is not None
            assert frame.origin.compression is not None
            assert frame.origin.compression.lossy is lossy
            assert frame.origin.compression.method == (JPEG if lossy else "")
            assert frame.origin.compression.size > 0
            assert book.store.read_image(frame.sha256).startswith(b"\x89PNG")


def test_the_store_itself_keeps_a_number_as_it_was_typed(tmp_path: Path) -> None:
    store = CaseStore(tmp_path)
    assert store.load(store.create(CaseHeader(" A-1 "))).header.number == " A-1 "
    store.close()
