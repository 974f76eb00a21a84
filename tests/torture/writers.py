"""Several scribes at once, from outside: started, listened to, killed."""

from __future__ import annotations

import json
import os
import time
from dataclasses import dataclass, field
from multiprocessing.connection import Connection, wait
from multiprocessing.context import ForkServerContext, ForkServerProcess
from pathlib import Path
from typing import Any

from tests.torture.scribe import write


@dataclass
class Writer:
    """One scribe.

    Parameters
    ----------
    process, line
        It, and where it speaks.
    said
        What it said, in order.
    """

    process: ForkServerProcess
    line: Connection
    said: list[dict[str, Any]] = field(default_factory=list)
    ended: bool = False
    _rest: bytes = b""

    def hear(self) -> None:
        """Take in what it has said; one turn."""
        try:
            more = os.read(self.line.fileno(), 65536)
        except ConnectionResetError:
            more = b""
        self.ended = self.ended or not more
        *lines, self._rest = (self._rest + more).split(b"\n")
        self.said += [json.loads(one) for one in lines]

    def of(self, key: str) -> list[dict[str, Any]]:
        """What it said of one kind."""
        return [one for one in self.said if key in one]

    def kill(self) -> None:
        """As the kernel does."""
        self.process.kill()

    def close(self) -> None:
        """End it and hear the rest."""
        self.process.kill()
        while not self.ended:
            self.hear()
        self.process.join()
        self.process.close()
        self.line.close()


def start(server: ForkServerContext, folder: Path, url: str, name: str, *, go_on: bool = True) -> Writer:
    """Begin one."""
    ours, theirs = server.Pipe()
    process = server.Process(target=write, args=(folder, url, name, theirs, go_on), daemon=True)
    process.start()
    theirs.close()
    return Writer(process, ours)


def listen(writers: list[Writer], seconds: float, until: Any = lambda: False) -> None:
    """Hear them for a while, or until something holds."""
    end = time.monotonic() + seconds
    while not until() and (left := end - time.monotonic()) > 0:
        alive = {one.line: one for one in writers if not one.ended}
        if not alive:
            return
        for line in wait(list(alive), min(left, 0.5)):
            assert isinstance(line, Connection)
            alive[line].hear()
