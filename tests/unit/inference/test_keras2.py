"""Models that Keras 2 saved come back with its own figures, or are refused in one sentence; none of their code runs."""

from __future__ import annotations

import json
import shutil
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest

from leukoscope.domain.errors import BundleError
from leukoscope.domain.feeding import Feeding
from leukoscope.domain.progress import CancelToken
from leukoscope.inference.engine import Engine
from leukoscope.inference.graph import request_of, run_graph
from leukoscope.inference.import_order import ImportOrder
from leukoscope.inference.import_process import compiled
from leukoscope.inference.importer import import_model
from leukoscope.inference.keras2.reading import CONFIG_ATTRIBUTE, VERSION_ATTRIBUTE, config_of, version_of
from leukoscope.inference.library import BundleLibrary
from leukoscope.inference.loading import load_model
from leukoscope.inference.opinions import LOGIT
from leukoscope.inference.preprocessing import model_input
from leukoscope.inference.safety import check_model_file
from tests.unit.inference.builders import cell_image

FILES = Path(__file__).resolve().parent / "keras2_files"
REFUSED = "cards.h5"
SAVED = sorted(one.name for one in FILES.iterdir() if one.suffix in {".h5", ".keras"} and one.name != REFUSED)
HALF_PRECISION = 2e-4
"""Keras 2 computed some in half precision, whose numbers have 11 bits; here all is float32."""


def said(file: Path) -> tuple[Any, Any]:
    """Pictures, and what the Keras that saved a file said of them."""
    with np.load(FILES / f"{file.stem}.npz") as kept:
        return kept["pixels"].astype(np.float32), kept["said"]


def judge(file: Path) -> Any:
    return load_model(file).predict(said(file)[0], verbose=0)


@pytest.mark.parametrize("name", SAVED)
def test_a_rebuilt_model_says_what_keras_2_said(name: str) -> None:
    file = FILES / name
    assert version_of(file) == "2.15.0"
    limit = HALF_PRECISION if file.stem == "mixed" else 1e-6
    np.testing.assert_allclose(judge(file), said(file)[1], rtol=0, atol=limit)


@pytest.mark.parametrize("name", ["regnet.h5", "resnet_rs.keras"])
def test_families_that_keras_3_has_not_are_compiled_with_a_map(name: str, tmp_path: Path) -> None:
    pixels, expected = said(FILES / name)
    order = ImportOrder(str(FILES / name), "own", ("healthy", "leukemic"), Feeding(), str(tmp_path))
    manifest, graph = compiled(order, lambda _: None)
    assert [one.kind for one in manifest.explanations] == ["grad-cam"]
    request = request_of(graph)
    logits = [float(run_graph(request, one)[LOGIT].item()) for one in pixels]
    np.testing.assert_allclose(1.0 / (1.0 + np.exp(-np.array(logits))), expected[:, -1], rtol=0, atol=1e-6)


def edited(name: str, target: Path, change: Callable[[Any, h5py.File], Any]) -> Path:
    """A copy of an ``.h5`` file with another configuration."""
    file = target / name
    shutil.copyfile(FILES / name, file)
    with h5py.File(file, "r+") as tree:
        config = change(json.loads(tree.attrs[CONFIG_ATTRIBUTE]), tree)
        tree.attrs[CONFIG_ATTRIBUTE] = json.dumps(config)
    return file


def as_2_1(config: Any, tree: h5py.File) -> Any:
    """As Keras 2.1 wrote a Sequential: a list of layers, no layer for the input, bytes as text."""
    first, *rest = config["config"]["layers"]
    rest[0]["config"]["batch_input_shape"] = first["config"]["batch_input_shape"]
    tree.attrs[VERSION_ATTRIBUTE] = np.bytes_("2.1.6")
    return {"class_name": "Sequential", "config": rest}


