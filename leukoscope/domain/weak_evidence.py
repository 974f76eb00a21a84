"""When an explanation map has little to say: then that is said, instead of a picture that convinces."""

from __future__ import annotations

from leukoscope.domain.findings import ExplanationMap, Label

WEAK = 0.25
"""Of a layer's calibrated maximum: a map whose strongest evidence stays below it says little."""


def is_weak(explanation: ExplanationMap, label: Label) -> bool:
    """Whether a map is weak evidence for a label.

    A map that is no evidence always is: attention says where a network looked, not what speaks for anything, and on
    held-out cells it did worse than a random map on insertion. Evidence is weak where nothing in it reaches ``WEAK``.
    """
    return not explanation.kind.evidence or float(explanation.evidence(label).max(initial=0.0)) < WEAK
