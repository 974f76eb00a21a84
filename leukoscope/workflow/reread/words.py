"""Re-reads as lines for the command line."""

from __future__ import annotations

from collections.abc import Sequence

from leukoscope.control.agreement import Kappa
from leukoscope.domain.rereads import Reread
from leukoscope.workflow.reread.figures import Figures


def kappa_text(kappa: Kappa) -> str:
    """A kappa with its interval and how many cells stand behind it."""
    if kappa.n == 0:
        return "no cell"
    if kappa.value != kappa.value:
        return f"not known ({kappa.n} cells, all alike)"
    return f"{kappa.value:.2f} ({kappa.low:.2f} to {kappa.high:.2f}; {kappa.n} cells)"


def figure_lines(found: Figures) -> list[str]:
    """One line for each pair with its confusion below, then one for each group."""
    lines = []
    for one in found.pairs:
        against = "own cells" if one.reader == one.earlier else f"against {one.earlier}"
        lines.append(
            f"{one.reader}, {against}: {one.same} of {one.cells} alike; kappa of classes {kappa_text(one.classes)}; "
            f"of verdicts {kappa_text(one.verdicts)}"
        )
        wrong = sorted((pair, n) for pair, n in one.confusion.items() if pair[0] != pair[1])
        lines += [f"  {n} {before} named {now}" for (before, now), n in wrong]
    lines += [
        f"Re-read {one.source}, {', '.join(one.readers)} and who had decided: Fleiss' kappa {kappa_text(one.kappa)}"
        for one in found.groups
    ]
    return lines


def reread_lines(found: Sequence[Reread]) -> list[str]:
    """One line for each re-read."""
    return [
        f"{one.number:>6}  {one.at:%Y-%m-%d %H:%M}  {one.who:20} {len(one.answers):>3} of {len(one.cells):>3} cells"
        + ("  practice" if one.practice else "")
        + (f"  same cells as {one.like}" if one.like else "")
        for one in found
    ]
