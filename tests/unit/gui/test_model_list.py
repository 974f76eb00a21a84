"""What the card of a model calls its metrics."""

from __future__ import annotations

import pytest

from leukoscope.gui.models.model_list import metric_title


@pytest.mark.parametrize(
    ("name", "title"),
    [
        ("auroc", "AUROC"),
        ("sensitivity", "Sensitivity"),
        ("share_decided", "Share decided"),
        ("PBC, reported part: macro-F1 of all", "PBC, reported part: macro-F1 of all"),
        ("BCCD, white cells of even fields: right of these", "BCCD, white cells of even fields: right of these"),
    ],
)
def test_a_metric_keeps_the_capitals_of_names_and_measures(name: str, title: str) -> None:
    assert metric_title(name) == title
