"""The differential as FHIR Observations: the panel, and one for each class under its LOINC code."""

from __future__ import annotations

from collections.abc import Iterator

from leukoscope.domain.cell_classes import ERYTHROBLAST
from leukoscope.domain.differential import ClassCount, Differential
from leukoscope.exchange import codes
from leukoscope.exchange.codes import Code
from leukoscope.exchange.exported_case import ExportedCase
from leukoscope.exchange.fhir_parts import Resource, concept_of, observation, percent


def differential_observations(exported: ExportedCase) -> Iterator[Resource]:
    """The panel, which names its members, then these; nothing where nobody has named a cell."""
    counted = exported.differential
    if not counted.is_known or not counted.n:
        return
    members = [_share(exported, line) for line in counted.lines]
    members += [_erythroblasts(exported, counted)]
    panel = _loinc(
        codes.DIFFERENTIAL,
        observation(
            exported,
            ("differential",),
            codes.DIFFERENTIAL,
            hasMember=[{"reference": f"urn:uuid:{one['id']}"} for one in members],
            component=[
                {"code": concept_of(codes.DIFFERENTIAL_COUNT), "valueInteger": counted.n},
                {"code": concept_of(codes.CELLS), "valueInteger": counted.cells},
                {"code": concept_of(codes.DIFFERENTIAL_LABELED), "valueInteger": counted.labeled},
                {"code": concept_of(codes.DIFFERENTIAL_MORE), "valueInteger": counted.more_for()},
            ],
        ),
    )
    yield panel
    yield from members
    yield from _blasts_among(exported, counted.blasts, panel)


def _loinc(code: Code, resource: Resource) -> Resource:
    """The same observation under a LOINC code."""
    coding = {"system": codes.LOINC, "code": code.code, "display": code.meaning}
    return {**resource, "code": {"coding": [coding], "text": code.meaning}}


def _share(exported: ExportedCase, line: ClassCount) -> Resource:
    name = ("differential", line.code or "unnamed")
    made = observation(
        exported, name, codes.DIFFERENTIAL_UNNAMED, valueQuantity=percent(line.share), component=_behind(line)
    )
    return made if line.code is None else _loinc(codes.percentage_code(line.code), made)


def _behind(line: ClassCount) -> list[Resource]:
    """The count behind a percentage, how much of it a person said, and the interval."""
    low, high = line.interval
    return [
        {"code": concept_of(codes.COUNT), "valueInteger": line.count},
        {"code": concept_of(codes.DIFFERENTIAL_LABELED), "valueInteger": line.by_person},
        {"code": concept_of(codes.LOW), "valueQuantity": percent(low)},
        {"code": concept_of(codes.HIGH), "valueQuantity": percent(high)},
    ]


def _blasts_among(exported: ExportedCase, blasts: ClassCount, panel: Resource) -> Iterator[Resource]:
    """Leukemic among mononuclear cells, no part of the 100 %; nothing where none of them was counted."""
    if blasts.n:
        yield observation(
            exported,
            ("differential", "mononuclear"),
            codes.BLASTS_AMONG,
            derivedFrom=[{"reference": f"urn:uuid:{panel['id']}"}],
            valueQuantity=percent(blasts.share),
            component=[{"code": concept_of(codes.MONONUCLEAR), "valueInteger": blasts.n}, *_behind(blasts)],
        )


def _erythroblasts(exported: ExportedCase, counted: Differential) -> Resource:
    ratio, low, high = counted.erythroblasts_per_100 or (0.0, 0.0, 0.0)
    made = observation(
        exported,
        ("differential", ERYTHROBLAST),
        codes.DIFFERENTIAL_UNNAMED,
        valueQuantity=_per_100(ratio),
        component=[
            {"code": concept_of(codes.COUNT), "valueInteger": counted.erythroblasts},
            {"code": concept_of(codes.LOW), "valueQuantity": _per_100(low)},
            {"code": concept_of(codes.HIGH), "valueQuantity": _per_100(high)},
        ],
    )
    return _loinc(codes.percentage_code(ERYTHROBLAST), made)


def _per_100(value: float) -> Resource:
    return {"value": round(value, 2), "unit": codes.PER_100, "system": codes.UNITS, "code": codes.PER_100}
