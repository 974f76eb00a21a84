"""From a published set as it comes to a bundle, with nothing typed but what quickstart prints."""

from __future__ import annotations

import json
import re
import shlex
from pathlib import Path

import pytest

from leukoscope.inference.manifest import file_sha256, read_manifest
from tests.training.drawn_sets import write_set
from training.__main__ import main
from training.run import open_run

pytestmark = [pytest.mark.heavy, pytest.mark.slow]


def test_the_printed_commands_make_a_bundle_that_says_what_is_not_known(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    write_set(tmp_path / "set", "Healthy", "Cancerous", 7)
    (tmp_path / "set" / "Healthy" / "broken.png").write_bytes(b"no picture")
    assert main(["quickstart", "set", "--size", "smoke"]) == 0
    commands = re.findall(r"python -m training (.*)", capsys.readouterr().out)
    assert [command.split()[0] for command in commands] == ["check-data", "fit", "calibrate", "evaluate", "export"]
    for command in commands:
        # check-data names the damaged picture and says 2; the run leaves it out.
        assert main(shlex.split(command)) == (2 if command.startswith("check-data") else 0)
    bundle, run = tmp_path / "models" / "training", open_run(tmp_path / "runs" / "training")
    manifest = read_manifest(bundle)
    assert manifest.model_sha256 == file_sha256(bundle / "model.keras")
    # The program cuts cells out as the pictures show them: the whole canvas.
    assert (manifest.preprocessing.canvas, manifest.preprocessing.crop, manifest.preprocessing.width) == (450, 450, 224)
    assert manifest.training_data is not None
    assert manifest.training_data.subjects == {}
    assert manifest.split.startswith("Split by picture: people may be on both sides.")
    card = (bundle / "card.md").read_text(encoding="utf-8")
    assert "Split by picture: people may be on both sides." in card
    assert "Held-out subject" not in card
    assert "1 pictures could not be used" in card
    page = (run.path / "report" / "index.html").read_text(encoding="utf-8")
    assert "people may be on both sides" in page
    assert 'id="subjects"' not in page
    report = json.loads((run.path / "report" / "report.json").read_text(encoding="utf-8"))
    # The one held-out part is calibrated on the cells that chose the epoch, not on itself.
    assert report["folds"]["0"]["calibration"]["fitted_on"] == "the validation cells of fold 0, which chose its epoch"
    assert not set(run.judgements("fold-0").choosing.tolist()) & set(run.folds()[0].test)
