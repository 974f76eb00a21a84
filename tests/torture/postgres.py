"""The shared database is killed, its line is cut or goes silent while two workstations write."""

from __future__ import annotations

import os
import random
import shutil
import signal
import socket
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import psutil
import psycopg

from leukoscope.cases.store import CaseStore
from leukoscope.domain.errors import LeukoScopeError
from tests.tools import tool
from tests.torture.facts import LostError, need_sound
from tests.torture.scribe import missing
from tests.torture.tally import Tally, Until
from tests.torture.tracing import context
from tests.torture.writers import Writer, listen, start

PATIENCE_S = 90.0
"""A person waits no longer for a sentence, nor for the work to go on once the server is back."""
KILLED, CUT, SILENT = "server killed", "line cut", "line silent"


class Server:
    """A PostgreSQL server of our own that can be killed and started again."""

    def __init__(self, folder: Path) -> None:
        self._folder, self._data = folder, folder / "data"
        self._programs = max(Path("/usr/lib/postgresql").glob("*/bin"))
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        if os.geteuid() == 0:
            shutil.chown(folder, "postgres")
        self._become(f"initdb -D {self._data} -U leuko -A trust --no-sync -E UTF8 --locale=C.UTF-8")
        self.start()

    def _become(self, command: str) -> None:
        # PostgreSQL refuses to run as the superuser; everybody else runs it as who they are.
        root = os.geteuid() == 0
        who = [tool("setpriv"), "--reuid=postgres", "--regid=postgres", "--init-groups"] if root else []
        words = [*who, "sh", "-c", f"cd {self._folder} && {self._programs}/{command}"]
        subprocess.run(words, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def start(self) -> None:
        """Let it run; returns when it answers."""
        options = f"-p {self.port} -k {self._folder} -c listen_addresses=127.0.0.1"
        self._become(f"pg_ctl -D {self._data} -w -l {self._folder}/log -o '{options}' start")

    def kill(self) -> None:
        """As the kernel kills: the server and all its processes."""
        main = psutil.Process(int((self._data / "postmaster.pid").read_text().split()[0]))
        processes = [main, *main.children(recursive=True)]
        for one in processes:
            try:
                one.send_signal(signal.SIGKILL)
            except psutil.NoSuchProcess:
                continue
        psutil.wait_procs(processes, timeout=20)

    def stop(self) -> None:
        """At the end."""
        self._become(f"pg_ctl -D {self._data} -m immediate stop")

    def address(self, port: int, name: str) -> str:
        """Of a database, through a port."""
        return f"postgresql://leuko@127.0.0.1:{port}/{name}"

    def make(self, name: str) -> None:
        """An empty database."""
        with psycopg.connect(self.address(self.port, "postgres"), autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name}")


class Wire:
    """A line to a server on this computer that can be cut, and can go silent."""

    def __init__(self, port: int) -> None:
        self._target = port
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self._open = threading.Event()
        self._open.set()
        self._sockets: list[socket.socket] = []
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        while True:
            try:
                near, _ = self._listener.accept()
            except OSError:
                return
            try:
                far = socket.create_connection(("127.0.0.1", self._target), 5)
            except OSError:
                near.close()
                continue
            self._sockets += [near, far]
            for one, other in ((near, far), (far, near)):
                threading.Thread(target=self._pass_on, args=(one, other), daemon=True).start()

    def _pass_on(self, one: socket.socket, other: socket.socket) -> None:
        try:
            while data := one.recv(65536):
                self._open.wait()
                other.sendall(data)
        except OSError:
            pass
        for end in (one, other):
            _end(end)

    def cut(self) -> None:
        """All connections end amid whatever they carry."""
        for one in self._sockets:
            _end(one)
        self._sockets.clear()

    def silence(self) -> None:
        """Nothing passes, in neither direction, and nobody is told."""
        self._open.clear()

    def speak(self) -> None:
        """Everything passes again."""
        self._open.set()

    def close(self) -> None:
        """For good."""
        self._listener.close()
        self.speak()
        self.cut()


def _end(one: socket.socket) -> None:
    """Both sides are told: closing alone tells nobody while another thread still reads."""
    with suppress(OSError):
        one.shutdown(socket.SHUT_RDWR)
    one.close()


def campaign(until: Until, seed: int, only: Sequence[str] = (), most: int | None = None) -> Iterator[Tally]:
    """Each fault in turn, as often as time allows."""
    rng = random.Random(seed)
    tallies = {kind: Tally("PostgreSQL", kind) for kind in (only or (KILLED, CUT, SILENT))}
    writes = Tally("PostgreSQL", "acknowledged writes")
    folder = Path(tempfile.mkdtemp(prefix="torture-pg-"))
    running: Server | None = None
    try:
        running = Server(folder)
        turn = 0
        while turn == 0 or not (until.is_over or turn == most):
            for kind, tally in tallies.items():
                tally.count(_round(running, kind, rng, f"t{seed}_{turn}_{len(kind)}", writes))
                yield from (tally, writes)
            turn += 1
    finally:
        if running is not None:
            running.stop()
        shutil.rmtree(folder, ignore_errors=True)


def _round(running: Server, kind: str, rng: random.Random, name: str, writes: Tally) -> str | None:
    server = context()
    server.set_forkserver_preload(["tests.torture.scribe"])
    running.make(name)
    wire = Wire(running.port)
    try:
        with tempfile.TemporaryDirectory(prefix="torture-") as place:
            url = running.address(wire.port, name)
            CaseStore(Path(place) / "a", url).close()
            writers = [start(server, Path(place) / letter, url, letter) for letter in "ab"]
            loss = _harmed(running, wire, writers, kind, rng)
            said = [one for writer in writers for one in writer.said]
            return _counted(Path(place) / "a", running.address(running.port, name), said, writes) or loss
    finally:
        wire.close()


def _harmed(running: Server, wire: Wire, writers: list[Writer], kind: str, rng: random.Random) -> str | None:
    """Let them write, harm, wait for sentences, mend, wait for writes; what was not as it must be."""
    try:
        listen(writers, PATIENCE_S, lambda: all(one.of("number") for one in writers))
        listen(writers, rng.uniform(0.1, 1.5))
        if kind == KILLED:
            running.kill()
        elif kind == SILENT:
            wire.silence()
        else:
            wire.cut()
        began = time.monotonic()
        listen(writers, PATIENCE_S, lambda: all(one.of("refused") or one.ended for one in writers))
        waited = time.monotonic() - began
        if kind == KILLED:
            running.start()
        wire.speak()
        crashed = [one for writer in writers for one in writer.of("crashed")]
        if crashed:
            return f"no sentence, but {crashed[0]['crashed'][:300]}"
        # A line that was cut between two writes is made again without a word.
        if kind != CUT and not all(one.of("refused") for one in writers):
            return f"no sentence after {waited:.0f} s"
        before = [len(one.of("number")) for one in writers]
        listen(writers, PATIENCE_S, lambda: all(len(w.of("number")) > n for w, n in zip(writers, before, strict=True)))
        idle = [w for w, n in zip(writers, before, strict=True) if len(w.of("number")) <= n]
        return f"{len(idle)} of 2 do not go on once all is well" if idle else None
    finally:
        for one in writers:
            one.close()


def _counted(folder: Path, url: str, said: list[dict[str, Any]], writes: Tally) -> str | None:
    try:
        store = CaseStore(folder, url)
        try:
            count, lost = missing(store, said)
            writes.count(None, count - len(lost))
            for one in lost:
                writes.count(one)
            need_sound(store)
        finally:
            store.close()
    except (LostError, LeukoScopeError) as error:
        return str(error)
    return None
