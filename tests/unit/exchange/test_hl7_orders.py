"""HL7 orders as their senders mean them: letters, identifiers, priorities, what ORC-1 asks for, whole files."""

from __future__ import annotations

import pytest

from leukoscope.domain.cases import Priority
from leukoscope.exchange.hl7_escapes import escape, unescape
from leukoscope.exchange.hl7_orders import read_orders
from leukoscope.exchange.orders import Act
from tests.unit.exchange import builders
from tests.unit.exchange.hl7_texts import only, order, read


@pytest.mark.parametrize(
    ("charset", "codec", "family", "given"),
    [
        ("8859/1", "latin-1", "Núñez", "Zoë"),
        ("8859/1", "cp1252", "Škoda", "Œuvre’s"),
        ("8859/2", "iso8859_2", "Kołodziej", "Łucja"),
        ("8859/3", "iso8859_3", "Ĥaĵ", "Ġużé"),
        ("8859/4", "iso8859_4", "Ķēniņš", "Ģirts"),
        ("8859/5", "iso8859_5", "Иванов", "Иван"),
        ("8859/6", "iso8859_6", "محمد", "علي"),
        ("8859/7", "iso8859_7", "Ωμέγα", "Ελένη"),
        ("8859/8", "iso8859_8", "שלום", "דוד"),
        ("8859/9", "iso8859_9", "Şahin", "Gül"),
        ("8859/15", "iso8859_15", "Šimek", "Œdipe"),
        ("ISO-8859-2", "iso8859_2", "Kołodziej", "Łucja"),
        ("ISO IR 144", "iso8859_5", "Иванов", "Иван"),
        ("WINDOWS-1251", "cp1251", "Иванов", "Иван"),
        ("UNICODE UTF-8", "utf-8", "王", "Łucja"),
        ("UTF-8", "utf-8", "王", "Łucja"),
        ("GB 18030-2000", "gb18030", "张", "伟"),
        ("GBK", "gbk", "张", "伟"),
        ("GB2312", "gb2312", "张", "伟"),
        ("BIG-5", "big5", "許", "功蓋"),
        ("KS X 1001", "euc_kr", "김", "민준"),
        ("ISO IR87", "iso2022_jp", "山田", "太郎"),
        ("~ISO IR87", "iso2022_jp", "山田", "太郎"),
        ("ASCII~8859/2", "iso8859_2", "Kołodziej", "Łucja"),
        ("8859/2~UNICODE UTF-8", "iso8859_2", "Kołodziej", "Łucja"),
        ("", "utf-8", "Kołodziej", "Łucja"),
        ("", "utf-8-sig", "Kołodziej", "Łucja"),
        ("UNICODE UTF-16", "utf-16", "Kołodziej", "Łucja"),
        ("8859/1", "utf-16-le", "Kołodziej", "Łucja"),
        ("UNICODE UTF-16", "utf-16-be", "Kołodziej", "Łucja"),
        ("UNICODE UTF-32", "utf-32", "Kołodziej", "Łucja"),
    ],
)
def test_the_letters_are_those_of_the_character_set_that_is_named(
    charset: str, codec: str, family: str, given: str
) -> None:
    text = order(charset=charset, pid=f"PID|1||4711||{family}^{given}")
    assert only(text, codec).header.patient == f"{family}, {given}"


@pytest.mark.parametrize(
    ("charset", "codec", "says"),
    [
        ("", "iso8859_2", "names no character set"),
        ("ASCII", "cp1251", "names no character set"),
        ("KLINGON", "cp1251", "KLINGON"),
        ("UNICODE UTF-8", "latin-1", "do not fit"),
        ("8859/6", "cp1250", "do not fit"),
    ],
)
def test_letters_that_nobody_can_know_cost_their_order_only(charset: str, codec: str, says: str) -> None:
    wild = order("ORC|NW|A-2", "OBR|1|A-2", charset=charset, pid="PID|1||4712||Kołodżéj")
    data = wild.replace("Kołodżéj", "K\xf3\xb3\xfc").encode("latin-1") + order().encode()
    if codec == "cp1251":
        data = wild.replace("Kołodżéj", "Иван").encode(codec) + order().encode()
    found = read_orders(data)
    assert [one.header.number for one in found.orders] == ["A-1"]
    assert [(one.number, one.line) for one in found.refused] == [("A-2", 4)]
    assert says in found.refused[0].sentence


