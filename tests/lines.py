"""Lines that go wrong as real ones do: a server that says nothing, and a wire that is cut under both sides."""

from __future__ import annotations

import selectors
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress


@contextmanager
def silent_server() -> Iterator[int]:
    """A port that takes every call and never says a word."""
    calls: list[socket.socket] = []
    with socket.create_server(("127.0.0.1", 0)) as server:

        def take() -> None:
            with suppress(OSError):
                while True:
                    calls.append(server.accept()[0])

        thread = threading.Thread(target=take, daemon=True)
        thread.start()
        try:
            yield server.getsockname()[1]
        finally:
            # Closing alone does not wake who waits in accept().
            with suppress(OSError):
                server.shutdown(socket.SHUT_RDWR)
            thread.join(10)
            for call in calls:
                call.close()


class Wire:
    """A line through this computer that can be cut: both ends stay open, and nothing comes through any more.

    Parameters
    ----------
    port
        Where the line leads to, on this computer.
    cut_after
        It is cut by itself when so many bytes have gone there; ``None`` waits for :meth:`cut`.
    """

    def __init__(self, port: int, cut_after: int | None = None) -> None:
        self._goal, self._left = port, cut_after
        self._server = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._server.getsockname()[1]
        self.is_cut = threading.Event()
        self._ended = threading.Event()
        self._pairs: dict[socket.socket, socket.socket] = {}
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def cut(self) -> None:
        """Let nothing through any more."""
        self.is_cut.set()

    def close(self) -> None:
        self._ended.set()
        self._thread.join(10)
        for one in [*self._pairs, self._server]:
            one.close()

    def _run(self) -> None:
        with selectors.DefaultSelector() as waiting:
            waiting.register(self._server, selectors.EVENT_READ)
            while not self._ended.is_set():
                for key, _ in waiting.select(0.05):
                    if self.is_cut.is_set():
                        break
                    self._serve(key.fileobj, waiting)  # type: ignore[arg-type]
                if self.is_cut.is_set():
                    self._ended.wait()

    def _serve(self, line: socket.socket, waiting: selectors.BaseSelector) -> None:
        if line is self._server:
            caller = self._server.accept()[0]
            goal = socket.create_connection(("127.0.0.1", self._goal))
            for one, other in ((caller, goal), (goal, caller)):
                self._pairs[one] = other
                waiting.register(one, selectors.EVENT_READ, one is caller)
            return
        out = waiting.get_key(line).data
        try:
            data = line.recv(1 << 16)
            if out and self._left is not None:
                self._left -= len(data)
                if self._left < 0:
                    self.is_cut.set()
                    return
            if data:
                self._pairs[line].sendall(data)
                return
        except OSError:
            pass
        waiting.unregister(line)
        with suppress(OSError):
            self._pairs[line].shutdown(socket.SHUT_WR)


@contextmanager
def wire(port: int, cut_after: int | None = None) -> Iterator[Wire]:
    """A line to a port of this computer that can be cut."""
    one = Wire(port, cut_after)
    try:
        yield one
    finally:
        one.close()
