"""Model files that are looked at before Keras sees them."""

from __future__ import annotations

import io
import json
import zipfile
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest

from leukoscope.domain.errors import BundleError, Cause
from leukoscope.inference import safety
from leukoscope.inference.canonical import plain_config
from leukoscope.inference.safety import check_model_file

DENSE = {"module": "keras.layers", "class_name": "Dense", "config": {"units": 1}, "registered_name": None}


def network(*layers: dict[str, Any], **more: Any) -> dict[str, Any]:
    config = {"name": "n", "layers": list(layers)}
    return {"module": "keras", "class_name": "Sequential", "config": config, "registered_name": None, **more}


def weights(change: Any = None) -> bytes:
    buffer = io.BytesIO()
    with h5py.File(buffer, "w") as tree:
        tree["layers/dense/vars/0"] = np.zeros((3, 1), np.float32)
        if change is not None:
            change(tree)
    return buffer.getvalue()


def keras_file(path: Path, config: Any, *, store: bytes | None = None, extra: dict[str, bytes] | None = None) -> Path:
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("metadata.json", "{}")
        archive.writestr("config.json", config if isinstance(config, str) else json.dumps(config))
        archive.writestr("model.weights.h5", weights() if store is None else store)
        for name, content in (extra or {}).items():
            archive.writestr(name, content)
    return path


def h5_file(path: Path, config: Any, change: Any = None) -> Path:
    path.write_bytes(weights(change))
    if config is not None:
        with h5py.File(path, "a") as tree:
            tree.attrs["model_config"] = json.dumps(config)
    return path


def layer(name: str, module: str | None = "keras.layers", registered: str | None = None) -> dict[str, Any]:
    return {"module": module, "class_name": name, "config": {}, "registered_name": registered}


def test_known_layers_pass(tmp_path: Path) -> None:
    own = layer("BranchScaling", "leukoscope.inference.layers", "leukoscope>BranchScaling")
    check_model_file(keras_file(tmp_path / "m.keras", network(DENSE, own)))
    check_model_file(h5_file(tmp_path / "m.h5", {"class_name": "Sequential", "config": {"layers": [DENSE]}}))


@pytest.mark.parametrize(
    ("bad", "word"),
    [
        (layer("Lambda"), "Lambda layer, which can run code"),
        (layer("TFSMLayer"), "TFSMLayer layer, which can run code"),
        (layer("function", "builtins"), "a function of its own"),
        (layer("StringLookup"), "StringLookup"),
        (layer("get_file", "keras.utils"), "get_file"),
        (layer("utils.get_file", "keras"), "get_file"),
        (layer("Dense", "os"), "Dense"),
        (layer("system", "os"), "system"),
        (layer("__lambda__", None), "__lambda__"),
        (layer("Mine", "somewhere", "Custom>Mine"), "Mine"),
        (layer("Dense", "keras.layers", "other>Dense"), "Dense"),
        (layer("BranchScaling", "os", "leukoscope>BranchScaling"), "BranchScaling"),
        (layer("Dense", ["os"]), "Dense"),  # type: ignore[arg-type]
    ],
)
def test_what_runs_code_or_is_unknown_is_refused_however_deep(tmp_path: Path, bad: dict[str, Any], word: str) -> None:
    deep = {**DENSE, "config": {"units": 1, "kernel_initializer": [{"x": [bad]}]}}
    with pytest.raises(BundleError) as refusal:
        check_model_file(keras_file(tmp_path / "m.keras", network(DENSE, deep)))
    assert word in refusal.value.message
    with pytest.raises(BundleError):
        check_model_file(h5_file(tmp_path / "m.h5", {"class_name": "Sequential", "config": {"layers": [deep]}}))


def test_how_a_model_or_a_member_was_trained_does_not_matter_and_keras_does_not_see_it(tmp_path: Path) -> None:
    compiled = {"optimizer": layer("Adam", "keras.optimizers"), "loss": layer("function", "builtins")}
    check_model_file(keras_file(tmp_path / "m.keras", network(DENSE, compile_config=compiled)))
    nested = {**layer("Functional", "keras.src.models.functional"), "compile_config": compiled}
    whole = network(DENSE, nested, compile_config=compiled)
    check_model_file(keras_file(tmp_path / "m.keras", whole))
    assert plain_config(whole)
    assert "compile_config" not in json.dumps(whole) and "Adam" not in json.dumps(whole)


