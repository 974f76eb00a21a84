"""A report is a PDF for the archive (PDF/A-2u) whose structure programs can read aloud."""

from __future__ import annotations

import io
from pathlib import Path
from xml.etree import ElementTree

from PIL import ImageCms
from pypdf import PdfReader
from pypdf.generic import DictionaryObject

from .builders import field_frame, report, write

PDFAID = "{http://www.aiim.org/pdfa/ns/id/}"


def test_a_report_says_that_it_is_for_the_archive_and_what_its_colors_mean(tmp_path: Path) -> None:
    reader = write(report(3), tmp_path)
    root = reader.trailer["/Root"]
    metadata = root["/Metadata"]
    assert "/Filter" not in metadata
    told = ElementTree.fromstring(metadata.get_data().decode().replace("\ufeff", ""))
    assert [told.findtext(f".//{PDFAID}{name}") for name in ("part", "conformance")] == ["2", "U"]
    profile = root["/OutputIntents"][0]["/DestOutputProfile"].get_object().get_data()
    assert "sRGB" in ImageCms.getProfileDescription(ImageCms.ImageCmsProfile(io.BytesIO(profile)))
    assert reader.pdf_header == "%PDF-1.7"
    assert reader.trailer["/ID"]
    for page in reader.pages:
        assert not {"/PresSteps", "/Annots", "/AA"} & set(page)
        for image in page["/Resources"].get("/XObject", {}).values():
            assert not {"/SMask", "/Alternates", "/OPI"} & set(image.get_object())


def test_everything_on_a_page_is_read_aloud_or_an_ornament(tmp_path: Path) -> None:
    reader = write(report(3, frames=(field_frame("field.png", 1, 3),)), tmp_path)
    root = reader.trailer["/Root"]["/StructTreeRoot"]
    numbers = root["/ParentTree"]["/Nums"]
    sections = root["/K"]["/K"]
    assert len(sections) == len(reader.pages)
    tags: list[str] = []
    shown: list[str] = []
    for place, page in enumerate(reader.pages):
        owners = numbers[2 * place + 1].get_object()
        assert page["/StructParents"] == place
        _check_marks(reader, place, len(owners))
        parts: list[DictionaryObject] = [one.get_object() for one in sections[place].get_object()["/K"]]
        assert sorted(piece for part in parts for piece in part["/K"]) == list(range(len(owners)))
        tags += [str(part["/S"]) for part in parts]
        shown += [str(part["/Alt"]) for part in parts if "/Alt" in part]
    assert {"/H1", "/H2", "/P", "/Figure"} <= set(tags)
    assert shown == ["field.png", "Cell 1", "Cell 2", "Cell 3"]


def _check_marks(reader: PdfReader, page: int, pieces: int) -> None:
    """Every operator that draws stands between marks, and every mark is closed."""
    code = reader.pages[page].get_contents()
    assert code is not None
    depth, marked = 0, 0
    for operands, operator in code.operations:
        if operator in {b"BDC", b"BMC"}:
            depth += 1
            marked += operator == b"BDC" and "/MCID" in operands[1]
        elif operator == b"EMC":
            depth -= 1
        elif operator in {b"Tj", b"TJ", b"Do", b"f", b"S", b"B"}:
            assert depth > 0, (operator, operands)
    assert (depth, marked) == (0, pieces)