def test_letters_of_a_field_that_is_not_taken_cost_nothing() -> None:
    assert only(order("ORC|NW|A-1", "OBR|1|A-1", "NTE|1||Zoë"), "latin-1").header.number == "A-1"


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        (r"O\T\Neill\F\x\S\y\R\z\E\n", r"O&Neill|x^y~z\n"),
        (r"M\X65\\X66\ier", "Mefier"),
        (r"M\XC3BC\ller", "Müller"),
        (r"M\XC3\\XBC\ller", "Müller"),
        (r"one\.br\two\.sp+2\three\.in4\four", "one two three four"),
        (r"\H\bold\N\ plain", "bold plain"),
        (r"O\'Neil", r"O\'Neil"),
        (r"\Zlocal\x", r"\Zlocal\x"),
        (r"\F\X41\ ".strip(), "|X41\\"),
    ],
)
def test_escapes_are_read(raw: str, said: str) -> None:
    assert only(order(pid=f"PID|1||1||{raw}")).header.patient == said


@pytest.mark.parametrize("text", builders.WILD)
def test_what_is_escaped_comes_back(text: str) -> None:
    assert unescape(escape(text)) == text


def test_unusual_separators_are_those_of_the_message() -> None:
    text = "MSH$%*/#$KIS$$$$2026$$ORM%O01$1$P$2.4\rPID$1$$7%%%H%MR$$van#x#y%J/S/n\rORC$NW$A^1\rOBR$1$A^1\r"
    one = only(text)
    assert (one.header.number, one.header.patient, one.header.patient_id) == ("A^1", "van, J%n", "7")


@pytest.mark.parametrize("marks", ["^~", "^~\\&#", "^~\\"])
def test_short_and_long_separators_are_understood(marks: str) -> None:
    assert only(order().replace("^~\\&", marks, 1)).header.patient == "Muster, Maria"


@pytest.mark.parametrize("marks", ["^^\\&", "|||", "abcd"])
def test_separators_that_make_no_sense_cost_their_message(marks: str) -> None:
    found = read(order().replace("^~\\&", marks, 1) + order("ORC|NW|A-2", "OBR|1|A-2"))
    assert [one.header.number for one in found.orders] == ["A-2"]
    assert [one.line for one in found.refused] == [1]


@pytest.mark.parametrize(
    ("field", "known"),
    [
        ("123-45-6789^^^US^SS~4711^^^HOSP^MR", "4711"),
        ("4711^^^HOSP^MR~123-45-6789^^^US^SS", "4711"),
        ("99^^^HOSP^AN~4711^^^HOSP^PI~555^^^HOSP^VN", "4711"),
        ("1^^^OTHER^MR~4711^^^WARD^MR", "4711"),
        ("8^^^A&1.2.3&ISO^PT~4711^^^B&1.2&ISO^MR", "4711"),
        ("4711", "4711"),
        ("4711^^^KIS^KISNR", "4711"),
        ("9^^^X^SS~4711", "4711"),
        ('""', ""),
        ("", ""),
    ],
)
def test_the_patient_number_is_the_hospitals_own(field: str, known: str) -> None:
    assert only(order(pid=f"PID|1||{field}||Muster^Maria")).header.patient_id == known


def test_a_social_security_number_alone_is_not_taken_and_that_is_said() -> None:
    found = read(order(pid="PID|1||123-45-6789^^^US^SS||Muster^Maria"))
    assert found.orders[0].header.patient_id == ""
    assert "PID-3" in found.notes[0].sentence
    assert found.notes[0].line == 2


@pytest.mark.parametrize("pid", ["PID|1|4711||", "PID|1|||4711", "PID|1|4711^^^H^PT||9^^^X^SS"])
def test_older_places_of_the_patient_number_are_read(pid: str) -> None:
    assert only(order(pid=pid)).header.patient_id == "4711"


