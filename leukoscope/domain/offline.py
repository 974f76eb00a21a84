"""What the program's libraries would do behind its back: count their uses, write into the home folder, print names.

Called before any of them is imported, in every process of the program (``leukoscope/__init__.py``).
"""

from __future__ import annotations

import os
import sys

NOWHERE = os.path.join(os.devnull, "leukoscope")  # noqa: PTH118 - no path: nothing can be read or written there
"""Below a file there can be no folder: who is sent there finds nothing and keeps nothing."""


def keep_to_this_computer() -> None:
    """Turn off what libraries count, send and keep.

    OpenVINO does without its telemetry where that package is not installed (``openvino/tools/ovc`` then takes its own
    stub), and the set-up leaves it out. Where it came along all the same it is not found: Python takes ``None`` among
    its modules for one that is not there. Otherwise it writes an id into the home folder and calls an analytics host.

    Keras keeps a settings file in the home folder, which would also change how models are read here.
    """
    sys.modules.setdefault("openvino_telemetry", None)  # type: ignore[arg-type]
    os.environ.setdefault("KERAS_HOME", NOWHERE)
    # Micro-Manager's Python layer logs into the home folder.
    os.environ.setdefault("PYMM_LOG_FILE", "0")
    # OpenCV and the ffmpeg in it print names of files and addresses with their passwords on the terminal.
    os.environ["OPENCV_LOG_LEVEL"] = "SILENT"
    os.environ["OPENCV_FFMPEG_LOGLEVEL"] = "-8"
    for chatty in ("OPENCV_FFMPEG_DEBUG", "OPENCV_VIDEOIO_DEBUG"):
        os.environ.pop(chatty, None)
