"""From text in any script to placed glyphs: direction, font and script of each stretch, then HarfBuzz."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

import uharfbuzz
from bidi import algorithm as bidi
from fontTools import unicodedata as scripts

from leukoscope.reports.embedding import EmbeddedFont
from leukoscope.reports.fonts import FontFile, coverage, fallback_fonts, style_font

_KEPT_LINES = 1000
_RIGHT_TO_LEFT = {"R", "AL", "AN", "RLE", "RLO", "RLI"}
_MISSING_ADVANCE = 0.6
_BIDI_STAND_INS = {"LRI": "BN", "RLI": "BN", "FSI": "BN", "PDI": "BN", "B": "WS", "": "L"}


@dataclass(frozen=True, slots=True)
class Glyph:
    """One glyph of a run: its code in the font, where it stands, and how wide the font says it is (in type sizes)."""

    code: int
    x: float
    y: float
    advance: float


@dataclass(frozen=True)
class Run:
    """Glyphs of one font, from left to right: readers that copy text expect that order and turn it themselves.

    Parameters
    ----------
    font
        ``None`` for characters that no font has: they are drawn as boxes.
    text
        What it says.
    glyphs
        Placed from the start of the line.
    plain
        Glyphs follow each other along the line without being moved up, down or over each other.
    ordered
        Each glyph stands for a part of the text, so that the text can be read off the glyphs.
    """

    font: EmbeddedFont | None
    text: str
    glyphs: tuple[Glyph, ...]
    plain: bool = True
    ordered: bool = True


@dataclass(frozen=True)
class Line:
    """A shaped line; all lengths in type sizes."""

    runs: tuple[Run, ...]
    width: float


@dataclass(frozen=True)
class _Stretch:
    start: int
    end: int
    level: int
    font: FontFile | None


class Typesetter:
    """Shapes text for one document and remembers which glyphs of which fonts it used.

    Attributes
    ----------
    missing
        Characters that no font on this computer has.
    """

    def __init__(self) -> None:
        self.fonts: dict[FontFile, EmbeddedFont] = {}
        self.missing: set[str] = set()
        self._lines: dict[tuple[str, str], Line] = {}
        self._chosen: dict[tuple[str, str], FontFile | None] = {}

    def line(self, text: str, style: str = "Regular") -> Line:
        """Shape one line of text; line breaks in it become spaces."""
        key = (text, style)
        if key not in self._lines:
            if len(self._lines) >= _KEPT_LINES:
                self._lines.clear()
            self._lines[key] = self._shape(_one_line(text), style)
        return self._lines[key]

    def _shape(self, text: str, style: str) -> Line:
        stretches = list(self._stretches(text, style))
        runs: list[Run] = []
        x = 0.0
        for index in _visual_order([stretch.level for stretch in stretches]):
            run, width = self._run(text, stretches[index], x)
            runs.append(run)
            x += width
        return Line(tuple(runs), x)

    def _stretches(self, text: str, style: str) -> Iterator[_Stretch]:
        """Longest parts of one direction, font and script."""
        if text and text.isascii() and text.isprintable():
            yield _Stretch(0, len(text), 0, style_font(style))
            return
        levels, fonts = _levels(text), self._fonts_for(text, style)
        start, script = 0, ""
        for index, char in enumerate(text):
            own = scripts.script(char)
            own = script if own in {"Zyyy", "Zinh", "Zzzz"} else own
            fresh = index > start and (
                levels[index] != levels[start] or fonts[index] != fonts[start] or (script and own != script)
            )
            if fresh:
                yield _Stretch(start, index, levels[start], fonts[start])
                start = index
            script = own
        if text:
            yield _Stretch(start, len(text), levels[start], fonts[start])

    def _fonts_for(self, text: str, style: str) -> list[FontFile | None]:
        fonts: list[FontFile | None] = []
        previous: FontFile | None = style_font(style)
        for index, char in enumerate(text):
            if _ignorable(char) or (char.isspace() and _has(previous, " ")):
                fonts.append(previous)
                continue
            if unicodedata.category(char).startswith("M") and not _has(previous, char) and index:
                both = self._choose(text[index - 1] + char, style)
                if both is not None:
                    fonts[-1] = both
                previous = both or self._choose(char, style)
            elif not (unicodedata.category(char).startswith("M") and _has(previous, char)):
                previous = self._choose(char, style)
            if previous is None:
                self.missing.add(char)
            fonts.append(previous)
        return fonts

    def _choose(self, chars: str, style: str) -> FontFile | None:
        """First font that has all of ``chars``."""
        key = (chars, style)
        if key not in self._chosen:
            wanted = {ord(char) for char in chars}
            first = style_font(style)
            if wanted <= coverage(first.path, first.index):
                self._chosen[key] = first
            else:
                self._chosen[key] = next(
                    (font for font in fallback_fonts(style) if wanted <= coverage(font.path, font.index)), None
                )
        return self._chosen[key]

    def _run(self, text: str, stretch: _Stretch, x: float) -> tuple[Run, float]:
        part = text[stretch.start : stretch.end]
        if stretch.font is None:
            glyphs = tuple(Glyph(0, x + i * _MISSING_ADVANCE, 0.0, _MISSING_ADVANCE) for i in range(len(part)))
            return Run(None, part, glyphs), _MISSING_ADVANCE * len(part)
        font = self._embedded(stretch.font)
        return _shape_run(font, part, stretch.level % 2 == 1, x)

    def _embedded(self, file: FontFile) -> EmbeddedFont:
        if file not in self.fonts:
            self.fonts[file] = EmbeddedFont(file, f"F{len(self.fonts) + 1}")
        return self.fonts[file]


def _one_line(text: str) -> str:
    """Text without line breaks and without the halves of characters that a damaged file name can hold."""
    return " ".join(text.splitlines()).encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _shape_run(font: EmbeddedFont, text: str, leftwards: bool, x: float) -> tuple[Run, float]:
    buffer = uharfbuzz.Buffer()
    buffer.add_str(text)
    buffer.guess_segment_properties()
    buffer.direction = "rtl" if leftwards else "ltr"
    uharfbuzz.shape(font.font, buffer, {"kern": True, "liga": True})
    em, pen, start, plain = font.em, x, x, True
    placed: list[tuple[int, int, float, float]] = []
    for info, position in zip(buffer.glyph_infos, buffer.glyph_positions, strict=True):
        plain = plain and position.x_offset == 0 and position.y_offset == 0
        placed.append((info.cluster, info.codepoint, pen + position.x_offset / em, position.y_offset / em))
        pen += position.x_advance / em
    texts = _cluster_texts(text, [cluster for cluster, *_ in placed])
    glyphs = tuple(
        Glyph(font.code(glyph, said), gx, gy, font.advance(glyph) / em)
        for (_, glyph, gx, gy), said in zip(placed, texts, strict=True)
    )
    return Run(font, text, glyphs, plain, leftwards or all(texts)), pen - start


def _cluster_texts(text: str, clusters: list[int]) -> list[str]:
    """The text that each glyph stands for: that of its cluster for the first one of it, nothing for the others."""
    starts = sorted(set(clusters))
    ends = dict(zip(starts, [*starts[1:], len(text)], strict=True))
    seen: set[int] = set()
    texts = []
    for cluster in clusters:
        texts.append("" if cluster in seen else text[cluster : ends[cluster]])
        seen.add(cluster)
    return texts


def _levels(text: str) -> list[int]:
    """Embedding level of each character (Unicode bidirectional algorithm); odd is right to left."""
    if not any(unicodedata.bidirectional(char) in _RIGHT_TO_LEFT for char in text):
        return [0] * len(text)
    base = bidi.get_base_level(text)
    storage = bidi.get_empty_storage()
    storage["base_level"], storage["base_dir"] = base, ("L", "R")[base]
    bidi.get_embedding_levels(text, storage)
    for index, char in enumerate(storage["chars"]):
        char["index"] = index
        # What python-bidi does not know: isolates are left out of account, a line holds no paragraph end.
        char["type"] = char["orig"] = _BIDI_STAND_INS.get(char["type"], char["type"])
    if all(char["type"] in bidi.X9_REMOVED for char in storage["chars"]):
        return [base] * len(text)
    bidi.explicit_embed_and_overrides(storage)
    bidi.resolve_weak_types(storage)
    bidi.resolve_neutral_types(storage, False)
    bidi.resolve_implicit_levels(storage, False)
    levels: list[int | None] = [None] * len(text)
    for char in storage["chars"]:
        levels[char["index"]] = char["level"]
    # Joiners and marks of direction were taken out by the algorithm: they go with what stands before them.
    resolved: list[int] = []
    for level in levels:
        resolved.append(level if level is not None else (resolved[-1] if resolved else base))
    return resolved


def _visual_order(levels: list[int]) -> list[int]:
    """Order from left to right of stretches with these levels (rule L2)."""
    order = list(range(len(levels)))
    for level in range(max(levels, default=0), 0, -1):
        start = 0
        while start < len(order):
            end = start
            while end < len(order) and levels[order[end]] >= level:
                end += 1
            order[start:end] = reversed(order[start:end])
            start = max(end, start + 1)
    return order


def _has(font: FontFile | None, char: str) -> bool:
    return font is not None and ord(char) in coverage(font.path, font.index)


def _ignorable(char: str) -> bool:
    """Whether HarfBuzz hides the character where a font does not have it: joiners, marks of direction, selectors."""
    code = ord(char)
    return unicodedata.category(char) == "Cf" or 0xFE00 <= code <= 0xFE0F or 0xE0100 <= code <= 0xE01EF
