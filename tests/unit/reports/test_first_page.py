"""The result on one page: conclusion, patient, earlier cases and the template of the lab; nothing ends in dots."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from leukoscope.domain.cases import CaseHeader
from leukoscope.domain.differential import Differential
from leukoscope.reports.content import EarlierCase, ReportContent
from leukoscope.reports.template import BLOCKS, Appendix, PageBlock, Template, template_of
from leukoscope.reports.totals import Share

from .builders import NOW, field_frame, report, signed_report, write

HEADER = CaseHeader(
    "2026-0417", "Freifrau von Donnersmarck-Hohenlohe, Maria-Magdalena Elisabeth", "Peripheral blood, EDTA",
    "May-Grünwald-Giemsa", "Ana", "Dried slowly.", "MRN-0042-88317", "1960-12-24", "female",
    "Predominantly mature neutrophils. " * 6,
)  # fmt: skip
COUNTED = Differential(
    {"neutrophil": 61, "lymphocyte": 29, "monocyte": 5, "eosinophil": 2, "basophil": 1, "blast": 12, None: 4},
    {"neutrophil": 12, "blast": 5}, 118, 3,
)  # fmt: skip


def mixed() -> ReportContent:
    """A signed case with all blocks on its first page."""
    plain = signed_report(30)
    earlier = tuple(
        EarlierCase(f"2026-030{place}", NOW - timedelta(days=80 - 20 * place), Share(3 * place, 110), place != 1)
        for place in range(3)
    )
    frames = tuple(field_frame(f"field {place}.png", 1 + 10 * place, 10) for place in range(3))
    totals = replace(plain.totals, differential=COUNTED)
    return replace(plain, header=HEADER, totals=totals, frames=frames, earlier=earlier, begun_at=NOW)


def first_page(content: ReportContent, folder: Path) -> str:
    return " ".join(write(content, folder).pages[0].extract_text().split())


def test_everything_that_matters_stands_on_the_first_page(tmp_path: Path) -> None:
    first = first_page(mixed(), tmp_path)
    for said in (
        HEADER.patient, "MRN-0042-88317", "1960-12-24, 65 years, female", HEADER.conclusion.strip(), "Neutrophils 61",
        "95 % interval", "3 images; good: 3.", "marrow, immunophenotype or genetics", "Hybrid (hybrid 1.0.0)",
        "Reviewed and released", "Earlier cases of this patient", "2026-0301, not signed", "2026-11-23 this case",
    ):  # fmt: skip
        assert said in first, said


def test_a_lab_chooses_order_and_appendix_but_never_leaves_the_limits_out(tmp_path: Path) -> None:
    chosen = template_of(("leukemic", "conclusion", "nonsense"), "none")
    assert chosen.blocks[:2] == (PageBlock.LEUKEMIC, PageBlock.CONCLUSION)
    assert {PageBlock.LIMITS, PageBlock.SIGNATURES} <= set(chosen.blocks)
    assert template_of((), "all") == Template(BLOCKS, Appendix.ALL)
    frames = tuple(replace(frame, picture=None) for frame in mixed().frames)
    content = replace(mixed(), template=chosen, cell_count=0, cells=lambda: (), frames=frames)
    reader = write(content, tmp_path)
    first = " ".join(reader.pages[0].extract_text().split())
    assert "Differential" not in first
    assert first.index("Result") < first.index("Conclusion")
    assert "Cells 1" not in " ".join(page.extract_text() for page in reader.pages)
    assert len(reader.pages) == 3


def test_a_choice_of_cells_says_of_how_many(tmp_path: Path) -> None:
    content = report(20)
    chosen = tuple(content.cells())[3:7]
    text = " ".join(
        page.extract_text() for page in write(replace(content, cells=lambda: chosen, cell_count=4), tmp_path).pages
    )
    assert "4 deciding cells of 20" in " ".join(text.split())
