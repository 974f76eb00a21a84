"""Which key names which class: the bench counter's, a lab's own, and what is in the way of one."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from leukoscope.domain.cell_classes import CELL_CLASSES
from leukoscope.workflow.class_keys import (
    DEFAULT_KEYS,
    KeyFault,
    KeyRefusal,
    changed_keys,
    is_key,
    keys_in_force,
    refusal,
)
from leukoscope.workflow.settings import Settings, load_settings, save_settings

ACTIONS = {"M": "Map", "L": "Label leukemic"}


def test_every_class_has_a_key_of_its_own() -> None:
    assert set(DEFAULT_KEYS) == set(CELL_CLASSES)
    assert all(is_key(key) for key in DEFAULT_KEYS.values())
    assert len(set(DEFAULT_KEYS.values())) == len(CELL_CLASSES)
    assert keys_in_force({}) == DEFAULT_KEYS


def test_a_key_of_another_class_and_of_an_action_is_refused() -> None:
    assert refusal(DEFAULT_KEYS, "monocyte", "1", ACTIONS) == KeyRefusal(KeyFault.OF_CLASS, "1", "neutrophil")
    assert refusal(DEFAULT_KEYS, "monocyte", "M", ACTIONS) == KeyRefusal(KeyFault.OF_ACTION, "M", "Map")
    for text in ("+", "ab", " ", "q", "ß"):
        assert refusal(DEFAULT_KEYS, "monocyte", text, ACTIONS) == KeyRefusal(KeyFault.NO_LETTER, text)
    assert refusal(DEFAULT_KEYS, "monocyte", "3", ACTIONS) is None, "its own"
    assert refusal(DEFAULT_KEYS, "monocyte", "Q", ACTIONS) is None
    assert refusal(DEFAULT_KEYS, "monocyte", "", ACTIONS) is None, "a class may go without"


def test_two_classes_change_their_keys_with_each_other() -> None:
    keys = keys_in_force(changed_keys(DEFAULT_KEYS, "neutrophil", ""))
    assert keys["neutrophil"] == ""
    keys = keys_in_force(changed_keys(keys, "lymphocyte", "1"))
    kept = changed_keys(keys, "neutrophil", "2")
    assert kept == {"neutrophil": "2", "lymphocyte": "1"}
    assert keys_in_force(kept) == {**DEFAULT_KEYS, "neutrophil": "2", "lymphocyte": "1"}
    back = keys_in_force(changed_keys(keys_in_force(kept), "neutrophil", ""))
    assert changed_keys({**back, "lymphocyte": "2"}, "neutrophil", "1") == {}, "nothing differs from the bench counter"


@pytest.mark.parametrize(
    ("kept", "expected"),
    [
        ({"dragon": "Q"}, {}),
        ({"monocyte": "++"}, {}),
        ({"monocyte": "M"}, {}),
        ({"monocyte": "Q", "lymphocyte": "Q"}, {"monocyte": "Q"}),
        ({"monocyte": "1"}, {"monocyte": "1", "neutrophil": ""}),
    ],
)
def test_keys_that_cannot_be_are_left_out(kept: dict[str, str], expected: dict[str, str]) -> None:
    keys = keys_in_force(kept, ACTIONS)
    assert keys == {**DEFAULT_KEYS, **expected}
    given = [key for key in keys.values() if key]
    assert len(set(given)) == len(given)


def test_they_are_kept_in_the_settings(tmp_path: Path) -> None:
    save_settings(Settings(class_keys={"blast": "Q"}), tmp_path)
    assert load_settings(tmp_path).class_keys == {"blast": "Q"}
    path = tmp_path / "settings.json"
    said = json.loads(path.read_text(encoding="utf-8"))
    path.write_text(json.dumps({**said, "class_keys": {"blast": 7, "monocyte": "W"}}), encoding="utf-8")
    assert load_settings(tmp_path).class_keys == {"monocyte": "W"}
    path.write_text(json.dumps({**said, "class_keys": ["Q"]}), encoding="utf-8")
    assert load_settings(tmp_path).class_keys == {}
