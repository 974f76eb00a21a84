"""What is said of files that people take for a model: checkpoints, pickles, PyTorch's, arrays, archives of archives.

Told apart by names and first bytes alone; nothing of them is opened.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from pathlib import Path

from leukoscope.domain.errors import BundleError, Cause

_STATE_FILE = re.compile(r".*\.(index|data-\d{5}-of-\d{5})|checkpoint|cp\.ckpt")
_IN_ARCHIVE = (".keras", ".h5", ".hdf5", ".onnx", ".tflite")
_PYTORCH = frozenset({".pt", ".pth", ".ckpt", ".bin"})
_PICKLES = frozenset({".pkl", ".pickle", ".joblib", ".sav", ".dill"})
PICKLED = b"\x80"
"""First byte of every pickle that is not of the oldest kind."""


def other_folder(path: Path) -> BundleError:
    """What is said of a folder that is no exported one."""
    names = sorted(one.name for one in path.iterdir())[:1000]
    # The part of an exported folder with its weights is named the way checkpoints are.
    if any(_STATE_FILE.fullmatch(name) for name in names) and path.name != "variables":
        return _weights_alone(path)
    inside = next((name for name in names if name.lower().endswith(_IN_ARCHIVE)), None)
    if inside is not None:
        message = f"“{path.name}” is a folder; choose the file “{inside[:60]}” in it."
    else:
        message = f"“{path.name}” is a folder without a saved_model.pb; choose a model's file, or an exported folder."
    return BundleError(message, str(names[:10]), cause=Cause.UNKNOWN_KIND)


def other_file(path: Path, start: bytes) -> BundleError:
    """What is said of a file that is neither an archive nor HDF5, from its first bytes."""
    suffix = path.suffix.lower()
    if _STATE_FILE.fullmatch(path.name) or (suffix == ".ckpt" and not start.startswith(PICKLED)):
        return _weights_alone(path)
    if start.startswith(PICKLED) and suffix in _PYTORCH:
        return _pytorch(path)
    if start.startswith(PICKLED) or suffix in _PICKLES:
        message = (
            f"“{path.name}” is a pickle, which can run code and is not opened; type model.save('name.keras') in the "
            "notebook that made it, and import that."
        )
    elif start.startswith(b"\x93NUMPY"):
        message = _arrays(path)
    else:
        message = f"“{path.name}” is no model; save the model with model.save('name.keras'), and import that."
    return BundleError(message, f"begins with {start!r}", cause=Cause.UNKNOWN_KIND)


def other_archive(path: Path, members: Collection[str]) -> BundleError:
    """What is said of an archive that is no Keras model, from the names of its members."""
    names = sorted(members)
    inside = next((name for name in names if name.lower().endswith(_IN_ARCHIVE)), None)
    if any(name == "data.pkl" or name.endswith("/data.pkl") for name in names):
        return _pytorch(path)
    if inside is not None:
        message = f"“{path.name}” is an archive with “{Path(inside).name[:60]}” in it; unpack it, and import that file."
    elif any(_STATE_FILE.fullmatch(Path(name).name) for name in names):
        return _weights_alone(path)
    elif names and all(name.endswith(".npy") for name in names):
        message = _arrays(path)
    else:
        message = (
            f"“{path.name}” is an archive, but no Keras model; save the model with model.save('name.keras'), and "
            "import that."
        )
    return BundleError(message, f"members {names[:5]}", cause=Cause.UNKNOWN_KIND)


def _weights_alone(path: Path) -> BundleError:
    message = (
        f"“{path.name}” is part of a saved state of training (.ckpt), which holds weights but no network; load it in "
        "the notebook with model.load_weights, type model.save('name.keras'), and import that."
    )
    return BundleError(message, "weights of TensorFlow alone", cause=Cause.UNKNOWN_KIND)


def _pytorch(path: Path) -> BundleError:
    message = (
        f"“{path.name}” is a file of PyTorch, which can run code and is not opened; type torch.onnx.export(model, "
        "torch.zeros(1, 3, 224, 224), 'name.onnx') in the notebook that made it, and import that."
    )
    return BundleError(message, "PyTorch", cause=Cause.UNKNOWN_KIND)


def _arrays(path: Path) -> str:
    return (
        f"“{path.name}” holds arrays but no network; give them to the model with model.set_weights, type "
        "model.save('name.keras'), and import that."
    )
