"""Which cells there are: C-NMC's own file names, a folder per class, or a CSV manifest. No picture is opened here."""

from __future__ import annotations

import csv
import os
import re
from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from pathlib import Path

from leukoscope.domain.errors import ImageError
from training.data_config import DataConfig
from training.decoding import IMAGE_SUFFIXES
from training.image_folders import folder_images
from training.samples import Sample, images_in

__all__ = ["Sample", "find_samples", "list_samples", "refuse"]

_CNMC_NAME = re.compile(r"^UID_(?P<subject>H?\d+)_\d+_\d+_(?P<label>all|hem)$", re.IGNORECASE)
_CNMC_LABELS = {"hem": 0, "all": 1}
_COLUMNS = ("path", "label", "subject")
_SHOWN = 5


def refuse(problems: Sequence[str], total: int) -> None:
    """Raise one error for all problems; do nothing when there is none.

    Parameters
    ----------
    problems
        Whole sentences, each naming a file.
    total
        How many cells were looked at.

    Raises
    ------
    ImageError
        With their number and the first few; ``detail`` holds all.
    """
    if not problems:
        return
    if len(problems) == 1:
        raise ImageError(problems[0])
    more = len(problems) - _SHOWN
    rest = f" And {more:,} more; python -m training check-data lists them all." if more > 0 else ""
    shown = " ".join(problems[:_SHOWN])
    raise ImageError(f"{len(problems):,} of {total:,} cells cannot be used. {shown}{rest}", "\n".join(problems))


def find_samples(folder: Path, config: DataConfig) -> tuple[Sample, ...]:
    """List the labeled cells of a folder in a fixed order.

    Raises
    ------
    ImageError
        When the folder, a class, a file or a name is missing or not understood; the sentence says which.
    """
    samples, problems = list_samples(folder, config)
    if config.unusable == "leave-out" and samples:
        return samples
    refuse(problems, len(samples) + len(problems))
    return samples


def list_samples(folder: Path, config: DataConfig) -> tuple[tuple[Sample, ...], list[str]]:
    """Like :func:`find_samples`, but with a sentence for every file that cannot be used.

    Raises
    ------
    ImageError
        When nothing can be listed at all.
    """
    if not folder.is_dir():
        raise ImageError(f"The folder “{folder}” does not exist; check what was given as --data.")
    layouts: dict[str, Callable[[Path, DataConfig], Iterator[Sample | str]]]
    layouts = {"c-nmc": _cnmc, "folders": _class_folders, "csv": _csv_manifest, "pictures": folder_images}
    found = list(layouts[config.layout](folder, config))
    problems = sorted(one for one in found if isinstance(one, str))
    samples = sorted((one for one in found if isinstance(one, Sample)), key=lambda sample: sample.path)
    if config.per_subject is not None:
        samples = list(_thinned(samples, config.per_subject, lambda sample: sample.subject))
    if config.per_class is not None:
        samples = list(_thinned(samples, config.per_class, lambda sample: sample.label))
    counts = Counter(sample.label for sample in samples)
    for label, name in enumerate(config.classes):
        if not counts[label] and not problems:
            raise ImageError(f"There is no {name} cell in “{folder}”{_instead(folder, config)}.")
    return tuple(samples), problems


def _instead(folder: Path, config: DataConfig) -> str:
    if config.layout != "folders":
        return "; check the folder and the data layout"
    names = ", ".join(f"“{path.name}”" for path in sorted(folder.iterdir()) if path.is_dir())
    return f"; it needs a folder for each class, named as in data.classes, and holds {names or 'none'}"


def _cnmc(folder: Path, _: DataConfig) -> Iterator[Sample | str]:
    for path in images_in(folder):
        match = _CNMC_NAME.match(path.stem)
        if match is None:
            yield f"“{path.name}” is not named the way C-NMC names cells (UID_subject_image_cell_label)."
        else:
            yield Sample(path, _CNMC_LABELS[match["label"].casefold()], match["subject"].casefold())


def _class_folders(folder: Path, config: DataConfig) -> Iterator[Sample | str]:
    """``folder/CLASS/SUBJECT/file`` or ``folder/CLASS/SUBJECT_rest.png``."""
    for label, name in enumerate(config.classes):
        root = folder / name
        for path in images_in(root):
            inside = path.relative_to(root)
            subject = inside.parts[0] if len(inside.parts) > 1 else path.stem.split("_")[0]
            if subject.strip():
                yield Sample(path, label, subject.strip().casefold())
            else:
                yield f"“{path.name}” names no subject; name it SUBJECT_rest or put it in the subject's folder."


def _csv_manifest(folder: Path, config: DataConfig) -> Iterator[Sample | str]:
    """``folder/manifest.csv``: path, label (a class name) and subject, with commas, semicolons or tabs."""
    file = folder / "manifest.csv"
    try:
        # A spreadsheet may put a byte order mark before the first column's name.
        lines = file.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise ImageError(f"“{file}” cannot be read; it must be a CSV file in UTF-8.", repr(error)) from error
    header = lines[0] if lines else ""
    rows = csv.DictReader(lines, delimiter=max(",;\t", key=header.count))
    missing = [column for column in _COLUMNS if column not in (rows.fieldnames or ())]
    if missing:
        raise ImageError(
            f"“{file}” has no column {' and no '.join(missing)}; it needs the columns path, label "
            f"({' or '.join(config.classes)}) and subject."
        )
    seen: set[str] = set()
    for row in rows:
        where = f"“{file.name}”, line {rows.line_num}"
        path, label, subject = ((row[column] or "").strip() for column in _COLUMNS)
        inside = os.path.normpath(path.replace("\\", "/"))
        trouble = _row_trouble(folder, inside, label, subject, config)
        if not trouble and inside in seen:
            trouble = f"“{path}” is listed twice"
        seen.add(inside)
        if trouble:
            yield f"{where}: {trouble}."
        else:
            yield Sample(folder / inside, config.classes.index(label), subject.casefold())


def _row_trouble(folder: Path, inside: str, label: str, subject: str, config: DataConfig) -> str:
    """What is wrong with one row; empty when nothing is."""
    path = Path(inside)
    if path.is_absolute() or path.parts[:1] == ("..",):
        return f"“{inside}” lies outside the folder; give a path inside it"
    if label not in config.classes:
        return f"“{label}” is no class of this configuration ({' or '.join(config.classes)})"
    if not (folder / path).is_file():
        return f"“{inside}” does not exist"
    if path.suffix.lower() not in IMAGE_SUFFIXES:
        return f"“{inside}” is no image file"
    return "" if subject else f"“{inside}” has no subject; cells of one person must be known to belong together"


def _thinned(samples: Iterable[Sample], most: int, group: Callable[[Sample], Hashable]) -> Iterator[Sample]:
    seen: Counter[Hashable] = Counter()
    for sample in samples:
        seen[group(sample)] += 1
        if seen[group(sample)] <= most:
            yield sample
