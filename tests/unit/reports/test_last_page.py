"""The end of the report."""

from __future__ import annotations

from unittest.mock import MagicMock

import pytest

from leukoscope.reports.about import _last_words
from leukoscope.reports.layout import Block, PageLayout, paginate

ROOM = 700.0


@pytest.mark.parametrize("used", range(580, 700, 10))
def test_the_last_page_is_never_blank(used: int) -> None:
    layout, draw = MagicMock(spec=PageLayout), MagicMock()
    written = Block(18, draw)
    layout.paragraph.return_value = [written]
    pages = paginate([Block(float(used), draw), *_last_words(layout, "Written today.")], ROOM)
    assert any(block.height == written.height for block in pages[-1])
