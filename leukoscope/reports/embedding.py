"""EmbeddedFont: one face whose used glyphs, and only those, travel inside a PDF."""

from __future__ import annotations

import hashlib
import io

import uharfbuzz
from fontTools.fontBuilder import FontBuilder
from fontTools.pens.boundsPen import ControlBoundsPen
from fontTools.pens.cu2quPen import Cu2QuPen
from fontTools.pens.ttGlyphPen import TTGlyphPen
from reportlab.pdfbase.pdfdoc import PDFArray, PDFDictionary, PDFDocument, PDFName, PDFStream, PDFString, PDFZCompress

from leukoscope.reports.fonts import FontFile

# Largest distance of a quadratic outline from the cubic one it replaces, in thousandths of the type size.
_CURVE_ERROR = 1.0


class EmbeddedFont:
    """One face at one weight.

    A glyph gets a code when it is first used, one for each text that it stands for: so a reader that copies the
    text gets it right, ligatures and all. The font that goes into the PDF is built from outlines, in TrueType
    form whatever the file was, because that is what every printer understands.

    Parameters
    ----------
    file
        The face.
    name
        Unique within the document, for example ``F1``.
    """

    def __init__(self, file: FontFile, name: str) -> None:
        self._face = uharfbuzz.Face(uharfbuzz.Blob.from_file_path(str(file.path)), file.index)
        self.font = uharfbuzz.Font(self._face)
        if self._face.has_var_data:
            self.font.set_variations({"wght": file.weight})
        self.name = name
        self._family = "".join(c for c in file.path.stem.split("[")[0] if c.isascii() and c.isalnum()) or "Font"
        self._weight = file.weight
        self._codes: dict[tuple[int, str], int] = {}

    @property
    def em(self) -> int:
        """Font units for one type size."""
        return int(self._face.upem)

    def code(self, glyph: int, text: str) -> int:
        """Code of a glyph that stands for ``text``; 1 and up."""
        return self._codes.setdefault((glyph, text), len(self._codes) + 1)

    def advance(self, glyph: int) -> int:
        """Width of a glyph in font units."""
        return int(self.font.get_glyph_h_advance(glyph))

    def add_to(self, document: PDFDocument) -> PDFDictionary:
        """Add the font with all glyphs used so far to a document; the caller puts it into the page resources."""
        data = self._build()
        tag = "".join(chr(ord("A") + byte % 26) for byte in hashlib.sha256(data).digest()[:6])
        base = PDFName(f"{tag}+{self._family}{self._weight:.0f}")
        descendant = PDFDictionary(
            {
                "Type": PDFName("Font"),
                "Subtype": PDFName("CIDFontType2"),
                "BaseFont": base,
                "CIDSystemInfo": PDFDictionary(
                    {"Registry": PDFString("Adobe"), "Ordering": PDFString("Identity"), "Supplement": 0}
                ),
                "FontDescriptor": document.Reference(self._descriptor(document, base, data), f"{self.name}.descriptor"),
                "W": PDFArray(
                    [0, PDFArray([0, *(self._thousandths(self.advance(glyph)) for glyph, _ in self._codes)])]
                ),
                "CIDToGIDMap": PDFName("Identity"),
            }
        )
        texts = PDFStream(content=self._to_unicode(), filters=[PDFZCompress])
        return PDFDictionary(
            {
                "Type": PDFName("Font"),
                "Subtype": PDFName("Type0"),
                "BaseFont": base,
                "Encoding": PDFName("Identity-H"),
                "DescendantFonts": PDFArray([document.Reference(descendant, f"{self.name}.descendant")]),
                "ToUnicode": document.Reference(texts, f"{self.name}.texts"),
            }
        )

    def _descriptor(self, document: PDFDocument, base: PDFName, data: bytes) -> PDFDictionary:
        stream = PDFStream(PDFDictionary({"Length1": len(data)}), data, [PDFZCompress])
        extents = self.font.get_font_extents("ltr")
        return PDFDictionary(
            {
                "Type": PDFName("FontDescriptor"),
                "FontName": base,
                "Flags": 4,
                "FontBBox": PDFArray(self._bounds()),
                "ItalicAngle": -12 if "Italic" in self._family else 0,
                # Readers select text by these; taller ones would make neighboring lines overlap.
                "Ascent": min(950, self._thousandths(extents.ascender)),
                "Descent": max(-250, self._thousandths(extents.descender)),
                "CapHeight": 711,
                "StemV": 80 if self._weight < 450 else 120,
                "FontFile2": document.Reference(stream, f"{self.name}.file"),
            }
        )

    def _thousandths(self, units: float) -> int:
        return round(units * 1000 / self.em)

    def _bounds(self) -> list[int]:
        bounds = [0, 0, 0, 0]
        for glyph, _ in self._codes:
            pen = ControlBoundsPen(None)
            self.font.draw_glyph_with_pen(glyph, pen)
            if pen.bounds:
                low, high = pen.bounds[:2], pen.bounds[2:]
                bounds = [*map(min, bounds[:2], low), *map(max, bounds[2:], high)]
        return [self._thousandths(value) for value in bounds]

    def _build(self) -> bytes:
        names = [".notdef", *(f"g{code}" for code in self._codes.values())]
        glyphs = [0, *(glyph for glyph, _ in self._codes)]
        outlines = dict(zip(names, map(self._outline, glyphs), strict=True))
        builder = FontBuilder(self.em, isTTF=True)
        builder.setupGlyphOrder(names)
        builder.setupGlyf(outlines)
        table = builder.font["glyf"]
        builder.setupHorizontalMetrics(
            {
                name: (max(0, self.advance(glyph)), getattr(table[name], "xMin", 0))
                for name, glyph in zip(names, glyphs, strict=True)
            }
        )
        extents = self.font.get_font_extents("ltr")
        builder.setupHorizontalHeader(ascent=round(extents.ascender), descent=round(extents.descender))
        builder.setupPost(keepGlyphNames=False)
        buffer = io.BytesIO()
        builder.font.recalcTimestamp = False
        builder.save(buffer)
        return buffer.getvalue()

    def _outline(self, glyph: int) -> object:
        pen = TTGlyphPen(None)
        # Outlines of a CFF file run the other way round than TrueType's; filled they look the same.
        self.font.draw_glyph_with_pen(glyph, Cu2QuPen(pen, _CURVE_ERROR * self.em / 1000))
        return pen.glyph()

    def _to_unicode(self) -> bytes:
        lines = [
            "/CIDInit /ProcSet findresource begin 12 dict begin begincmap",
            "/CIDSystemInfo << /Registry (Adobe) /Ordering (UCS) /Supplement 0 >> def",
            "/CMapName /Adobe-Identity-UCS def /CMapType 2 def",
            "1 begincodespacerange <0000> <FFFF> endcodespacerange",
        ]
        pairs = [(code, text) for (_, text), code in self._codes.items()]
        for start in range(0, len(pairs), 100):
            block = pairs[start : start + 100]
            lines.append(f"{len(block)} beginbfchar")
            lines.extend(f"<{code:04X}> <{text.encode('utf-16-be', 'replace').hex().upper()}>" for code, text in block)
            lines.append("endbfchar")
        lines.append("endcmap CMapName currentdict /CMap defineresource pop end end")
        return "\n".join(lines).encode("ascii")
