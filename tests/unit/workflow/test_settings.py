from __future__ import annotations

from pathlib import Path

import pytest

from leukoscope.workflow.settings import SETTINGS_FILE, Settings, load_settings, save_settings


def test_round_trip(tmp_path: Path) -> None:
    settings = Settings(theme="light", map_opacity=0.25, models=("a", "b"), window={"size": "1440x900"}, operator="Ω")
    save_settings(settings, tmp_path)
    assert load_settings(tmp_path) == settings


def test_first_start_has_defaults(tmp_path: Path) -> None:
    assert load_settings(tmp_path) == Settings()


@pytest.mark.parametrize("text", ["", "{", "[1, 2]", '"dark"', "\x00\x01", '{"theme": 3, "models": "x", "window": []}'])
def test_a_damaged_file_never_stops_the_program(tmp_path: Path, text: str) -> None:
    (tmp_path / SETTINGS_FILE).write_text(text, encoding="utf-8")
    assert load_settings(tmp_path) == Settings()


def test_unknown_keys_and_wrong_kinds_lose_only_themselves(tmp_path: Path) -> None:
    text = '{"theme": "light", "map_opacity": 1, "tour_seen": "yes", "from_the_future": 1}'
    (tmp_path / SETTINGS_FILE).write_text(text, encoding="utf-8")
    assert load_settings(tmp_path) == Settings(theme="light", map_opacity=1.0)
