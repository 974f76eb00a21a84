"""The end of the report."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from unittest.mock import MagicMock

import pytest

from leukoscope.reports.about import _last_words
from leukoscope.reports.content import INTENDED_USE
from leukoscope.reports.layout import Block, PageLayout, paginate

from .builders import report, write

ROOM = 700.0


@pytest.mark.parametrize("used", range(580, 700, 10))
def test_the_last_page_is_never_blank(used: int) -> None:
    layout, draw = MagicMock(spec=PageLayout), MagicMock()
    written = Block(18, draw)
    layout.paragraph.return_value = [written]
    pages = paginate([Block(float(used), draw), *_last_words(layout, "Written today.")], ROOM)
    assert any(block.height == written.height for block in pages[-1])


@pytest.mark.parametrize("fingerprint", ["ab" * 32, ""])
def test_the_last_words_do_not_stand_alone(tmp_path: Path, fingerprint: str) -> None:
    """Whatever stands before them takes, they share their page with the last section."""
    for lines in range(1, 25, 4):
        use = *INTENDED_USE, *(["One more sentence of the laboratory that prints this."] * lines)
        content = replace(report(1), intended_use=use, fingerprint=fingerprint, trail="")
        last = write(content, tmp_path).pages[-1].extract_text()
        assert "Written 20" in last
        assert ("Proof of the content" if fingerprint else "One more sentence") in last, lines
