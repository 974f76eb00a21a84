"""Measuring in the running program: told step by step, one at a time, stopped, refused; charts and sheets."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from PIL import Image

from leukoscope.domain.errors import ControlError
from leukoscope.domain.frames import FrameOrigin, OriginKind, Pixels
from leukoscope.sources.demo import HEALTHY_BLOOD, demo_field
from leukoscope.workflow.app_dirs import AppDirs
from leukoscope.workflow.events import ControlMeasured, ControlStep, Event, Failed, Stopped
from leukoscope.workflow.settings import Settings, save_settings
from leukoscope.workflow.workbench import Workbench

INSTRUMENT = "Basler 100x"
ORIGIN = FrameOrigin(OriginKind.CAMERA, "Demo smear 08:12:00")


@pytest.fixture(scope="module")
def fields() -> list[Pixels]:
    return [demo_field(seed, 640, 512, leukocytes=4, kinds=HEALTHY_BLOOD).pixels for seed in (1, 2, 3)]


@pytest.fixture
def heard() -> list[Event]:
    return []


@pytest.fixture
def bench(data_home: Path, heard: list[Event]) -> Iterator[Workbench]:
    home = AppDirs.of_user()
    save_settings(Settings(language="de"), home.config)
    made = Workbench(home, heard.append)
    yield made
    made.close()


def wait(bench: Workbench) -> None:
    bench._jobs.wait()


def test_files_are_measured_and_told(
    bench: Workbench, heard: list[Event], fields: list[Pixels], tmp_path: Path
) -> None:
    for place, pixels in enumerate(fields):
        Image.fromarray(pixels).save(tmp_path / f"{place}.png")
    (tmp_path / "broken.png").write_bytes(b"no image")
    bench.control.measure(f" {INSTRUMENT} ", [tmp_path], "slide 3")
    wait(bench)
    steps = [one for one in heard if isinstance(one, ControlStep)]
    assert [(one.done, one.total) for one in steps] == [(1, 4), (2, 4), (3, 4), (4, 4)]
    (measured,) = (one for one in heard if isinstance(one, ControlMeasured))
    assert (measured.instrument, measured.fields) == (INSTRUMENT, 3)
    assert [Path(name).name for name, _ in measured.left_out] == ["broken.png"]
    overview = bench.control.overview()
    assert overview.instrument == INSTRUMENT
    assert [one.run.note for one in overview.runs] == ["slide 3"]
    assert overview.charts[0].title == "Licht des leeren Glases", "in the language of the window"
    assert overview.charts[0].mean is None and "19 von 20" in overview.charts[0].sentence
    month = datetime.now(UTC).strftime("%Y-%m")
    assert overview.months == (month,)
    sheet = bench.control.write_sheet(INSTRUMENT, month, tmp_path / "sheet.pdf")
    assert sheet.read_bytes().startswith(b"%PDF")


def test_fields_of_the_camera_are_measured(bench: Workbench, heard: list[Event], fields: list[Pixels]) -> None:
    bench.control.measure_taken(INSTRUMENT, [(pixels, ORIGIN) for pixels in fields])
    wait(bench)
    assert any(isinstance(one, ControlMeasured) and one.fields == 3 for one in heard)
    assert len(bench.control.all()) == 1


def test_too_few_fields_keep_nothing(bench: Workbench, heard: list[Event], fields: list[Pixels]) -> None:
    bench.control.measure_taken(INSTRUMENT, [(fields[0], ORIGIN)])
    wait(bench)
    (failed,) = (one for one in heard if isinstance(one, Failed))
    assert failed.what == "control" and "1 of at least 3 fields" in failed.sentence
    assert bench.control.all() == ()


def test_an_instrument_without_a_name_is_refused_before_anything_is_read(bench: Workbench, heard: list[Event]) -> None:
    with pytest.raises(ControlError, match="Name camera and objective"):
        bench.control.measure_taken(" ", [])
    assert heard == []


def test_one_at_a_time_and_stopped_between_two_images(
    bench: Workbench, heard: list[Event], fields: list[Pixels], monkeypatch: pytest.MonkeyPatch
) -> None:
    begun, go_on = threading.Event(), threading.Event()
    tell: Callable[[Event], None] = bench.control._tell

    def slow(event: Event) -> None:
        tell(event)
        if isinstance(event, ControlStep) and event.done == 1:
            begun.set()
            assert go_on.wait(60)

    monkeypatch.setattr(bench.control, "_tell", slow)
    bench.control.measure_taken(INSTRUMENT, [(pixels, ORIGIN) for pixels in fields])
    assert begun.wait(60)
    with pytest.raises(ControlError, match="already"):
        bench.control.measure_taken(INSTRUMENT, [])
    bench.control.stop()
    go_on.set()
    wait(bench)
    assert heard[-1] == Stopped("control")
    assert bench.control.all() == ()
    bench.control.measure_taken(INSTRUMENT, [(pixels, ORIGIN) for pixels in fields])
    wait(bench)
    assert len(bench.control.all()) == 1, "and then another"
