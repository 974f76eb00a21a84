"""What cells are: kept with the case, told by its fingerprint, absent in cases of earlier versions."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from leukoscope.cases.packing import pack_naming, unpack_naming
from leukoscope.cases.store import CaseStore
from leukoscope.domain.analysis import ImageAnalysis
from leukoscope.domain.cases import CaseHeader
from leukoscope.domain.cells import Box
from leukoscope.domain.findings import Attribute, BundleId, ExplanationMap, Finding, Label, Naming
from leukoscope.domain.fingerprint import case_fingerprint
from leukoscope.domain.map_kinds import MapKind
from leukoscope.domain.morphology import MeasuredFigure
from leukoscope.inference.decision import NO_BAND
from tests.unit.cases.builders import analysis
from tests.unit.cases.tampered_store import Store

NAMING = Naming(
    BundleId("differential", "1.0.0", "d" * 64),
    {"neutrophil": 0.9375, "blast": 0.0625},
    confident=0.8,
    gate=0.9,
    attributes=(Attribute("granularity", "yes", 0.75),),
    maps=(
        ExplanationMap(
            "lite0", MapKind.GRAD_CAM, np.arange(6, dtype=np.float32).reshape(2, 3), 0.5, Box(49, 49, 352, 352)
        ),
    ),
    novelty=0.5,
)


def kept_out(given: Finding) -> Finding:
    return replace(given, opinions=(), label=Label.HEALTHY, probability=None, thresholds=NO_BAND, naming=NAMING)


def with_first(change: Callable[[Finding], Finding]) -> ImageAnalysis:
    """An analysis whose first finding is changed."""
    given = analysis(cells=2)
    return replace(given, findings=(change(given.findings[0]), given.findings[1]))


def test_a_naming_is_read_back_as_it_was(tmp_path: Path) -> None:
    store = CaseStore(tmp_path)
    case_id = store.create(CaseHeader("A-1"))
    store.frames.add(case_id, with_first(kept_out), b"image")
    first, second = store.load(case_id).cells
    found = first.finding.naming
    assert found is not None
    assert (found.bundle, found.probabilities, found.attributes) == (
        NAMING.bundle,
        NAMING.probabilities,
        NAMING.attributes,
    )
    assert (found.confident, found.gate, found.novelty, found.code) == (0.8, 0.9, 0.5, "neutrophil")
    assert np.array_equal(found.maps[0].values, NAMING.maps[0].values)
    assert (first.finding.probability, first.finding.opinions) == (None, ())
    assert second.finding.naming is None
    assert second.finding.probability == analysis(cells=2).findings[1].probability


def test_what_was_measured_on_a_cell_that_was_kept_out_comes_back_and_is_sealed(tmp_path: Path) -> None:
    figures = (MeasuredFigure("cell_area", 131.25, 58.0, 120.5), MeasuredFigure("lobes", 3.0, 1.0, 1.0))
    with closing(CaseStore(tmp_path)) as store:
        case_id = store.create(CaseHeader("A-1"))
        store.frames.add(case_id, with_first(lambda given: replace(kept_out(given), measured=figures)), b"image")
        first, second = store.load(case_id).cells
        assert (first.finding.measured, first.finding.figures, first.finding.opinions) == (figures, figures, ())
        assert second.finding.measured == second.finding.figures == ()
        assert store.trail.verify().faults == ()
    Store(tmp_path, "").run("UPDATE cells SET figures = '' WHERE figures <> ''")
    with closing(CaseStore(tmp_path)) as store:
        assert len(store.trail.verify().faults) == 1


def test_the_fingerprint_tells_a_name_and_is_as_before_without(tmp_path: Path) -> None:
    store = CaseStore(tmp_path)
    plain, other = store.create(CaseHeader("A-1")), store.create(CaseHeader("A-2"))
    store.frames.add(plain, with_first(lambda given: given), b"image")
    store.frames.add(other, with_first(lambda given: replace(given, naming=NAMING)), b"image")
    header = CaseHeader("A")
    one, two = (case_fingerprint(replace(store.load(case_id), header=header)) for case_id in (plain, other))
    assert one != two


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"probabilities": {}, "confident": 1, "gate": 1, "attributes": []}'])
def test_a_damaged_naming_is_noticed(text: str) -> None:
    with pytest.raises((ValueError, KeyError, TypeError)):
        unpack_naming(text)
    assert unpack_naming(pack_naming(NAMING)).probabilities == NAMING.probabilities
