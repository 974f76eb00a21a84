"""A short torture: a sample of every campaign that can be short; ``make torture`` runs them for an hour."""

from __future__ import annotations

import importlib
import multiprocessing
import os
import signal
import time
from pathlib import Path
from types import SimpleNamespace

import pytest

from tests.torture import fuzz, fuzzing, lanes, power
from tests.torture.__main__ import BEGIN, CAMPAIGNS, END, with_table
from tests.torture.facts import verified
from tests.torture.home import Root, prepare
from tests.torture.judging import judged
from tests.torture.mutating import png_again
from tests.torture.tally import Tally, Until, latest, table
from tests.torture.targets import TARGETS, Target
from tests.torture.tracing import Call, attempt, context

SEED = 20261129
SHORT = {
    "killed": (("decide", "settings"), 4),
    "writes": (("decide", "header"), 1),
    "disk": (("decide", "add-image"), 2),
    "together": ((), 1),
    "planted": ((), 1),
}
"""Operations and how many tries of each kind."""


def lost(tallies: list[Tally]) -> list[str]:
    return [f"{one.campaign}, {one.fault}: {one.lost} lost" for one in tallies if one.lost]


@pytest.mark.torture
@pytest.mark.parametrize("name", SHORT)
def test_short_torture_loses_nothing(name: str) -> None:
    only, most = SHORT[name]
    tallies = latest(importlib.import_module(f"tests.torture.{name}").campaign(Until(20), SEED, only, most))
    assert sum(one.tried for one in tallies) > 0
    assert not lost(tallies), table(tallies)


@pytest.mark.torture
def test_short_torture_of_what_is_on_the_disk() -> None:
    tallies = latest(power.campaign(Until(60), SEED, ("decide", "settings", "outbox", "restore")))
    assert sum(one.tried for one in tallies) == 7
    assert not lost(tallies), table(tallies)


@pytest.mark.torture
def test_short_torture_by_damaged_inputs(tmp_path: Path) -> None:
    tallies = latest(fuzz.campaign(Until(0), SEED, (), 60, tmp_path / "counts"))
    assert [one.tried for one in tallies] == [60] * len(tallies)
    assert not lost(tallies), table(tallies)


@pytest.mark.torture
@pytest.mark.parametrize(
    ("name", "most"),
    [("model configurations", 1500), ("model descriptions", 300), ("models of other programs", 1200)],
)
def test_three_thousand_damaged_model_files_are_taken_or_refused_in_a_sentence(
    name: str, most: int, tmp_path: Path
) -> None:
    """The same ones each time; those that need a process of their own are in the sample above."""
    losses = [(n, fuzzing.taken(name, fuzzing.input_of(name, SEED, n), tmp_path)) for n in range(most)]
    assert not [one for one in losses if one[1] is not None]


def ending(data: bytes, folder: Path) -> None:
    """A reader that is killed amid one input, raises for another, and never comes back from a third."""
    number = int(data)
    if number == 3:
        os.kill(os.getpid(), signal.SIGKILL)
    if number == 5:
        raise KeyError("five")
    while number == 7:
        pass


@pytest.mark.torture
def test_a_process_that_dies_or_hangs_amid_an_input_costs_that_input_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Forked here, so that the readers of this test are the worker's."""
    asked: list[bytes] = []
    monkeypatch.setattr(fuzz, "HANG_S", 0.5)
    monkeypatch.setattr(fuzz, "context", lambda: multiprocessing.get_context("fork"))
    monkeypatch.setattr(fuzz, "keep", lambda name, what: "nowhere")
    monkeypatch.setattr(fuzzing, "mutated", lambda seeds, rng, repair: rng)
    monkeypatch.setattr(fuzzing, "random", SimpleNamespace(Random=lambda text: text.split()[-1].encode()))
    for name, given in (("plain", None), ("guarded", asked.append)):
        monkeypatch.setitem(TARGETS, name, Target(lambda: [b"0"], ending, guard=given))
    plain, guarded = latest(fuzz.campaign(Until(60), 1, ("plain", "guarded"), 10, tmp_path / "counts"))
    assert (plain.tried, plain.lost) == (10, 3)
    assert [loss.split(": ")[0] for loss in plain.losses] == [f"input {number} of seed 1" for number in (3, 5, 7)]
    assert (guarded.tried, guarded.lost) == (10, 1)
    assert asked == [b"3", b"7"]


