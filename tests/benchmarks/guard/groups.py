"""All groups of the guard, by name. Each is measured in processes of its own, which alone import what it needs."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from functools import partial
from pathlib import Path

from tests.benchmarks.guard import networks, program
from tests.benchmarks.guard.timing import Group

MODELS = Path(__file__).resolve().parents[3] / "models"
GROUPS: dict[str, Callable[[Path, Path], AbstractContextManager[Group]]] = {
    "hybrid": partial(networks.network, name="hybrid"),
    "ensemble": partial(networks.network, name="ensemble"),
    "panel": networks.panel,
    "folder": program.folder,
    "first-finding": program.first_finding,
    "window": program.window,
    "pixels": program.pixels,
    "report": program.report,
    "lists": program.lists,
    "similar": program.similar,
}
