from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pypdfium2
import pytest
from pypdf import PdfReader

from leukoscope.domain.cases import CaseHeader
from leukoscope.domain.cells import View
from leukoscope.domain.errors import ReportError
from leukoscope.domain.findings import Label, UnsureReason
from leukoscope.reports.content import INTENDED_USE, ReportCell, ReportFrame
from leukoscope.reports.naming import program_text, program_within
from leukoscope.reports.pdf import write_pdf
from leukoscope.reports.words import ENGLISH

from .builders import BLURRED, ENSEMBLE, HEADER, HYBRID, field_frame, report, report_cell, text_of, words_of, write


def fonts_of(reader: PdfReader) -> dict[str, bool]:
    """Name of every font that any page can use -> whether its file is inside."""
    found: dict[str, bool] = {}
    for page in reader.pages:
        for font in page["/Resources"].get("/Font", {}).values():
            one = font.get_object()
            inner = one["/DescendantFonts"][0].get_object() if "/DescendantFonts" in one else one
            found[one["/BaseFont"]] = "/FontFile2" in inner.get("/FontDescriptor", {})
    return found


def test_the_first_page_says_who_what_and_by_which_models(tmp_path: Path) -> None:
    text = words_of(write(report(30), tmp_path))
    for said in (
        "Case 2026-0417", "Doe, Jane", "Blood", "MGG", "Ana", "Dried slowly.", "Hematology", "2026-11-23 14:05",
        HYBRID.sha256, ENSEMBLE.sha256, "hybrid 1.0.0", "ensemble 2.1.0", "healthy below 0.30, leukemic above 0.70",
        "Temperature 1.42 (n = 3,581).", "Trained on C-NMC.", "n = 30 cells", "95 % Wilson intervals",
        "The cell is unlike the mononuclear cells that the leukemia models know.", "A person has decided 6 of 30 cells",
    ):  # fmt: skip
        assert said in text, said


def test_shares_stand_with_their_interval(tmp_path: Path) -> None:
    content = report(30)
    first = write(content, tmp_path).pages[0].extract_text()
    for label in Label:
        share = content.totals.share(label)
        low, high = share.interval
        assert f"{share.value * 100:.0f} %" in first
        assert f"95 % interval {low * 100:.0f} to {high * 100:.0f} %" in first


@pytest.mark.parametrize(("count", "maps"), [(1, True), (5, True), (12, True), (13, True), (47, True), (47, False)])
def test_every_cell_appears_with_its_figures(tmp_path: Path, count: int, maps: bool) -> None:
    text = words_of(write(report(count, maps=maps), tmp_path))
    for number in range(1, count + 1):
        assert f"cell {number:05d}.png" in text
    for figure in {f"{report_cell(number).probability:.2f}" for number in range(1, count + 1)}:
        assert figure in text
    if count > 12:
        assert (
            "The cell is unlike the mononuclear cells that the leukemia models know. "
            "The cell is neither clearly leukemic nor clearly healthy." in text
        )
        assert "Decided healthy by Åsa, 2026-11-23 14:05 UTC+00:00; the program says" in text
        assert "Image quality: warning. Turn the fine focus." in text
    assert ("Token" in text or "Attention" in text) == maps


def test_raw_cell_and_every_map_are_in_the_file(tmp_path: Path) -> None:
    reader = write(report(13), tmp_path)
    pictures = sum(len(page["/Resources"].get("/XObject", {})) for page in reader.pages)
    legends = sum("fixed scale" in page.extract_text() for page in reader.pages)
    assert legends == 2
    assert pictures == 13 * 6 + legends


def test_every_page_has_its_number_the_time_and_the_version(tmp_path: Path) -> None:
    reader = write(report(40, frames=(field_frame("field.png", 1, 40),)), tmp_path)
    total = len(reader.pages)
    for number, page in enumerate(reader.pages, start=1):
        text = page.extract_text()
        assert f"Page {number} of {total}" in text
        assert "LeukoScope 0.1.0" in text
        assert "2026-11-23 14:05 UTC+00:00" in text
        assert "not a medical device" in text


