"""The columns of a list of cases: what a title means, in English, German, French and Spanish."""

from __future__ import annotations

from collections.abc import Iterable

from leukoscope.exchange.orders import folded

NUMBER, PATIENT, GIVEN = "number", "patient", "given"
_NAMES = {
    NUMBER: (
        "number", "case", "case number", "case no", "case id", "accession", "accession number", "accession no",
        "barcode",
        "order number", "order no", "order id", "sample number", "sample id", "specimen number", "specimen id",
        "lab number",
        "Nummer", "Nr", "Fall", "Fallnummer", "Fall-Nr", "Auftrag", "Auftragsnummer", "Auftragsnr", "Auftrags-Nr",
        "Probennummer", "Probennr", "Proben-Nr", "Labornummer", "Barcodenummer", "Strichcode", "Eingangsnummer",
        "numéro", "no", "n°", "num", "cas", "numéro de cas", "n° de cas", "numéro de demande",
        "numéro d’échantillon", "code-barres",
        "número", "núm", "caso", "número de caso", "n.º de caso", "número de muestra", "número de petición",
        "código de barras",
    ),
    PATIENT: (
        "patient", "name", "patient name", "patients name", "full name", "last name", "surname", "family name",
        "family",
        "Patientin", "Patientenname", "Name des Patienten", "Nachname", "Familienname", "Zuname",
        "nom", "nom du patient", "patiente", "nom de famille",
        "paciente", "nombre del paciente", "apellido", "apellidos", "nombre y apellidos", "apellidos y nombre",
    ),
    GIVEN: (
        "first name", "given name", "given names", "forename", "Vorname", "Vornamen", "prénom", "prénoms", "nombre",
        "nombres",
    ),
    "patient_id": (
        "patient id", "patient number", "patient no", "patient identifier", "mrn", "pid", "medical record number",
        "hospital number",
        "Patientennummer", "Patienten-Nr", "Patientennr", "Patienten-ID", "Pat-Nr", "PatNr", "Pat-ID",
        "numéro du patient", "numéro de patient", "n° patient", "id patient", "ipp", "identifiant patient",
        "identifiant du patient",
        "número de paciente", "número del paciente", "id paciente", "id del paciente", "nhc", "historia clínica",
        "número de historia",
    ),
    "birth_date": (
        "birth date", "date of birth", "dob", "birthdate", "birthday", "Geburtsdatum", "geboren", "geb", "Geb-Datum",
        "date de naissance", "né le", "fecha de nacimiento", "f. nac.",
    ),
    "sex": ("sex", "gender", "Geschlecht", "sexe", "sexo", "género"),
    "specimen": (
        "specimen", "material", "sample", "specimen type", "sample type",
        "Probe", "Probenmaterial", "Untersuchungsmaterial", "Probenart", "échantillon", "prélèvement", "matériel",
        "muestra", "espécimen", "tipo de muestra",
    ),
    "stain": ("stain", "staining", "Färbung", "coloration", "tinción", "coloración"),
    "operator": (
        "operator", "technician", "Bediener", "Bedienerin", "MTA", "MTL", "Bearbeiter", "Bearbeiterin", "technicien",
        "technicienne",
        "opérateur", "opératrice", "operador", "operadora", "técnico", "técnica",
    ),
    "notes": (
        "notes", "note", "comment", "comments", "remarks", "remark", "Notiz", "Notizen", "Bemerkung", "Bemerkungen",
        "Kommentar",
        "Anmerkung", "Anmerkungen", "remarque", "remarques", "commentaire", "commentaires", "nota", "notas",
        "comentario",
        "comentarios", "observaciones",
    ),
    "priority": (
        "priority", "urgency", "prio", "Priorität", "Dringlichkeit", "Eilvermerk", "priorité", "urgence",
        "prioridad", "urgencia",
    ),
}  # fmt: skip
FIELDS = {field: tuple(dict.fromkeys(folded(name) for name in names)) for field, names in _NAMES.items()}
"""Titles that are understood, folded, the best first."""
_KNOWN = frozenset(name for names in FIELDS.values() for name in names)


def columns_of(titles: Iterable[str]) -> dict[str, int]:
    """Field of an order -> place of its column, for the fields that there is a column of.

    Of several columns for one field the best named counts; ``nombre`` alone is the whole name.
    """
    places: dict[str, int] = {}
    for place, title in enumerate(titles):
        places.setdefault(folded(title), place)
    found = {
        field: places[name]
        for field, names in FIELDS.items()
        if (name := next((one for one in names if one in places), None)) is not None
    }
    if GIVEN in found and PATIENT not in found:
        found[PATIENT] = found.pop(GIVEN)
    return found


def is_title(text: str) -> bool:
    """Whether a title is understood."""
    return folded(text) in _KNOWN