@pytest.mark.parametrize("kind", ["function", "builtin_function_or_method"])
def test_a_function_that_is_an_activation_is_named_before_keras_sees_it(tmp_path: Path, kind: str) -> None:
    function = {"module": "builtins", "class_name": kind, "config": "relu6", "registered_name": kind}
    whole = network({**DENSE, "config": {"units": 1, "activation": function}})
    check_model_file(keras_file(tmp_path / "m.keras", whole))
    assert plain_config(whole)
    assert whole["config"]["layers"][0]["config"]["activation"] == "relu6"


@pytest.mark.parametrize("where", ["activation", "recurrent_activation"])
def test_an_activation_that_is_not_known_is_refused(tmp_path: Path, where: str) -> None:
    bad = network({**DENSE, "config": {"units": 1, where: "os.system"}})
    with pytest.raises(BundleError, match=r"uses “os\.system”, which this program does not know; type model\.export"):
        check_model_file(keras_file(tmp_path / "m.keras", bad))


def test_a_constant_holds_numbers_alone(tmp_path: Path) -> None:
    constant = {"class_name": "__tensor__", "config": {"value": [1.0, 2.0], "dtype": "float32"}}
    check_model_file(keras_file(tmp_path / "m.keras", network(DENSE, constant)))
    constant["config"] = {"value": ["a"], "dtype": "object"}
    with pytest.raises(BundleError, match="does not know"):
        check_model_file(keras_file(tmp_path / "m.keras", network(DENSE, constant)))


def external_link(tree: h5py.File) -> None:
    tree["layers/dense/vars/1"] = h5py.ExternalLink("/etc/passwd", "/")


def soft_link(tree: h5py.File) -> None:
    tree["layers/dense/vars/1"] = h5py.SoftLink("/layers/dense/vars/0")


def external_storage(tree: h5py.File) -> None:
    tree.create_dataset("layers/dense/vars/1", (8,), "u1", external=[("/etc/hostname", 0, 8)])


def virtual(tree: h5py.File) -> None:
    layout = h5py.VirtualLayout((8,), "u1")
    layout[:] = h5py.VirtualSource("/etc/hostname", "x", shape=(8,))
    tree.create_virtual_dataset("layers/dense/vars/1", layout)


def enormous(tree: h5py.File) -> None:
    tree.create_dataset("layers/dense/vars/1", (1 << 40,), "f4", chunks=(1 << 16,))


def circle(tree: h5py.File) -> None:
    tree["layers/dense/again"] = tree["layers"]


@pytest.mark.parametrize("change", [external_link, soft_link, external_storage, virtual, enormous, circle])
def test_weights_that_reach_out_or_blow_up_are_refused(tmp_path: Path, change: Any) -> None:
    with pytest.raises(BundleError):
        check_model_file(keras_file(tmp_path / "m.keras", network(DENSE), store=weights(change)))
    with pytest.raises(BundleError):
        check_model_file(h5_file(tmp_path / "m.h5", network(DENSE), change))


@pytest.mark.parametrize("name", ["../../evil.py", "/etc/evil", "assets/vocabulary.txt", "config.JSON"])
def test_archives_with_other_files_are_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(BundleError, match="does not need"):
        check_model_file(keras_file(tmp_path / "m.keras", network(DENSE), extra={name: b"x"}))


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_an_archive_with_two_configs_is_refused(tmp_path: Path) -> None:
    bad = json.dumps(network(layer("Lambda"))).encode()
    with pytest.raises(BundleError, match="twice"):
        check_model_file(keras_file(tmp_path / "m.keras", network(DENSE), extra={"config.json": bad}))


def test_zip_bombs_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "m.keras"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("config.json", json.dumps(network(DENSE)))
        archive.writestr("model.weights.h5", bytes(60_000_000))
    with pytest.raises(BundleError, match="far more than its size"):
        check_model_file(path)


def test_huge_files_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(safety, "MAX_FILE_BYTES", 1000)
    with pytest.raises(BundleError, match="larger than"):
        check_model_file(keras_file(tmp_path / "m.keras", network(DENSE)))


@pytest.mark.parametrize(
    ("config", "words"),
    [
        ("", "damaged"),
        ("no json", "damaged"),
        ("[]", "describes no network"),
        ('{"a": 1}', "describes no network"),
        ("[" * 100_000, "nested too deep"),
    ],
)
def test_configs_that_are_no_network_are_refused(tmp_path: Path, config: str, words: str) -> None:
    with pytest.raises(BundleError, match=words):
        check_model_file(keras_file(tmp_path / "m.keras", config))


