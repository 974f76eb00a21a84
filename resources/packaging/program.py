"""Where each of the three installed programs begins: the window, the command line, the importer.

All three begin in this one file: a child process looks for the file its parent began in.
"""

from __future__ import annotations

import multiprocessing
import os
import sys
from pathlib import Path

WINDOW, IMPORTER = "leukoscope-window", "leukoscope-importer"


def leave_libraries_to_us() -> None:
    """Give programs that we open (a PDF viewer) the system's library path, not the one of our folder.

    The loader has read it already; children of our own set it again when they begin.
    """
    for name in ("LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH"):
        if f"{name}_ORIG" in os.environ:
            os.environ[name] = os.environ[f"{name}_ORIG"]
        elif getattr(sys, "frozen", False):
            os.environ.pop(name, None)


def main() -> int:
    """Run the program that this executable is; returns the exit code."""
    program = Path(sys.executable).stem
    if program == IMPORTER:
        sys.stderr.write("This part of LeukoScope is started by the others: leukoscope models import FILE.\n")
        return 1
    leave_libraries_to_us()
    if program == WINDOW:
        from leukoscope.gui.app import main as open_window

        return open_window(sys.argv[1:])
    from leukoscope.cli.main import main as run_command

    return run_command()


if __name__ == "__main__":
    # Children begin here too and go no further than this line.
    multiprocessing.freeze_support()
    sys.exit(main())
