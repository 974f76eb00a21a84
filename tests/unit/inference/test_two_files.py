"""A network in one file and its weights in another are the same model as both in one."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import h5py
import keras
import numpy as np
import pytest
import yaml

from leukoscope.domain.errors import BundleError
from leukoscope.inference.loading import load_model
from leukoscope.inference.two_files import one_file
from tests.unit.inference.builders import SIDE, build

CELL = np.random.default_rng(2).uniform(0, 255, (1, SIDE, SIDE, 3)).astype(np.float32)


def in_two(folder: Path, weights: str = "net.weights.h5") -> keras.Model:
    model = build("flattened")
    (folder / "net.json").write_text(model.to_json(), encoding="utf-8")
    model.save_weights(folder / "net.weights.h5")
    (folder / "net.weights.h5").rename(folder / weights)
    return model


@pytest.mark.parametrize("weights", ["net.weights.h5", "net_weights.h5", "best-epoch-12.h5"])
def test_both_together_say_what_the_model_says(tmp_path: Path, weights: str) -> None:
    model = in_two(tmp_path, weights)
    (tmp_path / "joined").mkdir()
    joined = one_file(tmp_path / "net.json", tmp_path / "joined")
    np.testing.assert_allclose(load_model(joined)(CELL), model(CELL), atol=1e-6)


@pytest.mark.parametrize("file", ["net.json", "net.yaml"])
def test_as_keras_2_kept_them(tmp_path: Path, file: str) -> None:
    """The same of a whole file of Keras 2, taken apart as ``to_json`` and ``save_weights`` did."""
    whole = next(iter(sorted((Path(__file__).parent / "keras2_files").glob("*.h5"))))
    with h5py.File(whole) as tree, h5py.File(tmp_path / "net.h5", "w") as weights:
        config = json.loads(tree.attrs["model_config"])
        config["keras_version"] = str(tree.attrs["keras_version"])
        group = tree["model_weights"]
        for name in group:
            group.copy(name, weights)
        for name, value in group.attrs.items():
            weights.attrs[name] = value
    # Keras 2 wrote YAML with yaml.dump, in which its shapes were tuples.
    text = json.dumps(config) if file.endswith("json") else yaml.dump(_with_tuples(config), default_flow_style=None)
    (tmp_path / file).write_text(text, encoding="utf-8")
    (tmp_path / "joined").mkdir()
    apart, together = load_model(one_file(tmp_path / file, tmp_path / "joined")), load_model(whole)
    cell = np.random.default_rng(2).uniform(0, 255, (1, *together.inputs[0].shape[1:])).astype(np.float32)
    np.testing.assert_array_equal(apart(cell), together(cell))


def _with_tuples(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _with_tuples(inner) for key, inner in value.items()}
    if isinstance(value, list):
        made = [_with_tuples(inner) for inner in value]
        return tuple(made) if all(isinstance(one, int) for one in made) else made
    return value


def test_without_weights_it_is_said_where_to_put_them(tmp_path: Path) -> None:
    in_two(tmp_path)
    (tmp_path / "net.weights.h5").unlink()
    with pytest.raises(BundleError, match=r"put them beside it as “net\.weights\.h5”"):
        one_file(tmp_path / "net.json", tmp_path)


@pytest.mark.parametrize(
    ("text", "words"), [("{", "damaged"), ("[" * 100_000, "damaged"), ("[]", "describes no network")]
)
def test_what_is_no_description_is_refused(tmp_path: Path, text: str, words: str) -> None:
    (tmp_path / "net.json").write_text(text, encoding="utf-8")
    with pytest.raises(BundleError, match=words):
        one_file(tmp_path / "net.json", tmp_path)


@pytest.mark.parametrize(
    "text",
    [
        "class_name: !!python/object/apply:os.system [echo]",
        "\n".join(["a0: &a0 [1, 1]"] + [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 9)]),
        "class_name: &a [*a]",
        "[" * 1_500,
        "{",
    ],
    ids=["code", "laughter", "itself", "deep", "cut"],
)  # fmt: skip
def test_yaml_makes_nothing_but_plain_values(tmp_path: Path, text: str) -> None:
    (tmp_path / "net.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(BundleError, match="damaged"):
        one_file(tmp_path / "net.yaml", tmp_path)


def test_any_other_file_is_left_as_it_is(tmp_path: Path) -> None:
    assert one_file(tmp_path / "net.keras", tmp_path) == tmp_path / "net.keras"
