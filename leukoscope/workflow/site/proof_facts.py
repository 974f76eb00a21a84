"""The figures of a proof as the window draws them, read from what the profile's file keeps of it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

LEUKEMIA, CLASSES = "leukemia", "classes"
FIGURE_NAMES = (
    "auroc", "sensitivity", "specificity", "balanced_accuracy", "ece", "share_decided", "right",
)  # fmt: skip
"""In the order in which they are shown."""
_TEXT = re.compile(r"(-?\d+\.\d+)(?: \((-?\d+\.\d+) to (-?\d+\.\d+)\))?")
_NAMED = re.compile(r"(?P<side>shipped|taught)\.(?P<truth>\S+) named (?P<said>\S*)")
Proven = Mapping[str, str | float | int | None]


@dataclass(frozen=True)
class ProofFigure:
    """One figure with its 95 % interval over patients.

    Parameters
    ----------
    value
        ``None`` where it cannot be told.
    low, high
        ``None`` where there is no interval.
    """

    value: float | None
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True)
class QuestionFacts:
    """What was proven of one question.

    Parameters
    ----------
    question
        ``LEUKEMIA`` or ``CLASSES``.
    verdict
        *better*, *no better*, *too few to tell*.
    cells, patients
        On how many.
    gain
        Of the lesson over the shipped models.
    figures
        By name: of the shipped models, and with the profile.
    confusion
        (class, what it was called) -> how often: by the shipped models, and with the profile.
    """

    question: str
    verdict: str
    cells: int
    patients: int
    gain: ProofFigure
    figures: Mapping[str, tuple[ProofFigure, ProofFigure]]
    confusion: tuple[Mapping[tuple[str, str], int], Mapping[tuple[str, str], int]] = ({}, {})


@dataclass(frozen=True)
class ProofFacts:
    """What was proven, question by question."""

    verdict: str
    questions: tuple[QuestionFacts, ...]


def proof_facts(proven: Proven) -> ProofFacts:
    """Read the figures of a proof, as ``teaching.proof_figures`` writes them."""
    there = [one for one in (LEUKEMIA, CLASSES) if f"{one}.verdict" in proven]
    return ProofFacts(str(proven.get("verdict", "")), tuple(_question(one, proven) for one in there))


def _question(name: str, proven: Proven) -> QuestionFacts:
    own = {key.removeprefix(f"{name}."): value for key, value in proven.items() if key.startswith(f"{name}.")}
    figures = {
        figure: (_figure(own[f"shipped.{figure}"]), _figure(own.get(f"taught.{figure}")))
        for figure in FIGURE_NAMES
        if f"shipped.{figure}" in own
    }
    confusion: tuple[dict[tuple[str, str], int], dict[tuple[str, str], int]] = ({}, {})
    for key, value in own.items():
        if (found := _NAMED.fullmatch(key)) and isinstance(value, int):
            confusion[found["side"] == "taught"][found["truth"], found["said"]] = value
    counts = (own.get(one) for one in ("cells", "patients"))
    cells, patients = (one if isinstance(one, int) else 0 for one in counts)
    return QuestionFacts(name, str(own["verdict"]), cells, patients, _figure(own.get("gain")), figures, confusion)


def _figure(value: str | float | int | None) -> ProofFigure:
    if isinstance(value, float | int):
        return ProofFigure(float(value))
    found = _TEXT.fullmatch(value or "")
    if found is None:
        return ProofFigure(None)
    return ProofFigure(*(None if one is None else float(one) for one in found.groups()))
