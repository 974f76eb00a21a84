"""A server on loopback that says exactly the bytes it is told to, as no web server would."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

Pieces = Iterator[bytes]
"""What is sent, piece by piece; the line is closed behind the last."""


@contextmanager
def raw_server(answer: Callable[[str], Pieces]) -> Iterator[int]:
    """Serve ``answer(request)`` to every caller; gives the port."""
    listener = socket.create_server(("127.0.0.1", 0))
    ended = threading.Event()

    def one(line: socket.socket) -> None:
        with line:
            try:
                request = line.recv(65536).decode("latin-1")
                for piece in answer(request):
                    line.sendall(piece)
                    if ended.is_set():
                        return
            except OSError:
                return

    def serve() -> None:
        while True:
            try:
                line, _ = listener.accept()
            except OSError:
                return
            threading.Thread(target=one, args=(line,), daemon=True).start()

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    try:
        yield listener.getsockname()[1]
    finally:
        ended.set()
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        thread.join()
