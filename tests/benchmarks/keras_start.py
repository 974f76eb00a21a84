"""Run by itself: import Keras, load the models named on the command line, predict once; prints seconds and MB."""

from __future__ import annotations

import time

BEGUN = time.perf_counter()

import sys  # noqa: E402
from pathlib import Path  # noqa: E402

import numpy as np  # noqa: E402
import psutil  # noqa: E402


def main() -> None:
    from leukoscope.inference.loading import load_model

    for path in sys.argv[1:]:
        model = load_model(Path(path))
        model.predict(np.zeros((1, *model.input_shape[1:]), np.float32), verbose=0)
    print(time.perf_counter() - BEGUN, psutil.Process().memory_info().rss / 1e6)


if __name__ == "__main__":
    main()
