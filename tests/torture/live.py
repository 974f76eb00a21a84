"""Live pictures by the thousand: each is looked at or dropped for a newer one, and memory and threads stay flat."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import psutil

from leukoscope.domain.frames import Pixels
from leukoscope.inference.library import BundleLibrary
from leukoscope.sources.demo import demo_field
from leukoscope.workflow.live_judgement import LiveField, LiveFrame, LiveJudgement
from leukoscope.workflow.model_panel import make_panel
from tests.small_models import small_models
from tests.torture.tally import Tally, Until

WARM, FEWEST, MOST = 30, 60, 100_000
MORE_MB = 60.0
STEP = 7
HEIGHT, WIDTH = 480, 640


def campaign(until: Until, seed: int, only: Sequence[str] = (), most: int | None = None) -> Iterator[Tally]:
    """A stage that moves to and fro over a field; every hundredth picture is empty, torn or of another size."""
    tally = Tally("live", "pictures judged, memory and threads flat")
    bundles, graphs = small_models()
    world = demo_field(3, width=1400, height=1100).pixels
    troubles: list[str] = []
    with tempfile.TemporaryDirectory(prefix="torture-") as name:
        cache = Path(name) / "graphs"
        shutil.copytree(graphs, cache)
        panel = make_panel(BundleLibrary(bundles, bundles / "none").list(), cache, lambda _: None)
        judgement = LiveJudgement(panel, None, lambda _: None, troubles.append)
        marks: list[tuple[float, int]] = []
        try:
            while len(marks) < FEWEST or not (until.is_over or len(marks) == (most or MOST)):
                tally.count(_looked(judgement, world, len(marks)))
                marks.append((psutil.Process().memory_info().rss / 1e6, psutil.Process().num_threads()))
                yield tally
        finally:
            judgement.close()
            panel.close()
    if troubles:
        tally.spoil("; ".join(troubles[:3]))
    grew = max(one[0] for one in marks[-10:]) - max(one[0] for one in marks[:WARM])
    more = marks[-1][1] - marks[WARM][1]
    tally.note = f"{grew:+.0f} MB, {more:+d} threads"
    if grew > MORE_MB or more > 2:
        tally.spoil(f"grown: {tally.note}")
    yield tally


def _looked(judgement: LiveJudgement, world: Pixels, number: int) -> str | None:
    turn = number * STEP % (2 * (world.shape[1] - WIDTH))
    x = min(turn, 2 * (world.shape[1] - WIDTH) - turn)
    pixels = np.ascontiguousarray(world[100 : 100 + HEIGHT, x : x + WIDTH])
    if number % 100 == 99:
        pixels = np.ascontiguousarray(pixels[: 40 + number % 200, : 60 + number % 300])
    elif number % 100 == 49:
        pixels = np.full_like(pixels, number % 256)
    try:
        field = judgement.look(LiveFrame(pixels, float(number), 0.1))
    except Exception as error:  # noqa: BLE001  that is what is looked for
        return f"picture {number}: {type(error).__name__}: {error}"
    return None if isinstance(field, LiveField) else f"picture {number}: no answer"
