"""A map grows while a hand moves the smear: what is sharp, slow and overlaps is joined, all else is said."""

from __future__ import annotations

import cv2
import numpy as np

from leukoscope.domain.frames import Pixels
from leukoscope.imaging.coverage import gaps
from leukoscope.imaging.following import Follower, Whereabouts
from leukoscope.sources.demo import demo_field
from tests.unit.imaging.fields_by_hand import HEIGHT, WIDTH, corners, off, photographed, smear, snake

WORLD = smear(4, 3)
STEP_S = 0.1


def seen(*places: tuple[float, float]) -> list[Pixels]:
    return list(photographed(WORLD, np.array(places, np.float64)))


def followed(follower: Follower, pictures: list[Pixels], start: int = 0) -> list[Whereabouts]:
    return [follower.look(one, (start + number) * STEP_S).what for number, one in enumerate(pictures)]


def test_rests_become_places_and_the_way_between_does_not() -> None:
    right = corners(snake(4, 3))
    way = [right[0] + (right[1] - right[0]) * part for part in np.linspace(0, 1, 7)[1:-1]]
    follower = Follower()
    became = followed(
        follower, seen(tuple(right[0]), tuple(right[0]), *(tuple(one) for one in way), tuple(right[1]), tuple(right[1]))
    )
    assert became[:2] == [Whereabouts.MOVING, Whereabouts.JOINED], "whether the first moves nobody knows yet"
    assert not set(became[2:-2]) & {Whereabouts.JOINED, Whereabouts.LOST}
    assert became[-2:] == [Whereabouts.MOVING, Whereabouts.JOINED], "it has come to rest"
    (group,) = follower.mosaic.groups()
    assert off({0: group[0], 1: group[1]}, right[:2]) < 1.0


def test_the_frame_is_where_the_camera_is_also_on_its_way() -> None:
    follower, start = Follower(), np.array([60.0, 60.0])
    followed(follower, seen((60, 60), (60, 60)))
    for number in range(1, 8):
        place = start + np.array([14.0, 5.0]) * number
        (picture,) = seen((place[0], place[1]))
        found = follower.look(picture, 0.2 + number * STEP_S)
        assert found.corner is not None
        assert np.hypot(*(np.array(found.corner) - (place - start))) < 2.0


def test_a_picture_out_of_focus_is_not_joined() -> None:
    follower = Follower()
    followed(follower, seen((60, 60), (60, 60)))
    slow = [(60.0 + 8 * number, 60.0) for number in range(1, 31)]
    blurred = [np.asarray(cv2.GaussianBlur(one, (0, 0), 3.0), np.uint8) for one in seen(*slow)]
    became = followed(follower, blurred, 2)
    assert Whereabouts.JOINED not in became and became[-1] is Whereabouts.BLURRED
    (sharp,) = seen(slow[-1])
    assert follower.look(sharp, 4.0).what is Whereabouts.JOINED


def test_another_place_is_lost_until_the_map_is_seen_again_or_it_is_taken() -> None:
    follower = Follower()
    followed(follower, seen((60, 60), (60, 60)))
    elsewhere = demo_field(77, WIDTH, HEIGHT).pixels
    became = followed(follower, [elsewhere] * 3, 2)
    assert became[-1] is Whereabouts.LOST
    assert follower.look(seen((90, 70))[0], 1.0).what is Whereabouts.THERE, "the frame appears again"
    followed(follower, [elsewhere] * 2, 11)
    assert follower.take(elsewhere) and [len(group) for group in follower.mosaic.groups()] == [1, 1]
    assert follower.places[1].is_taken and not follower.places[0].is_taken


def test_the_last_place_is_taken_back_and_pictures_of_another_size_are_none() -> None:
    follower = Follower()
    followed(follower, seen((60, 60), (60, 60)))
    assert follower.take(seen((200, 60))[0]) and len(follower.places) == 2
    assert not follower.take(demo_field(1, 300, 300).pixels)
    assert follower.look(demo_field(1, 300, 300).pixels, 0.5).what is Whereabouts.LOST
    assert follower.forget_last() and len(follower.places) == 1
    assert follower.look(seen((70, 60))[0], 0.6).what is not Whereabouts.JOINED
    assert follower.forget_last() and not follower.forget_last()
    assert Whereabouts.JOINED in followed(follower, seen((60, 60), (60, 60)), 7), "it begins again"


def test_a_bridge_that_is_taken_back_leaves_two_pieces() -> None:
    follower = Follower()
    for place in ((60, 60), (560, 60), (310, 60)):
        assert follower.take(seen(place)[0])
    assert [len(group) for group in follower.mosaic.groups()] == [3]
    follower.forget_last()
    assert [len(group) for group in follower.mosaic.groups()] == [1, 1]


def test_gaps_are_what_lies_inside() -> None:
    ring = [(80.0 * column, 60.0 * row) for column in range(4) for row in range(4) if not (column == 1 and row == 1)]
    (gap,) = gaps(ring, (90, 70))
    assert np.allclose(gap, (90, 70, 70, 50), atol=6)
    assert gaps([*ring, (80.0, 60.0)], (90, 70)) == ()
    assert gaps([one for one in ring if one != (0.0, 60.0)], (90, 70)) == (), "a bay is open to the outside"
