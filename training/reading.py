"""Do something with many files at once, under a bar, and stop at once after Ctrl-C."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from tqdm import tqdm  # type: ignore[import-untyped]

Thing = TypeVar("Thing")
Made = TypeVar("Made")


def each(make: Callable[[Thing], Made], things: Sequence[Thing], title: str) -> Iterator[Made]:
    """What ``make`` makes of each thing, in order; a bar where somebody sees it.

    What has not begun when the iteration is left, as by Ctrl-C, is not done any more.
    """
    pool = ThreadPoolExecutor()
    try:
        # disable=None: only where standard error is a terminal
        yield from tqdm(
            pool.map(make, things), desc=title, total=len(things), unit="picture", leave=False, disable=None
        )
    finally:
        pool.shutdown(wait=True, cancel_futures=True)
