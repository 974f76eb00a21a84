"""What the differential was to reach: from the bundle's own manifest, misses named, and as docs/figures.txt has it."""

from __future__ import annotations

from pathlib import Path

import pytest

from leukoscope.domain.errors import SettingsError
from leukoscope.inference.manifest import Manifest, read_manifest
from training.differential.goals import GOALS, HEADING, goals_text

REPOSITORY = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def shipped() -> Manifest:
    return read_manifest(REPOSITORY / "models" / "differential")


def test_the_figures_that_are_printed_are_those_of_the_bundle_that_ships(shipped: Manifest) -> None:
    figures = (REPOSITORY / "docs" / "figures.txt").read_text(encoding="utf-8")
    assert goals_text(shipped) in figures, "write it anew: make figures"
    assert figures.count(HEADING) == 1


def test_a_miss_is_named_with_how_far_it_is(shipped: Manifest) -> None:
    assert shipped.metrics is not None
    overall = shipped.metrics.overall
    exact = {goal.metric: goal.bound for goal in GOALS}

    def text(**changed: float) -> str:
        """Every goal reached exactly, but those changed."""
        assert shipped.metrics is not None
        given = exact | {GOALS[int(place[1:])].metric: value for place, value in changed.items()}
        values = {name: one.model_copy(update={"value": given.get(name, one.value)}) for name, one in overall.items()}
        metrics = shipped.metrics.model_copy(update={"overall": values})
        return goals_text(shipped.model_copy(update={"metrics": metrics}))

    assert text().endswith(f"{len(GOALS)} of {len(GOALS)} reached")
    lines = text(g0=0.9, g2=0.1).splitlines()
    assert lines[1].endswith("at least 0.96  missed by 0.060")
    assert lines[3].endswith("at most 0.005  missed by 0.095")
    assert lines[-1] == f"{len(GOALS) - 2} of {len(GOALS)} reached"


def test_a_bundle_that_does_not_say_a_figure_is_refused(shipped: Manifest) -> None:
    assert shipped.metrics is not None
    without = {name: one for name, one in shipped.metrics.overall.items() if name != GOALS[0].metric}
    metrics = shipped.metrics.model_copy(update={"overall": without})
    with pytest.raises(SettingsError, match="macro-F1"):
        goals_text(shipped.model_copy(update={"metrics": metrics}))
