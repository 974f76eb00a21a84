"""Real receivers on the loopback: what a hospital has on the other end of the line."""

from __future__ import annotations

import asyncio
import socket
import ssl
import subprocess
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from hl7.mllp import start_hl7_server
from hl7.mllp.streams import HL7StreamReader, HL7StreamWriter
from pynetdicom import AE, AllStoragePresentationContexts, evt

from tests.tools import tool

Answer = Callable[[str], str | None]
"""From a message to the answer; ``None`` closes the line without one."""
LIMIT = 64 << 20


def acknowledge(message: str, code: str = "AA") -> str:
    control_id = message.split("|", 10)[9]
    return f"MSH|^~\\&|LIS|Hospital|LeukoScope||20261123||ACK^R01|{control_id}a|P|2.5.1\rMSA|{code}|{control_id}\r"


class Mailbox:
    """What has arrived, and where it listens."""

    def __init__(self) -> None:
        self.port = 0
        self.messages: list[str] = []


LAST_TURNS = 10
"""Turns of a loop in which what it was just given comes to its end."""


@contextmanager
def mllp_listener(answer: Answer = acknowledge, port: int = 0, tls: ssl.SSLContext | None = None) -> Iterator[Mailbox]:
    """A listener of package hl7 in a thread of its own."""
    mailbox, started = Mailbox(), threading.Event()
    loop = asyncio.new_event_loop()

    async def serve(reader: HL7StreamReader, writer: HL7StreamWriter) -> None:
        try:
            while True:
                message = (await reader.readblock()).decode("utf-8")
                mailbox.messages.append(message)
                text = answer(message)
                if text is None:
                    break
                writer.writeblock(text.encode())
                await writer.drain()
        except (asyncio.IncompleteReadError, OSError):
            return
        finally:
            writer.close()
            # Also where the other side has cut the line.
            with suppress(OSError):
                await writer.wait_closed()

    async def run(stop: asyncio.Event) -> None:
        server = await start_hl7_server(serve, "127.0.0.1", port, limit=LIMIT, ssl=tls)
        mailbox.port = server.sockets[0].getsockname()[1]
        started.set()
        await stop.wait()
        # Who rang is let in before the door is shut: asyncio loses a line that it takes from a server that is closed.
        for _ in range(LAST_TURNS):
            await asyncio.sleep(0)
        server.close()
        serving = asyncio.all_tasks() - {asyncio.current_task()}
        for one in serving:
            one.cancel()
        await asyncio.gather(*serving, return_exceptions=True)

    stop = asyncio.Event()
    thread = threading.Thread(target=lambda: loop.run_until_complete(run(stop)), daemon=True)
    thread.start()
    assert started.wait(10)
    try:
        yield mailbox
    finally:
        loop.call_soon_threadsafe(stop.set)
        thread.join(10)
        loop.close()


@contextmanager
def storescp(folder: Path, title: str = "ARCHIVE", tls: Sequence[str] = ()) -> Iterator[int]:
    """A DICOM node of dcmtk that keeps what it gets in ``folder``; gives its port. ``tls``: its options for it."""
    program = tool("storescp")
    with socket.create_server(("127.0.0.1", 0)) as free:
        port: int = free.getsockname()[1]
    command = [program, "-aet", title, "-od", str(folder), "-fe", ".dcm", *tls, str(port)]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        wait_for(port)
        yield port
    finally:
        process.terminate()
        process.wait(10)


def wait_for(port: int) -> None:
    """Until a program listens there."""
    end = time.monotonic() + 20
    while time.monotonic() < end:
        with suppress(ConnectionError), socket.create_connection(("127.0.0.1", port), timeout=5):
            return
    raise TimeoutError("storescp does not listen")


@contextmanager
def refusing_node(status: int) -> Iterator[int]:
    """A DICOM node that answers each file with a status; gives its port."""
    entity = AE("ARCHIVE")
    entity.supported_contexts = AllStoragePresentationContexts
    server = entity.start_server(("127.0.0.1", 0), block=False, evt_handlers=[(evt.EVT_C_STORE, lambda _event: status)])
    try:
        yield server.server_address[1]
    finally:
        server.shutdown()
