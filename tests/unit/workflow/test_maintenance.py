"""Maintenance by hand: a line is tried without a message, a backup is stopped, written, checked and put back."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import pytest

from leukoscope.domain.errors import CancelledError, ExchangeError, SettingsError
from leukoscope.domain.progress import CancelToken
from leukoscope.workflow import lines
from leukoscope.workflow.app_dirs import AppDirs
from leukoscope.workflow.backup import BackedUp
from leukoscope.workflow.maintenance import MaintenanceService, Restoration
from leukoscope.workflow.opening import open_store
from leukoscope.workflow.operator_session import OperatorSession
from leukoscope.workflow.settings import Settings
from tests.gui.stored import stored_case
from tests.unit.exchange.receivers import mllp_listener, storescp


def nothing(_done: int, _count: int) -> None:
    """Nobody looks."""


def test_lines_are_tried_without_a_message(tmp_path: Path) -> None:
    with mllp_listener() as mailbox:
        said = lines.tried(Settings(hl7_node=f"plain://127.0.0.1:{mailbox.port}"), "hl7_node")
    assert said == f"127.0.0.1:{mailbox.port}"
    assert mailbox.messages == []
    with pytest.raises(ExchangeError, match="cannot be reached"):
        lines.tried(Settings(hl7_node=f"plain://127.0.0.1:{mailbox.port}"), "hl7_node")
    with storescp(tmp_path) as port:
        said = lines.tried(Settings(dicom_node=f"plain://ARCHIVE@127.0.0.1:{port}"), "dicom_node")
    assert said == f"ARCHIVE@127.0.0.1:{port}"
    with pytest.raises(SettingsError):
        lines.tried(Settings(dicom_node="nowhere"), "dicom_node")


def test_a_backup_is_stopped_written_checked_and_put_back(data_home: Path, tmp_path: Path) -> None:
    home = AppDirs.of_user()
    target = tmp_path / "all.zip"
    with closing(open_store(home)) as store:
        stored_case(store, "A-1", 3)
        operator = OperatorSession(store, lambda: Settings().present, lambda _present: None)
        service = MaintenanceService(home, store, Settings, operator)
        cancel = CancelToken()
        cancel.cancel()
        with pytest.raises(CancelledError):
            service.back_up(target, nothing, cancel)
        assert list(tmp_path.glob("all*")) == []
        steps: list[tuple[int, int]] = []
        assert service.back_up(target, lambda *step: steps.append(step), CancelToken()) == BackedUp(1, 0)
        assert steps == [(0, 2), (1, 2)]
        with pytest.raises(CancelledError):
            service.check(nothing, cancel)
        assert all(check.passed for check in service.check(nothing, CancelToken()))
        stored_case(store, "A-2", 1)
        plan = service.look_at(target)
        assert plan.before is not None
        assert (plan.before.cases, plan.after.cases) == (2, 1)
        restoration = service.prepare_restore(target)
    with pytest.raises(CancelledError):
        restoration.run(nothing, cancel)
    Restoration(home, target, "").run(nothing, CancelToken())
    with closing(open_store(home)) as store:
        assert [one.header.number for one in store.list()] == ["A-1"]
