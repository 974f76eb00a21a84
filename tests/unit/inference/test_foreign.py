"""Models that are no Keras files: read by OpenVINO, shown by occlusion, refused where they reach out of their file."""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from leukoscope.domain.errors import BundleError
from leukoscope.domain.map_kinds import MapKind
from leukoscope.domain.progress import CancelToken
from leukoscope.inference.containers import container_of
from leukoscope.inference.engine import Engine
from leukoscope.inference.foreign.fitting import GRID
from leukoscope.inference.foreign.importing import compiled_again
from leukoscope.inference.importer import import_model
from leukoscope.inference.library import BundleLibrary, InstalledBundle
from leukoscope.inference.preprocessing import model_input
from leukoscope.inference.safety import check_model_file
from tests.own_models import onnx_file
from tests.unit.inference.builders import cell_image


@pytest.fixture
def library(tmp_path: Path) -> BundleLibrary:
    return BundleLibrary(tmp_path / "shipped", tmp_path / "user")


def install(file: Path, library: BundleLibrary, classes: tuple[str, ...] = ("healthy", "leukemic")) -> InstalledBundle:
    return import_model(file, library, classes=classes, name="own", on_step=lambda *_: None, cancel=CancelToken())


def test_a_network_of_another_program_judges_and_is_shown_by_occlusion(library: BundleLibrary, tmp_path: Path) -> None:
    """Channels first, as PyTorch exports: installed, verified, compiled anew for the engine, with its map."""
    network = onnx_file.Network(seed=4)
    file = tmp_path / "net.onnx"
    file.write_bytes(network.encoded())
    bundle = install(file, library)
    assert (bundle.model_file.name, bundle.manifest.container) == ("model.onnx", "onnx")
    assert all(check.passed for check in library.verify("own"))
    assert "by occlusion alone" in bundle.card
    image = cell_image(3)
    engine = Engine([bundle], tmp_path / "graphs")
    try:
        (opinion,) = next(engine.judge([image])).opinions
    finally:
        engine.close()
    pixels = model_input(image.pixels, bundle.manifest.preprocessing)
    assert opinion.probability == pytest.approx(network.probability(pixels), abs=1e-5)
    (shown,) = opinion.maps
    assert (shown.kind, shown.values.shape) == (MapKind.OCCLUSION, (GRID, GRID))
    # What covering a place does to the figure is what the map says of it.
    covered = pixels.copy()
    row, column = np.unravel_index(int(np.abs(shown.values).argmax()), shown.values.shape)
    rows = slice(row * network.side // GRID, (row + 1) * network.side // GRID)
    columns = slice(column * network.side // GRID, (column + 1) * network.side // GRID)
    covered[rows, columns] = 0.0
    fall = network.logit(pixels) - network.logit(covered)
    assert float(shown.values[row, column]) == pytest.approx(fall, abs=1e-4)


def test_an_onnx_file_that_takes_its_weights_from_another_is_refused(tmp_path: Path) -> None:
    for word in (b"\x0a\x08location\x12\x0b/etc/passwd", b"\x0a\x88\x00location\x12\x0b/etc/passwd"):
        file = tmp_path / "net.onnx"
        file.write_bytes(onnx_file.Network(seed=1).encoded() + word)
        with pytest.raises(BundleError, match="keeps its weights in another file"):
            check_model_file(file)


def test_an_exported_folder_that_links_out_is_refused(tmp_path: Path) -> None:
    folder = tmp_path / "export"
    (folder / "variables").mkdir(parents=True)
    (folder / "saved_model.pb").write_bytes(b"\x08\x01")
    (folder / "variables" / "variables.index").symlink_to("/etc/passwd")
    with pytest.raises(BundleError, match="links to another file"):
        check_model_file(folder)
    with pytest.raises(BundleError, match=r"is a folder without a saved_model\.pb"):
        check_model_file(folder / "variables")


def test_an_archive_that_unpacks_to_far_more_is_refused(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "export.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("export/saved_model.pb", b"\x08\x01")
        archive.writestr("export/variables/variables.data-00000-of-00001", bytes(60_000_000))
    with pytest.raises(BundleError, match="far more than its size"):
        check_model_file(tmp_path / "export.zip")


@pytest.mark.parametrize(
    ("name", "data", "kind"),
    [
        ("net.onnx", b"\x08\x07rest", "onnx"),
        ("net.tflite", b"\x1c\0\0\0TFL3", "tflite"),
        ("net.bin", b"\x1c\0\0\0TFL3", "tflite"),
        ("net.pb", b"\x0a\x05x", "frozen"),
        ("net.pb", b"\x08\x05x", None),
        ("net.keras", b"\x08\x07rest", None),
    ],
)
def test_what_a_file_is_is_seen_by_its_content(tmp_path: Path, name: str, data: bytes, kind: Any) -> None:
    (tmp_path / name).write_bytes(data)
    assert container_of(tmp_path / name) == kind


@pytest.mark.parametrize("data", [b"\x08\x07" + bytes(40), b"\x08\x07\x3a\xff\xff\xff\xff\x0f"])
def test_one_that_is_damaged_is_refused_in_a_sentence(library: BundleLibrary, tmp_path: Path, data: bytes) -> None:
    file = tmp_path / "net.onnx"
    file.write_bytes(data)
    with pytest.raises(BundleError, match=r"“net\.onnx” cannot be read: it is damaged, or uses an operation"):
        install(file, library)
    assert list(library.user.iterdir()) == []


def rounded(folder: Path, whole: bool) -> Path:
    """TensorFlow Lite of whole numbers inside; ``whole``: its input and output too."""
    import tensorflow as tf

    from leukoscope.inference.probes import probe_pixels
    from tests.own_models.containers import plain
    from tests.own_models.entry import SIDE

    converter = tf.lite.TFLiteConverter.from_keras_model(plain())
    converter.optimizations = [tf.lite.Optimize.DEFAULT]
    converter.representative_dataset = lambda: ([probe_pixels(n, SIDE)[None].astype(np.float32)] for n in range(8))
    if whole:
        converter.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS_INT8]
        converter.inference_input_type = converter.inference_output_type = tf.int8
    (folder / "model.tflite").write_bytes(converter.convert())
    return folder / "model.tflite"


@pytest.mark.filterwarnings("ignore:Statistics for quantized inputs", "ignore:.*tf.lite.Interpreter is deprecated")
def test_tensorflow_lite_of_whole_numbers_says_what_its_own_interpreter_says(
    library: BundleLibrary, tmp_path: Path
) -> None:
    import tensorflow as tf

    from leukoscope.inference.graph import request_of, run_graph
    from leukoscope.inference.graph_cache import GRAPH_FILE
    from leukoscope.inference.opinions import LOGIT, calibrated
    from leukoscope.inference.probes import probe_inputs

    file = rounded(tmp_path, whole=False)
    bundle = install(file, library)
    request = request_of(compiled_again(bundle.model_file, bundle.manifest, tmp_path / GRAPH_FILE))
    own = tf.lite.Interpreter(str(file))
    own.allocate_tensors()
    for pixels in probe_inputs(bundle.manifest.preprocessing, 4):
        own.set_tensor(own.get_input_details()[0]["index"], pixels[None])
        own.invoke()
        expected = own.get_tensor(own.get_output_details()[0]["index"]).item()
        logit = run_graph(request, pixels)[LOGIT].item()
        assert calibrated(logit, bundle.manifest.calibration) == pytest.approx(expected, abs=1e-5)


@pytest.mark.filterwarnings("ignore:Statistics for quantized inputs")
def test_whole_numbers_that_go_in_and_come_out_are_refused_with_the_way_out(
    library: BundleLibrary, tmp_path: Path
) -> None:
    with pytest.raises(BundleError, match=r"whole numbers of 8 bits.*without inference_input_type"):
        install(rounded(tmp_path, whole=True), library)


def test_a_folder_that_keras_2_saved_says_what_keras_2_said(library: BundleLibrary, tmp_path: Path) -> None:
    """A Lambda inside: such a network comes as a folder alone, by ``model.save("folder")``; nothing of it is run."""
    from leukoscope.inference.graph import request_of, run_graph
    from leukoscope.inference.opinions import LOGIT, calibrated

    kept = Path(__file__).resolve().parent / "keras2_files"
    bundle = install(kept / "folder.zip", library)
    request = request_of(compiled_again(bundle.model_file, bundle.manifest, tmp_path / "graph"))
    with np.load(kept / "folder.npz") as of_keras:
        for pixels, expected in zip(of_keras["pixels"], of_keras["said"], strict=True):
            logit = run_graph(request, pixels)[LOGIT].item()
            assert calibrated(logit, bundle.manifest.calibration) == pytest.approx(expected.item(), abs=1e-6)
