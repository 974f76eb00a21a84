"""Which models judge, and with which site profile, while the program runs."""

from __future__ import annotations

import json
import threading
from pathlib import Path
from unittest.mock import MagicMock

import pytest

from leukoscope.domain.errors import SiteError
from leukoscope.domain.judgements import Judgement
from leukoscope.domain.progress import CancelToken
from leukoscope.inference.engine import Engine
from leukoscope.inference.input_schema import Preprocessing
from leukoscope.inference.library import InstalledBundle
from leukoscope.inference.manifest import Manifest
from leukoscope.workflow.app_dirs import AppDirs
from leukoscope.workflow.model_panel import CurrentPanel, ModelPanel
from leukoscope.workflow.model_runtime import ModelRuntime
from leukoscope.workflow.site.in_force import library_of

Told = list[tuple[str, ModelPanel | None]]


@pytest.fixture
def told() -> Told:
    return []


@pytest.fixture
def runtime(data_home: Path, told: Told, monkeypatch: pytest.MonkeyPatch) -> ModelRuntime:
    """A runtime whose panels start no engine."""
    monkeypatch.setattr(ModelRuntime, "panel_of", lambda *_: MagicMock(spec=ModelPanel))
    return ModelRuntime(AppDirs.of_user(), (), lambda _: None, lambda title, former: told.append((title, former)))


def put_in_force(title: str) -> None:
    """As the command line does, or another workstation."""
    folder = library_of(AppDirs.of_user()).folder
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "active.json").write_text(json.dumps({"name": title, "sha256": "0" * 64}), encoding="utf-8")


def test_a_profile_that_was_put_in_force_elsewhere_speaks_from_the_next_call_on(
    runtime: ModelRuntime, told: Told
) -> None:
    first = runtime.panel()
    assert runtime.panel() is first
    put_in_force("our-lab.1")
    second = runtime.panel()
    assert second is not first
    assert runtime.panel() is second
    put_in_force("")
    assert runtime.panel() is not second
    assert told == [("", None), ("our-lab.1", first), ("", second)]
    first.close.assert_not_called()  # type: ignore[attr-defined]


def test_a_profile_that_cannot_speak_lets_nobody_judge(
    runtime: ModelRuntime, told: Told, monkeypatch: pytest.MonkeyPatch
) -> None:
    runtime.panel()
    put_in_force("our-lab.1")
    monkeypatch.setattr(ModelRuntime, "panel_of", MagicMock(side_effect=SiteError("It is damaged.")))
    for _ in range(2):
        with pytest.raises(SiteError, match="damaged"):
            runtime.panel()
    assert len(told) == 1
    (library_of(AppDirs.of_user()).folder / "active.json").write_text("no json", encoding="utf-8")
    with pytest.raises(SiteError, match="cannot be read"):
        runtime.panel()


@pytest.fixture
def asked_panel() -> tuple[ModelPanel, MagicMock]:
    """A panel with one network, and its engine."""
    engine = MagicMock(spec=Engine)
    engine.judge.side_effect = lambda images, **_: (Judgement() for _ in images)
    bundle = MagicMock(spec=InstalledBundle)
    bundle.is_network, bundle.manifest = True, MagicMock(spec=Manifest)
    bundle.manifest.name, bundle.manifest.preprocessing = "a", Preprocessing(height=64, width=64)
    return ModelPanel([bundle], engine), engine


def test_an_engine_that_is_asked_ends_only_when_it_has_answered(
    asked_panel: tuple[ModelPanel, MagicMock],
) -> None:
    made, engine = asked_panel
    asked = made.judge([MagicMock(), MagicMock()])
    next(asked)
    ending = threading.Thread(target=made.close_when_idle, args=(CancelToken(),))
    ending.start()
    ending.join(0.2)
    assert ending.is_alive()
    engine.close.assert_not_called()
    asked.close()  # type: ignore[attr-defined]
    ending.join(10)
    engine.close.assert_called_once_with()


def test_the_end_of_the_program_waits_for_nobody(asked_panel: tuple[ModelPanel, MagicMock]) -> None:
    made, engine = asked_panel
    asked = made.judge([MagicMock()])
    next(asked)
    cancel = CancelToken()
    cancel.cancel()
    made.close_when_idle(cancel)
    engine.close.assert_called_once_with()
    assert list(asked) == []


def test_who_asks_again_and_again_asks_those_of_now() -> None:
    first, second = MagicMock(spec=ModelPanel), MagicMock(spec=ModelPanel)
    panels = iter([first, second])
    asking = CurrentPanel(lambda: next(panels))
    asking.judge((), maps=False)
    asking.judge((), maps=False)
    for one in (first, second):
        one.judge.assert_called_once_with((), bundles=None, maps=False, cancel=None)
