"""One sentence for a cell, the same wherever it stands: whose word is whose, and what each figure is of."""

from __future__ import annotations

from typing import Protocol

from leukoscope.domain.cell_classes import NO_WHITE_CELL
from leukoscope.domain.findings import Label, Naming, Thresholds, UnsureReason
from leukoscope.domain.labels import PersonLabel


class Judged(Protocol):
    """What the program says of a cell: a Finding, or a cell of a report."""

    @property
    def label(self) -> Label:
        """The combined label."""
        ...

    @property
    def probability(self) -> float | None:
        """Of leukemic, 0..1; ``None`` when no leukemia model was asked."""
        ...

    @property
    def thresholds(self) -> Thresholds:
        """The band that was applied."""
        ...

    @property
    def unsure(self) -> tuple[UnsureReason, ...]:
        """Why the program abstains, most serious first."""
        ...

    @property
    def naming(self) -> Naming | None:
        """What the cell is; ``None`` when nobody was asked."""
        ...


class ProgramWords(Protocol):
    """The words of one language for what the program says, as they stand within a sentence."""

    def verdict(self, label: Label) -> str:
        """Leukemic, healthy, unsure."""
        ...

    def class_name(self, code: str) -> str:
        """What a cell class is called."""
        ...

    def figure(self, probability: float) -> str:
        """A probability, 0..1."""
        ...

    def reason(self, why: UnsureReason) -> str:
        """Why the program abstains, in a few words."""
        ...

    def not_named(self) -> str:
        """That the probability is too low for a name."""
        ...

    def leans(self, side: str) -> str:
        """To which side a cell leans that is unsure, with its figure."""
        ...


class SentenceWords(ProgramWords, Protocol):
    """The words of the whole sentence."""

    def program(self, said: str) -> str:
        """That it is the program who says so, as a sentence."""
        ...

    def person(self, said: str) -> str:
        """That it is a person who says so, as a sentence."""
        ...


NOTHING_SAID = "–"


def cell_sentence(judged: Judged, said: PersonLabel | None, words: SentenceWords) -> str:
    """What the program says of a cell and what a person says.

    “Program: unsure, unlike its training cells; leans leukemic 0.83. You: healthy.”

    Parameters
    ----------
    judged
        What the program says.
    said
        A person's label; ``None`` while nobody has given one.
    words
        Of the language.
    """
    return f"{words.program(program_says(judged, words))} {words.person(person_says(said, words))}"


def person_says(said: PersonLabel | None, words: ProgramWords) -> str:
    """A person's label within a sentence: the class where one was named, else the verdict; a dash without."""
    if said is None:
        return NOTHING_SAID
    return words.verdict(said.label) if said.code is None else words.class_name(said.code)


def program_says(judged: Judged, words: ProgramWords) -> str:
    """The program's name for a cell and its verdict, each figure with what it is of.

    A granulocyte that was named with confidence is healthy by its name; that is not said twice.
    """
    naming = judged.naming
    verdict = _verdict(judged, words)
    if naming is None:
        return verdict
    if not naming.is_confident:
        return f"{words.not_named()}, {verdict}"
    name = f"{words.class_name(naming.code)} {words.figure(naming.probability)}"
    if judged.probability is None and judged.label is Label.HEALTHY and not judged.unsure:
        return name
    return f"{name}, {verdict}"


def _verdict(judged: Judged, words: ProgramWords) -> str:
    """The verdict with its figure; of an unsure one why, and the side that it leans to."""
    label, probability = judged.label, judged.probability
    if label is not Label.UNSURE:
        return words.verdict(label) if probability is None else _with_figure(label, probability, words)
    reasons = [words.reason(why) for why in judged.unsure if not _is_said_by_the_name(why, judged.naming)]
    verdict = ", ".join([words.verdict(label), *reasons])
    if probability is None:
        return verdict
    middle = (judged.thresholds.low + judged.thresholds.high) / 2
    side = Label.LEUKEMIC if probability >= middle else Label.HEALTHY
    return f"{verdict}; {words.leans(_with_figure(side, probability, words))}"


def _is_said_by_the_name(why: UnsureReason, naming: Naming | None) -> bool:
    """Whether a reason would repeat what stands before the verdict."""
    if naming is None:
        return False
    if why is UnsureReason.NO_WHITE_CELL:
        return naming.is_confident and naming.code == NO_WHITE_CELL
    return why is UnsureReason.UNNAMED and not naming.is_confident


def _with_figure(label: Label, probability: float, words: ProgramWords) -> str:
    of_label = probability if label is Label.LEUKEMIC else 1 - probability
    return f"{words.verdict(label)} {words.figure(of_label)}"
