"""People of the hospital's directory sign in, sign, are renamed, leave, and are apart from the laboratory's own."""

from __future__ import annotations

import socket

import pytest

from leukoscope.cases import lockout
from leukoscope.domain.directory import WRONG, Directory
from leukoscope.domain.errors import AccessError, ExchangeError, SettingsError
from leukoscope.domain.people import Role
from leukoscope.workflow import directory_settings
from leukoscope.workflow.directory_confirmation import AGAIN, HOLDS_S
from leukoscope.workflow.directory_watch import DirectoryWatch
from leukoscope.workflow.password_check import NO_SEARCH, OFF
from leukoscope.workflow.permissions import Act
from tests.unit.exchange.ldap_server import BASE, PASSWORD, Slapd
from tests.unit.workflow import scene
from tests.unit.workflow.directory_lab import lab, member, place, server, signed_in, told
from tests.unit.workflow.scene import Scene

__all__ = ["lab", "server"]


def test_a_person_comes_for_the_first_time_and_by_their_own_name(lab: Scene) -> None:
    before = lab.store.trail.head().count
    person = signed_in(lab, "RENEL").person
    assert person is not None
    assert (person.name, person.role, person.of_directory) == ("René Laennec", Role.REVIEWER, True)
    assert signed_in(lab, "rené laennec").person == person
    assert told(lab, before) == [
        ("account added", "René Laennec", "", "reviewer"),
        ("sign in", "René Laennec", "", ""),
        ("sign in", "René Laennec", "", ""),
    ]
    assert lab.store.trail.verify().faults == ()


def test_two_people_of_one_name_are_two_accounts(lab: Scene) -> None:
    first, second = signed_in(lab, "tturner").person, signed_in(lab, "twin").person
    assert first is not None
    assert second is not None
    assert [first.name, second.name] == ["Tess Turner", "Tess Turner (twin)"]
    assert signed_in(lab, "Tess Turner").person == first


def test_an_account_of_the_laboratory_never_goes_to_the_directory(lab: Scene, server: Slapd) -> None:
    lab.store.people.add("ada", Role.TECHNICIAN, scene.PASSWORD)
    assert signed_in(lab, "Ada", scene.PASSWORD).person.role is Role.TECHNICIAN  # type: ignore[union-attr]
    with pytest.raises(AccessError, match=WRONG):
        signed_in(lab, "ada")
    # Nor under the name on reports.
    lab.store.people.add("René Laennec", Role.TECHNICIAN, scene.PASSWORD)
    with pytest.raises(AccessError, match="called “René Laennec” already"):
        signed_in(lab, "renel")
    signed_in(lab, "tturner")
    with pytest.raises(AccessError, match="of this name already"):
        lab.store.people.add("TTURNER", Role.TECHNICIAN, scene.PASSWORD)


def test_an_account_is_given_to_the_directory_and_keeps_its_name(lab: Scene) -> None:
    administrator = signed_in(lab, "Adam", scene.PASSWORD)
    administrator.give_to_directory(lab.people[Role.REVIEWER].id, "renel")
    person = signed_in(lab, "renel").person
    assert person is not None
    assert (person.id, person.name, person.role) == (lab.people[Role.REVIEWER].id, "Rene", Role.REVIEWER)
    with pytest.raises(AccessError, match=WRONG):
        signed_in(lab, "Rene", scene.PASSWORD)
    signed_in(lab, "Rene")
    administrator.take_back(person.id, scene.PASSWORD)
    assert signed_in(lab, "Rene", scene.PASSWORD).person.of_directory is False  # type: ignore[union-attr]
    assert lab.store.trail.verify().faults == ()


def test_one_administrator_of_the_laboratory_stays(lab: Scene) -> None:
    administrator = signed_in(lab, "Adam", scene.PASSWORD)
    signed_in(lab, "ada")
    administrator.give_to_directory(next(one.id for one in lab.store.people.list() if one.name == "Root"), "nobody")
    with pytest.raises(AccessError, match="One administrator must stay"):
        administrator.give_to_directory(lab.people[Role.ADMINISTRATOR].id, "ada2")
    with pytest.raises(AccessError, match="One administrator must stay"):
        administrator.change(lab.people[Role.ADMINISTRATOR].id, active=False)


def test_what_the_directory_keeps_is_not_changed_here(lab: Scene) -> None:
    person = signed_in(lab, "tturner").person
    assert person is not None
    administrator = signed_in(lab, "Adam", scene.PASSWORD)
    with pytest.raises(AccessError, match="from the groups"):
        administrator.change(person.id, role=Role.ADMINISTRATOR)
    with pytest.raises(AccessError, match="changed there"):
        administrator.set_password(person.id, "a long new password")
    with pytest.raises(AccessError, match="changed there"):
        signed_in(lab, "tturner").set_password(person.id, "a long new password")
    # Closed here, the directory opens it no more.
    administrator.change(person.id, active=False)
    with pytest.raises(AccessError, match="no longer be used"):
        signed_in(lab, "tturner")
    administrator.change(person.id, active=True)
    signed_in(lab, "tturner")


