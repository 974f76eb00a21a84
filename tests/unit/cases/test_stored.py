"""What of a stored Case stays packed until somebody looks."""

from __future__ import annotations

import gc
import pickle
import threading
from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest

from leukoscope.cases.packing import UnpackedNaming, pack_maps, pack_mask
from leukoscope.cases.saving import figures_text
from leukoscope.cases.stored import StoredCell, StoredFinding, StoredNaming, StoredOpinion, keeping_all
from leukoscope.domain.cells import Box
from leukoscope.domain.errors import StoreError
from leukoscope.domain.findings import BundleId, ExplanationMap, Label, Thresholds
from leukoscope.domain.map_kinds import MapKind
from leukoscope.domain.morphology import MeasuredFigure

BUNDLE, BAND, PLACE = BundleId("hybrid", "2.0", "0" * 64), Thresholds(0.4, 0.6), Box(0, 0, 4, 4)
MAP = ExplanationMap("attention", MapKind.ATTENTION, np.linspace(0, 1, 16, dtype=np.float32).reshape(4, 4), 1.0, PLACE)
FIGURES = (MeasuredFigure("area", 3.0, 1.0, 2.0, 0.5), MeasuredFigure("roundness", 0.9, 0.7, 0.95))


def opinion(maps: bytes = pack_maps((MAP,)), figures: str = figures_text(FIGURES)) -> StoredOpinion:
    return StoredOpinion.of(BUNDLE, 1.5, 0.8, BAND, maps, 0.3, figures)


def test_an_opinion_is_what_was_packed_once_it_is_looked_at() -> None:
    stored = opinion()
    assert "maps" not in stored.__dict__ and "figures" not in stored.__dict__
    assert (stored.label, stored.leaning, stored.novelty, stored.features) == (
        Label.LEUKEMIC,
        Label.LEUKEMIC,
        0.3,
        None,
    )
    (one,) = stored.maps
    assert one.name == "attention" and (one.values == MAP.values).all()
    assert stored.maps is stored.maps and stored.figures == FIGURES
    assert not [name for name in stored.__dict__ if name.startswith("_packed")]


def test_a_packed_opinion_can_be_changed_copied_and_sent() -> None:
    other = replace(opinion(), probability=0.1)
    assert other.label is Label.HEALTHY and other.figures == FIGURES and other.maps[0].name == "attention"
    assert replace(opinion(), maps=()).maps == ()
    sent = pickle.loads(pickle.dumps(opinion()))
    assert sent.figures == FIGURES


def test_the_other_parts() -> None:
    mask = np.eye(4, dtype=bool)
    cell = StoredCell.of(PLACE, pack_mask(mask), "0" * 64, frozenset())
    said = UnpackedNaming({"lymphocyte": 0.9, "monocyte": 0.1}, 0.7, 0.5, ())
    naming = StoredNaming.of(BUNDLE, said, pack_maps((MAP,)), None)
    finding = StoredFinding.of(cell, (), Label.HEALTHY, None, BAND, (), naming, figures_text(FIGURES))
    assert (finding.cell.mask == mask).all()
    assert finding.figures == FIGURES and finding.cell_image is None
    assert finding.naming is naming and naming.code == "lymphocyte" and naming.maps[0].extent == PLACE


@pytest.mark.parametrize(
    ("maps", "figures"), [(b"[]", "["), (pack_maps((MAP,))[:-4], '{"a": 1}'), (b"nonsense\n", "[[1, 2]]")]
)
def test_what_is_damaged_is_said_when_somebody_looks(maps: bytes, figures: str) -> None:
    stored = opinion(maps, figures)
    for _ in range(2):
        with pytest.raises(StoreError, match="restore a backup"):
            _ = stored.maps
        with pytest.raises(StoreError, match="restore a backup"):
            _ = stored.figures


def test_threads_that_look_at_once_see_the_same() -> None:
    stored = [opinion() for _ in range(300)]
    found: list[list[int]] = [[], [], [], []]
    begin = threading.Barrier(len(found))

    def look(place: int) -> None:
        begin.wait()
        found[place] = [len(one.maps) + len(one.figures) for one in stored]

    threads = [threading.Thread(target=look, args=(place,)) for place in range(len(found))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [[3] * 300] * 4


@pytest.fixture
def looking() -> Iterator[None]:
    was = gc.isenabled()
    yield
    (gc.enable if was else gc.disable)()


@pytest.mark.usefixtures("looking")
def test_dropped_objects_are_looked_for_again_after_the_last_one() -> None:
    gc.enable()
    with keeping_all():
        assert not gc.isenabled()
        with pytest.raises(ZeroDivisionError), keeping_all():
            _ = 1 / 0
        assert not gc.isenabled()
    assert gc.isenabled()
    gc.disable()
    with keeping_all():
        pass
    assert not gc.isenabled()
