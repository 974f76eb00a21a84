"""What was measured on a cell and what was read off it, in words: the table of the window's inspector."""

from __future__ import annotations

from typing import Any

from leukoscope.domain.findings import Attribute, Finding
from leukoscope.domain.morphology import DIAMETER, MAIN, SHOWN, Level, MeasuredFigure, shown_figures
from leukoscope.server.browser.words import PageWords

TOLD = 3
"""So many figures stand in the sentence above the table."""


def measured(finding: Finding, words: PageWords) -> dict[str, Any]:
    """Figures with their reference ranges, in the order of tables, and attributes."""
    figures = shown_figures(finding.figures)
    attributes = finding.naming.attributes if finding.naming is not None else ()
    return {
        "says": unusual(figures, words) if figures else "",
        "figures": [_figure(one, words) for one in figures],
        "attributes": [_attribute(one, words) for one in attributes],
    }


def unusual(figures: tuple[MeasuredFigure, ...], words: PageWords) -> str:
    """The figures outside their reference range, those that say most first."""
    outside = [one for one in figures if one.level is not Level.USUAL and one.code != DIAMETER.code]
    told = [
        words(f"outside_{one.level}", words(f"figure_{one.code}"), words.number(SHOWN[one.code].text(one.value)))
        for one in sorted(outside, key=lambda one: -abs(one.contribution))[:TOLD]
    ]
    if len(outside) > TOLD:
        told.append(words("more", len(outside) - TOLD))
    return " · ".join(told) if told else words("all_usual")


def _figure(one: MeasuredFigure, words: PageWords) -> dict[str, Any]:
    known = SHOWN[one.code]
    title, value = words(f"figure_{one.code}"), words.number(known.text(one.value))
    usual = words("usual", words.number(f"{one.low:.{known.decimals}f}"), words.number(known.text(one.high)))
    says = words.number(f" ({one.contribution:+.2f})") if one.contribution else ""
    level = "" if one.level is Level.USUAL else words(f"level_{one.level}")
    return {
        "title": title, "value": value, "level": level, "line": f"{title} {value}, {usual}{says}",
        "position": round(one.position, 4), "main": one.code in MAIN,
    }  # fmt: skip


def _attribute(one: Attribute, words: PageWords) -> dict[str, str]:
    """What this version does not know keeps its own name."""
    plain = one.name.replace("_", " ").replace("-", " ").casefold()
    name = words.known(f"attribute_{plain}") or plain.capitalize()
    value = words.known(f"value_{one.value}") or one.value
    return {"name": name, "value": f"{value} {words.figure(one.probability)}"}
