"""How fast the compiled graph answers, against Keras's own predict, measured in turns in one run."""

from __future__ import annotations

import platform
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import psutil

from training.frozen import compiled
from training.pipeline import FINAL, load_network
from training.run import RunFolder

ROUNDS = 11
BATCHES = (1, 8)


def speed(run: RunFolder) -> dict[str, Any]:
    """Milliseconds for one cell, probability only, maps not counted: median and quartiles of interleaved rounds."""
    name = FINAL if run.done(FINAL) else f"fold-{run.done_folds()[0].number}"
    network = load_network(run, name)
    program = compiled(network)
    size = (run.config.preprocessing.height, run.config.preprocessing.width, 3)
    rows = []
    for batch in BATCHES:
        x = np.random.default_rng(1).uniform(0, 255, (batch, *size)).astype(np.float32)
        ways: dict[str, Callable[[], object]] = {
            "compiled": lambda x=x: program(x),  # type: ignore[misc]
            "keras_predict": lambda x=x: network.predict(x, verbose=0),  # type: ignore[misc]
        }
        rows.append({"batch": batch, **_interleaved(ways, batch)})
    return {"machine": machine(), "rounds": ROUNDS, "part": name, "batches": rows}


def _interleaved(ways: dict[str, Callable[[], object]], batch: int) -> dict[str, dict[str, float]]:
    taken: dict[str, list[float]] = {name: [] for name in ways}
    for turn in range(ROUNDS + 1):
        for name, way in ways.items():
            start = time.perf_counter()
            way()
            if turn:  # The first is for warming up.
                taken[name].append((time.perf_counter() - start) * 1000 / batch)
    quartiles = {name: np.percentile(values, [25, 50, 75]).tolist() for name, values in taken.items()}
    return {name: {"low": low, "median": median, "high": high} for name, (low, median, high) in quartiles.items()}


def machine() -> str:
    """Processor, cores, memory and system in words."""
    cores = psutil.cpu_count(logical=True) or 1
    memory = psutil.virtual_memory().total / 2**30
    return f"{_processor()}, {cores} cores, {memory:.0f} GB, {platform.system()}"


def _processor() -> str:
    listing = Path("/proc/cpuinfo")
    if listing.is_file():
        for line in listing.read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                return line.split(":", 1)[1].strip()
    return platform.processor() or platform.machine()
