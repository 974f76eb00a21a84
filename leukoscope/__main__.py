"""``python -m leukoscope`` is the command ``leukoscope``."""

import multiprocessing
import sys

from leukoscope.cli.main import main

if __name__ == "__main__":
    # Children of the frozen program start here too.
    multiprocessing.freeze_support()
    sys.exit(main())
