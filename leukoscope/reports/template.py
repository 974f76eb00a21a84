"""Template of a lab: which blocks stand on the result's page and in which order, and how long the appendix is."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum


class PageBlock(StrEnum):
    """A part of the page with the result."""

    CONCLUSION = "conclusion"
    DIFFERENTIAL = "differential"
    LEUKEMIC = "leukemic"
    QUALITY = "quality"
    LIMITS = "limits"
    SIGNATURES = "signatures"
    EARLIER = "earlier"


class Appendix(StrEnum):
    """Whose pictures and maps follow the result."""

    NONE = "none"
    DECIDING = "deciding"
    ALL = "all"


REQUIRED = (PageBlock.LIMITS, PageBlock.SIGNATURES)
"""What the program cannot know, and who stands for it, are on every report."""
BLOCKS = tuple(PageBlock)
"""The order in which they stand where a lab has chosen none."""


@dataclass(frozen=True)
class Template:
    """What a lab wants on its reports.

    Parameters
    ----------
    blocks
        Parts of the result's page, from above.
    appendix
        Whose pictures and maps follow.
    """

    blocks: tuple[PageBlock, ...] = BLOCKS
    appendix: Appendix = Appendix.ALL


DEFAULT = Template()
"""Everything, and all cells."""


def template_of(blocks: Iterable[str], appendix: str) -> Template:
    """A template from words in a settings file; unknown ones are left out, what is required and missing is added.

    Without any block it is the one that the program comes with.
    """
    known = {one.value for one in BLOCKS}
    chosen = [PageBlock(name) for name in dict.fromkeys(blocks) if name in known]
    if chosen:
        chosen += [one for one in REQUIRED if one not in chosen]
    found = {one.value: one for one in Appendix}
    return Template(tuple(chosen) or BLOCKS, found.get(appendix, Appendix.DECIDING))
