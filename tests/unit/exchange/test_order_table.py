"""Tables as spreadsheets and laboratory systems write them: every row is taken or named with its line."""

from __future__ import annotations

import pytest

from leukoscope.domain.cases import Priority
from leukoscope.domain.errors import ExchangeError
from leukoscope.exchange.order_table import read_table
from leukoscope.exchange.orders import OrderList, priority_of

STAT, URGENT, ROUTINE = Priority.STAT, Priority.URGENT, Priority.ROUTINE


def read(text: str, codec: str = "utf-8", here: str = "") -> OrderList:
    return read_table(text.encode(codec), here)


def cells(found: OrderList) -> list[tuple[str, str]]:
    return [(one.header.number, one.header.patient) for one in found.orders]


@pytest.mark.parametrize("between", [",", ";", "\t", "|"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("codec", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32"])
def test_any_separator_line_end_and_unicode(between: str, end: str, codec: str) -> None:
    lines = ["number,patient,notes", 'A-1,"Müller, Zoë",王', "", ",,", "A-2,Beispiel,"]
    text = end.join(line if '"' in line else line.replace(",", between) for line in lines)
    text = text.replace('A-1,"Müller, Zoë",王', between.join(("A-1", '"Müller, Zoë"', "王")))
    found = read(text + end, codec)
    assert cells(found) == [("A-1", "Müller, Zoë"), ("A-2", "Beispiel")]
    assert (found.refused, found.notes) == ((), ())
    assert [one.line for one in found.orders] == [2, 5]


@pytest.mark.parametrize("head", ["sep=;\r\n", '"sep=;"\r\n', "SEP=;\n", "sep=;;;\r\n"])
def test_a_line_of_excel_that_names_the_separator(head: str) -> None:
    assert cells(read(head + "number;patient\r\nA-1;Muster, Maria\r\n")) == [("A-1", "Muster, Maria")]


@pytest.mark.parametrize(
    "above",
    ["Worklist 28.11.2026,,\r\n", "Laboratory X\r\n\r\nWard 7, night\r\nby: M. Muster\r\n", '"List, ""A"""\r\n,,\r\n'],
)
def test_lines_above_the_titles_are_passed_over(above: str) -> None:
    (one,) = read(above + "number,patient,priority\r\nA-1,Muster,stat\r\n").orders
    assert (one.header.number, one.priority) == ("A-1", STAT)
    assert one.line == above.count("\r\n") + 2


@pytest.mark.parametrize(
    ("titles", "expected"),
    [
        ("Fallnummer;Name;Vorname;Patientennr.;Priorität;Material;Färbung", "Muster, Maria"),
        ("N° de cas;Nom;Prénom;IPP;Priorité;Prélèvement;Coloration", "Muster, Maria"),
        ("Número de caso;Apellidos;Nombre;NHC;Prioridad;Muestra;Tinción", "Muster, Maria"),
        ("Accession No.;Last name;First name;MRN;Priority;Specimen;Stain", "Muster, Maria"),
        ("BARCODE;PATIENT;given_name;Patient-ID;Urgency;sample;staining", "Muster, Maria"),
    ],
)
def test_titles_of_four_languages(titles: str, expected: str) -> None:
    (one,) = read(f"{titles}\nA-1;Muster;Maria;4711;S;Blood;MGG\n").orders
    header = one.header
    assert (header.patient, header.patient_id, header.specimen, header.stain) == (expected, "4711", "Blood", "MGG")
    assert one.priority is STAT


def test_nombre_alone_is_the_whole_name() -> None:
    assert cells(read("numero,nombre\n1,Ana López\n")) == [("1", "Ana López")]


def test_columns_that_are_not_known_are_named() -> None:
    (note,) = read("number,patient,Wichtigkeit,x\n1,M,sehr,\n").notes
    assert "“Wichtigkeit”" in note.sentence
    assert note.line == 1


@pytest.mark.parametrize(
    ("priority", "words"),
    [
        (STAT, "STAT|s|Emergency|NOTFALL|sofort|Urgence|emergencia|stat!|vital"),
        (URGENT, "urgent|ASAP|dringend|eilig|Eilt|dringlich|high|urgente|très urgent|a"),
        (ROUTINE, "routine|R|normal|Standard|rutina|nicht dringend|low|elektiv"),
    ],
)
def test_words_for_the_priority(priority: Priority, words: str) -> None:
    assert {priority_of(word) for word in words.split("|")} == {priority}


@pytest.mark.parametrize("word", ["quux", "1", "N", "yes", "x", "T9", "TX3", "!"])
def test_a_word_for_the_priority_that_is_not_known_costs_its_row(word: str) -> None:
    found = read(f"number,patient,priority\nA-1,M,{word}\nA-2,N,\n")
    assert [(one.header.number, one.priority) for one in found.orders] == [("A-2", None)]
    (refused,) = found.refused
    assert (refused.line, refused.number) == (2, "A-1")
    assert word in refused.sentence


@pytest.mark.parametrize(
    "body",
    [
        'A-1,"Muster\nA-2,Beispiel\nA-3,Drei\n',
        'A-1,"Muster\nA-2,Beispiel\nA-3,"Drei"\n',
        'A-1,"Muster\r\nA-2,"Beispiel"\r\nA-3,Drei',
        'A-1,"Mus"ter\nA-2,Beispiel\nA-3,Drei\n',
        'A-1,"Muster\nA-2,Beispiel\nA-3,Drei\nA-4,"',
    ],
)
def test_a_quote_that_nobody_closes_costs_its_own_row(body: str) -> None:
    found = read("number,patient\n" + body)
    assert cells(found)[:2] == [("A-2", "Beispiel"), ("A-3", "Drei")]
    assert [one.line for one in found.refused if one.number == "A-1"] == [2]
    assert "\n" not in "".join(one.header.patient for one in found.orders)


def test_what_may_belong_to_an_open_quote_begins_no_case() -> None:
    found = read('number,patient,notes\nA-1,"Muster,first\nsecond line\nA-2,Beispiel,ok\n')
    assert cells(found) == [("A-2", "Beispiel")]
    assert [one.line for one in found.refused] == [2, 3]


def test_line_breaks_that_are_meant_are_kept_in_notes_and_made_blanks_elsewhere() -> None:
    found = read('number;patient;notes\r\nA-1;"Muster\nMaria";"one\ntwo; three\n\n"\r\nA-2;x 5" y;"a ""b"""\r\n')
    (first, second) = (one.header for one in found.orders)
    assert (first.patient, first.notes) == ("Muster Maria", "one\ntwo; three")
    assert (second.patient, second.notes) == ('x 5" y', 'a "b"')
    assert [one.line for one in found.orders] == [2, 7]


def test_large_cells_are_read() -> None:
    (one,) = read(f'number,notes\nA-1,"{"x" * 400_000}"\n').orders
    assert len(one.header.notes) == 400_000


def test_many_rows_are_read_in_a_moment() -> None:
    found = read("number,patient\n" + "".join(f'A-{one},"Muster {one}\n' for one in range(3000)))
    assert len(found.refused) == 3000


@pytest.mark.parametrize(
    ("cell", "number"),
    [('="00123"', "00123"), ("'=A1", "=A1"), ("'+49-7", "+49-7"), ('"\'-5"', "-5"), ("'A-1", "'A-1")],
)
def test_what_keeps_a_spreadsheet_from_counting_is_taken_off(cell: str, number: str) -> None:
    assert cells(read(f"number,patient\n{cell},M\n")) == [(number, "M")]


@pytest.mark.parametrize(
    "cell",
    ["1.23E+12", '"1,23E+12"', "1E+12", "12.05.2026", "2026-05-12", "5/12/2026", "12. Mai", "12-May", "May-26",
     "Mai 26", "#NAME?", "#####", "#BEZUG!"],
)  # fmt: skip
def test_what_a_spreadsheet_made_of_a_number_is_refused(cell: str) -> None:
    found = read(f"number,patient\n{cell},M\nA-2,N\n")
    assert cells(found) == [("A-2", "N")]
    assert found.refused[0].line == 2
    assert cell.strip('"') in found.refused[0].sentence


@pytest.mark.parametrize(
    "cell", ["2026-0417", "12E5", "26/0417", "E+12", "2026-11-28-7", "H26-123.4", "00123", "123456789012"]
)
def test_numbers_that_only_look_a_little_like_it_are_taken(cell: str) -> None:
    assert cells(read(f"number,patient\n{cell},M\n")) == [(cell, "M")]


def test_a_patient_number_that_was_rounded_costs_its_row() -> None:
    assert "rounded" in read("number,patient id\nA-1,1.23E+12\n").refused[0].sentence


def test_ragged_rows() -> None:
    found = read("number,patient,priority\nA-1\nA-2,Muster, Maria,stat\n,nobody\nA-3,M,stat,,\n")
    assert cells(found) == [("A-1", ""), ("A-3", "M")]
    assert [(one.line, one.number) for one in found.refused] == [(3, "A-2"), (4, "")]


def test_a_number_that_stands_twice_is_said() -> None:
    (note,) = read("number,patient\nA-1,M\na-1,N\n").notes
    assert (note.line, "line 2" in note.sentence) == (3, True)


def test_nul_and_damaged_letters_cost_their_row() -> None:
    found = read_table(b"number,patient\nA-1,M\0\nA-2,N\n")
    assert cells(found) == [("A-2", "N")]
    damaged = read_table(b"\xef\xbb\xbfnumber,patient\nA-1,M\xff\nA-2,N\n")
    assert cells(damaged) == [("A-2", "N")]
    assert [one.line for one in (*found.refused, *damaged.refused)] == [2, 2]


@pytest.mark.parametrize(
    ("name", "codec"),
    [
        ("Kołodziej", "cp1250"),
        ("Łucja Święta", "cp1250"),
        ("Müller", "cp1252"),
        ("Größe", "cp1252"),
        ("Strauß", "cp1250"),
    ],
)
def test_an_old_code_page_is_read_where_only_one_reading_makes_sense_and_that_is_said(name: str, codec: str) -> None:
    found = read(f"number,patient\nA-1,{name}\n", codec)
    assert cells(found) == [("A-1", name)]
    assert "CSV UTF-8" in found.notes[0].sentence


@pytest.mark.parametrize(
    ("name", "codec"),
    [("Peña", "cp1252"), ("Иванов", "cp1251"), ("Ωμέγα", "cp1253"), ("Ñíguez", "cp1252"), ("許", "big5")],
)
def test_letters_that_can_be_read_in_two_ways_cost_their_row(name: str, codec: str) -> None:
    found = read(f"number,patient\nA-1,{name}\nA-2,Beispiel\n", codec)
    assert cells(found) == [("A-2", "Beispiel")]
    assert found.refused[0].line == 2
    assert "UTF-8" in found.refused[0].sentence


@pytest.mark.parametrize(("name", "here"), [("Peña", "cp1252"), ("Иванов", "cp1251"), ("Škoda", "cp1250")])
def test_the_code_page_of_this_computer_is_taken_and_said(name: str, here: str) -> None:
    found = read(f"number,patient\nA-1,{name}\n", here, here)
    assert cells(found) == [("A-1", name)]
    assert here[-4:] in found.notes[0].sentence


def test_titles_in_an_old_code_page_are_understood() -> None:
    (one,) = read("Nummer;Priorität;Färbung\n1;eilig;MGG\n", "cp1252").orders
    assert (one.priority, one.header.stain) == (URGENT, "MGG")


@pytest.mark.parametrize(
    ("data", "says"),
    [(b"PK\x03\x04rest", "workbook"), (b"\xd0\xcf\x11\xe0rest", "workbook"), (b"%PDF-1.7", "PDF"), (b"", "number"),
     (b"a,b\n1,2", "number"), (b"\x00\x01", "number")],
)  # fmt: skip
def test_what_is_no_table_is_said(data: bytes, says: str) -> None:
    with pytest.raises(ExchangeError, match=says):
        read_table(data)
