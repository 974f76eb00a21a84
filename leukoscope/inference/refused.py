"""What is said of a model that is put together in a way that nobody here foresaw."""

from __future__ import annotations

from pathlib import Path

from leukoscope.domain.errors import BundleError, Cause


def not_understood(file: Path, error: Exception) -> BundleError:
    """A model in which Keras, TensorFlow or this program finds no way, whatever they raised."""
    message = (
        f"“{file.name}” is put together in a way that this program cannot follow; type "
        "model.export('folder') in the notebook that made it, and import that folder."
    )
    return BundleError(message, repr(error)[:2000], cause=Cause.NOT_UNDERSTOOD)


def damaged(path: Path, detail: str) -> BundleError:
    """What is said of a model file that cannot be read to its end."""
    message = f"The model file “{path.name}” is damaged or incomplete; copy or save it again."
    return BundleError(message, detail, cause=Cause.BROKEN)
