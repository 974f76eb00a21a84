"""Accounts are kept at the command line: made, changed, closed, and told in the trail."""

from __future__ import annotations

import io
import os
import re
import sys
from pathlib import Path

import pytest

from leukoscope.cli.main import main
from leukoscope.cli.people import ROLES
from leukoscope.domain.errors import AccessError
from leukoscope.domain.people import Role, computer_user
from leukoscope.workflow.app_dirs import HOME_VARIABLE
from tests.unit.workflow.command_line import NEW, run
from tests.unit.workflow.scene import PASSWORD, Scene


def told_of(scene: Scene, name: str) -> list[tuple[str, str, str, str]]:
    """What the trail says of an account that was changed: what, who, before, after."""
    entries = reversed(scene.store.trail.entries())
    return [
        (one.what, one.who, one.old, one.new)
        for one in entries
        if one.subject == name and one.what.startswith("account") and one.who != computer_user()
    ]


def test_accounts_are_kept_at_the_command_line_and_told(
    one: Scene, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def people(*words: str) -> str:
        assert run(monkeypatch, ["people", "--as", "Adam", *words]) == 0, capsys.readouterr().err
        return capsys.readouterr().out

    assert people("add", "Zoé", "--role", "reviewer") == "The account of Zoé was made; its role is reviewer.\n"
    assert one.store.people.sign_in("zoé", NEW).role is Role.REVIEWER
    assert people("role", "zoé", "technician") == "The role of Zoé is technician.\n"
    assert people("deactivate", "Zoé") == "The account of Zoé is deactivated.\n"
    assert re.search(r"(?m)^Zoé +technician +deactivated$", people("list"))
    with pytest.raises(AccessError, match="no longer"):
        one.store.people.sign_in("Zoé", NEW)
    assert people("activate", "Zoé") == "The account of Zoé is active.\n"
    one.store.people.set_password(person_id(one, "Zoé"), PASSWORD)
    assert people("password", "Zoé") == "The account of Zoé has a new password.\n"
    assert one.store.people.sign_in("Zoé", NEW).name == "Zoé"
    assert told_of(one, "Zoé") == [
        ("account added", "Adam", "", "reviewer"),
        ("account role", "Adam", "reviewer", "technician"),
        ("account active", "Adam", "True", "False"),
        ("account active", "Adam", "False", "True"),
        ("account password", "Adam", "", ""),
    ]
    assert one.store.trail.verify().faults == ()


def person_id(scene: Scene, name: str) -> int:
    return next(each.id for each in scene.store.people.list() if each.name == name)


def test_what_cannot_be_done_with_an_account_is_one_sentence_and_changes_nothing(
    one: Scene, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    before = one.store.people.list()

    def said(*words: str, typed: str = f"{PASSWORD}\n{NEW}\n") -> str:
        monkeypatch.setattr(sys, "stdin", io.StringIO(typed))
        assert main(["--as", "Adam", "people", *words]) == 1
        return capsys.readouterr().err.strip()

    assert said("add", "tess", "--role", "technician").startswith("There is an account of this name already")
    assert "at least 10 characters" in said("add", "Zoé", "--role", "reviewer", typed=f"{PASSWORD}\nshort\n")
    assert said("add", "Zoé", "--role", "reviewer", typed=f"{PASSWORD}\n").startswith("No password was given")
    assert said("role", "Nobody", "reviewer").startswith("There is no account “Nobody”")
    assert said("deactivate", "Nobody").startswith("There is no account")
    one.store.people.change(person_id(one, "Root"), active=False)
    assert said("deactivate", "Adam").startswith("One administrator must stay")
    assert said("role", "Adam", "reviewer").startswith("One administrator must stay")
    one.store.people.change(person_id(one, "Root"), active=True)
    assert one.store.people.list() == before
    with pytest.raises(SystemExit):
        main(["--as", "Adam", "people", "role", "Tess", "captain"])
    with pytest.raises(SystemExit):
        main(["--as", "Adam", "people", "add", "Zoé"])


def test_everybody_changes_the_own_password_and_nobody_else_s(
    one: Scene, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(monkeypatch, ["--as", "Tess", "people", "password", "Adam"]) == 1
    assert "Only an administrator" in capsys.readouterr().err
    assert run(monkeypatch, ["--as", "Tess", "people", "password"]) == 0
    assert one.store.people.sign_in("Tess", NEW).name == "Tess"
    assert run(monkeypatch, ["--as", "Tess", "people", "password", "Tess"], NEW) == 0


def test_the_first_administrator_is_made_where_nobody_signs_in_yet(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv(HOME_VARIABLE, str(tmp_path))
    monkeypatch.setattr(sys, "stdin", io.StringIO(f"{PASSWORD}\n"))
    assert main(["people", "add", "Root", "--role", "administrator"]) == 0
    assert main(["people", "password"]) == 1
    assert "whose password" in capsys.readouterr().err
    assert main(["people", "list"]) == 0
    assert capsys.readouterr().out.split() == ["Root", "administrator", "active"]
    assert {role.value for role in Role} == set(ROLES)


def test_the_new_password_is_typed_twice_at_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    """A terminal of its own, in which somebody types."""
    import pty

    from leukoscope.cli.sign_in import ask_new_password

    leader, follower = pty.openpty()
    with os.fdopen(follower, "r", encoding="utf-8") as terminal, os.fdopen(leader, "wb", buffering=0) as typing:
        monkeypatch.setattr(sys, "stdin", terminal)
        answers = iter([NEW, NEW, NEW, "something else"])

        def typed(_prompt: str) -> str:
            typing.write(f"{next(answers)}\n".encode())
            return terminal.readline().rstrip("\n")

        monkeypatch.setattr("getpass.getpass", typed)
        assert ask_new_password("Zoé") == NEW
        with pytest.raises(AccessError, match="differ"):
            ask_new_password("Zoé")