def test_a_role_follows_the_groups_at_the_next_sign_in(lab: Scene, server: Slapd) -> None:
    assert signed_in(lab, "tturner").why_not(Act.SIGN)
    member(server, "haematologists", "tturner", "MODIFY_ADD")
    assert not signed_in(lab, "tturner").why_not(Act.SIGN)
    member(server, "haematologists", "tturner", "MODIFY_DELETE")
    before = lab.store.trail.head().count
    assert signed_in(lab, "tturner").why_not(Act.SIGN)
    assert told(lab, before)[0] == ("account role", "Tess Turner", "reviewer", "technician")


def test_open_sessions_of_who_lost_their_groups_end(lab: Scene, server: Slapd, monkeypatch: pytest.MonkeyPatch) -> None:
    here, elsewhere = signed_in(lab, "tturner"), signed_in(lab, "tturner")
    watch = DirectoryWatch(lab.store, here)
    member(server, "technicians", "tturner", "MODIFY_DELETE")
    watch.look()
    # The answer of a moment ago counts for five minutes.
    here.require(Act.NEW_CASE)
    monkeypatch.setattr(lockout, "ticks", _later(300.1))
    watch.look()
    for one in (here, elsewhere):
        with pytest.raises(AccessError, match="no longer be used"):
            one.require(Act.NEW_CASE)
        assert not one.is_open
    with pytest.raises(AccessError, match="none of the groups"):
        signed_in(lab, "tturner")
    with pytest.raises(AccessError, match="by its groups"):
        signed_in(lab, "Adam", scene.PASSWORD).change(here.person.id, active=True)  # type: ignore[union-attr]
    member(server, "technicians", "tturner", "MODIFY_ADD")
    signed_in(lab, "tturner").require(Act.NEW_CASE)
    assert lab.store.trail.verify().faults == ()


