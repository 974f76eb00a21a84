"""Standard phrases for conclusions, to start with: a lab edits them in its settings."""

from __future__ import annotations

from leukoscope.reports.words import Words


def standard_phrases(words: Words) -> tuple[str, ...]:
    """The phrases that the program comes with, in one language. None of them names a disease."""
    return (
        words("Differential within the usual range; no cell with the look of a blast among the counted cells."),
        words("Mature neutrophils predominate."),
        words("Lymphocytes predominate; their look is that of mature cells."),
        words("Immature granulocytes in the blood (left shift)."),
        words("Erythroblasts in the blood."),
        words("Cells with the look of blasts; a second person and immunophenotyping shall confirm them."),
        words("Smudge cells; the count is uncertain."),
        words("Too few white cells for a reliable differential; a new smear is recommended."),
        words("Smear or stain of limited quality; a new smear is recommended."),
        words("No relevant change against the earlier cases of this patient."),
        words("Please compare with the complete blood count."),
    )
