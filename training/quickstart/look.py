"""Look at a folder of cells: classes, counts, sizes, people, copies, and what is odd. Nothing is written."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from leukoscope.domain.errors import ImageError
from leukoscope.inference.input_schema import Preprocessing
from training.augment import BACKGROUND
from training.class_names import folder_class, is_container
from training.data import look_through, usable_cells
from training.data_config import LEAVE_OUT, DataConfig
from training.listing import list_samples
from training.reading import each
from training.samples import Sample, images_in

CNMC_NAME = re.compile(r"^UID_H?\d+_\d+_\d+_(all|hem)$", re.IGNORECASE)
PEOPLE = (r"(?i)UID_(H?\d+)_", r"(?i)(?:subject|patient|person|donor)[ _-]?([a-z]?\d+)")
"""How files name people: C-NMC's way, also inside the names of augmented copies, and the word with a number."""
PARENT_FOLDER = r"([^/]+)/[^/]+$"
"""The folder right above a picture, where each person has one."""
_THUMBNAIL = 32
_BLACK_SHARE = 0.9
"""Of the pixels along the border, from which on a picture counts as cut out on black."""


@dataclass(frozen=True, eq=False)
class FolderLook:
    """What a folder holds.

    Parameters
    ----------
    folder
        Where.
    layout
        ``c-nmc`` where every file is named so, else ``pictures``.
    named
        Folder name -> what it stands for: a class, or leave-out.
    counts
        Folder name -> pictures, of ``named``; in the layout ``c-nmc`` class name -> pictures.
    unknown
        Folder name -> pictures that lie in no folder of a known class; an empty name where they lie in none.
    samples
        The pictures that can be read, with twins and subjects.
    problems
        A sentence for every picture that cannot be used: damaged, gray, or the same cell under two classes.
    usable
        How many pictures of each class are left, healthy first.
    sizes
        (width, height) -> pictures.
    on_black
        Share of pictures whose border is black.
    people
        The regular expression by which people were found; ``None`` where nobody is named.
    inner_folders
        Names of folders between class and picture that are neither classes nor parts of the set.
    other_files
        Files that are no pictures.
    """

    folder: Path
    layout: Literal["c-nmc", "pictures"]
    named: dict[str, str]
    counts: Counter[str]
    unknown: Counter[str]
    samples: tuple[Sample, ...]
    problems: tuple[str, ...]
    usable: tuple[int, int]
    sizes: Counter[tuple[int, int]]
    on_black: float
    people: str | None
    inner_folders: tuple[str, ...]
    other_files: int

    @property
    def keeps_background(self) -> bool:
        """Whether most pictures show what lies around the cell."""
        return self.on_black < 0.5

    @property
    def twins(self) -> list[list[Sample]]:
        """Groups of pictures that show one cell."""
        groups: defaultdict[int, list[Sample]] = defaultdict(list)
        for sample in self.samples:
            if sample.twins >= 0:
                groups[sample.twins].append(sample)
        return list(groups.values())

    @property
    def persons(self) -> tuple[int, int]:
        """Different people of each class, healthy first; 0 where nobody is named."""
        if self.people is None:
            return (0, 0)
        return tuple(len({s.subject for s in self.samples if s.label == label}) for label in (0, 1))  # type: ignore[return-value]


