"""A contact sheet of what the network sees: cells of several people, as they are and as training changes them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from matplotlib.figure import Figure, SubFigure
from numpy.typing import NDArray

from leukoscope.domain.errors import ImageError, SettingsError
from training.augment import augment
from training.config import StandardizeConfig, TrainingConfig, read_config
from training.data import Sample, cut_cell, find_samples
from training.listing import refuse

VARIANTS = 5
_INCHES = 1.1
_MARGIN = 1.25
_HEAD = 1.16
_INK, _FAINT = "#1a1a1a", "#666666"


@dataclass(frozen=True, eq=False)
class Row:
    """One cell of the sheet.

    Parameters
    ----------
    sample
        Which cell.
    pictures
        Shape (1 + VARIANTS, height, width, 3), uint8: plain, then the variants that training would draw first.
    """

    sample: Sample
    pictures: NDArray[np.uint8]


def write_preview(config_file: Path, data: Path, out: Path, *, cells: int, force: bool) -> int:
    """Write the sheet as a PNG file and return how many cells it shows.

    Raises
    ------
    SettingsError
        When the configuration is wrong, the file is there already, or cannot be written.
    ImageError
        When the folder or one of the chosen cells cannot be used.
    """
    config = read_config(config_file)
    if out.suffix.lower() != ".png":
        raise SettingsError(f"“{out.name}” is no name of a picture; let it end in .png.")
    if out.exists() and not force:
        raise SettingsError(f"“{out}” is there already; choose another name, or say --force to replace it.")
    if not out.parent.is_dir():
        raise SettingsError(f"The folder “{out.parent}” does not exist; make it first.")
    samples = find_samples(data, config.data)
    rows = _rows(samples, choose(samples, cells, config.seed), config)
    figure = draw_sheet(rows, config)
    part = out.with_name(f".{out.stem}.part.png")
    try:
        figure.savefig(part, dpi=110, facecolor="white")
        part.replace(out)
    except OSError as error:
        part.unlink(missing_ok=True)
        raise SettingsError(
            f"“{out}” cannot be written; is the disk full or the folder locked?", repr(error)
        ) from error
    return len(rows)


def choose(samples: Sequence[Sample], count: int, seed: int) -> list[int]:
    """Indices of cells, half of each class, of as many subjects as possible; the first class first."""
    rng = np.random.default_rng(seed)
    chosen: list[int] = []
    for label, share in ((0, (count + 1) // 2), (1, count // 2)):
        by_subject: defaultdict[str, list[int]] = defaultdict(list)
        for index in rng.permutation([i for i, sample in enumerate(samples) if sample.label == label]):
            by_subject[samples[index].subject].append(int(index))
        people = [by_subject[subject] for subject in rng.permutation(sorted(by_subject))]
        rounds = [person[turn] for turn in range(share) for person in people if turn < len(person)]
        chosen += sorted(rounds[:share], key=lambda index: samples[index].subject)
    return chosen


def _rows(samples: Sequence[Sample], chosen: Sequence[int], config: TrainingConfig) -> list[Row]:
    # TensorFlow starts only when there is something to show.
    from training.activations import network_input

    size = (config.preprocessing.height, config.preprocessing.width)
    rows: list[Row] = []
    problems: list[str] = []
    for index in chosen:
        try:
            crop = cut_cell(samples[index], config.preprocessing, config.data)
        except ImageError as error:
            problems.append(error.message)
            continue
        rngs = (np.random.default_rng([config.seed, draw, index]) for draw in range(VARIANTS))
        variants = [augment(crop, size, config.augment, rng) for rng in rngs]
        rows.append(Row(samples[index], np.stack([network_input(crop[None], config)[0], *variants])))
    refuse(problems, len(chosen))
    return rows


def standardized(pictures: NDArray[np.uint8], target: StandardizeConfig) -> NDArray[np.uint8]:
    """What the network's first layer makes of pictures (n, height, width, 3), clipped to 0..255 to be shown."""
    from leukoscope.inference.layers import CellStandardization

    layer = CellStandardization(**target.model_dump(mode="json"))
    samples: NDArray[np.float32] = np.asarray(layer(pictures.astype(np.float32)), dtype=np.float32)
    return np.clip(samples, 0, 255).astype(np.uint8)


def draw_sheet(rows: Sequence[Row], config: TrainingConfig) -> Figure:
    """Lay the rows out: on the left what the network is given, on the right, if configured, after standardization."""
    target = config.network.standardize
    blocks = [("What the network is given", [row.pictures for row in rows])]
    if target is not None:
        after = [standardized(row.pictures, target) for row in rows]
        blocks.append(("After the network's own color standardization", after))
    width = _MARGIN + len(blocks) * ((1 + VARIANTS) * _INCHES + 0.35)
    height = _HEAD + len(rows) * _INCHES + 0.15
    figure = Figure(figsize=(width, height))
    preprocessing = config.preprocessing
    title = f"{config.title} ({config.name} {config.version})"
    figure.text(0.2 / width, 1 - 0.34 / height, title, size=15, weight="bold", color=_INK)
    note = (
        f"{config.data.name}: the central {preprocessing.crop} of {preprocessing.canvas} pixels, resized to "
        f"{preprocessing.width} x {preprocessing.height}; variants as training draws them, seed {config.seed}"
    )
    figure.text(0.2 / width, 1 - 0.6 / height, note, size=9.5, color=_FAINT)
    ratios = [_MARGIN] + [(width - _MARGIN) / len(blocks)] * len(blocks)
    head, *bodies = figure.subfigures(1, 1 + len(blocks), squeeze=False, width_ratios=ratios)[0]
    _captions(head, rows, config, height)
    for body, (name, pictures) in zip(bodies, blocks, strict=True):
        _block(body, name, pictures, height)
    return figure


def _captions(head: SubFigure, rows: Sequence[Row], config: TrainingConfig, height: float) -> None:
    for place, row in enumerate(rows):
        middle = 1 - (_HEAD + (place + 0.5) * _INCHES) / height
        name = config.data.classes[row.sample.label]
        head.text(0.16, middle, name, size=10.5, weight="bold", color=_INK, va="bottom")
        whose = f"subject {row.sample.subject}" if config.data.knows_people else row.sample.path.name
        head.text(0.16, middle - 0.05 / height, whose, size=9, color=_FAINT, va="top")


def _block(body: SubFigure, name: str, pictures: Sequence[NDArray[np.uint8]], height: float) -> None:
    body.text(0.0, 1 - 0.84 / height, name, size=11, weight="bold", color=_INK, va="center")
    axes = body.subplots(
        len(pictures),
        1 + VARIANTS,
        squeeze=False,
        gridspec_kw={
            "left": 0.0,
            "right": 0.96,
            "top": 1 - _HEAD / height,
            "bottom": 0.15 / height,
            "wspace": 0.04,
            "hspace": 0.04,
        },
    )
    for line, row in zip(axes, pictures, strict=True):
        for axis, picture in zip(line, row, strict=True):
            axis.imshow(picture, interpolation="antialiased")
            axis.set_axis_off()
    for column, axis in enumerate(axes[0]):
        axis.set_title("as it is" if not column else f"variant {column}", size=8.5, color=_FAINT, pad=3)
