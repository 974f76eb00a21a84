"""The head of the first page: logo, laboratory, address, the QR code of the content, the case and where it stands."""

from __future__ import annotations

from collections.abc import Iterator

from leukoscope.reports.content import ReportContent
from leukoscope.reports.content_code import draw_code
from leukoscope.reports.layout import BODY, LEADING, SMALL, TITLE, Block, PageLayout, moment_text, space
from leukoscope.reports.painter import INK, QUIET
from leukoscope.reports.tagging import TITLE as TITLE_TAG

_LONG_TITLE = 14.0
_LOGO = (120.0, 40.0)
_CODE = 58.0
_ADDRESS_LINES = 5


def report_header(layout: PageLayout, content: ReportContent) -> Iterator[Block]:
    """Blocks of the head."""
    right_room = (_CODE + 12) if content.fingerprint else 0
    yield _letterhead(layout, content, right_room)
    yield space(16)
    words = layout.words
    title = words("Case {number}", number=content.header.number or "–")
    size = TITLE if layout.painter.text_width(title, TITLE, "Medium") <= layout.width else _LONG_TITLE
    for line in layout.lines(title, layout.width, size, "Medium"):
        yield layout.tagged(layout.text_line(line, size, round(size * 1.27), style="Medium"), TITLE_TAG)
    about = words("White blood cells judged by machine, to support the people who decide. Not a medical device.")
    yield from layout.paragraph(about, BODY, QUIET)
    yield space(2)
    yield from layout.paragraph(layout.status_text(), BODY, INK)
    yield space(12)


def _letterhead(layout: PageLayout, content: ReportContent, right_room: float) -> Block:
    """Logo, laboratory and address on the left; moment and code on the right."""
    painter, logo = layout.painter, content.logo
    logo_size = (0.0, 0.0)
    if logo is not None:
        scale = min(_LOGO[0] / logo.shape[1], _LOGO[1] / logo.shape[0])
        logo_size = (logo.shape[1] * scale, logo.shape[0] * scale)
    x = layout.left + (logo_size[0] + 14 if logo is not None else 0)
    moment = moment_text(content.created_at)
    width = layout.right - x - right_room - painter.text_width(moment, SMALL) - 24
    laboratory = content.laboratory or content.software.split(" ", maxsplit=1)[0]
    names = layout.lines(laboratory, width, 10, "Medium")
    address = [line for text in content.address for line in layout.lines(text, width, 8)][:_ADDRESS_LINES]
    text_height = LEADING * len(names) + 10.5 * len(address)
    height = max(text_height + 2, logo_size[1], _CODE if content.fingerprint else 0)

    def draw(y: float) -> None:
        if logo is not None:
            painter.image(logo, layout.left, y, *logo_size, 300.0)
        baseline = y + 9
        for line in names:
            painter.text(x, baseline, line, 10, "Medium")
            baseline += LEADING
        for line in address:
            painter.text(x, baseline - 0.5, line, 8, color=QUIET)
            baseline += 10.5
        painter.text(layout.right - right_room, y + 8, moment, SMALL, color=QUIET, align="right")
        if content.fingerprint:
            draw_code(painter, content.fingerprint, layout.right - _CODE, y, _CODE)

    return Block(height, draw)
