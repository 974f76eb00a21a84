from __future__ import annotations

from leukoscope.workflow.pace import Pace


def test_time_left_follows_the_pace_since_the_first_image() -> None:
    now = [100.0]
    pace = Pace(clock=lambda: now[0])
    assert pace.seconds_left(0, 10) is None
    now[0] = 130.0  # the first one waited for the engine: it does not count
    assert pace.seconds_left(1, 10) is None
    now[0] = 134.0
    assert pace.seconds_left(3, 10) == 14.0
