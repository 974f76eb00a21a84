"""Settings that two threads change at once, or that cannot be written."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from leukoscope.domain.errors import SettingsError
from leukoscope.workflow.app_dirs import AppDirs
from leukoscope.workflow.events import Event, Failed
from leukoscope.workflow.settings import GOOD_COPY, SETTINGS_FILE, Settings, load_settings, save_settings
from leukoscope.workflow.workbench import Workbench

THREADS, TIMES = 4, 25


@pytest.fixture
def heard() -> list[Event]:
    return []


@pytest.fixture
def bench(data_home: Path, heard: list[Event]) -> Iterator[Workbench]:
    made = Workbench(AppDirs.of_user(), heard.append)
    yield made
    made.close()


def _all_at_once(*works: object) -> None:
    gate = threading.Barrier(len(works))

    def run(work: object) -> None:
        gate.wait()
        assert callable(work)
        work()

    threads = [threading.Thread(target=run, args=(work,)) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def test_no_change_is_lost_when_threads_change_different_settings(
    bench: Workbench, monkeypatch: pytest.MonkeyPatch
) -> None:
    def slow(settings: Settings, folder: Path) -> None:
        # Lets the other threads read what is about to be replaced.
        threading.Event().wait(0.002)
        save_settings(settings, folder)

    monkeypatch.setattr("leukoscope.workflow.settings_service.save_settings", slow)

    def remember(thread: int) -> None:
        for number in range(TIMES):
            bench.settings.remember(**{f"fact-{thread}-{number}": "kept"})

    def choose() -> None:
        for number in range(TIMES):
            bench.settings.save(models=(f"model-{number}",))
            bench.settings.save(laboratory=f"lab {number}")

    _all_at_once(*(lambda thread=thread: remember(thread) for thread in range(THREADS)), choose)
    kept = load_settings(bench.home.config)
    assert kept == bench.settings.current
    assert len(kept.window) == THREADS * TIMES
    assert (kept.models, kept.laboratory) == ((f"model-{TIMES - 1}",), f"lab {TIMES - 1}")


def test_a_change_gets_the_settings_as_they_are(bench: Workbench) -> None:
    def more() -> None:
        for _ in range(TIMES):
            bench.settings.change(lambda now: replace(now, map_opacity=now.map_opacity + 1.0))

    before = bench.settings.current.map_opacity
    _all_at_once(more, more, more)
    assert bench.settings.current.map_opacity == pytest.approx(before + 3 * TIMES)


def test_programs_that_write_at_once_never_leave_half_a_file(tmp_path: Path) -> None:
    ends: list[Exception] = []

    def write(word: str) -> None:
        try:
            for _ in range(TIMES):
                save_settings(Settings(laboratory=word * 2000), tmp_path)
                assert len(set(load_settings(tmp_path).laboratory)) == 1
        except (SettingsError, AssertionError) as error:
            ends.append(error)

    _all_at_once(lambda: write("a"), lambda: write("b"), lambda: write("c"))
    assert not ends
    assert {path.name for path in tmp_path.iterdir()} == {SETTINGS_FILE, GOOD_COPY}


def test_settings_that_cannot_be_written_are_said_and_the_file_stays(
    bench: Workbench, heard: list[Event], monkeypatch: pytest.MonkeyPatch
) -> None:
    bench.settings.save(laboratory="Before")

    def full(_self: Path, _target: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "replace", full)
    bench.settings.save(laboratory="After")
    assert any(isinstance(event, Failed) and event.what == "settings" for event in heard)
    assert load_settings(bench.home.config).laboratory == "Before"
    with pytest.raises(SettingsError, match="check the disk"):
        save_settings(Settings(), bench.home.config)
    assert {path.name for path in bench.home.config.glob("settings*")} == {SETTINGS_FILE, GOOD_COPY}
