"""A model file whose check has no end, or ends the process: the real import is asked what it does with it."""

from __future__ import annotations

import tempfile
from pathlib import Path
from unittest.mock import patch

from leukoscope.domain.errors import BundleError
from leukoscope.domain.progress import CancelToken
from leukoscope.inference import importer
from leukoscope.inference.library import BundleLibrary

SILENCE_S = 8.0
"""Instead of a minute: for each such file, the campaign waits that long."""


def given_up(data: bytes) -> str | None:
    """What is lost when such a file is imported; ``None`` where a sentence is said and nothing stays behind."""
    with tempfile.TemporaryDirectory(prefix="torture-") as name, patch.object(importer, "CHECK_SILENCE_S", SILENCE_S):
        folder = Path(name)
        file = folder / "model.keras"
        file.write_bytes(data)
        library = BundleLibrary(folder / "shipped", folder / "bundles")
        try:
            importer.import_model(
                file, library, classes=("healthy", "leukemic"), name="m",
                on_step=lambda *_: None, cancel=CancelToken(),
            )  # fmt: skip
        except BundleError as error:
            left = [path.name for path in (folder / "bundles").glob("*")]
            return f"{left[0]} stays behind" if left else None if error.message.strip() else "no sentence"
        except Exception as error:  # noqa: BLE001  that is what is looked for
            return f"the import says {type(error).__name__}: {error}"
    return "the import takes it"
