"""What folders of published sets are called, and what is not guessed."""

from __future__ import annotations

import pytest

from leukoscope.domain.side_names import side_of
from training.class_names import folder_class, is_container

CLASSES = ("healthy", "leukemic")


@pytest.mark.parametrize(
    "name",
    ["Healthy", "HEM", "hem", "Benign", "all_benign", "Normal cells", "non-leukemic", "NonCancerous", "Healthy_2"],
)
def test_names_of_healthy_cells_are_known(name: str) -> None:
    assert side_of(name) == 0


@pytest.mark.parametrize(
    "name",
    ["Cancerous", "ALL", "all", "Early", "Pre", "Pro", "[Malignant] early Pre-B", "all_pro", "Blasts", "PreB", "Pro-B"],
)
def test_names_of_leukemic_cells_are_known(name: str) -> None:
    assert side_of(name) == 1


@pytest.mark.parametrize(
    "name", ["Platelets", "neutrophil", "not healthy", "healthy vs all", "train", "1", "", "images"]
)
def test_what_is_not_known_is_not_guessed(name: str) -> None:
    assert side_of(name) is None


def test_the_innermost_known_folder_counts() -> None:
    assert folder_class(("ALL", "train", "Benign", "x"), CLASSES, {}) == ("Benign", "healthy")
    assert folder_class(("train", "all", "fold_0"), CLASSES, {}) == ("all", "leukemic")
    assert folder_class(("Platelets",), CLASSES, {}) == (None, None)
    assert folder_class(("Platelets",), CLASSES, {"platelets": "leave-out"}) == ("Platelets", "leave-out")
    # What a person said goes before what is known.
    assert folder_class(("Benign",), CLASSES, {"Benign": "leukemic"}) == ("Benign", "leukemic")


def test_parts_of_a_set_are_no_cells() -> None:
    assert all(is_container(name) for name in ("train", "Test", "fold_0", "Training set", "Original"))
    assert not any(is_container(name) for name in ("Healthy", "person 3", ""))
