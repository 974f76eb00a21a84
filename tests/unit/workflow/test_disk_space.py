from __future__ import annotations

from pathlib import Path

import psutil
import pytest

from leukoscope.workflow.disk_space import disk_warning


def test_it_is_said_when_little_is_free_and_only_then(tmp_path: Path) -> None:
    free = psutil.disk_usage(str(tmp_path)).free
    assert disk_warning(tmp_path, scarce=1) == ""
    sentence = disk_warning(tmp_path, scarce=free * 2)
    assert sentence.startswith("Only ") and sentence.endswith("GB are free for cases; make room on the disk.")


def test_a_disk_that_is_gone_is_no_news(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    assert disk_warning(tmp_path / "gone") == ""
    assert "free space not known" in caplog.text
