"""What is written into filters and names stays a value there; what a directory says of a refusal becomes a sentence."""

from __future__ import annotations

from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from ldap3.utils.dn import parse_dn

from leukoscope.domain.directory import (
    Directory,
    DirectoryRefusedError,
    NoLongerError,
    Server,
    WrongPasswordError,
    name_of,
)
from leukoscope.domain.errors import ExchangeError, SettingsError
from leukoscope.domain.people import Role
from leukoscope.exchange.ldap_texts import (
    filter_text,
    from_template,
    name_text,
    policy_error,
    refusal_of,
    refuse_unchanged,
    subject_filter,
    subject_of,
)

AD = "80090308: LdapErr: DSID-0C090439, comment: AcceptSecurityContext error, data {}, v4563\x00"
"""As domain controllers of Windows Server 2019 write it."""
GROUPS = {"technicians": "cn=t,dc=x"}


def test_a_value_is_no_part_of_a_filter_or_a_name() -> None:
    assert filter_text("a*)(uid=*\\\0") == r"a\2a\29\28uid=\2a\5c\00"
    assert name_text('a,b+c"d<e>;f=g\\\0') == r"a\2cb\2bc\22d\3ce\3e\3bf\3dg\5c\00"
    assert name_text(" a ") == r"\20a\20"
    assert name_text("#a") == r"\23a"
    assert name_text(" ") == r"\20"


@given(st.text(st.characters(codec="utf-8"), min_size=1, max_size=30))
def test_whatever_is_written_is_one_part_of_a_name(text: str) -> None:
    parts = parse_dn(f"uid={name_text(text)},ou=people,dc=example")
    assert [one[0] for one in parts] == ["uid", "ou", "dc"]


def test_a_name_that_leads_elsewhere_asks_for_nobody() -> None:
    assert from_template("{}@hospital.example", "ada") == "ada@hospital.example"
    assert from_template("uid={},dc=x", "a,cn=b") == r"uid=a\2ccn\3db,dc=x"
    for hostile in ("ada@other", "OTHER\\ada", "a\0b", "a*"):
        with pytest.raises(WrongPasswordError):
            from_template("{}@hospital.example", hostile)


@pytest.mark.parametrize(
    ("code", "kind", "words"),
    [
        ("525", WrongPasswordError, "Name or password"),
        ("52e", WrongPasswordError, "Name or password"),
        ("530", DirectoryRefusedError, "at this hour"),
        ("531", DirectoryRefusedError, "from this computer"),
        ("532", DirectoryRefusedError, "has expired; change it"),
        ("533", NoLongerError, "is closed"),
        ("701", NoLongerError, "account of the hospital’s directory has expired"),
        ("773", DirectoryRefusedError, "must be changed first"),
        ("775", DirectoryRefusedError, "has locked your account"),
        ("9999", WrongPasswordError, "Name or password"),
    ],
)
def test_the_codes_of_active_directory_say_what_to_do(code: str, kind: type[Exception], words: str) -> None:
    refusal = refusal_of(49, AD.format(code))
    assert type(refusal) is kind
    assert words in str(refusal)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (bytes.fromhex("3003810101"), 1),
        (bytes.fromhex("3003810100"), 0),
        (bytes.fromhex("3006a00380012a"), None),
        (bytes.fromhex("3009a00480020fff810102"), 2),
        (bytes.fromhex("3000"), None),
        (b"", None),
        (None, None),
        (bytes.fromhex("30ff8101"), None),
        (bytes.fromhex("30038101"), None),
    ],
)
def test_the_password_policy_is_read(value: bytes | None, expected: int | None) -> None:
    assert policy_error(value) == expected


def test_the_password_policy_says_why() -> None:
    assert "locked" in str(refusal_of(49, "", bytes.fromhex("3003810101")))
    assert "expired" in str(refusal_of(49, "", bytes.fromhex("3003810100")))
    assert isinstance(refusal_of(49, ""), WrongPasswordError)
    with pytest.raises(DirectoryRefusedError, match="must be changed first"):
        refuse_unchanged(bytes.fromhex("3003810102"))
    refuse_unchanged(None)


def test_a_directory_that_wants_more_or_is_busy_is_told_from_a_wrong_password() -> None:
    wants = refusal_of(8, "00002028: LdapErr: DSID-0C090259, comment: The server requires binds to turn on integrity")
    assert isinstance(wants, ExchangeError)
    assert "encrypted line" in wants.message
    busy = refusal_of(51, "")
    assert isinstance(busy, ExchangeError)
    assert busy.again


def test_what_stays_of_an_entry() -> None:
    uuid = UUID("12345678-9abc-def0-1234-56789abcdef0")
    subject = subject_of({"objectguid": [uuid.bytes_le]})
    assert subject == f"objectGUID:{uuid}"
    assert subject_filter(subject) == r"(objectGUID=\78\56\34\12\bc\9a\f0\de\12\34\56\78\9a\bc\de\f0)"
    assert subject_of({"entryuuid": [b"ABC"]}) == "entryUUID:abc"
    assert subject_filter("entryUUID:abc") == "(entryUUID=abc)"
    assert subject_of({"cn": [b"Ada"]}) == ""


def test_addresses_say_how_the_line_is() -> None:
    one = Directory("ldaps://a ldap://b:1389 plain://[::1]", base="dc=x", login="f", **GROUPS).checked()
    assert one.servers() == (Server("ldaps://", "a", 636), Server("ldap://", "b", 1389), Server("plain://", "::1", 389))


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"address": "dc1.hospital"}, "ldaps://computer"),
        ({"address": "http://dc1"}, "ldaps://computer"),
        ({"address": "ldaps://dc1:99999"}, "ldaps://computer"),
        ({"address": "ldaps://dc1/dc=x?uid"}, "ldaps://computer"),
        ({"base": "hospital.example"}, "below which name"),
        ({"attribute": "uid)(cn"}, "one word"),
        ({"login": ""}, "search account"),
        ({"template": "uid=ada,dc=x"}, "once where the name belongs"),
        ({"technicians": ""}, "at least one group"),
        ({"technicians": "technicians"}, "groups in full"),
    ],
)
def test_what_is_missing_is_said(changes: dict[str, str], words: str) -> None:
    whole = {"address": "ldaps://a", "base": "dc=x", "login": "file", **GROUPS} | changes
    with pytest.raises(SettingsError, match=words):
        Directory(**whole).checked()


def test_several_groups_of_a_role() -> None:
    one = Directory(reviewers=r"cn=a,dc=x ; cn=b\;c,dc=x", technicians="cn=t,dc=x")
    assert list(one.groups()) == [
        (Role.REVIEWER, "cn=a,dc=x"),
        (Role.REVIEWER, r"cn=b\;c,dc=x"),
        (Role.TECHNICIAN, "cn=t,dc=x"),
    ]


def test_a_name_is_never_another_persons_sign_in_name() -> None:
    assert name_of("Ada  Lovelace", "ada") == "Ada Lovelace"
    assert name_of("Kim", "kim2") == "Kim (kim2)"
    assert name_of("kim", "Kim") == "Kim"
    assert name_of("", "kim") == "kim"
