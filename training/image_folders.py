"""Plain folders of pictures, as most published sets come: a folder of each class, and nobody's name."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from training.class_names import folder_class
from training.data_config import LEAVE_OUT, DataConfig
from training.samples import Sample, images_in


def folder_images(folder: Path, config: DataConfig) -> Iterator[Sample | str]:
    """Every picture with the class that a folder above it names, or a sentence why not.

    Folders for parts of the set (train, val, test) and others between may be there or not; the innermost folder whose
    name is known counts. Where nobody is named every picture is a subject of its own, until its twins are known.
    """
    for path in images_in(folder):
        inside = path.relative_to(folder)
        name, said = folder_class(inside.parts[:-1], config.classes, config.class_folders)
        if said == LEAVE_OUT:
            continue
        if name is None or said is None:
            where = f"the folder “{inside.parts[-2]}”" if len(inside.parts) > 1 else "no folder of a class"
            yield (
                f"“{inside.as_posix()}” lies in {where}, which names no class that is known; say what it is in "
                f'data.class_folders ("{config.classes[0]}", "{config.classes[1]}" or "{LEAVE_OUT}").'
            )
            continue
        subject = person_in(inside.as_posix(), config) if config.people is not None else inside.as_posix()
        if subject is None:
            yield f"“{inside.as_posix()}” names nobody as data.people wants it."
        else:
            yield Sample(path, config.classes.index(said), subject, inside=inside.as_posix())


def person_in(inside: str, config: DataConfig) -> str | None:
    """The person that a picture's path inside the folder tells, case-folded; ``None`` where it tells none."""
    found = re.search(config.people, inside) if config.people is not None else None
    person = found.group(1) if found else None
    return person.strip().casefold() or None if person else None
