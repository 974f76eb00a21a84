"""What the page says of groups, figures, verdicts and steps, in the window's language."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication

from leukoscope.domain.cell_classes import CELL_CLASSES
from leukoscope.domain.findings import Label
from leukoscope.domain.site_labels import parsed_place
from leukoscope.domain.site_steps import TeachStage, TeachStep
from leukoscope.gui import class_words, verdicts

if TYPE_CHECKING:
    from leukoscope.domain.site_labels import Group
    from leukoscope.workflow.site.proof_facts import ProofFacts, ProofFigure, QuestionFacts

BETTER, NO_BETTER = "better", "no better"


def _t(text: str) -> str:
    return QCoreApplication.translate("Quality", text)


def group_word(word: str) -> str:
    """A class in its plural, or a side."""
    if word in CELL_CLASSES:
        return class_words.heading(word)
    return verdicts.word(Label(word)) if word in {one.value for one in Label} else word or _t("Neither")


def place(source: str) -> str:
    """Where a labeled cell is: an image of a case, or a file of a folder, whose name stays as it is."""
    found = parsed_place(source)
    return source if found is None else _t("case {0}, image {1}").format(*found)


def missing(group: Group) -> str:
    """What a group lacks, in numbers; empty when it has enough."""
    cells, patients = group.missing_cells, group.missing_patients
    if not cells:
        return ""
    if not patients:
        return _t("1 more cell") if cells == 1 else _t("{0} more cells").format(cells)
    if patients == 1:
        return _t("{0} more cells of 1 more patient").format(cells)
    return _t("{0} more cells of {1} more patients").format(cells, patients)


def figure(one: ProofFigure, *, signed: bool = False) -> str:
    """A figure with its interval."""
    if one.value is None:
        return _t("not known")
    style = "+.2f" if signed else ".2f"
    if one.low is None or one.high is None:
        return f"{one.value:{style}}"
    return _t("{0} ({1} to {2})").format(*(f"{x:{style}}" for x in (one.value, one.low, one.high)))


def figure_name(name: str) -> str:
    """What a figure is."""
    return {
        "auroc": _t("AUROC"),
        "sensitivity": _t("Sensitivity"),
        "specificity": _t("Specificity"),
        "balanced_accuracy": _t("Balanced accuracy"),
        "ece": _t("Calibration error (ECE), smaller is better"),
        "share_decided": _t("Share decided"),
        "right": _t("Right among the decided"),
    }[name]


def question(one: QuestionFacts) -> str:
    """What was asked, and of how many cells."""
    asked = _t("Leukemic or healthy") if one.question == "leukemia" else _t("Classes")
    return f"{asked} · " + _t("{0} cells of {1} patients").format(one.cells, one.patients)


def verdict(word: str) -> str:
    """A verdict in few words."""
    return {
        BETTER: _t("better"),
        NO_BETTER: _t("no better"),
    }.get(word, _t("too few to tell"))


def verdict_sentence(proof: ProofFacts, against: str = "") -> str:
    """The verdict in one plain sentence; ``against`` is the profile that stands in the place of the shipped models."""
    if against and proof.verdict == BETTER:
        return _t("Better than {0}, which speaks now, on the locked patients.").format(against)
    if against and proof.verdict == NO_BETTER:
        return _t("No better than {0}, which speaks now, on the locked patients.").format(against)
    if against:
        return _t("Too few locked cells or patients to tell whether it is better than {0}.").format(against)
    if proof.verdict == BETTER:
        return _t("Better than the shipped models on patients that it had not seen.")
    if proof.verdict == NO_BETTER:
        return _t("No better than the shipped models on patients that it had not seen.")
    return _t("Too few cells or patients to tell whether it is better than the shipped models.")


def step(one: TeachStep, cells: int = 0) -> str:
    """Where the work is; ``cells`` says how many there are in all, where that is known."""
    done, total = one.done, one.total or cells
    if one.stage is TeachStage.READING:
        return _t("Reading the cells: {0}").format(done) if done else _t("Reading the cells")
    if one.stage is TeachStage.ASKING:
        return _t("Asking the shipped models: {0} of {1} cells").format(done, total)
    if one.stage is TeachStage.ASKING_TAUGHT:
        return _t("Asking with the profile: {0} of {1} cells").format(done, total)
    if one.stage is TeachStage.PROVING:
        return _t("Leaving patients out and asking about theirs: {0} of {1}").format(done, total)
    if one.stage is TeachStage.LEARNING:
        return _t("Learning from all: {0} of {1}").format(done, total)
    return _t("Keeping the profile")
