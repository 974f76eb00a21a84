"""When a picture is taken by itself."""

from __future__ import annotations

from leukoscope.workflow.auto_take import REST_S, AutoTake, TimeLapse

WIDTH = 1000
STEP = 0.1


def drive(auto: AutoTake, shifts: list[tuple[float, float] | None], sharpness: float = 10.0, start: float = 0.0) -> int:
    """How many pictures are taken while the stage moves so."""
    return sum(auto.look(start + STEP * i, shift, sharpness, WIDTH) for i, shift in enumerate(shifts))


MOVE: list[tuple[float, float] | None] = [(40.0, 10.0)] * 10
REST: list[tuple[float, float] | None] = [(0.3, -0.2)] * 12


def test_one_picture_at_each_new_place() -> None:
    auto = AutoTake()
    assert drive(auto, [None, *REST]) == 1, "the first place is new"
    assert drive(auto, REST, start=2) == 0, "the same cells are not taken twice"
    assert drive(auto, MOVE, start=4) == 0, "not while it moves"
    assert drive(auto, REST, start=6) == 1
    assert drive(auto, [(3.0, 0.0)] * 5 + REST, start=8) == 0, "too near the last picture"
    assert drive(auto, [None, *REST], start=10) == 1, "quite another place"


def test_there_and_back_again_is_no_new_place() -> None:
    auto = AutoTake()
    drive(auto, [None, *REST])
    assert drive(auto, MOVE + [(-40.0, -10.0)] * 10 + REST, start=4) == 0


def test_out_of_focus_waits_for_the_fine_focus() -> None:
    auto = AutoTake()
    drive(auto, [None, *REST], sharpness=10.0)
    drive(auto, MOVE, sharpness=10.0, start=3)
    assert drive(auto, REST, sharpness=5.0, start=4) == 0
    assert drive(auto, REST, sharpness=9.9, start=6) == 1


def test_rest_takes_its_time() -> None:
    auto = AutoTake()
    assert not auto.look(0.0, None, 1.0, WIDTH)
    assert not auto.look(0.1, (0.0, 0.0), 1.0, WIDTH)
    assert not auto.look(0.1 + 0.9 * REST_S, (0.0, 0.0), 1.0, WIDTH)
    assert auto.look(0.11 + REST_S, (0.0, 0.0), 1.0, WIDTH)


def test_time_lapse() -> None:
    lapse = TimeLapse(10.0, 3, 100.0)
    assert lapse.due(100.0, 0)
    assert not lapse.due(109.9, 1)
    assert lapse.due(110.0, 1)
    assert lapse.seconds_left(104.0, 1) == 6.0
    assert not lapse.due(500.0, 3)
    assert lapse.seconds_left(500.0, 3) == 0.0
