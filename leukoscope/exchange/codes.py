"""Codes that travel with the figures: a public one where there is a fitting one, the project's own elsewhere."""

from __future__ import annotations

from dataclasses import dataclass

from leukoscope.domain.cell_classes import ERYTHROBLAST, cell_class
from leukoscope.domain.findings import Label

LOINC = "http://loinc.org"
SNOMED = "http://snomed.info/sct"
UNITS = "http://unitsofmeasure.org"
CATEGORY = "http://terminology.hl7.org/CodeSystem/observation-category"
SECTION = "http://terminology.hl7.org/CodeSystem/v2-0074"
OWN = "urn:oid:2.25.171902744263310270351408437196450293812"
"""The project's own codes in FHIR: an OID made from a UUID, as ISO/IEC 9834-8 has it."""
NUMBERS = f"{OWN}.1"
"""The case numbers that labs write."""
OWN_SCHEME = "99LEUKO"
"""The same in HL7 v2 and DICOM, where names of local code systems begin with 99."""


@dataclass(frozen=True)
class Code:
    """One code with its meaning."""

    code: str
    meaning: str


REPORT = Code("11502-2", "Laboratory report")
"""LOINC."""
CELLS = Code("cells", "White blood cells judged")
COUNT = Code("count", "Cells")
LOW = Code("share-low", "Share, lower bound of the 95 % interval")
HIGH = Code("share-high", "Share, upper bound of the 95 % interval")
CELL = Code("cell", "White blood cell")
PROGRAM = Code("label-program", "Label by the program")
PERSON = Code("label-person", "Label by a person")
PROBABILITY = Code("probability", "Calibrated probability of leukemic")
CELL_CLASS = Code("cell-class", "Cell class by the program")
DIFFERENTIAL = Code("69738-3", "Differential panel, method unspecified - Blood")
"""LOINC. 24318-8, *Manual Differential panel - Blood*, is discouraged since it is a part of other panels, and a count
that program and people make together is neither manual nor automated."""
DIFFERENTIAL_COUNT = Code("diff-counted", "White cells counted for the differential")
DIFFERENTIAL_UNNAMED = Code("diff-unnamed", "White cells without a name, share")
DIFFERENTIAL_LABELED = Code("diff-by-person", "White cells that a person has labeled")
DIFFERENTIAL_MORE = Code("diff-more", "More cells for intervals within 3 percent")
MONONUCLEAR = Code("diff-mononuclear", "Mononuclear cells")
BLASTS_AMONG = Code("diff-leukemic-mononuclear", "Leukemic among mononuclear cells, share")
PERSON_CLASS = Code("class-person", "Cell class by a person")
CLASS_PROBABILITY = Code("class-probability", "Calibrated probability of the cell class")
MODEL = Code("model", "Model")
SHA256 = Code("model-sha256", "SHA-256 of the model file")
BAND_LOW = Code("band-low", "Lower end of the unsure band")
BAND_HIGH = Code("band-high", "Upper end of the unsure band")
PDF = Code("report-pdf", "Report as PDF")

SHARES = {
    Label.LEUKEMIC: Code("share-leukemic", "Share of leukemic cells"),
    Label.HEALTHY: Code("share-healthy", "Share of healthy cells"),
    Label.UNSURE: Code("share-unsure", "Share of unsure cells"),
}
LABELS = {
    Label.LEUKEMIC: Code("leukemic", "Leukemic"),
    Label.HEALTHY: Code("healthy", "Healthy"),
    Label.UNSURE: Code("unsure", "Unsure"),
}


PER_100 = "/100{WBCs}"
"""UCUM: for 100 white blood cells."""


def percentage_code(code: str) -> Code:
    """LOINC code of the share of a class among white cells; of erythroblasts, for 100 white cells."""
    known = cell_class(code)
    if code == ERYTHROBLAST:
        return Code(known.loinc, "Nucleated erythrocytes/100 leukocytes [Ratio] in Blood")
    return Code(known.loinc, f"{known.plural.capitalize()}/100 leukocytes in Blood")


def cell_class_code(code: str) -> Code:
    """A cell class in the project's own codes."""
    return Code(code, cell_class(code).title.capitalize())