def test_a_sequential_that_is_a_list_of_layers_is_rebuilt(tmp_path: Path) -> None:
    file = edited("layers.h5", tmp_path, as_2_1)
    assert version_of(file) == "2.1.6"
    np.testing.assert_allclose(judge(file), said(file)[1], rtol=0, atol=1e-6)


def as_2_2(config: Any, tree: h5py.File) -> Any:
    """As Keras 2.2 named a graph, its input's type and its initializers; calls of a nested model counted from 0."""
    config["class_name"] = "Model"
    for layer in config["config"]["layers"]:
        if layer["name"] == "average":
            layer["inbound_nodes"] = [[["inner", 0, 0, {}], ["inner", 1, 0, {}]]]
        for key in list(layer["config"]):
            if key.endswith("_initializer"):
                scale = {"scale": 1.0, "mode": "fan_avg", "distribution": "uniform", "seed": None}
                layer["config"][key] = {"class_name": "VarianceScaling", "config": scale}
    tree.attrs[VERSION_ATTRIBUTE] = np.bytes_("2.2.4-tf")
    return config


def test_calls_of_a_nested_model_may_be_counted_from_0(tmp_path: Path) -> None:
    file = edited("shared.h5", tmp_path, as_2_2)
    np.testing.assert_allclose(judge(file), said(file)[1], rtol=0, atol=1e-6)


def test_an_imported_model_of_keras_2_judges_cells_as_it_did(tmp_path: Path) -> None:
    library = BundleLibrary(tmp_path / "shipped", tmp_path / "user")
    bundle = import_model(
        FILES / "arithmetic.h5",
        library,
        classes=("healthy", "leukemic"),
        name=None,
        on_step=lambda text, done, total: None,
        cancel=CancelToken(),
    )
    assert (bundle.manifest.output, bundle.manifest.explanations[0].kind) == ("sigmoid", "grad-cam")
    image = cell_image(3)
    engine = Engine([bundle], tmp_path / "graphs")
    try:
        (opinion,) = next(engine.judge([image])).opinions
    finally:
        engine.close()
    pixels = model_input(image.pixels, bundle.manifest.preprocessing)
    expected = float(load_model(FILES / "arithmetic.h5").predict(pixels[None], verbose=0)[0, 0])
    assert opinion.probability == pytest.approx(expected, abs=1e-4)


def lambda_in(config: Any, tree: h5py.File) -> Any:
    config["config"]["layers"][-1]["class_name"] = "Lambda"
    return config


def foreign_function(config: Any, tree: h5py.File) -> Any:
    operation = next(one for one in config["config"]["layers"] if one["class_name"] == "TFOpLambda")
    operation["config"]["function"] = "io.read_file"
    return config


def registered(config: Any, tree: h5py.File) -> Any:
    config["config"]["layers"][-1]["class_name"] = "Custom>Dense"
    return config


def foreign_module(config: Any, tree: h5py.File) -> Any:
    config["config"]["layers"][-1]["module"] = "posix"
    return config


def of_tensorflow_hub(config: Any, tree: h5py.File) -> Any:
    """As ``hub.KerasLayer(…)`` is written: a network is fetched by its address when it is loaded."""
    layer = next(one for one in config["config"]["layers"] if one["class_name"] == "Conv2D")
    name = layer["config"]["name"]
    layer |= {"class_name": "KerasLayer", "module": "tensorflow_hub.keras_layer", "registered_name": "KerasLayer"}
    layer["config"] = {"name": name, "trainable": False, "dtype": "float32", "handle": "a module"}
    return config


def foreign_activation(config: Any, tree: h5py.File) -> Any:
    config["config"]["layers"][-1]["config"]["activation"] = "os.system"
    return config


def a_layer_too_wide(config: Any, tree: h5py.File) -> Any:
    config["config"]["layers"][-1]["config"]["units"] = 3
    return config