@pytest.mark.parametrize(
    ("field", "name"),
    [
        ("van Beethoven&van&Beethoven^Ludwig^M", "van Beethoven, Ludwig"),
        ("&van&Beethoven&de&Groot^Ludwig", "van Beethoven-de Groot, Ludwig"),
        ("Alias^A^^^^^A~Muster^Maria^^^^^L", "Muster, Maria"),
        ("Geboren^M^^^^^M~Muster^Maria", "Muster, Maria"),
        ("山田^太郎^^^^^L^I~ヤマダ^タロウ^^^^^L^P", "山田, 太郎"),
        ("Muster", "Muster"),
        ('Muster^""', "Muster"),
    ],
)
def test_the_name_is_the_one_by_which_the_patient_is_called(field: str, name: str) -> None:
    assert only(order(pid=f"PID|1||4711||{field}")).header.patient == name


def test_empty_is_told_from_not_said() -> None:
    one = only(order("ORC|XO|A-1", "OBR|1|A-1", pid='PID|1||""||""^""'))
    assert (one.header.patient, one.header.patient_id) == ("", "")
    assert one.cleared == {"patient", "patient_id"}
    assert only(order("ORC|XO|A-1", "OBR|1|A-1", pid="PID|1")).cleared == frozenset()


STAT, URGENT, ROUTINE = Priority.STAT, Priority.URGENT, Priority.ROUTINE


@pytest.mark.parametrize(
    ("segments", "priority"),
    [
        (("ORC|NW|A-1", "TQ1|1||||||||S^Stat^HL70078", "OBR|1|A-1"), STAT),
        (("ORC|NW|A-1", "OBR|1|A-1", "TQ1|1||||||||A"), URGENT),
        (("ORC|NW|A-1", "TQ1|1||||||||R", "TQ1|2||||||||S", "OBR|1|A-1"), STAT),
        (("ORC|NW|A-1", "TQ1|1||||||||R~A", "OBR|1|A-1"), URGENT),
        (("ORC|NW|A-1", "TQ1|1||||||||99^Emergency^L^S^Stat^HL70485", "OBR|1|A-1"), STAT),
        (("ORC|NW|A-1", "TQ1|1||||||||^STAT", "OBR|1|A-1"), STAT),
        (("ORC|NW|A-1", "TQ1|1||||||||TM30", "OBR|1|A-1"), URGENT),
        (("ORC|NW|A-1|||||^^^^^S", "OBR|1|A-1"), STAT),
        (("ORC|NW|A-1|||||^^^^^R~^^^^^A", "OBR|1|A-1"), URGENT),
        (("ORC|NW|A-1", "OBR|1|A-1|||S"), STAT),
        (("ORC|NW|A-1", "OBR|1|A-1|||ASAP"), URGENT),
        (("ORC|NW|A-1", "OBR|1|A-1" + "|" * 25 + "^^^^^S"), STAT),
        (("ORC|NW|A-1", "OBR|1|A-1" + "|" * 25 + "1^^^^^STAT"), STAT),
        (("ORC|NW|A-1", "OBR|1|A-1" + "|" * 25 + "STAT"), STAT),
        (("ORC|NW|A-1|||||^^^^^R", "OBR|1|A-1|||S"), STAT),
        (("ORC|NW|A-1", "OBR|1|A-1|||P"), URGENT),
        (("ORC|NW|A-1", "OBR|1|A-1|||C"), URGENT),
        (("ORC|NW|A-1", "OBR|1|A-1|||T"), URGENT),
        (("ORC|NW|A-1", "OBR|1|A-1|||R"), ROUTINE),
        (("ORC|NW|A-1", "OBR|1|A-1"), None),
    ],
)
def test_the_priority_is_read_wherever_it_stands(segments: tuple[str, ...], priority: Priority | None) -> None:
    assert only(order(*segments)).priority is priority


def test_a_priority_that_is_not_known_costs_its_order_with_its_line() -> None:
    found = read(order("ORC|NW|A-1", "TQ1|1||||||||Q7^Quux", "OBR|1|A-1", "ORC|NW|A-2", "OBR|2|A-2"))
    assert [one.header.number for one in found.orders] == ["A-2"]
    (refused,) = found.refused
    assert (refused.line, refused.number) == (4, "A-1")
    assert "Q7" in refused.sentence


@pytest.mark.parametrize(
    ("control", "act"),
    [
        *((code, Act.BEGIN) for code in ("NW", "RO", "nw")),
        *((code, Act.CHANGE) for code in ("XO", "RP", "XX", "XR", "RU")),
        *((code, Act.CANCEL) for code in ("CA", "DC", "OC", "OD", "CR", "DR")),
    ],
)
def test_orc_1_says_what_to_do(control: str, act: Act) -> None:
    assert only(order(f"ORC|{control}|A-1", "OBR|1|A-1")).act is act


