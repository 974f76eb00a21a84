"""One window for each home: a second start hands its files to the first, which comes forward."""

from __future__ import annotations

import ctypes
import json
import logging
import os
import sys
from pathlib import Path
from typing import Any

from PySide6.QtCore import QElapsedTimer, QLockFile, QObject, Qt, Signal
from PySide6.QtNetwork import QLocalServer, QLocalSocket
from PySide6.QtWidgets import QApplication, QWidget

from leukoscope.domain.parsing import parsed_json
from leukoscope.gui.local_socket import is_same_person, socket_name

logger = logging.getLogger(__name__)

LOCK_FILE = "window.lock"
STARTING_MS, PATIENCE_MS, TURN_MS = 120_000, 20_000, 200
"""For a first window that is only starting, which takes a minute on a computer that is busy with other things; for one
that is there to answer; between looks."""
LARGEST_MESSAGE = 1 << 20
TOKEN = "XDG_ACTIVATION_TOKEN"
"""With it the desktop lets a window of another program come forward (Wayland)."""
UNDERSTOOD = b"understood\n"


class SingleInstance(QObject):
    """The right to be the window of a home.

    Parameters
    ----------
    folder
        The home's data folder.

    Signals
    -------
    asked(object)
        Another start wants the window forward, with these paths opened.
    """

    asked = Signal(object)

    def __init__(self, folder: Path, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._name = socket_name(folder)
        self._server: QLocalServer | None = None
        self._lock = QLockFile(str(folder / LOCK_FILE))
        # A lock is stale when its process is gone, never by its age.
        self._lock.setStaleLockTime(0)
        # A folder that cannot hold a lock is no reason not to open a window.
        self.is_first = self._lock.tryLock(0) or self._lock.error() != QLockFile.LockError.LockFailedError

    def listen(self) -> None:
        """Hear other starts from now on."""
        if self._name is None:
            return
        self._server = QLocalServer(self)
        self._server.setSocketOptions(QLocalServer.SocketOption.UserAccessOption)
        QLocalServer.removeServer(self._name)
        self._server.newConnection.connect(self._connected)
        if not self._server.listen(self._name):
            logger.warning("other starts cannot be heard: %s", self._server.serverError())

    def _connected(self) -> None:
        assert self._server is not None
        socket = self._server.nextPendingConnection()
        # On Windows the pipe's access list lets nobody else in.
        if sys.platform != "win32" and not is_same_person(int(socket.socketDescriptor())):
            logger.warning("somebody else asked for the window; nothing is opened")
            socket.abort()
            socket.deleteLater()
            return
        _Connection(socket, self)

    def hand_over(self, paths: tuple[Path, ...]) -> bool:
        """Ask the first window to come forward and open paths; returns whether it will.

        One that is only starting is waited for. Where the first window has closed meanwhile, this one is the first.
        Whoever listens there is told nothing before it is known to be a program of this person.
        """
        if self._name is None:
            return False
        if sys.platform == "win32":
            ctypes.windll.user32.AllowSetForegroundWindow(-1)
        clock = QElapsedTimer()
        clock.start()
        socket = QLocalSocket()
        socket.connectToServer(self._name)
        while not socket.waitForConnected(TURN_MS):
            if clock.hasExpired(STARTING_MS):
                logger.warning("the first window does not answer: %s", socket.error())
                return False
            if self._lock.tryLock(TURN_MS):
                self.is_first = True
                return False
            if socket.state() == QLocalSocket.LocalSocketState.UnconnectedState:
                socket.connectToServer(self._name)
        if not is_same_person(int(socket.socketDescriptor())):
            logger.warning("somebody else listens where the first window should; it is told nothing")
            socket.abort()
            return False
        message = {"paths": [str(path) for path in paths], "token": os.environ.get(TOKEN, "")}
        socket.write(json.dumps(message).encode() + b"\n")
        said = b""
        clock.restart()
        while not said.endswith(b"\n") and socket.waitForReadyRead(max(PATIENCE_MS - clock.elapsed(), TURN_MS)):
            said += bytes(socket.readAll().data())
        return said == UNDERSTOOD

    def close(self) -> None:
        """Leave the place to the next start."""
        if self._server is not None:
            self._server.close()
        self._lock.unlock()


class _Connection(QObject):
    """Another start, as the first window hears it."""

    def __init__(self, socket: QLocalSocket, single: SingleInstance) -> None:
        super().__init__(single)
        socket.setParent(self)
        self._socket, self._said = socket, bytearray()
        socket.readyRead.connect(self._read)
        socket.disconnected.connect(self.deleteLater)
        self._read()

    def _read(self) -> None:
        self._said.extend(bytes(self._socket.readAll().data()))
        if len(self._said) > LARGEST_MESSAGE:
            self._socket.abort()
        elif self._said.endswith(b"\n"):
            paths = _understand(bytes(self._said))
            if paths is not None:
                self._socket.write(UNDERSTOOD)
                self._socket.flush()
                single = self.parent()
                assert isinstance(single, SingleInstance)
                single.asked.emit(paths)
            self._socket.disconnectFromServer()


def _understand(said: bytes) -> tuple[Path, ...] | None:
    try:
        message: Any = parsed_json(said)
        paths = tuple(Path(str(path)) for path in message["paths"])
        if token := str(message["token"]):
            os.environ[TOKEN] = token
    except (ValueError, KeyError, TypeError):
        logger.warning("another start said something else")
        return None
    return paths


def bring_forward(window: QWidget) -> None:
    """Show a window in front of all others, as far as the desktop lets it."""
    window.setWindowState((window.windowState() & ~Qt.WindowState.WindowMinimized) | Qt.WindowState.WindowActive)
    window.show()
    window.raise_()
    window.activateWindow()
    QApplication.alert(window)
