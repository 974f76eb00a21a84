"""Imported models at the second place: each once, and a list beside the copy of each day which of them were there."""

from __future__ import annotations

import hashlib
import json
import logging
import re
import shutil
from collections.abc import Sequence
from pathlib import Path

from leukoscope.domain.errors import StoreError
from leukoscope.domain.parsing import parsed_json
from leukoscope.inference.library import PART_SUFFIX
from leukoscope.system.durable import make_private, open_private, put_in_place, sync_stream, write_private
from leukoscope.workflow.backup_models import MODEL_FOLDER, KeptModel, Sums, by_model, entry_of, pieces_of, sums_of

logger = logging.getLogger(__name__)

LIST_SUFFIX = ".models.json"
"""Ending of the list, in the place of the copy's own."""
_SHA256 = re.compile(r"[0-9a-f]{64}")
_MOST_BYTES = 1 << 20
"""Of a list; each model takes less than 500."""
_KEY = 12


def list_of(copy: Path) -> Path:
    """The list beside the copy of a day."""
    return copy.with_suffix(LIST_SUFFIX)


def place_of_model(place: Path, name: str, sums: Sums) -> Path:
    """Folder of a bundle there: a later one of the same name has another, and both stay while a copy needs them."""
    key = hashlib.sha256(json.dumps(sorted(sums.items())).encode("ascii")).hexdigest()[:_KEY]
    return place / MODEL_FOLDER / f"{name}-{key}"


def copy_models(models: Sequence[KeptModel], place: Path, copy: Path) -> None:
    """Bring the bundles that are not there yet to the second place, read them back, and write the list of the day.

    Parameters
    ----------
    models
        All that are imported.
    place
        Folder of this store at the second place.
    copy
        The copy of the day, there; it need not be there yet.

    Raises
    ------
    StoreError
        When the place does not keep what is written, or a model was changed meanwhile.
    OSError
        When it cannot be written.
    """
    for model in models:
        target = place_of_model(place, model.name, model.sums)
        if not target.is_dir():
            _copy_model(model, target)
    files = {entry_of(one.name, file): sha256 for one in models for file, sha256 in one.sums.items()}
    write_private(list_of(copy), json.dumps({"files": files}, indent=1).encode("ascii"))


def _copy_model(model: KeptModel, target: Path) -> None:
    part = target.with_name(target.name + PART_SUFFIX)
    shutil.rmtree(part, ignore_errors=True)
    make_private(part)
    try:
        for file in model.sums:
            with open_private(part / file) as stream:
                for piece in pieces_of(model, file):
                    stream.write(piece)
                sync_stream(stream)
        if sums_of(part) != model.sums:
            raise StoreError("The second place for backups does not keep what is written; check its disk.", "differs")
        put_in_place(part, target)
    finally:
        shutil.rmtree(part, ignore_errors=True)


def models_of(copy: Path) -> dict[str, dict[str, str]]:
    """What the list beside a copy says: sums of the files of each bundle; none where there is no list.

    Raises
    ------
    ValueError, KeyError, TypeError
        When it is damaged.
    OSError
        When it cannot be read.
    """
    file = list_of(copy)
    if not file.is_file():
        return {}
    if file.stat().st_size > _MOST_BYTES:
        raise ValueError(f"a list of {file.stat().st_size} bytes")
    sums = parsed_json(file.read_bytes())["files"]
    found = by_model(sums)
    if sum(map(len, found.values())) != len(sums) or not all(_SHA256.fullmatch(one) for one in sums.values()):
        raise ValueError("it names what is no model")
    return found


def let_models_go(place: Path) -> None:
    """Delete lists without their copy, and bundles that no list names; none while one list cannot be read."""
    lists = list(place.glob(f"*{LIST_SUFFIX}"))
    copies = [one.with_name(one.name.removesuffix(LIST_SUFFIX) + ".db") for one in lists]
    try:
        for file, copy in zip(lists, copies, strict=True):
            if not copy.exists():
                file.unlink()
        needed = {
            place_of_model(place, name, sums)
            for copy in copies
            for name, sums in models_of(copy).items()
        }  # fmt: skip
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        logger.warning("models at the second place are all kept, a list cannot be read: %r", error)
        return
    folder = place / MODEL_FOLDER
    for one in list(folder.iterdir()) if folder.is_dir() else ():
        if one not in needed:
            shutil.rmtree(one, ignore_errors=True)