def burn(seconds: float) -> None:
    """Keep the processor busy."""
    end = time.process_time() + seconds
    while time.process_time() < end:
        pass


def late_seeds() -> list[bytes]:
    """Whole inputs that take long to make, as those of DICOM do the first time."""
    burn(2.5)
    return [b"0"]


@pytest.mark.torture
def test_what_a_process_did_before_its_first_input_is_not_held_against_that(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fuzz, "HANG_S", 0.5)
    monkeypatch.setattr(fuzz, "context", lambda: multiprocessing.get_context("fork"))
    monkeypatch.setattr(fuzzing, "mutated", lambda seeds, rng, repair: b"1")
    monkeypatch.setitem(TARGETS, "late", Target(late_seeds, lambda data, folder: None))
    (late,) = latest(fuzz.campaign(Until(60), 1, ("late",), 5, tmp_path / "counts"))
    assert (late.tried, late.losses) == (5, [])


def test_every_campaign_is_there() -> None:
    for name in CAMPAIGNS:
        assert callable(importlib.import_module(f"tests.torture.{name}").campaign)


def test_each_campaign_has_its_share_and_leaves_the_rest_to_others() -> None:
    weights = {"a": 1.0, "b": 2.0, "c": 1.0}
    assert lanes.share("a", weights, [], 100, 1) == 25
    assert lanes.share("a", weights, [], 100, 2) == 50
    # One that ended early left 90 seconds; another may go on for 30.
    assert lanes.share("c", {"c": 1.0}, [30], 90, 2) == 90
    assert lanes.share("b", {"b": 2.0, "c": 1.0}, [30], 90, 2) == 90
    assert lanes.share("c", {"c": 1.0}, [200], 90, 2) == 90
    assert lanes.share("c", {"c": 1.0}, [], -5, 2) == 0


@pytest.mark.torture
def test_what_a_campaign_said_is_kept_when_it_is_interrupted(monkeypatch: pytest.MonkeyPatch) -> None:
    has_ended = lanes._has_ended

    def interrupted(one: lanes.Campaign) -> bool:
        assert not has_ended(one)
        if one.told:
            raise KeyboardInterrupt
        return False

    monkeypatch.setattr(lanes, "_has_ended", interrupted)
    (one,) = lanes.run({"power": 1}, 600, SEED, 1, lambda _: None)
    assert one.trouble == "interrupted"
    assert sum(tally.tried for tally in one.told) > 0
    assert one.program.returncode == 0, "it cleaned up"


def test_a_loss_stands_in_the_table_in_words_and_figures() -> None:
    tally = Tally("disk", "full")
    tally.count(None, 3)
    tally.count("a label is gone")
    said = table([tally])
    assert "disk" in said
    assert said.splitlines()[2].split()[-3:] == ["4", "3", "1"]
    assert "LOST disk, full: a label is gone" in said


def test_the_table_goes_into_the_document(repository: Path) -> None:
    document = (repository / "docs" / "torture.md").read_text(encoding="utf-8")
    once = with_table(document, "today", "a table")
    assert once.count("a table") == 1
    assert with_table(once, "today", "another table").count("a table") == 0
    assert once.split(BEGIN)[0] == document.split(BEGIN)[0]
    assert once.split(END)[1] == document.split(END)[1]