def a_call_of_nothing(config: Any, tree: h5py.File) -> Any:
    config["config"]["layers"][-1]["inbound_nodes"] = [[["dropout", 7, 0, {}]]]
    return config


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda_in, "Lambda layer, which can run code"),
        (foreign_function, "TensorFlow's “io.read_file”"),
        (registered, "uses “Dense”"),
        (foreign_module, "uses “Dense”"),
        (
            of_tensorflow_hub,
            r"uses “KerasLayer”.*model\.export\('folder'\), or model\.save\('folder'\) before Keras 2\.13",
        ),
        (foreign_activation, "uses “os.system”, which this program does not know"),
        (a_layer_too_wide, "do not fit"),
        (a_call_of_nothing, "cannot be joined"),
    ],
)
def test_what_cannot_be_rebuilt_is_refused_in_a_sentence(
    tmp_path: Path, change: Callable[[Any, h5py.File], Any], words: str
) -> None:
    file = edited("arithmetic.h5", tmp_path, change)
    with pytest.raises(BundleError, match="(?s)" + words) as caught:
        load_model(file)
    assert "\n" not in str(caught.value)
    assert str(caught.value).endswith(".")


def test_an_archive_of_keras_2_is_checked_by_its_own_list(tmp_path: Path) -> None:
    file = tmp_path / "layers.keras"
    with zipfile.ZipFile(FILES / "layers.keras") as old, zipfile.ZipFile(file, "w") as new:
        for name in old.namelist():
            data = old.read(name)
            if name == "config.json":
                data = data.replace(b'"class_name": "LeakyReLU"', b'"class_name": "StringLookup"')
            new.writestr(name, data)
    assert config_of(file)["class_name"] == "Sequential"
    with pytest.raises(BundleError, match="StringLookup"):
        check_model_file(file)


def test_a_network_over_several_cards_is_refused_with_the_network_in_it_named() -> None:
    with pytest.raises(BundleError, match=r"several graphics cards.*model\.get_layer\('inner'\)\.save\('name\.h5'\)"):
        check_model_file(FILES / REFUSED)


def renamed_sum(config: Any, _: h5py.File) -> Any:
    next(one for one in config["config"]["layers"] if one["class_name"] == "Lambda")["config"]["name"] = "block9_1"
    return config


def another_argument(config: Any, _: h5py.File) -> Any:
    found = next(one for one in config["config"]["layers"] if one["class_name"] == "Lambda")
    found["config"]["arguments"]["power"] = 2
    return config


def one_input(config: Any, _: h5py.File) -> Any:
    found = next(one for one in config["config"]["layers"] if one["class_name"] == "Lambda")
    found["inbound_nodes"] = [found["inbound_nodes"][0][:1]]
    return config


def other_layer(config: Any, _: h5py.File) -> Any:
    found = next(one for one in config["config"]["layers"] if one["class_name"].endswith("CustomScaleLayer"))
    found["config"]["bias"] = 1.0
    return config


@pytest.mark.parametrize("change", [renamed_sum, another_argument, one_input, other_layer])
def test_what_is_not_the_scaled_sum_is_refused_with_what_to_type(tmp_path: Path, change: Callable[..., Any]) -> None:
    file = edited("scaled.h5", tmp_path, change)
    words = r"(Lambda layer|CustomScaleLayer).*model\.export\('folder'\), or model\.save\('folder'\) before Keras 2\.13"
    with pytest.raises(BundleError, match=words):
        check_model_file(file)


def test_the_code_of_the_scaled_sum_is_not_looked_at(tmp_path: Path) -> None:
    def spoiled(config: Any, _: h5py.File) -> Any:
        found = next(one for one in config["config"]["layers"] if one["class_name"] == "Lambda")
        found["config"]["function"] = ["4wAAAA==", None, None]
        return config

    file = edited("scaled.h5", tmp_path, spoiled)
    np.testing.assert_allclose(judge(file), said(file)[1], rtol=0, atol=1e-6)
