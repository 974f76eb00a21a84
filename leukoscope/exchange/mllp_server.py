"""HL7 over MLLP, the other way round: other systems call, and each message is answered when somebody has kept it."""

from __future__ import annotations

import asyncio
import logging
import ssl
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from leukoscope.domain.errors import SettingsError
from leukoscope.exchange.mllp_frames import Frames, NoMessagesError, TooLarge
from leukoscope.exchange.sockets import keep_watch

logger = logging.getLogger(__name__)

_CHUNK = 1 << 16
Take = Callable[[bytes | TooLarge], "Future[bytes]"]
"""Keeps a message and gives what is to be said to it, when that is known; nothing to say is empty."""


@dataclass(frozen=True)
class Limits:
    """What other systems may do.

    Parameters
    ----------
    largest
        Size of one message, in bytes.
    together
        Bytes that all lines together keep of messages under way.
    lines
        Lines that are open at a time; a new one takes the place of the one that was silent longest, if for ``spare_s``.
    message_s
        From the beginning of a message to its end, and for reading an answer.
    idle_s, spare_s, handshake_s
        Silence after which a line is closed, or may be; and time for the beginning of an encrypted one.
    """

    largest: int = 1 << 20
    together: int = 1 << 26
    lines: int = 200
    message_s: float = 30.0
    idle_s: float = 4 * 3600.0
    spare_s: float = 60.0
    handshake_s: float = 10.0


@dataclass(eq=False)
class _Line:
    writer: asyncio.StreamWriter
    frames: Frames
    heard_at: float


class MllpServer:
    """Listens on one port, with a thread of its own.

    Parameters
    ----------
    host, port
        Where; port 0 takes a free one.
    take
        Called in the server's thread for each message, in the order of its line; must return at once.
    tls
        From :func:`leukoscope.exchange.tls.server_context`; ``None`` listens in the clear.
    limits
        What other systems may do.
    """

    def __init__(
        self, host: str, port: int, take: Take, tls: ssl.SSLContext | None = None, limits: Limits | None = None
    ) -> None:
        self._host, self._wanted, self._take, self._tls = host, port, take, tls
        self._limits = limits or Limits()
        self._lines: set[_Line] = set()
        self._loop = asyncio.new_event_loop()
        self._loop.set_exception_handler(_told)
        self._ready, self._ending = threading.Event(), asyncio.Event()
        self._failure: OSError | None = None
        self._thread = threading.Thread(target=self._run, name="mllp-server", daemon=True)
        self.port = port

    @property
    def address(self) -> str:
        """Where it listens, ``computer:port``."""
        return f"{self._host}:{self.port}"

    @property
    def is_encrypted(self) -> bool:
        """Whether its lines are."""
        return self._tls is not None

    @property
    def lines(self) -> int:
        """How many lines are open."""
        return len(self._lines)

    def start(self) -> None:
        """Begin to listen.

        Raises
        ------
        SettingsError
            When that cannot be done there.
        """
        self._thread.start()
        self._ready.wait()
        if self._failure is not None:
            self._thread.join()
            message = (
                f"Nothing can listen on port {self._wanted} of {self._host}: another program does, or it is not an "
                "address of this computer; choose another in the settings."
            )
            raise SettingsError(message, repr(self._failure))

    def close(self) -> None:
        """End: what is being kept is still answered; lines are closed. A second call does nothing."""
        with suppress(RuntimeError):
            self._loop.call_soon_threadsafe(self._ending.set)
        if self._thread.is_alive():
            self._thread.join(10)

    def _run(self) -> None:
        try:
            self._loop.run_until_complete(self._serve())
        finally:
            self._ready.set()
            self._loop.close()

    async def _serve(self) -> None:
        handshake = self._limits.handshake_s if self._tls is not None else None
        try:
            server = await asyncio.start_server(
                self._called, self._host, self._wanted, ssl=self._tls, ssl_handshake_timeout=handshake, limit=_CHUNK
            )
        except OSError as error:
            self._failure = error
            return
        self.port = server.sockets[0].getsockname()[1]
        self._ready.set()
        await self._ending.wait()
        server.close()
        for line in list(self._lines):
            line.writer.close()
        tasks = [one for one in asyncio.all_tasks() if one is not asyncio.current_task()]
        if tasks:
            _, left = await asyncio.wait(tasks, timeout=5)
            for task in left:
                task.cancel()
            await asyncio.gather(*left, return_exceptions=True)

    async def _called(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        line = _Line(writer, Frames(self._limits.largest), time.monotonic())
        try:
            if not self._has_room():
                logger.warning("a line was not taken: %d are open", len(self._lines))
                return
            self._lines.add(line)
            keep_watch(writer.get_extra_info("socket"), self._limits.message_s)
            await self._listen(reader, line)
        except (TimeoutError, NoMessagesError) as error:
            logger.warning("a line was closed: %s", error or "too slow")
        except (OSError, EOFError) as error:
            logger.info("a line has ended: %s", type(error).__name__)
        finally:
            self._lines.discard(line)
            writer.close()
            with suppress(OSError, TimeoutError):
                async with asyncio.timeout(5):
                    await writer.wait_closed()

    def _has_room(self) -> bool:
        if len(self._lines) < self._limits.lines:
            return True
        oldest = min(self._lines, key=lambda one: one.heard_at)
        if time.monotonic() - oldest.heard_at < self._limits.spare_s:
            return False
        self._lines.discard(oldest)
        oldest.writer.close()
        return True

    async def _listen(self, reader: asyncio.StreamReader, line: _Line) -> None:
        limits, begun = self._limits, 0.0
        while not self._ending.is_set():
            rest = limits.idle_s
            if line.frames.is_open:
                # A byte now and then does not keep a half message alive.
                rest = max(0.0, begun + limits.message_s - time.monotonic())
            async with asyncio.timeout(rest):
                chunk = await reader.read(_CHUNK)
            if not chunk:
                return
            line.heard_at = time.monotonic()
            was_open = line.frames.is_open
            whole = line.frames.feed(chunk)
            if whole or not was_open:
                begun = line.heard_at
            if sum(one.frames.held for one in self._lines) > limits.together:
                raise NoMessagesError("too much is under way on all lines together")
            await self._answer(line, whole)

    async def _answer(self, line: _Line, whole: list[bytes | TooLarge]) -> None:
        """Say to each message what there is to say, in the order in which they came."""
        kept = [asyncio.wrap_future(self._take(one)) for one in whole]
        for one in kept:
            said = await one
            if said:
                line.writer.write(said)
        if kept:
            async with asyncio.timeout(self._limits.message_s):
                await line.writer.drain()


def _told(_loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    """What happens to a line outside of its own task, as a handshake that fails: never what was sent on it."""
    error = context.get("exception")
    reason = f" {error.reason}" if isinstance(error, ssl.SSLError) and error.reason else ""
    logger.warning("a line failed: %s%s", type(error).__name__, reason)
