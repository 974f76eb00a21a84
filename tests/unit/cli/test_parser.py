"""Every command is described and carried out by its own file; what is no command opens the window."""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
from pathlib import Path

import pytest

from leukoscope.cli import window
from leukoscope.cli.exit_codes import STOPPED
from leukoscope.cli.parser import GROUPS, build_parser, parse


def commands() -> dict[str, argparse.ArgumentParser]:
    found = [one for one in build_parser()._actions if isinstance(one, argparse._SubParsersAction)]
    return dict(found[0].choices)


@pytest.mark.parametrize("name", commands())
def test_every_command_says_what_carries_it_out(name: str) -> None:
    run = commands()[name].get_default("run")
    assert callable(run)
    assert run.__module__ in {group.__name__ for group in GROUPS}


@pytest.mark.parametrize(
    ("words", "paths"),
    [([], []), (["window"], []), (["a.png", "b"], ["a.png", "b"]), (["a.png", "window"], ["a.png"])],
)
def test_what_is_no_command_opens_the_window(words: list[str], paths: list[str]) -> None:
    args = parse(words)
    assert args.run is window.open_window
    assert [str(path) for path in getattr(args, "paths", ())] == paths


def test_who_acts_may_stand_before_and_after_the_command() -> None:
    for words in (["--as", "Ana", "backup", "x.zip"], ["backup", "--as", "Ana", "x.zip"]):
        args = parse(words)
        assert (args.person, args.command, args.file) == ("Ana", "backup", Path("x.zip"))


def test_half_a_name_is_no_option_of_another_meaning(capsys: pytest.CaptureFixture[str]) -> None:
    """``--to`` says where to in other commands; ``export`` would have read it as ``--token-file``."""
    with pytest.raises(SystemExit):
        parse(["export", "2026-0001", "--to", "out"])
    assert "unrecognized arguments: --to out" in capsys.readouterr().err


def test_reading_a_command_line_loads_nothing_that_takes_time() -> None:
    code = (
        "import sys; from leukoscope.cli.parser import parse; parse([]); "
        "slow = {'numpy', 'sqlalchemy', 'PySide6', 'cv2', 'pydantic', 'openvino', 'tensorflow'}; "
        "print(sorted(slow & set(sys.modules)))"
    )
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=120)
    assert said.stdout.strip() == "[]"


ENDED = """
import os, signal, sys
from leukoscope.cli import models
from leukoscope.cli.main import main

def run(_args, _home):
    try:
        os.kill(os.getpid(), signal.SIGTERM)
    finally:
        print("cleaned", flush=True)
    return 0

models._models = run
code = main(["models", "list"])
assert signal.getsignal(signal.SIGTERM) is signal.SIG_DFL
sys.exit(code)
"""
"""In a process of its own: what other tests load may have taken the signal."""


@pytest.mark.usefixtures("data_home")
@pytest.mark.skipif(os.name == "nt", reason="Windows ends a program without asking it")
def test_the_end_of_a_session_leaves_nothing_on_its_way_as_ctrl_c_does() -> None:
    said = subprocess.run([sys.executable, "-c", ENDED], capture_output=True, text=True, check=False, timeout=120)
    assert (said.returncode, said.stdout.strip()) == (STOPPED, "cleaned"), said.stderr
