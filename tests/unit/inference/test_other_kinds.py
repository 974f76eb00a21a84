"""Files that people take for a model are refused with what to do, and are not opened."""

from __future__ import annotations

import pickle
import zipfile
from pathlib import Path

import numpy as np
import pytest

from leukoscope.domain.errors import BundleError, Cause
from leukoscope.inference.safety import check_model_file

CHECKPOINT = r"part of a saved state of training.*model\.load_weights.*model\.save\('name\.keras'\)"
PYTORCH = r"a file of PyTorch.*torch\.onnx\.export\(model, .*'name\.onnx'\)"
PICKLE = r"is a pickle, which can run code and is not opened.*model\.save"
ARRAYS = r"arrays but no network.*model\.set_weights.*model\.save"
UNPACK = r"is an archive with “model\.keras” in it; unpack it"


class Bomb:
    """Leaves a mark where it is loaded."""

    def __init__(self, mark: Path) -> None:
        self.mark = mark

    def __reduce__(self) -> tuple[object, ...]:
        return Path.touch, (self.mark,)


def archive(path: Path, *names: str) -> Path:
    with zipfile.ZipFile(path, "w") as made:
        for name in names:
            made.writestr(name, b"PK and so on")
    return path


@pytest.mark.parametrize(
    ("name", "start", "said"),
    [
        ("ckpt.data-00000-of-00001", b"\x00~\x85\xba", CHECKPOINT),
        ("ckpt.index", b"\x00\x00\x05model", CHECKPOINT),
        ("checkpoint", b'model_checkpoint_path: "ckpt"', CHECKPOINT),
        ("best.ckpt", b"\x00\x00\x05model", CHECKPOINT),
        ("model.pth", pickle.dumps({"a": 1}, 2), PYTORCH),
        ("model.pkl", pickle.dumps({"a": 1}), PICKLE),
        ("model.joblib", pickle.dumps([1, 2]), PICKLE),
        ("model.keras", pickle.dumps([1, 2]), PICKLE),
        ("weights.npy", b"\x93NUMPY\x01\x00v\x00", ARRAYS),
        ("model.bin", b"whatever else", r"is no model; save the model with model\.save"),
    ],
)
def test_a_file_of_another_kind_says_what_to_type(tmp_path: Path, name: str, start: bytes, said: str) -> None:
    (tmp_path / name).write_bytes(start + bytes(64))
    with pytest.raises(BundleError, match=said) as refusal:
        check_model_file(tmp_path / name)
    assert refusal.value.cause is Cause.UNKNOWN_KIND


@pytest.mark.parametrize("name", ["model.pkl", "model.joblib", "model.pt", "model.keras", "model.h5"])
def test_a_pickle_is_not_opened(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(pickle.dumps(Bomb(tmp_path / "mark")))
    with pytest.raises(BundleError):
        check_model_file(tmp_path / name)
    assert not (tmp_path / "mark").exists()


@pytest.mark.parametrize(
    ("members", "said"),
    [
        (("model.keras",), UNPACK),
        (("results/model.keras", "results/history.csv"), UNPACK),
        (("model/data.pkl", "model/version"), PYTORCH),
        (("arr_0.npy", "arr_1.npy"), ARRAYS),
        (("run/ckpt.index", "run/ckpt.data-00000-of-00001"), CHECKPOINT),
        (("notebook.ipynb",), r"is an archive, but no Keras model"),
    ],
)
def test_an_archive_of_another_kind_says_what_to_do(tmp_path: Path, members: tuple[str, ...], said: str) -> None:
    with pytest.raises(BundleError, match=said):
        check_model_file(archive(tmp_path / "some.zip", *members))


def test_arrays_of_numpy_are_such_an_archive(tmp_path: Path) -> None:
    np.savez(tmp_path / "weights.npz", np.zeros(3), np.ones(2))
    with pytest.raises(BundleError, match=ARRAYS):
        check_model_file(tmp_path / "weights.npz")


@pytest.mark.parametrize(
    ("names", "said"),
    [
        (("ckpt-1.index", "ckpt-1.data-00000-of-00001", "checkpoint"), CHECKPOINT),
        (("best.keras",), r"is a folder; choose the file “best\.keras” in it"),
        (("notes.txt",), r"a folder without a saved_model\.pb; choose"),
    ],
)
def test_a_folder_of_another_kind_says_what_to_choose(tmp_path: Path, names: tuple[str, ...], said: str) -> None:
    for name in names:
        (tmp_path / name).write_bytes(b"x")
    with pytest.raises(BundleError, match=said):
        check_model_file(tmp_path)
