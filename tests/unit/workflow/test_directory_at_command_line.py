"""The hospital's directory is set, tried and used at the command line."""

from __future__ import annotations

import re
from dataclasses import asdict, fields

import pytest

from leukoscope.cli.directory import OPTIONS
from leukoscope.domain.directory import Directory
from tests.unit.exchange.ldap_server import PASSWORD, Slapd
from tests.unit.workflow import scene
from tests.unit.workflow.command_line import NEW, run
from tests.unit.workflow.directory_lab import server
from tests.unit.workflow.scene import Scene

__all__ = ["server"]


def test_it_is_set_tried_and_used_at_the_command_line(
    one: Scene, server: Slapd, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def people(*words: str, who: str = "Adam", password: str = scene.PASSWORD) -> str:
        assert run(monkeypatch, ["people", "--as", who, *words], password) == 0, capsys.readouterr().err
        return capsys.readouterr().out

    assert people("directory") == "No directory is set; only accounts of the laboratory sign in.\n"
    options = {name: value for name, value in asdict(server.directory()).items() if value}
    words = [word for name, value in options.items() for word in (f"--{name}", value)]
    assert people("directory", *words, "--try", "renel") == "René Laennec: by their groups reviewer.\n"
    assert people("directory", *words, "--try", "nobody") == "Nora Body: in none of the groups that are set.\n"
    assert "No directory" in people("directory")
    assert f"address         {options['address']}\n" in people("directory", *words)
    assert (
        people("to-directory", "Spare", "tturner")
        == "The hospital’s directory keeps the account of Spare from now on.\n"
    )
    listed = people("list", who="ada", password=PASSWORD)
    assert re.search(r"(?m)^Ada Lovelace +administrator +active, of the directory$", listed)
    assert "Spare" in people("list", who="tturner", password=PASSWORD)
    assert people("to-laboratory", "Spare") == "The laboratory keeps the account of Spare from now on.\n"
    assert one.store.people.sign_in("Spare", NEW).name == "Spare"
    assert people("directory", "--off") == "The directory is off; only accounts of the laboratory sign in.\n"
    assert run(monkeypatch, ["people", "--as", "ada", "list"], PASSWORD) != 0
    assert "turned off here" in capsys.readouterr().err


def test_every_setting_has_an_option() -> None:
    assert [name for name, _, _ in OPTIONS] == [one.name for one in fields(Directory)]
