"""``python -m training quickstart DATA``: look, say, and write the configuration."""

from __future__ import annotations

import argparse
import shutil
from collections.abc import Callable, Sequence
from pathlib import Path

from leukoscope.domain.errors import SettingsError
from training.data_config import LEAVE_OUT
from training.quickstart.look import look_at
from training.quickstart.recipe import Size, Wish, write_recipe
from training.quickstart.words import described, obstacles

Say = Callable[[str], None]
CONFIG_NAME = "training.toml"
MEANINGS = ("healthy", "leukemic", LEAVE_OUT)


def add_verb(verbs: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the verb with its arguments."""
    text = "look at a folder of cells, say in plain words what it holds, and write a configuration that trains on it"
    sub = verbs.add_parser("quickstart", help=text, description=text)
    sub.add_argument("data", type=Path, metavar="DATA", help="folder with a folder of each class")
    sub.add_argument("--network", choices=("hybrid", "ensemble"), default="hybrid", help="which one (hybrid)")
    sub.add_argument(
        "--size",
        choices=("published", "small", "smoke"),
        help="published: as in the papers, wants a GPU; small: the same way with frozen backbones; smoke: two minutes "
        "to see that everything runs (published where a GPU is found, else small)",
    )
    sub.add_argument(
        "--class",
        dest="classes",
        action="append",
        default=[],
        metavar="NAME=CLASS",
        help=f"what a folder stands for: {', '.join(MEANINGS)}; may be given for each folder",
    )
    sub.add_argument("--people-in-folders", action="store_true", help="the folder right above a picture is a person")
    sub.add_argument("--out", type=Path, default=Path(CONFIG_NAME), metavar="FILE.toml", help=f"({CONFIG_NAME})")
    sub.add_argument("--force", action="store_true", help="replace a configuration that is there")


def quickstart(arguments: argparse.Namespace, say: Say) -> int:
    """Look and write: 0 when a configuration was written, 2 when something must be put right first.

    Raises
    ------
    LeukoScopeError
        When the folder holds nothing to look at, or the file cannot be written.
    """
    look = look_at(arguments.data, class_folders(arguments.classes), people_in_folders=arguments.people_in_folders)
    missing = obstacles(look)
    if look.samples:
        for sentence in described(look):
            say(sentence)
    if missing:
        say("\nNothing was written. Put this right first:")
        for sentence in missing:
            say(f"  {sentence}")
        return 2
    wish = Wish(arguments.network, arguments.size or usual_size())
    write_recipe(arguments.out, look, wish, force=arguments.force)
    say(f"\nWrote {arguments.out} ({wish.network}, {wish.size}). Next:\n")
    config, data, run = arguments.out, arguments.data, Path("runs") / arguments.out.stem
    for line in (
        f'check-data "{config}" --data "{data}"',
        f'fit "{config}" --data "{data}" --out "{run}"',
        f'calibrate "{run}"',
        f'evaluate "{run}"',
        f'export "{run}" --to "models/{arguments.out.stem}"',
    ):
        say(f"  python -m training {line}")
    return 0


def usual_size() -> Size:
    """``published`` where NVIDIA's driver is installed, else ``small``."""
    return "published" if shutil.which("nvidia-smi") else "small"


def class_folders(given: Sequence[str]) -> dict[str, str]:
    """``NAME=CLASS`` as a table.

    Raises
    ------
    SettingsError
        When one is of another form.
    """
    table = {}
    for one in given:
        name, found, meaning = one.rpartition("=")
        if not found or not name or meaning not in MEANINGS:
            raise SettingsError(f"--class {one}: write NAME=CLASS, where CLASS is {', '.join(MEANINGS)}.")
        table[name] = meaning
    return table
