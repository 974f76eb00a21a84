"""What a lab's report must carry besides its cells: letterhead, standing, signatures, amendments, seal, scale bars."""

from __future__ import annotations

import subprocess
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pypdfium2
import pytest

from leukoscope.domain import cell_classes
from leukoscope.domain.cases import Amendment, CaseState, Signature
from leukoscope.domain.findings import BundleId, Label, Naming
from leukoscope.domain.morphology import MeasuredFigure
from leukoscope.reports.content_code import code_text
from leukoscope.reports.naming import class_name
from leukoscope.reports.pdf import write_pdf
from leukoscope.reports.words import load_words
from tests.tools import tool

from .builders import NOW, report, report_cell, signed_report, words_of, write

WILD = (
    "Núñez Ωμέγα Иванов 山田太郎",
    "'); DROP TABLE cases;-- | ^ & ~ \\ {0} %s",
    '<script>alert("x")</script> &amp; <b>bold</b>',
)


def test_letterhead_and_signatures_stand_on_the_first_page(tmp_path: Path) -> None:
    first = " ".join(write(signed_report(30), tmp_path).pages[0].extract_text().split())
    for said in (
        "Hematology", "University Hospital, Department of Hematology", "Ring Road 1", "1234 Town",
        "Signed by Ana Pérez, 2026-11-23 14:05", "Signatures", "Reviewed and released",
        "The program said, and what counts now",
    ):  # fmt: skip
        assert said in first, said
    assert "preliminary" not in first.lower()
    assert "Amend" not in first


def test_an_amendment_stands_with_its_reason_and_the_new_signature_counts(tmp_path: Path) -> None:
    text = words_of(write(signed_report(30, amended=True), tmp_path))
    assert "Signed by Dr. Zoë Müller, 2026-11-23 16:05" in text
    assert "Reason: Cell 3 was a smudge" in text


def test_what_nobody_signed_is_preliminary_on_every_page(tmp_path: Path) -> None:
    reader = write(report(30), tmp_path)
    assert "Preliminary: nobody has signed this report." in words_of(reader)
    assert all("preliminary" in page.extract_text() for page in reader.pages)


@pytest.mark.parametrize("state", [CaseState.AMENDED, CaseState.REVIEWED])
def test_what_was_signed_and_opened_again_says_both_on_its_first_page(state: CaseState, tmp_path: Path) -> None:
    amended = signed_report(30, amended=True)
    reader = write(replace(amended, state=state, signatures=amended.signatures[:1]), tmp_path)
    first = " ".join(reader.pages[0].extract_text().split())
    assert "nobody has signed" not in first
    assert "Preliminary: amended by" in first
    assert "not signed since" in first
    assert f"{amended.signatures[0].name} signed an earlier report" in first
    assert f"{amended.signatures[0].meaning} (earlier report)" in first
    assert all("amended, not signed since" in page.extract_text() for page in reader.pages)


def test_a_reviewed_case_says_so_and_is_still_preliminary(tmp_path: Path) -> None:
    first = " ".join(write(replace(report(30), state=CaseState.REVIEWED), tmp_path).pages[0].extract_text().split())
    assert "every cell has been looked at, and nobody has signed this report yet" in first


def test_every_page_has_number_total_and_the_beginning_of_the_seal(tmp_path: Path) -> None:
    reader = write(signed_report(30), tmp_path)
    for number, page in enumerate(reader.pages, start=1):
        text = page.extract_text()
        assert f"Page {number} of {len(reader.pages)}" in text
        assert "SHA-256 0123456789ab…" in text
    assert "0123456789abcdef" * 4 in words_of(reader)


def test_the_code_can_be_read_from_the_page(tmp_path: Path) -> None:
    write_pdf(signed_report(3), tmp_path / "report.pdf")
    document = pypdfium2.PdfDocument(tmp_path / "report.pdf")
    try:
        page = np.asarray(document[0].render(scale=4).to_pil().convert("L"))[140:520, -500:-80]
    finally:
        document.close()
    assert cv2.QRCodeDetector().detectAndDecode(page)[0] == code_text("0123456789abcdef" * 4)