def test_a_cancellation_needs_no_obr_and_a_change_of_status_can_be_one() -> None:
    assert only(order("ORC|CA|A-1")).act is Act.CANCEL
    assert only(order("ORC|SC|A-1|||CA")).act is Act.CANCEL


def test_a_replaced_order_is_cancelled_and_its_replacement_begins() -> None:
    found = read(order("ORC|RP|A-1", "OBR|1|A-1", "ORC|RO|A-2", "OBR|2|A-2"))
    assert [(one.header.number, one.act) for one in found.orders] == [("A-1", Act.CANCEL), ("A-2", Act.BEGIN)]


@pytest.mark.parametrize(
    ("segments", "says"),
    [
        (("ORC|SS|A-1", "OBR|1|A-1"), "SS"),
        (("ORC|HD|A-1", "OBR|1|A-1"), "HD"),
        (("ORC||A-1", "OBR|1|A-1"), "ORC-1 is empty"),
        (("ORC|NW|A-1|||CA", "OBR|1|A-1"), "at once"),
        (("ORC|NW|A-1",), "cut off"),
        (("ORC|NW", "OBR|1"), "no number"),
        (('ORC|NW|""', 'OBR|1|""'), "no number"),
        (("ORC|NW|A-12", "OBR|1|A-1"), "different orders"),
        (("NTE|1||cut",), "no order"),
    ],
)
def test_what_is_no_order_to_begin_is_refused_with_its_reason(segments: tuple[str, ...], says: str) -> None:
    found = read(order(*segments) + order("ORC|NW|B-1", "OBR|1|B-1"))
    assert [one.header.number for one in found.orders] == ["B-1"]
    assert says in found.refused[0].sentence


@pytest.mark.parametrize("kind", ["ORM^O01", "ORM^O01^ORM_O01", "OML^O21^OML_O21", "OML^O33", "OMG^O19", "ORM"])
def test_all_kinds_of_orders_are_read(kind: str) -> None:
    one = only(order("ORC|NW|P-1|F-1", "TQ1|1||||||||S", "OBR|1|P-1|F-1", "SPM|1|||BM^Bone marrow^HL70487", kind=kind))
    assert (one.header.number, one.header.specimen, one.priority, one.others) == ("F-1", "Bone marrow", STAT, ("P-1",))


def test_several_orders_and_patients_of_a_message_stay_apart() -> None:
    text = order(
        "ORC|NW|A-1|||||^^^^^S", "OBR|1|A-1|||||||||||||BLD&Blood", "ORC|NW|A-2", "OBR|1|A-2",
        "PID|2||4712||Beispiel^Ben", "ORC|NW|B-1", "OBR|1|B-1", "OBR|2|B-1||x|A",
    )  # fmt: skip
    found = read(text).orders
    assert [(one.header.number, one.header.patient, one.priority) for one in found] == [
        ("A-1", "Muster, Maria", STAT),
        ("A-2", "Muster, Maria", None),
        ("B-1", "Beispiel, Ben", URGENT),
    ]
    assert found[0].header.specimen == "Blood"


def test_orders_of_several_specimens_have_each_its_own() -> None:
    found = read(
        order(
            "SPM|1|||BLD^Blood", "ORC|NW|A-1", "OBR|1|A-1", "SPM|2|||BM^Bone marrow", "ORC|NW|A-2", "OBR|1|A-2",
            kind="OML^O33",
        )
    )  # fmt: skip
    assert [(one.header.number, one.header.specimen) for one in found.orders] == [
        ("A-1", "Blood"),
        ("A-2", "Bone marrow"),
    ]


def test_the_number_of_whoever_ordered_is_kept_as_it_was_sent() -> None:
    one = only(order("ORC|NW|P\\T\\1^HIS^1.2.3^ISO|F-1", "OBR|1|P\\T\\1^HIS^1.2.3^ISO|F-1"))
    assert one.header.number == "F-1" and one.placer == "P\\T\\1^HIS^1.2.3^ISO"
    assert only(order("ORC|NW||F-1", "OBR|1||F-1")).placer == ""
