"""Painter: what the pages draw with. Lengths in points, the origin in the upper left corner, y grows downwards."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import BinaryIO

import cv2
import numpy as np

from leukoscope.domain.errors import ReportError
from leukoscope.domain.findings import Label
from leukoscope.domain.frames import Pixels
from leukoscope.reports.shaping import Line, Run, Typesetter
from leukoscope.reports.streaming import StreamedCanvas
from leukoscope.reports.tagging import TEXT

Color = tuple[float, float, float]

INK: Color = (0.102, 0.110, 0.122)
QUIET: Color = (0.373, 0.388, 0.408)
HAIR: Color = (0.843, 0.855, 0.871)
WASH: Color = (0.957, 0.961, 0.969)
WHITE: Color = (1.0, 1.0, 1.0)

VERDICT_COLORS: dict[Label, Color] = {
    Label.LEUKEMIC: (0xD5 / 255, 0x5E / 255, 0.0),
    Label.HEALTHY: (0.0, 0x9E / 255, 0x73 / 255),
    Label.UNSURE: (0xE6 / 255, 0x9F / 255, 0.0),
}
"""Okabe and Ito (2008): told apart by color-blind eyes, and always with a shape and a word."""
VERDICT_EDGES: dict[Label, Color] = {Label.UNSURE: (0x8A / 255, 0x60 / 255, 0.0)}
"""Amber alone has 2.2:1 on white; WCAG 2.2 (1.4.11) wants 3:1, which its edge has."""

_TINY = 64 * 64


class Painter:
    """Pages of one size.

    Parameters
    ----------
    stream
        Open for writing.
    size
        Width and height in points.
    typesetter
        Shapes the text.
    language
        Of the text, for whoever has it read aloud.
    """

    def __init__(
        self, stream: BinaryIO, size: tuple[float, float], typesetter: Typesetter, language: str = "en"
    ) -> None:
        self.width, self.height = size
        self.typesetter = typesetter
        self._canvas = StreamedCanvas(stream, size, language)
        self._pages = 0
        self._ornaments = False

    # Documents -------------------------------------------------------------------------------------------------

    def describe(self, title: str, author: str, subject: str, keywords: str = "") -> None:
        """Set the metadata. No patient's data: they are shown in file lists and kept by search engines."""
        self._canvas.setTitle(title)
        self._canvas.setAuthor(author)
        self._canvas.setSubject(subject)
        self._canvas.setKeywords(keywords)
        self._canvas.setCreator(author)
        self._canvas.setProducer(author)
        self._canvas.setViewerPreference("DisplayDocTitle", "true")

    def bookmark(self, title: str, level: int) -> None:
        """Add the page to the outline."""
        key = f"b{self._pages}.{title}"
        self._canvas.bookmarkPage(key)
        self._canvas.addOutlineEntry(title, key, level, closed=level > 0)

    def end_page(self) -> None:
        """Finish the page."""
        self._pages += 1
        self._canvas.showPage()

    def save(self) -> None:
        """Write the fonts and the end of the file."""
        for font in self.typesetter.fonts.values():
            self._canvas.add_font(font.name, font.add_to(self._canvas.document))
        self._canvas.showOutline()
        self._canvas.finish_archive()
        self._canvas.save()

    def part(self, tag: str = TEXT, shown: str = "") -> None:
        """Begin what is read as one, for programs that read aloud; ``shown`` says what its pictures show."""
        self._canvas.tags.begin(tag, shown)

    @contextmanager
    def ornament(self) -> Iterator[None]:
        """What is drawn meanwhile is not read aloud: what stands on every page."""
        self._ornaments = True
        try:
            yield
        finally:
            self._ornaments = False

    def _draw_ornament(self, code: str) -> None:
        self._canvas.add_code(f"/Artifact BMC {code} EMC")

    # Text ------------------------------------------------------------------------------------------------------

    def text_width(self, text: str, size: float, style: str = "Regular") -> float:
        """Width of one line of text."""
        return self.typesetter.line(text, style).width * size

    def text(
        self,
        x: float,
        y: float,
        text: str,
        size: float,
        style: str = "Regular",
        color: Color = INK,
        align: str = "left",
    ) -> float:
        """Draw one line of text with its baseline at ``y``; returns its width."""
        line = self.typesetter.line(text, style)
        width = line.width * size
        left = x - {"left": 0.0, "right": width, "center": width / 2}[align]
        if line.runs:
            self._canvas.add_code("/Artifact BMC" if self._ornaments else self._canvas.tags.text())
            self._draw_line(line, left, self.height - y, size, color)
            self._canvas.add_code("EMC")
        return width

    def _draw_line(self, line: Line, x: float, y: float, size: float, color: Color) -> None:
        for run in line.runs:
            if run.font is None:
                for glyph in run.glyphs:
                    self._missing_box(x + glyph.x * size, y, size, color)
            elif run.glyphs:
                code = _plain_code(run, x, y, size) if run.plain else _placed_code(run, x, y, size)
                code = f"BT {_fill(color)} /{run.font.name} {size:g} Tf {code} ET"
                self._canvas.add_code(code if run.ordered else _with_text(run.text, code))

    def _missing_box(self, x: float, y: float, size: float, color: Color) -> None:
        """A character that no font has."""
        stroke = " ".join(f"{part:.3f}" for part in color)
        box = f"{x + size * 0.06:.2f} {y:.2f} {size * 0.46:.2f} {size * 0.7:.2f} re"
        self._canvas.add_code(f"q {stroke} RG {size * 0.05:.2f} w {box} S Q")

    # Shapes ----------------------------------------------------------------------------------------------------

    def rect(
        self,
        x: float,
        y: float,
        width: float,
        height: float,
        fill: Color | None = None,
        stroke: Color | None = None,
        line: float = 0.5,
    ) -> None:
        """Draw a rectangle with its upper left corner at (x, y)."""
        how = {(True, False): "f", (False, True): "S", (True, True): "B"}[(fill is not None, stroke is not None)]
        code = "q"
        if fill is not None:
            code += f" {_fill(fill)}"
        if stroke is not None:
            code += f" {_stroke(stroke)} {line:g} w"
        bottom = self.height - y - height
        self._draw_ornament(f"{code} {x:.2f} {bottom:.2f} {width:.2f} {height:.2f} re {how} Q")

    def line(self, x1: float, y1: float, x2: float, y2: float, color: Color = HAIR, width: float = 0.5) -> None:
        """Draw a straight line."""
        ends = f"{x1:.2f} {self.height - y1:.2f} m {x2:.2f} {self.height - y2:.2f} l"
        self._draw_ornament(f"q {_stroke(color)} {width:g} w {ends} S Q")

    def verdict_shape(self, label: Label, x: float, y: float, size: float, color: Color | None = None) -> None:
        """Draw the shape of a verdict, centered at (x, y): triangle, circle or diamond, about ``size`` across."""
        fill = _fill(color or VERDICT_COLORS[label])
        cy = self.height - y
        if label is Label.HEALTHY:
            self._draw_ornament(f"q {fill} {_circle(x, cy, size * 0.46)} f Q")
            return
        if label is Label.LEUKEMIC:
            corners = [(0.0, 0.5), (0.54, -0.42), (-0.54, -0.42)]
        else:
            corners = [(0.0, 0.58), (0.58, 0.0), (0.0, -0.58), (-0.58, 0.0)]
        points = [f"{x + dx * size:.2f} {cy + dy * size:.2f}" for dx, dy in corners]
        edge = None if color else VERDICT_EDGES.get(label)
        path = f"{points[0]} m {' l '.join(points[1:])} l h"
        self._draw_ornament(
            f"q {fill} {path} f Q" if edge is None else f"q {fill} {_stroke(edge)} {size * 0.06:.2f} w {path} B Q"
        )

    # Pictures --------------------------------------------------------------------------------------------------

    def image(self, pixels: Pixels, x: float, y: float, width: float, height: float, dpi: float = 220.0) -> None:
        """Draw a picture with its upper left corner at (x, y), in no more pixels than print can show."""
        wanted = max(1, round(width / 72 * dpi)), max(1, round(height / 72 * dpi))
        if wanted[0] < pixels.shape[1] and wanted[1] < pixels.shape[0]:
            pixels = np.asarray(cv2.resize(pixels, wanted, interpolation=cv2.INTER_AREA), dtype=np.uint8)
        data, encoding = compress(pixels)
        size = pixels.shape[1], pixels.shape[0]
        self._canvas.draw_image(data, size, encoding, x, self.height - y - height, width, height)


