"""The likeliest way is tried first; what a person said is not tried otherwise."""

from __future__ import annotations

import pytest

from leukoscope.domain.cuts import PLAIN, Cut, Cutting
from leukoscope.domain.feeding import PRESETS, Feeding, Normalization
from leukoscope.inference.proposal.candidates import candidates, cuts_to_try


@pytest.mark.parametrize(
    ("names", "first"),
    [
        (("model", "resnet50", "conv1"), PRESETS["caffe"]),
        (("model", "conv2_block1_1_conv"), PRESETS["caffe"]),
        (("vgg16", "block1_conv1"), PRESETS["caffe"]),
        (("resnet50v2",), PRESETS["tf"]),
        (("mobilenetv2_1.00_224",), PRESETS["tf"]),
        (("densenet121",), PRESETS["torch"]),
        (("sequential", "conv2d", "dense"), Normalization("RGB", "0..1")),
    ],
)
def test_a_known_backbone_says_what_it_wants(names: tuple[str, ...], first: Normalization) -> None:
    ways = candidates(False, names, 3, {})
    assert ways[0] == first.of(Feeding())
    assert len(set(ways)) == len(ways) == 40
    assert {first.of(Feeding(crop=450)), Feeding(Cutting.WHOLE), PRESETS["caffe"].of(Feeding(crop=450))} <= set(ways)


def test_a_network_that_scales_itself_is_fed_raw_first() -> None:
    ways = candidates(True, ("resnet50",), 3, {})
    assert ways[0] == Feeding() and not any(one.mean for one in ways)


def test_what_was_said_is_kept_and_the_rest_is_tried() -> None:
    ways = candidates(False, (), 3, {"color": "BGR", "crop": 200})
    assert {one.color for one in ways} == {"BGR"} and {one.crop for one in ways} == {200}
    assert {one.scaling for one in ways} == {"0..255", "0..1", "-1..1"}
    whole = {"cut_out": Cutting.KEPT, "canvas": 600, "crop": 600, "scaling": "0..1", "mean": (), "deviation": ()}
    assert {one.canvas for one in candidates(False, (), 3, whole)} == {600}
    assert cuts_to_try(whole) == {Cut(Cutting.KEPT, 600)}


def test_gray_is_tried_once_for_all_orders_of_colors() -> None:
    ways = candidates(False, (), 1, {})
    assert {one.color for one in ways} == {"gray"}
    assert len(ways) < len(candidates(False, (), 3, {}))


def test_all_cuts_are_at_hand_for_all_ways() -> None:
    assert cuts_to_try({}) == {PLAIN, Cut(Cutting.KEPT), Cut(Cutting.WHOLE)}
