"""One thread for each camera: the newest picture wins, a lost camera is tried again, closing never hangs."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

from leukoscope.domain.errors import CameraError, Cause
from leukoscope.domain.frames import Pixels
from leukoscope.domain.stage import StagePosition
from leukoscope.sources.cameras.asked_motors import CLOSED, AskedMotors
from leukoscope.sources.cameras.camera import Camera, CameraSetting, SettingName
from leukoscope.sources.cameras.kinds import CameraKind
from leukoscope.sources.cameras.motors import Motorized
from leukoscope.sources.cameras.watchdog import Health, Watchdog, glance

logger = logging.getLogger(__name__)

BACK_OFF_S = (0.5, 1.0, 2.0, 4.0, 8.0)
"""Waits before a lost camera is tried again; the last one from then on."""
OLD = 2
"""Pictures that may be older than they come: one lay in the driver's memory, one was being exposed."""
CLOSE_S = 1.0
"""So long a camera may take to close before its thread is left to itself."""


@dataclass(frozen=True, eq=False)
class Shot:
    """One picture of a camera.

    Parameters
    ----------
    pixels
        Shape (height, width, 3), uint8, RGB.
    number
        Counts the pictures of this reader, from 1.
    at
        When it came, in seconds of the reader's clock.
    um_per_px
        The camera's own scale, ``None`` where it knows none.
    stage
        Where the stage stood, ``None`` where the camera does not know it.
    """

    pixels: Pixels
    number: int
    at: float
    um_per_px: float | None
    stage: StagePosition | None = None


