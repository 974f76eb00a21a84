"""How far a run is: on one line of a terminal, once a minute elsewhere."""

from __future__ import annotations

import io

import pytest

from leukoscope.cli.progress_line import ProgressLine, sentence
from leukoscope.domain.progress import Progress


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(
    ("progress", "said"),
    [
        (Progress(1, 8), "1 of 8 images"),
        (Progress(1200, 100_000, 3146.5, 3), "1200 of 100000 images, 31.4 a second, 52 min left, 3 failed"),
        (Progress(1, 11, 20.0), "1 of 11 images, 0.5 a second, 20 s left"),
        (Progress(1, 100_001, 7380.0), "1 of 100001 images, 13.6 a second, 2 h 3 min left"),
        (Progress(8, 8, 0.0), "8 of 8 images"),
    ],
)
def test_it_says_rate_and_what_is_left(progress: Progress, said: str) -> None:
    assert sentence(progress) == said


def shown(stream: io.StringIO, step: float) -> str:
    now = 0.0

    def clock() -> float:
        return now

    line = ProgressLine(stream, clock)
    for done in range(1, 201):
        now += step
        line.show(Progress(done, 200))
    return stream.getvalue()


def test_a_terminal_has_one_line_that_ends_with_all() -> None:
    said = shown(Terminal(), 0.01)
    assert "\n" not in said and said.endswith("200 of 200 images")
    assert 15 < said.count("\r") < 30, "not for each image"


def test_a_file_gets_a_line_a_minute_and_of_a_short_run_none() -> None:
    assert shown(io.StringIO(), 0.2) == ""
    assert shown(io.StringIO(), 1.0).splitlines() == [f"{done} of 200 images" for done in (60, 120, 180)]
