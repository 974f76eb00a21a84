"""A program on real parts that kills itself at one step of an image's way: ``dying_program.py STEP CASE PATH...``."""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psutil

from leukoscope.cases.images import ImageStore
from leukoscope.cases.judged_images import JudgedImages
from leukoscope.cases.queue import ImageQueue
from leukoscope.inference import engine
from leukoscope.inference.engine_child import EngineChild
from leukoscope.workflow.app_dirs import AppDirs
from leukoscope.workflow.workbench import Workbench

STEPS: dict[str, tuple[type, str]] = {
    "bytes on the disk": (ImageStore, "put"),
    "bytes kept": (ImageQueue, "keep"),
    "claimed": (ImageQueue, "claim"),
    "sent to the engine": (EngineChild, "send"),
    "judged, not committed": (JudgedImages, "_add"),
    "committed": (JudgedImages, "complete"),
}
AFTER = {"bytes on the disk": 1, "bytes kept": 1, "claimed": 1, "sent to the engine": 1}
"""At which call of the step; later ones leave some images judged before."""


def die() -> None:
    """As the kernel ends a program: nothing is tidied up."""
    os.kill(os.getpid(), signal.SIGKILL)


def die_after(owner: type, name: str, calls: int) -> None:
    """End with the program once a method has returned so often with something."""
    real: Callable[..., Any] = getattr(owner, name)
    count = 0

    def wrapped(*args: Any, **kwargs: Any) -> Any:
        nonlocal count
        answer = real(*args, **kwargs)
        count += answer is not None or name in {"keep", "send"}
        if count >= calls:
            die()
        return answer

    setattr(owner, name, wrapped)


def main(step: str, case_id: int, paths: list[Path]) -> None:
    """Add the images, or go on with those that wait, and die."""
    if step in STEPS:
        owner, name = STEPS[step]
        die_after(owner, name, AFTER.get(step, 2))
    bench = Workbench(AppDirs.of_user(), lambda _event: None)
    if step == "engine and program at once":
        real = vars(engine)["next_answer"]

        def kill_both(*args: Any) -> Any:
            for child in psutil.Process().children(recursive=True):
                child.kill()
            die()
            return real(*args)

        vars(engine)["next_answer"] = kill_both
    bench.capture.add_paths(case_id, paths)
    if not paths:
        bench.start()
    if step == "accepted":
        die()
    threading.Event().wait(240)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), [Path(name) for name in sys.argv[3:]])