def test_what_is_not_synced_is_told_and_what_is_synced_is_not() -> None:
    def call(name: str, text: str) -> Call:
        return Call(1, name, 1, text)

    written = call("write", '3</h/home/config/s.part>, "x", 1) = 1')
    renamed = call("rename", '"/h/home/config/s.part", "/h/home/config/s.json") = 0')
    told = call("writev", '7<socket>, [{iov_base="{\\"fact\\": 1}\\n", iov_len=12}], 1) = 12')
    file, folder = call("fsync", "3</h/home/config/s.part>) = 0"), call("fsync", "4</h/home/config>) = 0")
    assert list(power.unsafe([written, renamed, told], "/h")) == [{"/h/home/config/s.json"}]
    assert list(power.unsafe([written, file, renamed, told], "/h")) == [{"/h/home/config/s.json"}]
    assert list(power.unsafe([written, renamed, folder, told], "/h")) == [{"/h/home/config/s.json"}]
    assert list(power.unsafe([written, file, renamed, folder, told], "/h")) == [set()]


@pytest.fixture
def root(tmp_path: Path) -> Root:
    return prepare(tmp_path / "root")


@pytest.mark.torture
def test_short_torture_finds_what_is_gone(root: Root) -> None:
    """A campaign that cannot find anything would survive everything."""
    gone = [
        {"what": "case", "number": "nobody’s", "patient": ""},
        {"what": "label", "case": root.keys.open_case, "cell": root.keys.cells[0], "label": "leukemic"},
        {"what": "settings", "laboratory": "another"},
        {"what": "file", "kind": "pdf", "path": "report.pdf"},
        {"what": "message", "case": root.keys.open_case},
        {"what": "erased", "case": root.keys.open_case},
        {"what": "restored"},
    ]
    for number, fact in enumerate(gone):
        assert verified(root.copy_to(root.folder.with_name(str(number))), "settings", [fact]), fact
    half = root.copy_to(root.folder.with_name("half"))
    (half.out / "report.pdf").write_bytes(b"%PDF-1.7 half")
    assert "half" in str(verified(half, "decide", []))
    next((half.home / "data" / "cases" / "images").glob("??/*")).unlink()
    assert "images" in str(verified(half, "decide", []))


@pytest.mark.torture
@pytest.mark.parametrize("rename", [3, 4])
def test_short_torture_of_a_restore_whose_anchor_cannot_be_written(root: Root, rename: int) -> None:
    """Found by the campaign: the anchor of the former cases stayed beside the new ones, whose trail had a fault."""
    one = root.copy_to(root.folder.with_name("one"))
    made = attempt(context(), "restore", one, f"rename:error=EIO:when={rename}")
    assert any("INJECTED" in call.text for call in made.calls)
    assert judged(made, one, "restore", may_die=False) is None


@pytest.mark.torture
@pytest.mark.parametrize("operation", ["export-hl7", "export-zip", "sign", "outbox"])
def test_short_torture_without_room_for_temporary_files(root: Root, operation: str) -> None:
    """Found by the campaign: exports that pass through a temporary folder failed without a sentence."""
    one = root.copy_to(root.folder.with_name("one"))
    made = attempt(context(), operation, one, "mkdir:error=ENOSPC:when=1+")
    assert judged(made, one, operation, may_die=False) is None


@pytest.mark.torture
def test_short_torture_really_injects_faults(root: Root) -> None:
    server = context()
    killed = attempt(server, "decide", root.copy_to(root.folder.with_name("a")), "pwrite64:signal=KILL:when=3")
    assert (killed.end, killed.facts) == ("killed", [])
    refused = attempt(server, "decide", root.copy_to(root.folder.with_name("b")), "fdatasync:error=EIO:when=1+")
    assert refused.end == "refused"
    assert "disk" in refused.sentence
    assert any("INJECTED" in call.text for call in refused.calls)


def test_a_repaired_picture_has_right_checksums() -> None:
    chunk = b"\0\0\0\1IDATx"
    head = b"\x89PNG\r\n\x1a\n"
    assert png_again(bytearray(head + chunk + b"\0\0\0\0")) == head + chunk + bytes.fromhex("76e684e6")