def test_it_says_what_it_is_not_for_and_never_the_word(tmp_path: Path) -> None:
    text = words_of(write(report(3), tmp_path))
    assert "What this is and is not for" in text
    for paragraph in INTENDED_USE:
        assert paragraph in text
    assert "diagnos" not in text.lower()


def test_all_fonts_travel_inside(tmp_path: Path) -> None:
    fonts = fonts_of(write(report(3), tmp_path))
    assert any("Roboto" in name for name in fonts)
    assert any("Mono" in name for name in fonts)
    assert all(fonts.values()), fonts


def test_metadata_name_the_program_and_no_patient(tmp_path: Path) -> None:
    reader = write(report(2), tmp_path)
    assert reader.metadata is not None
    assert reader.metadata.author == "LeukoScope 0.1.0"
    assert reader.metadata.title == "White blood cell report"
    assert "Doe" not in "".join(map(str, reader.metadata.values()))
    assert reader.trailer["/Root"]["/Lang"] == "en"
    assert reader.trailer["/Root"]["/ViewerPreferences"]["/DisplayDocTitle"] is not None


def test_the_outline_leads_to_every_part(tmp_path: Path) -> None:
    reader = write(report(30, frames=(field_frame("field.png", 1, 30),)), tmp_path)
    titles = [item.title for item in reader.outline if not isinstance(item, list)]
    assert titles == ["Summary", "Fields", "Cells", "Models, how to read this report, and its limits"]
    pages = [reader.get_destination_page_number(item) for item in reader.outline if not isinstance(item, list)]
    assert pages == sorted(pages)
    assert pages[0] == 0
    (inner,) = [item for item in reader.outline if isinstance(item, list)]
    assert inner[0].title.startswith("Cells 1 to")


@pytest.mark.parametrize(("page_size", "expected"), [("A4", (595.28, 841.89)), ("Letter", (612, 792))])
def test_page_sizes(tmp_path: Path, page_size: str, expected: tuple[float, float]) -> None:
    reader = write(report(20), tmp_path, page_size=page_size)
    for page in reader.pages:
        assert (float(page.mediabox.width), float(page.mediabox.height)) == pytest.approx(expected, abs=0.01)


def test_an_unknown_page_size_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ReportError, match="Napkin"):
        write(report(1), tmp_path, page_size="Napkin")


def test_fields_show_their_boxes_and_quality(tmp_path: Path) -> None:
    """The box of each cell is a line drawing in the color of its verdict, exactly where the cell is."""
    frame = field_frame("field one.png", 1, 3)
    write(report(3, frames=(frame,)), tmp_path)
    with pypdfium2.PdfDocument(tmp_path / "report.pdf") as document:
        text = document[1].get_textpage().get_text_range()
        image = np.asarray(document[1].render(scale=4).to_pil().convert("RGB")).astype(int)
    assert "field one.png" in text
    assert "640 × 480 px" in text
    assert "µm" in text
    scale = (595.28 - 80) / 640 * 4
    colors = {Label.LEUKEMIC: (0xD5, 0x5E, 0), Label.HEALTHY: (0, 0x9E, 0x73), Label.UNSURE: (0xE6, 0x9F, 0)}
    for mark in frame.marks:
        x = round(40 * 4 + mark.box.x * scale)
        y = round((48 + 24) * 4 + (mark.box.y + mark.box.height / 2) * scale)
        edge = image[y, x - 3 : x + 4]
        assert np.abs(edge - colors[mark.label]).max(axis=1).min() < 40, mark


def test_many_fields_share_pages(tmp_path: Path) -> None:
    frames = tuple(field_frame(f"field {i:02d}.png", 1 + 2 * i, 2) for i in range(9))
    reader = write(report(18, frames=frames), tmp_path)
    text = words_of(reader)
    assert all(frame.name in text for frame in frames)
    assert sum("not calibrated" in page.extract_text() or "px" in page.extract_text() for page in reader.pages) == 5


