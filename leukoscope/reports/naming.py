"""What a cell is, in the words of the report."""

from __future__ import annotations

from leukoscope.domain import cell_classes
from leukoscope.domain.cell_sentence import Judged, program_says
from leukoscope.domain.findings import Label, Naming, UnsureReason
from leukoscope.domain.labels import PersonLabel
from leukoscope.reports.layout import probability_text
from leukoscope.reports.words import Words


def class_name(code: str, words: Words) -> str:
    """The name of a cell class, as it stands within a line."""
    return {
        cell_classes.NEUTROPHIL: words("neutrophil"),
        cell_classes.EOSINOPHIL: words("eosinophil"),
        cell_classes.BASOPHIL: words("basophil"),
        cell_classes.MONOCYTE: words("monocyte"),
        cell_classes.LYMPHOCYTE: words("lymphocyte"),
        cell_classes.IMMATURE_GRANULOCYTE: words("immature granulocyte"),
        cell_classes.ERYTHROBLAST: words("erythroblast"),
        cell_classes.BLAST: words("blast"),
        cell_classes.SMUDGE: words("smudge cell"),
        cell_classes.ARTIFACT: words("artifact"),
        cell_classes.NO_WHITE_CELL: words("no white cell"),
    }[code]


def group_name(code: str | None, words: Words) -> str:
    """The name of a class as the head of its line; of cells that nobody has named for ``None``."""
    return {
        None: words("Not named"),
        cell_classes.NEUTROPHIL: words("Neutrophils"),
        cell_classes.EOSINOPHIL: words("Eosinophils"),
        cell_classes.BASOPHIL: words("Basophils"),
        cell_classes.MONOCYTE: words("Monocytes"),
        cell_classes.LYMPHOCYTE: words("Lymphocytes"),
        cell_classes.IMMATURE_GRANULOCYTE: words("Immature granulocytes"),
        cell_classes.ERYTHROBLAST: words("Erythroblasts"),
        cell_classes.BLAST: words("Blasts"),
        cell_classes.SMUDGE: words("Smudge cells"),
        cell_classes.ARTIFACT: words("Artifacts"),
        cell_classes.NO_WHITE_CELL: words("No white cells"),
    }[code]


def said_text(said: PersonLabel, words: Words, verdict: str) -> str:
    """What a person said, within a line: the class where one was named, else the verdict's word."""
    return verdict.lower() if said.code is None else class_name(said.code, words)


def verdict_name(label: Label, words: Words) -> str:
    """The word of a verdict, as it stands within a line."""
    return {
        Label.LEUKEMIC: words("Leukemic"),
        Label.HEALTHY: words("Healthy"),
        Label.UNSURE: words("Unsure"),
    }[label].lower()


def leukemic_text(probability: float | None, words: Words) -> str:
    """The probability with what it is of; a dash where no leukemia model was asked."""
    shown = probability_text(probability, words)
    return shown if probability is None else f"{verdict_name(Label.LEUKEMIC, words)} {shown}"


def told_text(label: Label, probability: float | None, words: Words) -> str:
    """The program's verdict with its probability, and of what: “healthy 0.88”, “unsure (leukemic 0.52)”."""
    said = verdict_name(label, words)
    if probability is None:
        return said
    if label is Label.UNSURE:
        return f"{said} ({leukemic_text(probability, words)})"
    return f"{said} {probability_text(probability if label is Label.LEUKEMIC else 1 - probability, words)}"


class ReportWords:
    """The words of a report for what the program says of a cell."""

    def __init__(self, words: Words) -> None:
        self._words = words

    def verdict(self, label: Label) -> str:
        """Leukemic, healthy, unsure."""
        return verdict_name(label, self._words)

    def class_name(self, code: str) -> str:
        """What a cell class is called."""
        return class_name(code, self._words)

    def figure(self, probability: float) -> str:
        """Two digits; what rounds to certainty is not called certain."""
        return probability_text(probability, self._words)

    def reason(self, why: UnsureReason) -> str:
        """Why the program abstains, in a few words."""
        return brief_reason(why, self._words)

    def not_named(self) -> str:
        """That the probability is too low for a name."""
        return self._words("not named")

    def leans(self, side: str) -> str:
        """To which side an unsure cell leans."""
        return self._words("leans {side}", side=side)


def program_text(cell: Judged, words: Words) -> str:
    """What the program says of a cell: the first half of its sentence, as in the window."""
    return program_says(cell, ReportWords(words))


def program_within(label: Label, probability: float | None, naming: Naming | None, words: Words) -> str:
    """The same without reasons, for a line that has little room; it stands in brackets, with none of its own."""
    verdict = told_text(label, probability, words).replace(" (", ", ").replace(")", "")
    if naming is None:
        return verdict
    healthy_by_name = probability is None and label is Label.HEALTHY
    return naming_text(naming, words) if healthy_by_name else f"{naming_text(naming, words)}, {verdict}"


def brief_reason(why: UnsureReason, words: Words) -> str:
    """Why the program abstains, in a few words."""
    return {
        UnsureReason.IMAGE_QUALITY: words("image quality"),
        UnsureReason.FOREIGN: words("unlike any known cell"),
        UnsureReason.NOVELTY: words("unlike known mononuclear cells"),
        UnsureReason.DISAGREEMENT: words("models disagree"),
        UnsureReason.BAND: words("inside unsure band"),
        UnsureReason.PRECURSOR: words("precursor"),
        UnsureReason.NO_WHITE_CELL: words("no white cell"),
        UnsureReason.UNNAMED: words("not named"),
    }[why]


def naming_text(naming: Naming, words: Words) -> str:
    """Name and its probability; that it is not named where the probability is too low for a name."""
    if not naming.is_confident:
        return words("not named")
    return f"{class_name(naming.code, words)} {probability_text(naming.probability, words)}"
