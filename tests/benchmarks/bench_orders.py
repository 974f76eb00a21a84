"""Orders over MLLP that are acknowledged a second, on one line and on fifty; each is on the disk before it is.

``python -m tests.benchmarks.bench_orders [ORDERS]``: asked for are 500 a second on two cores. What the sender does with
the same cores is in the figure.
"""

from __future__ import annotations

import os
import sys
import tempfile
import threading
import time
from collections.abc import Sequence
from pathlib import Path

from leukoscope.workflow.app_dirs import HOME_VARIABLE
from tests.unit.workflow.orders_in.messages import code, program
from tests.unit.workflow.orders_in.test_killed import send

ORDERS, LINES = 3000, (1, 50)


def acknowledged(orders: int, lines: int) -> float:
    """Orders a second over so many lines, to a program that is just started with an empty home."""
    with tempfile.TemporaryDirectory() as folder:
        os.environ[HOME_VARIABLE] = folder
        answered: dict[str, str] = {}
        lock, numbers = threading.Lock(), [f"F{one}" for one in range(orders)]
        with program(Path(folder)) as (process, port):
            senders = [
                threading.Thread(target=send, args=(port, numbers[part::lines], answered, lock))
                for part in range(lines)
            ]
            begun = time.perf_counter()
            for one in senders:
                one.start()
            for one in senders:
                one.join()
            seconds = time.perf_counter() - begun
            process.kill()
        assert len(answered) == orders and {code(said) for said in answered.values()} == {"AA"}
    return orders / seconds


def main(arguments: Sequence[str] = ()) -> None:
    """Print the figures."""
    orders = int(arguments[0]) if arguments else ORDERS
    print(f"load average {os.getloadavg()[0]:.1f}" if hasattr(os, "getloadavg") else "")
    for lines in LINES:
        print(
            f"{orders:,} orders on {lines:2} lines: {acknowledged(orders, lines):.0f} a second acknowledged", flush=True
        )


if __name__ == "__main__":
    main(sys.argv[1:])
