"""A process that looks into foreign files reaches no network, and its memory is known to who watches it."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from leukoscope.system.child_limits import memory_of

TRY = """
import socket, sys, threading
from leukoscope.system.child_limits import refuse_network
ready, go = threading.Event(), threading.Event()
def reach(kind):
    try:
        socket.socket(kind, socket.SOCK_STREAM).close()
    except PermissionError:
        return "refused"
    return "open"
def before():
    ready.set(); go.wait(); print("a thread from before", reach(socket.AF_INET))
thread = threading.Thread(target=before); thread.start(); ready.wait()
print("first", reach(socket.AF_INET))
if not refuse_network():
    print("not here")
print("then", reach(socket.AF_INET), reach(socket.AF_INET6))
print("pipes", reach(socket.AF_UNIX))
go.set(); thread.join()
"""


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux lets a process without rights give up the network")
def test_no_connection_is_opened_any_more_in_any_thread() -> None:
    said = subprocess.run([sys.executable, "-c", TRY], check=True, capture_output=True, text=True).stdout.splitlines()
    assert said == ["first open", "then refused refused", "pipes open", "a thread from before refused"]


def test_the_memory_of_a_process_is_known_and_of_none_is_nothing() -> None:
    assert memory_of(os.getpid()) > 10_000_000
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    assert memory_of(ended.pid) == 0
