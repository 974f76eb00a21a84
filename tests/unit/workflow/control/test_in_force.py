"""A broken rule warns or blocks signing, as the laboratory wants: for whoever signs, in whatever way."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from leukoscope.control.chart import ControlRun
from leukoscope.domain.cases import CaseState
from leukoscope.domain.errors import OutOfControlError
from leukoscope.domain.findings import Label
from leukoscope.domain.progress import CancelToken
from leukoscope.workflow.app_dirs import AppDirs
from leukoscope.workflow.control.in_force import NONE_TODAY, trouble
from leukoscope.workflow.control.runs import KeptRun
from leukoscope.workflow.control.wishes import SET
from leukoscope.workflow.settings import Settings, save_settings
from leukoscope.workflow.settings_service import SettingsService
from leukoscope.workflow.signing import sign_case
from leukoscope.workflow.workbench import Workbench
from tests.gui.stored import stored_case

INSTRUMENT = "Basler 100x"
NOW = datetime(2026, 11, 30, 8, tzinfo=UTC)


def run(hours: float, light: float, *, excluded: bool = False, instrument: str = INSTRUMENT) -> KeptRun:
    at = NOW - timedelta(hours=hours)
    return KeptRun(int(1000 - hours), "A. Weber", ControlRun(at, instrument, {"light": light}, 5, "", excluded))


def baseline(instrument: str = INSTRUMENT, since: float = 0.0) -> tuple[KeptRun, ...]:
    return tuple(run(since + 24 * (21 - day), 214.0 + day % 3, instrument=instrument) for day in range(20))


def test_a_broken_rule_is_named_with_what_to_do() -> None:
    found = trouble((*baseline(), run(1, 190.0)), NOW)
    assert found is not None
    assert (found.instrument, found.code) == (INSTRUMENT, "light")
    assert found.sentence == (
        "Basler 100x broke a rule of daily control (1-3s): "
        "Too little light: clean the lens, or raise lamp or exposure. See its chart."
    )


def test_a_run_in_control_and_a_run_left_out_end_it() -> None:
    assert trouble((*baseline(), run(2, 190.0), run(1, 214.0)), NOW) is None
    assert trouble((*baseline(), run(1, 190.0, excluded=True)), NOW) is None
    assert trouble(baseline()[:5], NOW) is None, "no limits yet"


def test_every_microscope_in_use_counts_and_none_that_is_out_of_use() -> None:
    other = (*baseline("Basler 40x", since=24), run(30, 190.0, instrument="Basler 40x"))
    fine = (*baseline(), run(1, 214.0))
    found = trouble((*other, *fine), NOW)
    assert found is not None and found.instrument == "Basler 40x"
    later = NOW + timedelta(days=7)
    assert trouble((*other, *fine), later) is None, "nobody has measured it for a week"


def test_a_case_waits_for_the_microscope_that_it_was_taken_with() -> None:
    kept = (*baseline("Basler 40x", since=24), run(30, 190.0, instrument="Basler 40x"), *baseline(), run(1, 214.0))
    assert trouble(kept, NOW, taken_with={"basler 100x"}) is None
    for microscopes in ({"Basler 40x"}, {INSTRUMENT, ""}, {INSTRUMENT, "Zeiss"}):
        assert trouble(kept, NOW, taken_with=microscopes) is not None, "what nobody knows was taken with any"


def test_a_run_can_be_wanted_each_day() -> None:
    yesterday = (*baseline(), run(9, 214.0))
    assert trouble(yesterday, NOW) is None
    found = trouble(yesterday, NOW, run_wanted=True)
    assert found is not None and found.sentence == NONE_TODAY
    assert trouble((*yesterday, run(1, 214.0)), NOW, run_wanted=True) is None
    found = trouble((*yesterday, run(1, 150.0, excluded=True)), NOW, run_wanted=True)
    assert found is not None and found.sentence == NONE_TODAY, "one that was left out is none"
    assert trouble((), NOW, run_wanted=True) is not None


# Signing ---------------------------------------------------------------------------------------------------------


@pytest.fixture
def bench(data_home: Path) -> Iterator[Workbench]:
    made = Workbench(AppDirs.of_user(), lambda _: None)
    for day in range(20):
        made.control.keep(INSTRUMENT, {"light": 214.0 + day % 3}, 5)
    made.control.keep(INSTRUMENT, {"light": 190.0}, 5)
    yield made
    made.close()


@pytest.fixture
def case_id(bench: Workbench) -> int:
    store = bench._repository.store
    made = stored_case(store, "A-1", 1)
    for cell in store.load(made).cells:
        store.decide(cell.id, Label.HEALTHY, "Ana")
    return made


def state(bench: Workbench, case_id: int) -> CaseState:
    return bench._repository.load(case_id).state


@pytest.mark.parametrize("wish", ["off", "warn"])
def test_without_the_wish_a_case_is_signed(bench: Workbench, case_id: int, wish: str) -> None:
    bench.settings.save(control_rule=wish)
    assert (bench.control.standing() is None) == (wish == "off")
    bench.signing.sign(case_id, "Ana", "Reviewed", "")
    assert state(bench, case_id) is CaseState.SIGNED


def test_where_it_is_wanted_nobody_signs_until_it_is_in_control_again(bench: Workbench, case_id: int) -> None:
    bench.settings.save(control_rule="block")
    with pytest.raises(OutOfControlError, match="let a reviewer leave the run out with a reason") as caught:
        bench.signing.sign(case_id, "Ana", "Reviewed", "")
    assert (caught.value.instrument, caught.value.code) == (INSTRUMENT, "light")
    with pytest.raises(OutOfControlError, match="1-3s"):
        sign_case(
            bench._repository, case_id, "Ana", "Reviewed", (), bench.settings.current, lambda _: None, CancelToken()
        )
    assert state(bench, case_id) is CaseState.OPEN
    bench.control.exclude(bench.control.all()[-1].number, "lamp was cold")
    bench.signing.sign(case_id, "Ana", "Reviewed", "")
    assert state(bench, case_id) is CaseState.SIGNED


def test_a_day_without_a_run_blocks_where_it_is_wanted(bench: Workbench, case_id: int) -> None:
    settings = replace(bench.settings.current, control_rule="block", control_today="wanted")
    for one in bench.control.all():
        bench.control.exclude(one.number, "another slide")
    with pytest.raises(OutOfControlError, match="No control slide was measured today"):
        sign_case(bench._repository, case_id, "Ana", "Reviewed", (), settings, lambda _: None, CancelToken())


def test_who_changed_the_wish_stands_in_the_trail_and_it_holds_at_every_workstation(
    bench: Workbench, case_id: int, tmp_path: Path
) -> None:
    other = SettingsService(replace(bench.home, config=tmp_path / "other"), bench._repository, lambda _: None)
    bench.settings.save(control_rule="block")
    assert (other.current.control_rule, other.followed().control_rule) == ("warn", "block")
    other.save(theme="light")
    with pytest.raises(OutOfControlError, match="1-3s"):
        sign_case(bench._repository, case_id, "Ana", "Reviewed", (), Settings(), lambda _: None, CancelToken())
    earlier = replace(bench.home, config=tmp_path / "earlier")
    earlier.config.mkdir()
    save_settings(Settings(control_rule="off", control_today="wanted"), earlier.config)
    brought = SettingsService(earlier, bench._repository, lambda _: None).current
    assert (brought.control_rule, brought.control_today) == ("block", "wanted"), "what nobody had set yet is taken"
    assert bench.settings.followed().control_today == "wanted"
    entry, *_ = bench._repository.store.trail.entries_of((SET,))
    assert bench._repository.store.trail.verify().sound
    assert (entry.subject, entry.old, entry.new) == ("control_rule", "warn", "block")
