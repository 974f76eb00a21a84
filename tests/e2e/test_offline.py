"""“Offline” is true: whatever is run, nothing tries to reach another computer, and the home folder stays empty."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from leukoscope.gui.app import PROBE_VARIABLE
from leukoscope.sources.demo import demo_field
from tests.offline import Ran, run_offline
from tests.training.drawn import HYBRID, write_cells, write_config
from tests.unit.inference.builders import save

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not sys.platform.startswith("linux"), reason="networks of one's own are Linux's"),
]
LEUKOSCOPE = [sys.executable, "-m", "leukoscope"]


def holds(ran: Ran) -> None:
    assert ran.code == 0, ran.said
    assert ran.attempts == ()
    assert ran.left == ()
    assert "Traceback" not in ran.said


@pytest.mark.parametrize(
    ("code", "seen"),
    [
        (
            "import socket; socket.getaddrinfo('telemetry.invalid', 443)",
            "resolve socket.getaddrinfo ('telemetry.invalid'",
        ),
        (
            "import socket; socket.create_connection(('192.0.2.7', 443))",
            "connect sa_family=AF_INET, sin_port=htons(443)",
        ),
        (
            "import socket; s = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM); s.sendto(b'x', ('2001:db8::1', 53))",
            "sendto sa_family=AF_INET6",
        ),
        (
            "import subprocess, sys; "
            "subprocess.run([sys.executable, '-c', 'import socket; socket.create_connection((\"192.0.2.7\", 80))'])",
            "connect sa_family=AF_INET, sin_port=htons(80)",
        ),
        ("from pathlib import Path; (Path.home() / 'id').write_text('1')", ""),
    ],
)
def test_what_calls_home_is_seen(code: str, seen: str, tmp_path: Path) -> None:
    ran = run_offline([sys.executable, "-c", code], tmp_path / "run")
    assert any(seen in one for one in ran.attempts) if seen else ran.left == ("id",)


def test_openvino_takes_its_own_stub_for_what_would_count(tmp_path: Path) -> None:
    code = "import leukoscope, openvino.tools.ovc.telemetry_utils as utils; print(utils.tm.__name__)"
    ran = run_offline([sys.executable, "-c", code], tmp_path / "run")
    assert ran.said.strip() == "openvino.tools.ovc.telemetry_stub"
    holds(ran)


def test_window_and_engine(small_models: Path, data_home: Path, tmp_path: Path) -> None:
    more = {"LEUKOSCOPE_HOME": str(data_home), "LEUKOSCOPE_SHIPPED_MODELS": str(small_models), PROBE_VARIABLE: "1"}
    holds(run_offline([*LEUKOSCOPE, "window"], tmp_path / "run", more))


@pytest.mark.heavy
def test_command_line_engine_and_report(small_models: Path, data_home: Path, tmp_path: Path) -> None:
    import cv2

    field = tmp_path / "field.png"
    cv2.imwrite(str(field), demo_field(seed=2, width=640, height=480, leukocytes=3).pixels[:, :, ::-1])
    more = {"LEUKOSCOPE_HOME": str(data_home), "LEUKOSCOPE_SHIPPED_MODELS": str(small_models)}
    out = tmp_path / "out"
    holds(run_offline([*LEUKOSCOPE, "analyze", str(field), "--out", str(out), "--pdf"], tmp_path / "analyze", more))
    assert (out / "report.pdf").is_file()
    snap = ["cameras", "snap", "--source", "demo:1", "--out", str(tmp_path / "snap.png")]
    for number, words in enumerate((["cameras", "list"], snap, ["models", "verify"], ["check"])):
        holds(run_offline([*LEUKOSCOPE, *words], tmp_path / f"run-{number}", more))


@pytest.mark.heavy
def test_import_of_a_model_and_its_compiling(data_home: Path, tmp_path: Path) -> None:
    file = save("pooled-inside", tmp_path / "mine.keras")
    more = {"LEUKOSCOPE_HOME": str(data_home)}
    words = ["models", "import", str(file), "--classes", "healthy,leukemic"]
    holds(run_offline([*LEUKOSCOPE, *words], tmp_path / "run", more))


@pytest.mark.heavy
def test_training(data_home: Path, tmp_path: Path) -> None:
    cells = write_cells(tmp_path / "cells", each=4)
    config = write_config(tmp_path / "config.toml", "head_epochs = 1\ntail_epochs = 0\n", network=HYBRID)
    words = ["cross-validate", str(config), "--data", str(cells), "--out", str(tmp_path / "out"), "--folds", "0"]
    more = {"LEUKOSCOPE_HOME": str(data_home)}
    holds(run_offline([sys.executable, "-m", "training", *words], tmp_path / "run", more))
