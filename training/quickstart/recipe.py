"""The configuration for a folder that was looked at: one of the shipped ones, and what is this folder's own."""

from __future__ import annotations

import re
import textwrap
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from leukoscope.domain.cuts import Cutting
from leukoscope.domain.errors import SettingsError
from training.config import read_config, toml_text
from training.quickstart.look import FolderLook
from training.quickstart.words import FEWEST, described
from training.whole_files import write_whole

Size = Literal["published", "small", "smoke"]
_TRAINING_SIDE = 450
_SMOKE_IMAGES = 24
_WIDTH = 118


@dataclass(frozen=True)
class Wish:
    """What a person chose.

    Parameters
    ----------
    network
        ``hybrid`` or ``ensemble``.
    size
        ``published`` wants a GPU, ``small`` does not, ``smoke`` only shows that everything runs.
    """

    network: Literal["hybrid", "ensemble"]
    size: Size


def recipe(look: FolderLook, wish: Wish) -> dict[str, Any]:
    """Keys of the configuration, ``extends`` first."""
    by_person = look.people is not None and min(look.persons) >= FEWEST
    if look.layout == "c-nmc" and by_person and wish.size != "published" and set(look.sizes) == {(_TRAINING_SIDE,) * 2}:
        own = f"{wish.network}_smoke.toml" if wish.size == "smoke" else f"{wish.network}.toml"
        return {"extends": own, **_named(look, wish), "data": _data(look) | {"unusable": "leave-out"}}
    suffix = "" if wish.size == "published" else "_small"
    made: dict[str, Any] = {"extends": f"published_{wish.network}{suffix}.toml", **_named(look, wish)}
    made["data"] = _data(look) | {"unusable": "leave-out"}
    if look.layout == "c-nmc":
        made["data"]["layout"] = "c-nmc"
    else:
        made["data"]["class_folders"] = dict(sorted(look.named.items()))
        if by_person:
            made["data"]["people"] = look.people
    if look.keeps_background:
        made["preprocessing"] = {"cut_out": Cutting.KEPT.value}
    if by_person:
        made["split"] = {"kind": "subject", "test_share": 0.0, "folds": FEWEST}
    if wish.size == "smoke":
        made["data"]["per_class"] = _SMOKE_IMAGES
        made["split"] = made.get("split", {}) | {"validation_share": 0.25}
        if not by_person:
            made["split"]["test_share"] = 0.25
        made["fit"] = {"draws": 1, "head_epochs": 1}
    return made


def _named(look: FolderLook, wish: Wish) -> dict[str, Any]:
    name = re.sub(r"[^a-z0-9]+", "-", look.folder.resolve().name.lower()).strip("-")[:40] or "cells"
    return {"name": f"{name}-{wish.network}", "title": f"{wish.network.capitalize()} taught on {name}"}


def _data(look: FolderLook) -> dict[str, Any]:
    return {"name": look.folder.resolve().name or "cells", "citation": "", "license": ""}


def write_recipe(path: Path, look: FolderLook, wish: Wish, *, force: bool) -> None:
    """Write the configuration with what was found as comments, whole or not at all, and read it back.

    Raises
    ------
    SettingsError
        When the file is there already, cannot be written, or too few people are there.
    """
    if path.exists() and not force:
        raise SettingsError(f"“{path}” is there already; choose another name with --out, or say --force.")
    if not path.parent.is_dir():
        raise SettingsError(f"The folder “{path.parent}” does not exist; make it first.")
    comments = ["Written by python -m training quickstart. What the folder holds:", *described(look)]
    text = "".join(f"# {line}\n" for comment in comments for line in _wrapped(comment)) + "\n"
    text += toml_text(recipe(look, wish))
    write_whole(path, lambda part: part.write_text(text, encoding="utf-8"))
    read_config(path)


def _wrapped(text: str) -> list[str]:
    return textwrap.wrap(text, _WIDTH, break_long_words=False, break_on_hyphens=False)