def test_people_and_program_are_counted_side_by_side(tmp_path: Path) -> None:
    content = signed_report(30)
    counts = content.totals.changes
    assert sum(counts.values()) == 30
    assert sum(count for (said, counts_now), count in counts.items() if said is not counts_now) > 0
    assert "Program" in words_of(write(content, tmp_path))


def test_cells_carry_a_scale_bar_where_the_scale_is_known(tmp_path: Path) -> None:
    assert words_of(write(signed_report(5), tmp_path)).count("5 µm") == 5
    assert "µm" not in words_of(write(report(5), tmp_path))


@pytest.mark.parametrize("text", WILD)
def test_names_in_signatures_and_addresses_print_as_they_are(text: str, tmp_path: Path) -> None:
    content = replace(
        signed_report(3),
        laboratory=text,
        address=(text,),
        signatures=(Signature(text, text, NOW),),
        amendments=(Amendment(text, text, NOW),),
    )
    assert words_of(write(content, tmp_path)).count(" ".join(text.split())) >= 5


def test_two_thousand_characters_break_no_page(tmp_path: Path) -> None:
    long = "Überlang " * 222
    content = replace(
        signed_report(3),
        laboratory=long,
        signatures=(Signature(long, long, NOW),),
        amendments=(Amendment(long, long, NOW),),
    )
    reader = write(content, tmp_path)
    assert words_of(reader).count("Überlang") > 222 * 4


@pytest.mark.parametrize("page_size", ["A4", "Letter"])
def test_nothing_leaves_the_page(page_size: str, tmp_path: Path) -> None:
    program = tool("pdftotext")
    write_pdf(signed_report(30, amended=True), tmp_path / "report.pdf", page_size=page_size)
    result = subprocess.run(
        [program, "-bbox", str(tmp_path / "report.pdf"), "-"], capture_output=True, text=True, check=True
    )
    width = {"A4": 595.28, "Letter": 612.0}[page_size]
    edges = [float(part.split('"')[0]) for part in result.stdout.split('xMax="')[1:]]
    assert edges and max(edges) <= width - 39


def named(code: str) -> Naming:
    """What the differential says of a cell that it names with confidence."""
    return Naming(BundleId("differential", "1.0.0", "ee" * 32), {"other": 0.03, code: 0.97}, 0.81, 0.5)


@pytest.mark.parametrize("code", cell_classes.CELL_CLASSES)
def test_the_name_of_a_cell_is_not_cut_on_paper(code: str, tmp_path: Path, repository: Path) -> None:
    words = load_words("de", repository / "resources" / "translations")
    cells = [
        replace(report_cell(number), opinions=(), probability=None, decision=None, label=label, naming=named(code))
        for number, label in ((1, Label.HEALTHY), (2, Label.UNSURE))
    ]
    # So many that their cards are the small ones.
    content = replace(report(30, cells=lambda: iter(cells * 15)), words=words)
    text = words_of(write(content, tmp_path))
    assert text.count(f"{class_name(code, words)} 0,97") == 30


def test_remarks_that_have_no_room_are_left_out_whole(tmp_path: Path, repository: Path) -> None:
    words = load_words("de", repository / "resources" / "translations")
    codes = ("nc_ratio", "cell_area", "nucleus_area", "form_factor", "lobes", "chromatin")
    figures = tuple(MeasuredFigure(code, 0.9, 0.1, 0.5) for code in codes)
    cells = [replace(report_cell(number), figures=figures, naming=named("lymphocyte")) for number in range(1, 31)]
    text = words_of(write(replace(report(30, cells=lambda: iter(cells)), words=words), tmp_path))
    assert "Form, gegen gesunde Lymphozyten: N:C" in text
    notes = text[text.index("Zellen 1 bis") :]
    assert "…" not in notes[: notes.index("Modelle")]
