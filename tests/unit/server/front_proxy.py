"""A small program in front of the server: it ends the encrypted line, and says in a header from where a call came."""

from __future__ import annotations

import asyncio
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from urllib.parse import urlsplit


class FrontProxy:
    """Hands calls on, one on each line; the line is closed behind the answer.

    Parameters
    ----------
    target
        Address of the server.
    context
        Of the encrypted line.
    header
        ``x-forwarded`` or ``forwarded``: which one it writes; it hands on what callers wrote into the other.
    prefix
        Under which it offers the server; it takes it away.
    """

    def __init__(self, target: str, context: ssl.SSLContext, header: str = "x-forwarded", prefix: str = "") -> None:
        where = urlsplit(target)
        assert where.hostname is not None and where.port is not None
        self._target = where.hostname, where.port
        self._context, self._header, self._prefix = context, header, prefix

    @contextmanager
    def listening(self) -> Iterator[str]:
        """Run in a thread; gives its address."""
        ready, ends = threading.Event(), asyncio.Event()
        loops: list[asyncio.AbstractEventLoop] = []
        ports: list[int] = []

        async def serve() -> None:
            async with await asyncio.start_server(self._line, "127.0.0.1", 0, ssl=self._context) as server:
                loops.append(asyncio.get_running_loop())
                ports.append(server.sockets[0].getsockname()[1])
                ready.set()
                await ends.wait()

        thread = threading.Thread(target=asyncio.run, args=(serve(),))
        thread.start()
        try:
            assert ready.wait(30)
            yield f"https://127.0.0.1:{ports[0]}{self._prefix}"
        finally:
            loops[0].call_soon_threadsafe(ends.set)
            thread.join(30)

    async def _line(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError, asyncio.IncompleteReadError, asyncio.CancelledError):
            head = await reader.readuntil(b"\r\n\r\n")
            to_reader, to_writer = await asyncio.open_connection(*self._target)
            up = asyncio.create_task(_pump(reader, to_writer))
            try:
                to_writer.write(self._rewritten(head))
                await _pump(to_reader, writer)
            finally:
                up.cancel()
                to_writer.close()
        writer.close()

    def _rewritten(self, head: bytes) -> bytes:
        first, *lines = head.rstrip(b"\r\n").split(b"\r\n")
        method, path, version = first.split(b" ")
        path = path.removeprefix(self._prefix.encode()) or b"/"
        mine = (b"x-forwarded-",) if self._header == "x-forwarded" else (b"forwarded:",)
        kept = [one for one in lines if not one.lower().startswith((*mine, b"connection:"))]
        said = [b"Forwarded: for=127.0.0.1;proto=https"]
        if self._header == "x-forwarded":
            said = [b"X-Forwarded-For: 127.0.0.1", b"X-Forwarded-Proto: https"]
        return b"\r\n".join([b" ".join((method, path, version)), *kept, *said, b"Connection: close", b"", b""])


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while piece := await reader.read(65536):
        writer.write(piece)
        await writer.drain()