def compress(pixels: Pixels) -> tuple[bytes, str]:
    """A picture as PDF keeps it, and the name of the filter: JPEG, or without loss where that is as small."""
    if pixels.shape[0] * pixels.shape[1] <= _TINY:
        return zlib.compress(np.ascontiguousarray(pixels).tobytes()), "FlateDecode"
    done, data = cv2.imencode(".jpg", cv2.cvtColor(pixels, cv2.COLOR_RGB2BGR), [cv2.IMWRITE_JPEG_QUALITY, 88])
    if not done:
        raise ReportError("A picture of the report cannot be written; try again.", f"JPEG of {pixels.shape}")
    return data.tobytes(), "DCTDecode"


def tint(color: Color, amount: float) -> Color:
    """Mix a color with white: 0 is white, 1 the color itself."""
    red, green, blue = (1 - amount + part * amount for part in color)
    return red, green, blue


def _fill(color: Color) -> str:
    return "{:.3f} {:.3f} {:.3f} rg".format(*color)


def _stroke(color: Color) -> str:
    return "{:.3f} {:.3f} {:.3f} RG".format(*color)


def _circle(x: float, y: float, radius: float) -> str:
    k = 0.5522847498 * radius  # control points that make four Bézier curves a circle to 0.03 %
    r = radius
    return (
        f"{x + r:.2f} {y:.2f} m {x + r:.2f} {y + k:.2f} {x + k:.2f} {y + r:.2f} {x:.2f} {y + r:.2f} c "
        f"{x - k:.2f} {y + r:.2f} {x - r:.2f} {y + k:.2f} {x - r:.2f} {y:.2f} c "
        f"{x - r:.2f} {y - k:.2f} {x - k:.2f} {y - r:.2f} {x:.2f} {y - r:.2f} c "
        f"{x + k:.2f} {y - r:.2f} {x + r:.2f} {y - k:.2f} {x + r:.2f} {y:.2f} c h"
    )


def _plain_code(run: Run, x: float, y: float, size: float) -> str:
    """Glyphs in a row; what kerning takes away stands between them."""
    parts: list[str] = []
    codes = ""
    pen = run.glyphs[0].x
    for glyph in run.glyphs:
        gap = round((pen - glyph.x) * 1000)
        if gap and codes:
            parts.append(f"<{codes}>{gap}")
            codes = ""
        codes += f"{glyph.code:04X}"
        pen = glyph.x + glyph.advance
    parts.append(f"<{codes}>")
    return f"1 0 0 1 {x + run.glyphs[0].x * size:.2f} {y:.2f} Tm [{''.join(parts)}] TJ"


def _placed_code(run: Run, x: float, y: float, size: float) -> str:
    """Each glyph where it belongs."""
    return " ".join(
        f"1 0 0 1 {x + glyph.x * size:.2f} {y + glyph.y * size:.2f} Tm <{glyph.code:04X}> Tj" for glyph in run.glyphs
    )


def _with_text(text: str, code: str) -> str:
    """Say what glyphs mean whose order is not that of the text, for whoever copies it or has it read aloud."""
    return f"/Span <</ActualText <FEFF{text.encode('utf-16-be', 'replace').hex().upper()}>>> BDC {code} EMC"