def look_at(folder: Path, own: Mapping[str, str], *, people_in_folders: bool = False) -> FolderLook:
    """Read every picture of a folder and say what it holds.

    Parameters
    ----------
    folder
        The data.
    own
        Folder name -> class or leave-out, as a person said.
    people_in_folders
        Whether the folder right above each picture is a person.

    Raises
    ------
    ImageError
        When the folder is missing or holds no picture.
    """
    if not folder.is_dir():
        raise ImageError(f"The folder “{folder}” does not exist; check the name.")
    paths = sorted(images_in(folder))
    others = sum(1 for path in folder.rglob("*") if path.is_file() and not path.name.startswith(".")) - len(paths)
    if not paths:
        raise ImageError(
            f"There is no picture in “{folder}” ({others:,} other files); give the folder that holds the folders "
            "of the classes, with PNG, JPEG, BMP, TIFF or WebP files. Unpack archives first."
        )
    config = DataConfig(layout="pictures", canvas="resize", duplicates="turned", class_folders=dict(own))
    insides = [path.relative_to(folder) for path in paths]
    if not own and all(CNMC_NAME.match(path.stem) for path in paths):
        layout: Literal["c-nmc", "pictures"] = "c-nmc"
        named, counts, unknown = dict[str, str](), Counter[str](), Counter[str]()
        people: str | None = None
        config = config.model_copy(update={"layout": "c-nmc"})
    else:
        layout = "pictures"
        named, counts, unknown = _folders(insides, config)
        people = PARENT_FOLDER if people_in_folders else _people(insides)
        config = config.model_copy(update={"people": people})
    listed = _listed(folder, config)
    seen, problems = look_through(listed, _thumbnails(), config)
    left = usable_cells(seen, problems)
    if layout == "c-nmc":
        counts, people = Counter(config.classes[sample.label] for sample in listed), PEOPLE[0]
    return FolderLook(
        folder=folder,
        layout=layout,
        named=named,
        counts=counts,
        unknown=unknown,
        samples=seen.samples,
        problems=tuple(problems),
        usable=(int((left.labels == 0).sum()), int((left.labels == 1).sum())),
        sizes=Counter(size for size in each(_size, [sample.path for sample in listed], "sizes") if size is not None),
        on_black=_on_black(seen.crops),
        people=people,
        inner_folders=_inner_folders(insides, config),
        other_files=others,
    )


def _thumbnails() -> Preprocessing:
    return Preprocessing(canvas=450, crop=450, height=_THUMBNAIL, width=_THUMBNAIL)


def _listed(folder: Path, config: DataConfig) -> tuple[Sample, ...]:
    """Pictures of known classes; none where a class is missing, which is said of the counts."""
    try:
        return list_samples(folder, config)[0]
    except ImageError:
        return ()


def _folders(insides: Sequence[Path], config: DataConfig) -> tuple[dict[str, str], Counter[str], Counter[str]]:
    named: dict[str, str] = {}
    counts: Counter[str] = Counter()
    unknown: Counter[str] = Counter()
    for inside in insides:
        name, said = folder_class(inside.parts[:-1], config.classes, config.class_folders)
        if name is None or said is None:
            unknown[inside.parts[-2] if len(inside.parts) > 1 else ""] += 1
        else:
            named[name] = said
            counts[name] += 1
    return named, counts, unknown


def _people(insides: Sequence[Path]) -> str | None:
    """The expression that finds a person in every path, and more than one."""
    for expression in PEOPLE:
        found = [re.search(expression, inside.as_posix()) for inside in insides]
        if all(found) and len({match[1].casefold() for match in found if match}) > 1:
            return expression
    return None


def _inner_folders(insides: Sequence[Path], config: DataConfig) -> tuple[str, ...]:
    names: set[str] = set()
    for inside in insides:
        parts = inside.parts[:-1]
        name, said = folder_class(parts, config.classes, config.class_folders)
        if name is not None and said != LEAVE_OUT:
            below = parts[len(parts) - parts[::-1].index(name) :]
            names.update(part for part in below if not is_container(part))
    return tuple(sorted(names))


def _size(path: Path) -> tuple[int, int] | None:
    try:
        with Image.open(path) as image:
            return image.size
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError):
        return None  # said as a problem when it was read


def _on_black(crops: NDArray[np.uint8]) -> float:
    """Share of pictures (n, side, side, 3) whose border is black."""
    if not len(crops):
        return 0.0
    largest = crops.max(axis=3)
    border = np.concatenate([largest[:, 0], largest[:, -1], largest[:, 1:-1, 0], largest[:, 1:-1, -1]], axis=1)
    return float(((border <= BACKGROUND).mean(axis=1) >= _BLACK_SHARE).mean())
