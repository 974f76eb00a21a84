"""Messages of a hospital's system, and a program that takes them in."""

from __future__ import annotations

import os
import re
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from leukoscope.cases.store import CaseStore
from leukoscope.domain.cases import CaseSummary
from leukoscope.workflow.app_dirs import HOME_VARIABLE

LETTERS = "UNICODE UTF-8"


def message(kind: str, control: str, *segments: str) -> bytes:
    head = rf"MSH|^~\&|HIS|KH|LEUKO|LAB|20261201101500||{kind}|{control}|P|2.5.1||||||{LETTERS}"
    return ("\r".join((head, *segments)) + "\r").encode()


def order(number: str, control: str = "", act: str = "NW", patient: str = "Muster^Maria", known: str = "4711") -> bytes:
    return message(
        "ORM^O01",
        control or f"{act}{number}",
        f"PID|1||{known}^^^KH^PI||{patient}||19700102|F",
        f"ORC|{act}|P{number}^HIS|{number}",
        f"OBR|1|P{number}^HIS|{number}|DIFF^Differential^L",
    )


def framed(body: bytes) -> bytes:
    return b"\x0b" + body + b"\x1c\r"


def ask(line: socket.socket, body: bytes) -> str:
    """Send a message and read its answer; raises OSError or EOFError where none comes."""
    line.sendall(framed(body))
    said = b""
    while not said.endswith(b"\x1c\r"):
        chunk = line.recv(4096)
        if not chunk:
            raise EOFError
        said += chunk
    return said.decode()


def code(answer: str) -> str:
    found = re.search(r"MSA\|(\w\w)", answer)
    return found[1] if found else ""


def case(store: CaseStore, number: str) -> CaseSummary:
    (found,) = [one for one in store.list() if one.header.number == number]
    return found


@contextmanager
def program(home: Path, *words: str) -> Iterator[tuple[subprocess.Popen[str], int]]:
    """``leukoscope orders listen`` as a process of its own, and the port on which it listens."""
    environment = {**os.environ, HOME_VARIABLE: str(home), "PYTHONPATH": os.pathsep.join(sys.path)}
    process = subprocess.Popen(
        [sys.executable, "-m", "leukoscope", "orders", "listen", "--at", "127.0.0.1:0", *words],
        env=environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
    )  # fmt: skip
    try:
        assert process.stdout is not None
        said = process.stdout.readline()
        found = re.fullmatch(r"Listening on 127\.0\.0\.1:(\d+), in the clear\.\n", said)
        assert found, said
        yield process, int(found[1])
    finally:
        process.kill()
        process.wait(30)
        if process.stdout is not None:
            process.stdout.close()
