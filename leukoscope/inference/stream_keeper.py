"""When streams are made, tried, used and given back, and what a machine was found to gain by them."""

from __future__ import annotations

import hashlib
import json
import logging
import platform
import threading
from pathlib import Path
from typing import TYPE_CHECKING

from leukoscope.domain.parsing import parsed_json
from leukoscope.inference.graph_cache import memory_for
from leukoscope.inference.messages import MOST_STREAMS
from leukoscope.inference.streams import Runners, Streams, make_streams
from leukoscope.system.durable import write_private
from leukoscope.system.processor import usable_cores

if TYPE_CHECKING:
    import openvino as ov

logger = logging.getLogger(__name__)

GAINS_FILE = "streams.json"
QUEUED = 16
"""So many cells more with another behind them than without are a queue that is worth streams.

A folder's queue runs dry for a moment while the next image is read; cells of the live view that come alone never queue.
"""
WORTH = 1.05
"""So many cells must streams judge in the time of one to be used."""


QUIET = 0.8
"""Share of the cores that the ordinary way must have had, for what was measured to be kept."""


class StreamKeeper:
    """Makes streams in a thread of its own when a queue is long enough, and says when they can be used.

    Called by the thread that judges.

    Parameters
    ----------
    core
        Compiles.
    runners
        The ordinary ones; they are asked while streams are tried.
    cache
        Folder of compiled graphs, which keeps what was measured on this machine.
    """

    def __init__(self, core: ov.Core, runners: Runners, cache: Path) -> None:
        self._core, self._runners, self._gains = core, runners, _Gains(cache / GAINS_FILE, runners)
        self._at_once = min(usable_cores(), MOST_STREAMS)
        self._useless = self._at_once < 2
        self._queued = 0
        self._maker: threading.Thread | None = None
        self._made: Streams | None = None
        self._streams: Streams | None = None

    def streams(self, waiting: int) -> Streams | None:
        """The streams, where the next cell may go there; counts how long there is a queue.

        Parameters
        ----------
        waiting
            Cells that wait behind the next one.
        """
        self._queued = max(0, self._queued + (1 if waiting else -1))
        if self._streams is not None or self._useless:
            return self._streams
        if self._maker is None:
            if self._queued >= QUEUED:
                self._maker = threading.Thread(target=self._make, name="stream-maker", daemon=True)
                self._maker.start()
        elif not self._maker.is_alive():
            self._streams, self._made, self._maker = self._tried(self._made), None, None
        return self._streams

    def release(self) -> None:
        """Give the memory of streams back; a next queue makes them anew."""
        if self._streams is not None:
            self._streams.close()
            self._streams = None
        self._queued, self._useless = 0, self._at_once < 2

    def _make(self) -> None:
        try:
            known = self._gains.known()
            if known is not None and known < WORTH:
                return
            if all(memory_for(runner.graph.parent) for runner in self._runners.values()):
                self._made = make_streams(self._core, self._runners, self._at_once)
        except (OSError, RuntimeError, MemoryError) as error:
            logger.warning("no streams: %r", error)

    def _tried(self, made: Streams | None) -> Streams | None:
        """What was made, where it gives the same bits and is quicker; else no more until nothing waits for long."""
        worth = made is not None and made.same_bits(self._runners) and self._gain(made) >= WORTH
        logger.info("%d streams: made %s, worth it %s", self._at_once, made is not None, worth)
        if worth:
            return made
        self._useless = True
        if made is not None:
            made.close()
        return None

    def _gain(self, made: Streams) -> float:
        known = self._gains.known()
        if known is not None:
            return known
        found = made.gain(self._runners)
        logger.info("streams gain %.2f with %.2f cores", found.cells, found.cores)
        if found.cores > QUIET * usable_cores():
            self._gains.keep(found.cells)
        return found.cells


class _Gains:
    """What streams of some bundles gain, kept for each machine; a file that cannot be read is measured anew."""

    def __init__(self, path: Path, runners: Runners) -> None:
        self._path = path
        graphs = sorted(runner.graph.parent.name for runner in runners.values())
        machine = [platform.node(), platform.processor() or platform.machine(), usable_cores()]
        self._key = hashlib.sha256(json.dumps([machine, graphs]).encode()).hexdigest()[:24]

    def known(self) -> float | None:
        gain = self._all().get(self._key)
        return float(gain) if isinstance(gain, int | float) else None

    def keep(self, gain: float) -> None:
        try:
            write_private(self._path, json.dumps({**self._all(), self._key: round(gain, 3)}).encode("ascii"))
        except OSError as error:
            logger.warning("the gain of streams is not kept: %r", error)

    def _all(self) -> dict[str, object]:
        try:
            kept = parsed_json(self._path.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return {}
        return kept if isinstance(kept, dict) else {}
