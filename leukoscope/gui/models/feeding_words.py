"""How a model is fed, how that was tried and where an import is at, in the window's words."""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication

from leukoscope.domain.cuts import Cutting
from leukoscope.domain.feeding import PRESETS, Feeding

if TYPE_CHECKING:
    from leukoscope.inference.input_schema import FeedingTrial
    from leukoscope.inference.proposal.tried import Proposal, Tried

translate = QCoreApplication.translate
NOTHING = "–"
_WAY = re.compile(r"Trying way (\d+) of (\d+)")


def around_words(feeding: Feeding) -> str:
    """What the network sees of the cell and around it."""
    if feeding.cut_out is Cutting.WHOLE:
        return translate("Feeding", "the whole image")
    words = {
        Cutting.BLACK: translate("Feeding", "on black, {0} of {1} pixels"),
        Cutting.KEPT: translate("Feeding", "in its surroundings, {0} of {1} pixels"),
        Cutting.MEAN: translate("Feeding", "on its mean color, {0} of {1} pixels"),
    }
    return words[feeding.cut_out].format(feeding.crop, feeding.canvas)


def samples_words(feeding: Feeding) -> str:
    """In which order and range its samples come, and what is taken off and divided by."""
    color = translate("Feeding", "gray") if feeding.color == "gray" else feeding.color
    parts = [f"{color} {range_words(feeding.scaling)}"]
    known = {"caffe": translate("Feeding", "mean of ImageNet taken away")}
    known["torch"] = translate("Feeding", "mean and deviation of ImageNet")
    for name, words in known.items():
        if (feeding.mean, feeding.deviation) == (PRESETS[name].mean, PRESETS[name].deviation):
            return f"{parts[0]}, {words}"
    if feeding.mean:
        parts.append(translate("Feeding", "minus {0}").format(_listed(feeding.mean)))
    if feeding.deviation:
        parts.append(translate("Feeding", "divided by {0}").format(_listed(feeding.deviation)))
    return ", ".join(parts)


def range_words(scaling: str) -> str:
    """A range with the signs of print: ``−1…1``."""
    return scaling.replace("..", "…").replace("-", "−")


def figures_words(way: Tried) -> tuple[str, str]:
    """AUROC and its interval."""
    if math.isnan(way.auroc):
        return translate("Feeding", "no number"), NOTHING
    return f"{way.auroc:.2f}", f"{way.low:.2f}–{way.high:.2f}"


def tried_on_words(proposal: Proposal) -> str:
    """On what the ways were tried, for the heading of their list."""
    if not proposal.is_tried and proposal.size != (0, 0, 0):
        return translate(
            "Feeding",
            "A model that names cells and judges none cannot be tried. It is fed as said above: make sure of it.",
        )
    if not proposal.is_tried:
        return translate("Feeding", "Only Keras files can be tried. This one is fed as said above: make sure of it.")
    if proposal.cells == "drawn":
        words = translate("Feeding", "Tried on {0} leukemic and {1} healthy drawn cells, the proposed way first.")
    else:
        words = translate("Feeding", "Tried on {0} leukemic and {1} healthy cells of yours, the proposed way first.")
    return words.format(proposal.leukemic, proposal.healthy)


def swapped_words(proposal: Proposal) -> str:
    """That the model seems to mean the opposite, and what to choose; empty where it does not."""
    if not proposal.looks_swapped:
        return ""
    if proposal.cells == "drawn":
        return translate(
            "Feeding",
            "However it is fed, it puts healthy drawn cells above leukemic ones: what its outputs mean may be the "
            "other way round; try it on labeled cells, and if they say the same, choose the other order above.",
        )
    return translate(
        "Feeding",
        "However it is fed, it puts healthy cells above leukemic ones: what its outputs mean is probably the other "
        "way round; choose the other order under “What its outputs mean” and try again.",
    )


def trial_words(trial: FeedingTrial) -> str:
    """How the trial of an installed model came out: ``AUROC 0.41 (0.20–0.63) on 12 leukemic and 12 healthy cells``."""
    if trial.auroc is None or trial.low is None or trial.high is None:
        figure = translate("Feeding", "no number")
    else:
        figure = f"AUROC {trial.auroc:.2f} ({trial.low:.2f}–{trial.high:.2f})"
    if trial.cells == "drawn":
        words = translate("Feeding", "{0} on {1} leukemic and {2} healthy drawn cells")
    else:
        words = translate("Feeding", "{0} on {1} leukemic and {2} healthy labeled cells")
    return words.format(figure, trial.leukemic, trial.healthy)


def step_words(step: str) -> str:
    """A step of trying or importing."""
    way = _WAY.fullmatch(step)
    if way is not None:
        return translate("Feeding", "Trying way {0} of {1}").format(*way.groups())
    known = {
        "Checking the file": translate("Feeding", "Checking the file"),
        "Loading the model": translate("Feeding", "Loading the model"),
        "Looking what it does with samples": translate("Feeding", "Looking what it does with samples"),
        "Compiling": translate("Feeding", "Compiling"),
        "Finding its branches": translate("Feeding", "Finding its branches"),
        "Comparing compiled and original": translate("Feeding", "Comparing compiled and original"),
        "Setting the scale of the maps": translate("Feeding", "Setting the scale of the maps"),
        "Trying the maps": translate("Feeding", "Trying the maps"),
        "Installing": translate("Feeding", "Installing"),
    }
    return known.get(step, step)


def _listed(values: tuple[float, ...]) -> str:
    return "; ".join(f"{value:g}" for value in values)