def test_images_that_failed_are_named_with_their_sentence(tmp_path: Path) -> None:
    long = "x" * 200 + ".png"
    failed = tuple(
        ReportFrame(name, "", 0, 0, None, View.CELL, None, f"The file {i} is damaged; take it again.")
        for i, name in enumerate(["letter.png", long, *(f"bad {i}.png" for i in range(120))])
    )
    reader = write(report(0, frames=failed), tmp_path)
    text = text_of(reader)
    assert "122 images not judged" in text
    assert long in "".join(text.split())
    for i in range(122):
        assert f"The file {i} is damaged" in text
    for page in reader.pages:
        assert len(page.extract_text()) > 150


def test_an_empty_case_has_a_report_too(tmp_path: Path) -> None:
    reader = write(report(0, frames=()), tmp_path)
    assert "No cell was judged in this case." in text_of(reader)
    assert len(reader.pages) == 2


@pytest.mark.parametrize("page_size", ["A4", "Letter"])
def test_no_page_is_empty_and_nothing_leaves_the_page(tmp_path: Path, page_size: str) -> None:
    """Names as long as the store takes them, in every field."""
    long = "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft " * 25
    header = CaseHeader(long[:200], long[:2000], long[:200], long[:200], long[:200], long[:2000])
    path = tmp_path / "report.pdf"
    write_pdf(report(15, header=header, laboratory=long[:300]), path, page_size=page_size)
    reader = PdfReader(path)
    assert "".join(long[:2000].split()) in "".join(text_of(reader).split())
    with pypdfium2.PdfDocument(path) as document:
        for page in document:
            image = np.asarray(page.render(scale=1).to_pil().convert("L"))
            # The margins stay white: 40 points left and right, and what is above the text.
            assert image[:, :36].min() > 250
            assert image[:, -36:].min() > 250
            assert image[:40].min() > 250
            assert (image[:-60] < 128).sum() > 50


MOST_REASONS = (
    UnsureReason.UNNAMED,
    UnsureReason.IMAGE_QUALITY,
    UnsureReason.NOVELTY,
    UnsureReason.DISAGREEMENT,
    UnsureReason.BAND,
)
"""As many as one cell can have: of what it is, it can lack a name, be a precursor or be no white cell, but one only."""


def test_a_card_with_everything_to_say_still_says_every_reason(tmp_path: Path) -> None:
    def cells() -> Iterator[ReportCell]:
        for number in range(1, 31):
            decided = report_cell(5).decision
            yield replace(report_cell(number), unsure=MOST_REASONS, quality=BLURRED, decision=decided)

    text = words_of(write(report(30, cells=cells), tmp_path))
    said = (
        "Unsure: not named, image quality, unlike known mononuclear cells, models disagree, inside unsure band. "
        "Åsa: healthy, 2026-11-23"
    )
    assert text.count(said) == 30


def test_quality_of_images_is_summed_up(tmp_path: Path) -> None:
    content = report(3)
    frames = (*content.frames[:2], replace(content.frames[2], quality=BLURRED))
    text = words_of(write(replace(content, frames=frames), tmp_path))
    assert "2 images good." in text
    assert "1 image usable, with a warning." in text
    assert "with: Turn the fine focus." in text


def test_what_a_program_said_stays_beside_what_a_person_decided(tmp_path: Path) -> None:
    cell = report_cell(5)
    assert cell.label is not cell.counted_label
    text = words_of(write(report(5), tmp_path))
    said = program_text(cell, ENGLISH)
    assert f"Decided healthy by Åsa, 2026-11-23 14:05 UTC+00:00; the program says {said}." in text
    within = program_within(cell.label, cell.probability, cell.naming, ENGLISH)
    assert f"(program: {within})" in text


def test_markup_in_a_name_is_only_text(tmp_path: Path) -> None:
    other = replace(HEADER, patient="<b>O'Neill & 'sons'</b> \\(x\\) %s {0}")
    assert other.patient in words_of(write(report(1, header=other), tmp_path))
