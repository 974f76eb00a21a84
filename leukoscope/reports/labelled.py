"""A text with its name beside it: short parts of a page that need no heading of their own."""

from __future__ import annotations

from collections.abc import Iterator

from leukoscope.reports.layout import Block, PageLayout

LABEL_WIDTH = 104.0
_SIZE, _LEADING = 8.0, 10.2


def labelled(layout: PageLayout, label: str, text: str) -> Iterator[Block]:
    """A text with its name in a narrow column before it."""
    names = layout.lines(label, LABEL_WIDTH - 10, _SIZE, "Medium")
    lines = layout.lines(text, layout.width - LABEL_WIDTH, _SIZE)
    yield Block(2.5, lambda y: layout.painter.line(layout.left, y, layout.right, y), keep_with_next=True)
    for index in range(max(len(names), len(lines))):
        name = names[index] if index < len(names) else ""
        line = lines[index] if index < len(lines) else ""

        def draw(y: float, name: str = name, line: str = line) -> None:
            layout.painter.text(layout.left, y + 8, name, _SIZE, "Medium")
            layout.painter.text(layout.left + LABEL_WIDTH, y + 8, line, _SIZE)

        yield Block(_LEADING, draw, keep_with_next=index < 1)
    yield Block(2.0, lambda _: None)
