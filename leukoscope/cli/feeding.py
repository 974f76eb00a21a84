"""Options that say how a model is fed: each for one thing, and one for several, as Keras names them."""

from __future__ import annotations

import argparse
import math
from collections.abc import Mapping, Sequence
from dataclasses import fields
from typing import TYPE_CHECKING, Any

from leukoscope.domain.cuts import Cutting
from leukoscope.domain.feeding import COLORS, PRESETS, RESIZES, SCALINGS, Feeding

if TYPE_CHECKING:
    from leukoscope.inference.proposal.tried import Proposal

CUTS = {cut.value.split("-")[0]: cut for cut in Cutting}
"""``black``, ``kept``, ``mean``, ``whole``."""


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add them; what is not given has no value."""
    group = parser.add_argument_group("how the model is fed")
    group.add_argument(
        "--cut", dest="cut_out", type=_cut, metavar=f"{{{','.join(CUTS)}}}", help="what it sees around the cell"
    )
    group.add_argument("--canvas", type=int, help="side of the square around the cell, in pixels of 0.06 µm")
    group.add_argument("--crop", type=int, help="side of the central part of it that is kept")
    group.add_argument("--resize", choices=RESIZES, help="how that is brought to the size of the input")
    group.add_argument("--color", choices=COLORS, help="order of the channels")
    group.add_argument("--scaling", choices=SCALINGS, help="range of the samples; --scaling=-1..1")
    group.add_argument("--mean", type=_numbers, help="mean of each channel, taken away: 103.9,116.8,123.7")
    group.add_argument("--deviation", type=_numbers, help="deviation of each channel: what is left is divided by it")
    group.add_argument(
        "--preset", choices=list(PRESETS), help="color, scaling, mean and deviation as keras.applications has them"
    )


def given_in(args: argparse.Namespace) -> Mapping[str, Any]:
    """What was asked for, by the names that a Feeding has; a single option goes before the preset."""
    given: dict[str, Any] = {}
    if args.preset is not None:
        numbers = PRESETS[args.preset].of(Feeding())
        given |= {name: getattr(numbers, name) for name in ("color", "scaling", "mean", "deviation")}
    named = {one.name: getattr(args, one.name) for one in fields(Feeding)}
    given |= {name: value for name, value in named.items() if value is not None}
    if "canvas" in given and "crop" not in given:
        given["crop"] = given["canvas"]
    if "crop" in given and "canvas" not in given:
        given["canvas"] = max(Feeding().canvas, given["crop"])
    return given


def table(found: Proposal) -> list[str]:
    """All ways that were tried, the one to take first."""
    whose = "drawn cells, which only show what fails" if found.cells == "drawn" else "labeled cells"
    size = "x".join(str(side) for side in found.size)
    head = f"Input {size}; the model {' and '.join(found.inside)}."
    if not found.is_tried:
        return [f"The model {' and '.join(found.inside)}: no way of feeding it was tried; say how with the options."]
    lines = [
        head,
        f"Tried on {found.leukemic} leukemic and {found.healthy} healthy {whose}:",
        f"{'way':>3}  {'AUROC (95 %)':20} {'loss':>6}  fed",
    ]
    for number, one in enumerate(found.tried, 1):
        area = "no number" if math.isnan(one.auroc) else f"{one.auroc:.2f} ({one.low:.2f} to {one.high:.2f})"
        lines.append(f"{number:>3}  {area:20} {one.loss:>6.2f}  {one.feeding.text}")
    return lines


def swapped_sentence(found: Proposal, classes: Sequence[str], name: str) -> str:
    """That a model seems to mean the opposite, and what to type; empty where it does not.

    Parameters
    ----------
    found
        What trying came to.
    classes
        What each figure was said to mean.
    name
        Under which the model is installed.
    """
    if not found.looks_swapped:
        return ""
    turned = f"--classes {','.join(reversed(classes))}" if len(classes) == 2 else "--classes in another order"
    again = f"leukoscope models remove {name}, and import it with {turned}"
    if found.cells == "drawn":
        return (
            "However it is fed, it puts healthy drawn cells above leukemic ones: what its figures mean may be the "
            f"other way round; try it on labeled cells (--labeled), and if that says the same, {again}."
        )
    return (
        "However it is fed, it puts healthy cells above leukemic ones: what its figures mean is probably the other "
        f"way round; {again}."
    )


def _cut(text: str) -> Cutting:
    if text not in CUTS:
        raise argparse.ArgumentTypeError(f"write one of {', '.join(CUTS)}")
    return CUTS[text]


def _numbers(text: str) -> tuple[float, ...]:
    try:
        return tuple(float(part) for part in text.split(","))
    except ValueError as error:
        raise argparse.ArgumentTypeError("write a number for each channel, with commas: 0.5,0.5,0.5") from error