def test_a_session_that_nobody_confirms_ends_after_four_hours(lab: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    here, local = signed_in(lab, "tturner"), signed_in(lab, "Adam", scene.PASSWORD)
    monkeypatch.setattr(lockout, "ticks", _later(HOLDS_S - 5))
    here.require(Act.NEW_CASE)
    monkeypatch.setattr(lockout, "ticks", _later(10))
    assert not here.is_open
    with pytest.raises(AccessError, match=AGAIN):
        here.require(Act.NEW_CASE)
    local.require(Act.NEW_CASE)
    here.sign_in("Tess Turner", PASSWORD)
    here.require(Act.NEW_CASE)


def test_a_renamed_person_is_the_same_and_a_new_one_of_their_name_another(lab: Scene, server: Slapd) -> None:
    person = signed_in(lab, "renel").person
    people = f"ou=people,{BASE}"
    with server.changing() as line:
        line.modify_dn(f"uid=renel,{people}", "uid=laennec")
        line.modify(f"uid=laennec,{people}", {"displayName": [("MODIFY_REPLACE", ["Renée Laennec"])]})
        line.modify(f"cn=haematologists,ou=groups,{BASE}", {"member": [("MODIFY_REPLACE", [f"uid=laennec,{people}"])]})
        line.add(f"uid=renel,{people}", "inetOrgPerson", {"cn": "Rene New", "sn": "New", "userPassword": PASSWORD})
    assert signed_in(lab, "laennec").person == person
    assert signed_in(lab, "René Laennec").person == person
    other = signed_in(lab, "renel").person
    assert other is not None
    assert person is not None
    assert (other.name, other.role) == ("Rene New", Role.TECHNICIAN)
    assert other.id != person.id
    assert signed_in(lab, "laennec").person == person


def test_signing_asks_the_directory_again(lab: Scene, server: Slapd) -> None:
    here = signed_in(lab, "renel")
    assert here.confirm("whoever", PASSWORD) == "René Laennec"
    for wrong in ("", "wrong", scene.PASSWORD):
        with pytest.raises(AccessError, match=WRONG):
            here.confirm("", wrong)
    with server.changing() as line:
        line.modify(f"uid=renel,ou=people,{BASE}", {"userPassword": [("MODIFY_REPLACE", ["another one"])]})
    with pytest.raises(AccessError, match=WRONG):
        here.confirm("", PASSWORD)
    assert here.confirm("", "another one") == "René Laennec"
    with server.changing() as line:
        line.delete(f"cn=reviewers,ou=groups,{BASE}")
    # No longer a reviewer: what was right a moment ago signs nothing.
    with pytest.raises(AccessError, match="A technician cannot sign"):
        here.confirm("", "another one")


def test_five_wrong_passwords_lock_here_before_the_directory_is_asked(lab: Scene, server: Slapd) -> None:
    signed_in(lab, "ada")
    with server.changing() as line:
        line.modify(f"cn=policy,{BASE}", {"pwdMaxFailure": [("MODIFY_REPLACE", ["20"])]})
    for _ in range(4):
        with pytest.raises(AccessError, match=WRONG):
            signed_in(lab, "ada", "wrong")
    with pytest.raises(AccessError, match="Too many wrong passwords"):
        signed_in(lab, "Ada Lovelace", "wrong")
    with pytest.raises(AccessError, match="Too many wrong passwords"):
        signed_in(lab, "ada")
    refused = [one.subject for one in lab.store.trail.entries() if one.what == "sign in refused"]
    assert refused == ["Ada Lovelace"] * 6
    assert all(PASSWORD not in f"{one}" for one in lab.store.trail.entries())


def test_while_the_directory_is_away_the_laboratorys_own_people_sign_in(lab: Scene, server: Slapd) -> None:
    here = signed_in(lab, "renel")
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        away = f"ldaps://localhost:{nobody.getsockname()[1]}"
        directory_settings.keep(lab.store, server.directory(address=away))
        assert signed_in(lab, "Adam", scene.PASSWORD).person is not None
        for name in ("ada", "renel", "unknown"):
            with pytest.raises(ExchangeError, match="does not answer; try again later"):
                signed_in(lab, name)
        with pytest.raises(ExchangeError):
            here.confirm("", PASSWORD)
        # What was said before holds for its time; nothing is signed.
        here.require(Act.NEW_CASE)


def test_a_directory_that_is_turned_off_lets_nobody_in(lab: Scene) -> None:
    signed_in(lab, "renel")
    signed_in(lab, "Adam", scene.PASSWORD).set_directory(Directory())
    with pytest.raises(AccessError, match=OFF):
        signed_in(lab, "renel")
    with pytest.raises(AccessError, match=WRONG):
        signed_in(lab, "ada")


def test_a_token_is_of_who_is_there_still(lab: Scene, server: Slapd) -> None:
    person = signed_in(lab, "tturner").person
    assert person is not None
    text, _ = lab.store.tokens.issue(person.id, 30)
    place(lab).sign_in_by_token(text)
    # Without a search account nobody can be looked up.
    template = f"uid={{}},ou=people,{BASE}"
    directory_settings.keep(lab.store, server.directory(login="", template=template))
    with pytest.raises(AccessError, match=NO_SEARCH[:30]):
        place(lab).sign_in_by_token(text)
    directory_settings.keep(lab.store, server.directory())
    member(server, "technicians", "tturner", "MODIFY_DELETE")
    with pytest.raises(AccessError, match="no longer be used"):
        place(lab).sign_in_by_token(text)


def test_only_an_administrator_sets_it_and_it_is_on_record(lab: Scene, server: Slapd) -> None:
    for role in (Role.TECHNICIAN, Role.REVIEWER):
        with pytest.raises(AccessError, match="Only an administrator"):
            signed_in(lab, scene.NAMES[role], scene.PASSWORD).set_directory(Directory())
        with pytest.raises(AccessError, match="Only an administrator"):
            signed_in(lab, scene.NAMES[role], scene.PASSWORD).try_directory(server.directory())
    administrator = signed_in(lab, "Adam", scene.PASSWORD)
    before = lab.store.trail.head().count
    plain = f"plain://127.0.0.1:{server.plain}"
    administrator.set_directory(server.directory(address=plain))
    assert told(lab, before) == [("directory set", "directory_address", f"ldaps://localhost:{server.encrypted}", plain)]
    assert directory_settings.load(lab.open()).address == plain
    with pytest.raises(SettingsError, match="below which name"):
        administrator.set_directory(server.directory(base=""))
    found = administrator.try_directory(server.directory(), "nobody")
    assert found is not None
    assert (found.name, found.role) == ("Nora Body", None)
    with pytest.raises(SettingsError, match="no group “cn=absent"):
        administrator.try_directory(server.directory(reviewers=f"cn=absent,{BASE}"))


def test_the_file_of_the_search_account_is_for_this_user_alone(lab: Scene, server: Slapd) -> None:
    file = server.folder / "search.txt"
    file.chmod(0o644)
    with pytest.raises(SettingsError, match="chmod 600"):
        signed_in(lab, "ada")
    file.chmod(0o600)
    file.write_text("one line\n", encoding="utf-8")
    with pytest.raises(SettingsError, match="first line"):
        signed_in(lab, "ada")
    file.unlink()
    with pytest.raises(SettingsError, match="cannot be read"):
        signed_in(lab, "ada")
    signed_in(lab, "Adam", scene.PASSWORD)


def test_no_password_reaches_a_log(lab: Scene, server: Slapd, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(0)
    signed_in(lab, "ada")
    for wrong in ("a secret that is wrong", ""):
        with pytest.raises(AccessError):
            signed_in(lab, "ada", wrong)
    directory_settings.keep(lab.store, server.directory(address="ldaps://localhost:1"))
    with pytest.raises(ExchangeError):
        signed_in(lab, "ada")
    for secret in (PASSWORD, "of the search account", "a secret that is wrong", "Lovelace"):
        assert secret not in caplog.text


def _later(seconds: float) -> object:
    now = lockout.ticks()
    return lambda: now + seconds
