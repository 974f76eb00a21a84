"""What goes into the installed folder and what stays out."""

from __future__ import annotations

import ast
import os
import re
import subprocess
import sys
import tomllib
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest

Load = Callable[[str], ModuleType]


@pytest.mark.parametrize(
    "name",
    [
        "PySide6/Qt/lib/libQt6WebEngineCore.so.6",
        "PySide6/Qt6Quick.dll",
        "PySide6/opengl32sw.dll",
        "PySide6\\Qt6Qml.dll",
        "PySide6/Qt/plugins/platforms/libqeglfs.so",
        "PySide6/Qt/plugins/platforminputcontexts/libqtvirtualkeyboardplugin.so",
        "PySide6/Qt/translations/qtbase_ja.qm",
        "PySide6/Qt/translations/designer_de.qm",
        "openvino/libs/libopenvino_intel_gpu_plugin.so",
        "openvino/libs/openvino_pytorch_frontend.dll",
        "openvino/libs/openvino_intel_npu_compiler_loader.dll",
        "openvino\\libs\\openvino_intel_npu_vm_runtime.dll",
        "libopenvino_onnx_frontend.so.2641",
        "libgtk-3.so.0",
        "tensorflow/include/absl/base/attributes.h",
    ],
)
def test_what_nobody_uses_stays_out(packaging: Load, name: str) -> None:
    assert packaging("contents").stays_out(name)


@pytest.mark.parametrize(
    "name",
    [
        "PySide6/Qt/lib/libQt6Widgets.so.6",
        "PySide6/Qt/lib/libQt6Pdf.so.6",
        "PySide6/Qt/plugins/platforms/libqxcb.so",
        "PySide6/Qt/plugins/platforms/libqwayland.so",
        "PySide6/Qt/plugins/platforms/libqoffscreen.so",
        "PySide6/Qt/translations/qtbase_de.qm",
        "PySide6/Qt/plugins/imageformats/libqsvg.so",
        "openvino/libs/libopenvino_intel_cpu_plugin.so",
        "openvino/libs/libopenvino_ir_frontend.so.2641",
        "openvino/libs/libopenvino_tensorflow_frontend.so.2641",
        "tensorflow/lite/python/libpywrap_tflite_common.so",
        "resources/translations/leukoscope_de.qm",
        "resources/translations/leukoscope_de.ts",
        "leukoscope/cases/migrations/versions/0001_cases.py",
        "leukoscope/reports/findings.schema.json",
        "models/hybrid/model.keras",
        "pydicom/data/palettes/hotiron.dcm",
    ],
)
def test_what_the_program_needs_goes_in(packaging: Load, name: str) -> None:
    assert not packaging("contents").stays_out(name)


def test_the_light_edition_leaves_out_what_only_importing_needs(packaging: Load) -> None:
    only = packaging("contents").only_for_importing
    assert only("models/ensemble/model.keras")
    assert only("openvino/libs/libopenvino_tensorflow_frontend.so.2641")
    assert not only("models/graphs/ensemble-0123/graph.bin")
    assert not only("models/ensemble/novelty.npz")
    assert not only("openvino/libs/libopenvino_ir_frontend.so.2641")
    assert not only("h5py/_hl/files.pyc")


def test_extras_that_are_no_part_of_the_installers_stay_out(packaging: Load, repository: Path) -> None:
    extras = tomllib.loads((repository / "pyproject.toml").read_text(encoding="utf-8"))["project"][
        "optional-dependencies"
    ]
    names = {re.split(r"[^\w-]", one)[0] for extra in ("parquet", "scale") for one in extras[extra]}
    assert names and names <= set(packaging("contents").NOWHERE)


CHART_WITHOUT = """
import sys
nowhere, kept_out = set(sys.argv[1].split()), []
class Nowhere:
    def find_spec(self, name, path=None, target=None):
        if name in nowhere:
            kept_out.append(name)
            raise ModuleNotFoundError(name)
sys.meta_path.insert(0, Nowhere())
from PySide6.QtWidgets import QApplication
app = QApplication([])
from leukoscope.gui.quality.chart_plot import ChartPlot
from leukoscope.workflow.control.overview import control_overview
from leukoscope.workflow.control.runs import KeptRun
from leukoscope.control.chart import ControlRun
from datetime import UTC, datetime
run = KeptRun(1, "Ana", ControlRun(datetime.now(UTC), "Basler 100x", {"light": 214.0}, 5))
plot = ChartPlot(control_overview((run,)).charts[0])
plot.grab()
loaded = set(sys.modules)
print(sorted(one for one in loaded if one.startswith("PySide6.QtOpenGL")))
"""
"""Draws a chart where nothing can be imported that no edition has."""


def test_charts_are_drawn_without_what_no_edition_has(packaging: Load, repository: Path) -> None:
    contents = packaging("contents")
    environment = {**os.environ, "QT_QPA_PLATFORM": "offscreen"}
    left_out = " ".join((*contents.NOWHERE, *contents.IMPORTER_ONLY, "scipy", "PySide6.QtTest"))
    found = subprocess.run(
        [sys.executable, "-c", CHART_WITHOUT, left_out], capture_output=True, text=True, cwd=repository,
        env=environment, check=False, timeout=120,
    )  # fmt: skip
    assert found.returncode == 0, found.stderr
    assert found.stdout.strip() == str(list(contents.CHARTS)), "what is hidden from PyInstaller is listed for it"


def test_no_part_of_the_importer_asks_for_what_it_does_not_have(packaging: Load, repository: Path) -> None:
    left_out = set(packaging("contents").WINDOW_ONLY)
    found = []
    for path in sorted((repository / "leukoscope" / "inference").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = [one.name for one in node.names] if isinstance(node, ast.Import) else []
            names += [node.module] if isinstance(node, ast.ImportFrom) and node.module else []
            asked = {name: {name.partition(".")[0], ".".join(name.split(".")[:2])} for name in names}
            found += [f"{path.name}: {name}" for name, parents in asked.items() if parents & left_out]
    assert not found


def test_the_importer_has_each_module_that_a_process_may_begin_in(repository: Path) -> None:
    spec = ast.parse((repository / "build.spec").read_text(encoding="utf-8"))
    assigned = [node for node in ast.walk(spec) if isinstance(node, ast.Assign)]
    (importer,) = (node.value for node in assigned if ast.unparse(node.targets[0]) == "importer")
    assert isinstance(importer, ast.Call)
    assert ast.unparse(importer.args[0]) == "collect_submodules('leukoscope.inference')"
