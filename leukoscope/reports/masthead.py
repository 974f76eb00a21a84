"""The head of the first page: logo, laboratory, address, the QR code of the content, the case and where it stands."""

from __future__ import annotations

from collections.abc import Iterator

from leukoscope.reports.content import ReportContent
from leukoscope.reports.layout import BODY, LEADING, SMALL, TITLE, Block, Sheet, moment_text, space
from leukoscope.reports.paper import INK, QUIET
from leukoscope.reports.seal import draw_code

_LONG_TITLE = 14.0
_LOGO = (120.0, 40.0)
_CODE = 58.0
_ADDRESS_LINES = 5


def masthead(sheet: Sheet, content: ReportContent) -> Iterator[Block]:
    """Blocks of the head."""
    right_room = (_CODE + 12) if content.fingerprint else 0
    yield _letterhead(sheet, content, right_room)
    yield space(16)
    words = sheet.words
    title = words("Case {number}", number=content.header.number or "–")
    size = TITLE if sheet.paper.text_width(title, TITLE, "Medium") <= sheet.width else _LONG_TITLE
    for line in sheet.lines(title, sheet.width, size, "Medium"):
        yield sheet.text_line(line, size, round(size * 1.27), style="Medium")
    about = words("White blood cells judged by machine, to support the people who decide. Not a medical device.")
    yield from sheet.paragraph(about, BODY, QUIET)
    yield space(2)
    yield from sheet.paragraph(sheet.standing_text(), BODY, INK)
    yield space(12)


def _letterhead(sheet: Sheet, content: ReportContent, right_room: float) -> Block:
    """Logo, laboratory and address on the left; moment and code on the right."""
    paper, logo = sheet.paper, content.logo
    logo_size = (0.0, 0.0)
    if logo is not None:
        scale = min(_LOGO[0] / logo.shape[1], _LOGO[1] / logo.shape[0])
        logo_size = (logo.shape[1] * scale, logo.shape[0] * scale)
    x = sheet.left + (logo_size[0] + 14 if logo is not None else 0)
    moment = moment_text(content.created_at)
    width = sheet.right - x - right_room - paper.text_width(moment, SMALL) - 24
    laboratory = content.laboratory or content.software.split(" ", maxsplit=1)[0]
    names = sheet.lines(laboratory, width, 10, "Medium")
    address = [line for text in content.address for line in sheet.lines(text, width, 8)][:_ADDRESS_LINES]
    text_height = LEADING * len(names) + 10.5 * len(address)
    height = max(text_height + 2, logo_size[1], _CODE if content.fingerprint else 0)

    def draw(y: float) -> None:
        if logo is not None:
            paper.image(logo, sheet.left, y, *logo_size, 300.0)
        baseline = y + 9
        for line in names:
            paper.text(x, baseline, line, 10, "Medium")
            baseline += LEADING
        for line in address:
            paper.text(x, baseline - 0.5, line, 8, color=QUIET)
            baseline += 10.5
        paper.text(sheet.right - right_room, y + 8, moment, SMALL, color=QUIET, align="right")
        if content.fingerprint:
            draw_code(paper, content.fingerprint, sheet.right - _CODE, y, _CODE)

    return Block(height, draw)
