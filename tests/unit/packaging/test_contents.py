"""What goes into the installed folder and what stays out."""

from __future__ import annotations

from collections.abc import Callable
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
