"""The differential in HL7: the results of an order of its own, under the LOINC codes of the panel and its members."""

from __future__ import annotations

from collections.abc import Iterator

from leukoscope.domain.cell_classes import ERYTHROBLAST
from leukoscope.domain.differential import ClassCount, Differential
from leukoscope.exchange import codes
from leukoscope.exchange.hl7_values import Result, coded

LOINC = "LN"
_CELLS = "{cells}"


def differential_results(counted: Differential) -> Iterator[Result]:
    """Each class as a percentage, with the count and the interval behind it; none where nobody has named a cell."""
    if not counted.is_known or not counted.n:
        return
    numbers = (
        (codes.DIFFERENTIAL_COUNT, counted.n),
        (codes.DIFFERENTIAL_LABELED, counted.labeled),
        (codes.DIFFERENTIAL_MORE, counted.more_for()),
    )
    for code, number in numbers:
        yield Result("NM", coded(code), "", str(number), _CELLS)
    for line in counted.lines:
        name = coded(codes.DIFFERENTIAL_UNNAMED)
        if line.code is not None:
            name = coded(codes.percentage_code(line.code), LOINC)
        yield from _share(name, line.code or "unnamed", line)
    if (red := counted.erythroblasts_per_100) is not None:
        name = coded(codes.percentage_code(ERYTHROBLAST), LOINC)
        yield Result("NM", name, ERYTHROBLAST, f"{red[0]:.2f}", codes.PER_100)
        yield Result("NM", coded(codes.COUNT), ERYTHROBLAST, str(counted.erythroblasts), _CELLS)
    if (blasts := counted.blasts).n:
        yield Result("NM", coded(codes.MONONUCLEAR), "mononuclear", str(blasts.n), _CELLS)
        yield from _share(coded(codes.BLASTS_AMONG), "mononuclear", blasts)


def _share(name: tuple[str, str, str], sub: str, line: ClassCount) -> Iterator[Result]:
    low, high = line.interval
    yield Result("NM", name, sub, f"{100 * line.share:.2f}", "%")
    yield Result("NM", coded(codes.COUNT), sub, str(line.count), _CELLS)
    yield Result("NM", coded(codes.DIFFERENTIAL_LABELED), sub, str(line.by_person), _CELLS)
    yield Result("NM", coded(codes.LOW), sub, f"{100 * low:.2f}", "%")
    yield Result("NM", coded(codes.HIGH), sub, f"{100 * high:.2f}", "%")