def test_torn_files_are_refused(tmp_path: Path) -> None:
    whole = keras_file(tmp_path / "m.keras", network(DENSE)).read_bytes()
    for end in (0, 10, len(whole) // 2, len(whole) - 10):
        (tmp_path / "torn.keras").write_bytes(whole[:end])
        with pytest.raises(BundleError):
            check_model_file(tmp_path / "torn.keras")
    flipped = bytearray(whole)
    flipped[whole.index(b"keras.layers") + 3] ^= 1
    (tmp_path / "torn.keras").write_bytes(flipped)
    with pytest.raises(BundleError):
        check_model_file(tmp_path / "torn.keras")


def test_a_text_of_an_unknown_encoding_is_damage(tmp_path: Path) -> None:
    """Found by the campaign: h5py raises TypeError for it."""
    file = h5_file(tmp_path / "m.h5", network(DENSE))
    data = bytearray(file.read_bytes())
    kind = data.rindex(b"\x19\x01\x01\x00")
    data[kind + 2] = 15
    file.write_bytes(data)
    with pytest.raises(BundleError, match="damaged or incomplete"):
        check_model_file(file)


def test_files_that_are_no_models_are_refused(tmp_path: Path) -> None:
    (tmp_path / "letter.keras").write_text("Dear colleague", encoding="utf-8")
    with pytest.raises(BundleError, match="is no model; save"):
        check_model_file(tmp_path / "letter.keras")
    with pytest.raises(BundleError, match="does not exist"):
        check_model_file(tmp_path / "missing.keras")
    with pytest.raises(BundleError, match="folder"):
        check_model_file(tmp_path)
    with pytest.raises(BundleError, match="weights but no network"):
        check_model_file(h5_file(tmp_path / "weights.h5", None))


@pytest.mark.parametrize(
    ("data", "cause", "words"),
    [
        (b"GGUF a model of another kind", Cause.UNKNOWN_KIND, "is no model; save"),
        (b"PK\x03\x04 an archive without its end", Cause.BROKEN, "damaged or incomplete"),
        (b"\x89HDF\r\n\x1a\n and no more", Cause.BROKEN, "damaged or incomplete"),
        (b"", Cause.BROKEN, "is empty"),
    ],
)
def test_another_kind_and_a_damaged_file_are_told_apart(tmp_path: Path, data: bytes, cause: Cause, words: str) -> None:
    file = tmp_path / "given.keras"
    file.write_bytes(data)
    with pytest.raises(BundleError, match=words) as caught:
        check_model_file(file)
    assert caught.value.cause is cause


def test_an_archive_of_another_program_is_not_called_damaged(tmp_path: Path) -> None:
    file = tmp_path / "weights.pt"
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("archive/data.pkl", b"x")
    with pytest.raises(BundleError, match="is a file of PyTorch") as caught:
        check_model_file(file)
    assert caught.value.cause is Cause.UNKNOWN_KIND
    with pytest.raises(BundleError, match="does not exist") as caught:
        check_model_file(tmp_path / "gone.keras")
    assert caught.value.cause is Cause.UNREACHABLE


@pytest.mark.parametrize(("module", "registered"), [("__main__", "Custom>TokenSelfAttention"), ("my.layers", None)])
def test_a_notebooks_layer_of_the_published_hybrid_becomes_the_projects_own(
    tmp_path: Path, module: str, registered: str | None
) -> None:
    node = {**layer("TokenSelfAttention", module, registered), "config": {"name": "t", "num_heads": 2, "key_dim": 8}}
    whole = network(DENSE, node)
    check_model_file(keras_file(tmp_path / "m.keras", whole))
    assert plain_config(whole)
    own = whole["config"]["layers"][1]
    assert (own["module"], own["registered_name"]) == ("leukoscope.inference.layers", "leukoscope>TokenSelfAttention")
    assert own["config"] == {"name": "t", "heads": 2, "head_size": 8}
    other = {**layer("TokenSelfAttention", module, registered), "config": {"num_heads": 2, "code": "x"}}
    with pytest.raises(BundleError, match="does not know; type model"):
        check_model_file(keras_file(tmp_path / "m.keras", network(DENSE, other)))