class CameraReader:
    """Reads a camera in a thread of its own.

    Parameters
    ----------
    open_it
        Opens the camera; called in the thread, again after each loss.
    on_shot
        Told in the thread that a new picture is there; must return quickly.
    clock
        Seconds, monotonic.
    after
        A reader that was told to close: its camera is given time to be let go before this one is opened, which may be
        the same.
    kind
        How the camera is reached: what helps depends on it.
    """

    def __init__(
        self,
        open_it: Callable[[], Camera],
        on_shot: Callable[[], None] = lambda: None,
        clock: Callable[[], float] = time.monotonic,
        after: CameraReader | None = None,
        kind: CameraKind = CameraKind.USB,
    ) -> None:
        self._after, self._kind = after, kind
        self._open_it, self._on_shot, self._clock = open_it, on_shot, clock
        self._news = threading.Condition()
        self._newest: Shot | None = None
        self._taken = self._count = 0
        self._sentence = ""
        self._cause: Cause | None = None
        self._lost = self._opened = False
        self._watch = Watchdog(clock())
        self._settings: tuple[CameraSetting, ...] = ()
        self._wishes: dict[SettingName, float] = {}
        self._unset: set[SettingName] = set()
        self.stage, self._has_motors = AskedMotors(), False
        """Takes what the stage is to do."""
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="camera", daemon=True)
        self._thread.start()

    @property
    def running(self) -> bool:
        """Whether its thread still runs: it may outlive ``close`` when the camera hangs."""
        return self._thread.is_alive()

    @property
    def health(self) -> Health:
        """How the camera is now."""
        with self._news:
            if self._stop.is_set():
                return Health.CLOSED
            if self._lost:
                return Health.LOST
            # Before it is open nothing is known of it: some drivers take half a minute.
            return self._watch.health(self._clock()) if self._opened else Health.OPENING

    @property
    def sentence(self) -> str:
        """What is wrong and what to do; empty while it is well."""
        health = self.health
        with self._news:
            return self._sentence if health is Health.LOST else self._kind.sentence(health)

    @property
    def cause(self) -> Cause | None:
        """Why it was lost, where that was established."""
        with self._news:
            return self._cause if self._lost else None

    @property
    def settings(self) -> tuple[CameraSetting, ...]:
        """What can be set on the camera; empty until it is open."""
        with self._news:
            return self._settings

    def change(self, name: SettingName, value: float) -> None:
        """Set something, before the next picture; returns at once. It is set again when the camera comes back."""
        with self._news:
            self._wishes[name] = value
            self._unset.add(name)

    @property
    def has_motors(self) -> bool:
        """Whether the camera is open and its stage can be moved from here."""
        with self._news:
            return self._has_motors

    def after(self, number: int, timeout: float) -> Shot | None:
        """Wait for a picture that was wholly exposed after that with a number; ``None`` when none comes in time."""
        with self._news:
            self._news.wait_for(lambda: self._count >= number + OLD + 1 or self._lost or self._stop.is_set(), timeout)
            return self._newest if self._count >= number + OLD + 1 else None

    def newest(self) -> Shot | None:
        """The newest picture, which stays until a newer one comes."""
        with self._news:
            return self._newest

    def wait(self, timeout: float) -> Shot | None:
        """Wait for a picture that was not handed out here before; ``None`` when the time ran out or it is closed."""
        with self._news:
            self._news.wait_for(lambda: self._count > self._taken or self._stop.is_set(), timeout)
            if self._count == self._taken or self._stop.is_set():
                return None
            self._taken = self._count
            return self._newest

    def first(self, opening: float, picture: float) -> Shot | None:
        """Wait for a first picture, for so many seconds until it is open and then for so many more.

        Returns
        -------
        Shot or None
            ``None`` when the time ran out or the camera was lost: it is not waited for until it comes back.
        """

        def settled() -> bool:
            return self._count > 0 or self._lost or self._stop.is_set()

        with self._news:
            if self._news.wait_for(lambda: self._opened or settled(), opening):
                self._news.wait_for(settled, picture)
            return self._newest

    def wait_for_loss(self, timeout: float) -> bool:
        """Wait until the camera is lost."""
        with self._news:
            return self._news.wait_for(lambda: self._lost, timeout)

    def end(self) -> None:
        """Stop reading; returns at once, the camera is let go in its thread."""
        self._stop.set()
        self.stage.refuse(CLOSED, for_good=True)
        with self._news:
            self._news.notify_all()

    def close(self) -> None:
        """Stop reading and wait for it. A camera that does not come back from a read is left to its thread."""
        self.end()
        self._thread.join(CLOSE_S)
        if self._thread.is_alive():
            logger.warning("a camera did not close in time; its thread is left alone")

    def _run(self) -> None:
        failures = 0
        if self._after is not None:
            self._after.close()
            self._after = None
        while not self._stop.is_set():
            before = self._count
            try:
                self._open_and_read()
            except CameraError as error:
                failures = 1 if self._count > before else failures + 1
                self._say_lost(error)
            except Exception as error:
                logger.exception("a camera's driver failed")
                failures += 1
                self._say_lost(CameraError(self._kind.failed, repr(error)))
            self.stage.refuse(self._sentence)
            self._stop.wait(BACK_OFF_S[min(max(failures, 1), len(BACK_OFF_S)) - 1])

    def _open_and_read(self) -> None:
        camera = self._open_it()
        try:
            self._read_on(camera)
        finally:
            with self._news:
                self._has_motors = False
            camera.close()

    def _read_on(self, camera: Camera) -> None:
        """Read until it is stopped or the camera is lost."""
        with self._news:
            self._watch = Watchdog(self._clock())
            self._opened = True
            self._settings = camera.settings()
            self._unset = set(self._wishes)
            motors = camera.motors if isinstance(camera, Motorized) else None
            self._has_motors = motors is not None
            self._news.notify_all()
        while not self._stop.is_set():
            self._set_wishes(camera)
            self.stage.work_off(motors)
            pixels = camera.read()
            seen, now = glance(pixels), self._clock()
            with self._news:
                if self._stop.is_set():
                    break
                self._lost = False
                self._count += 1
                self._watch.saw(seen, now)
                self._newest = Shot(pixels, self._count, now, camera.um_per_px, camera.stage)
                self._news.notify_all()
            self._on_shot()

    def _set_wishes(self, camera: Camera) -> None:
        with self._news:
            wishes = {name: self._wishes[name] for name in self._unset}
            self._unset.clear()
        for name, value in wishes.items():
            camera.change(name, value)
        if wishes:
            settings = camera.settings()
            with self._news:
                self._settings = settings

    def _say_lost(self, error: CameraError) -> None:
        logger.warning("camera lost: %s", error.detail)
        with self._news:
            self._lost, self._sentence, self._cause = True, error.message, error.cause
            self._news.notify_all()
