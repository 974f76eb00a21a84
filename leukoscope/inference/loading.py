"""Load a Keras model safely. Runs in a child process only."""

from __future__ import annotations

import logging
import shutil
import tempfile
from pathlib import Path

import keras
from keras.src.applications.convnext import LayerScale
from keras.src.applications.inception_resnet_v2 import CustomScaleLayer

from leukoscope.domain.errors import BundleError, Cause
from leukoscope.inference import layers  # noqa: F401 - registers the house layers
from leukoscope.inference.adapting import adapted, plain_names
from leukoscope.inference.canonical import one_output, plain_h5, plain_keras, with_output
from leukoscope.inference.keras2.loading import load_keras2
from leukoscope.inference.keras2.reading import is_keras2, version_of
from leukoscope.inference.safety import check_model_file, is_h5
from leukoscope.inference.trace import as_functional

logger = logging.getLogger(__name__)


# Layers of keras.applications are not registered: Keras finds them in a .keras file by module, in an .h5 file by name.
_ONLY_BY_NAME = {"LayerScale": LayerScale, "CustomScaleLayer": CustomScaleLayer}


def _by_content(path: Path, folder: Path) -> Path:
    """A second name for the file with the suffix that its content calls for.

    Keras chooses its reader by the suffix; the checks look at the content. A file that is one kind by name and another
    by content must not be checked as the one and read as the other. A model of another precision than float32, or for
    a batch of one size, is written anew.
    """
    named = folder / ("model.h5" if is_h5(path) else "model.keras")
    if (plain_h5 if is_h5(path) else plain_keras)(path, named):
        return named
    try:
        named.hardlink_to(path)
    except OSError:
        shutil.copyfile(path, named)
    return named


def _rebuilt(path: Path) -> keras.Model:
    """A model of Keras 2, which Keras 3 cannot load: built anew from its configuration."""
    try:
        return load_keras2(path)
    except (BundleError, MemoryError):
        raise
    except Exception as error:
        # Keras raises whatever its layers raise when they are given what an older Keras wrote.
        message = (
            f"“{path.name}” was saved by Keras {version_of(path) or 'before 2'} and cannot be rebuilt; type "
            "model.export('folder') in the notebook that made it, and import that folder."
        )
        raise BundleError(message, repr(error)[:2000], cause=Cause.NOT_UNDERSTOOD) from error


def load_model(path: Path, size: tuple[int, int] | None = None, head: str = "") -> keras.Model:
    """Check a file, then let Keras load it without running any code of its own.

    Parameters
    ----------
    path
        The file.
    size
        Height and width of the input where the model takes any.
    head
        Name of the output that is wanted, where there are several.

    Returns
    -------
    keras.Model
        In float32, for any batch or for one cell, with the channels last; with one output where there is one.

    Raises
    ------
    BundleError
        When the checks or Keras refuse it.
    """
    check_model_file(path)
    return load_checked(path, size, head)


def load_checked(path: Path, size: tuple[int, int] | None = None, head: str = "") -> keras.Model:
    """The same of a file that ``safety.check_model_file`` has let pass in this process."""
    model = _rebuilt(path) if is_keras2(version_of(path)) else _loaded(path)
    if as_functional(model) is None:
        message = (
            f"“{path.name}” is written as a class of its own ({type(model).__name__}), which is code; type "
            "model.export('folder') in the notebook that made it, and import that folder."
        )
        raise BundleError(message, type(model).__name__, cause=Cause.UNKNOWN_KIND)
    plain_names(model)
    return adapted(one_output(with_output(model, head)), size)


def _loaded(path: Path) -> keras.Model:
    try:
        with tempfile.TemporaryDirectory() as folder:
            named = _by_content(path, Path(folder))
            own = _ONLY_BY_NAME if named.suffix == ".h5" else None
            return keras.saving.load_model(named, custom_objects=own, compile=False, safe_mode=True)
    except (BundleError, MemoryError):
        raise
    except Exception as error:
        # Keras raises whatever its layers raise; which of them it was is for whoever made the model.
        message = (
            f"“{path.name}” cannot be put together: its weights are not those of its network, or its Keras is newer "
            "than this program's. Type model.export('folder') in the notebook that made it, and import that folder."
        )
        raise BundleError(message, repr(error)[:2000], cause=Cause.NOT_UNDERSTOOD) from error
