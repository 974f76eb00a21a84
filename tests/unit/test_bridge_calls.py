"""What the window asks of the workbench: what changes something is a write, and says what happens when it fails."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

GUI = Path(__file__).resolve().parents[2] / "leukoscope" / "gui"
READS = {
    "cases.load",
    "cases.search",
    "cases.find",
    "judging.waiting",
    "judging.trouble",
    "stamps.try_it",  # what it keeps is a stamp that can be asked for again, nothing that a person gave
    "maintenance.try_line",
    "operator.directory",
    "operator.try_directory",
    "capture.read_label",
    "maintenance.look_at",
    # Beside the cases; what a person gave is in them already.
    "maintenance.back_up",
    "maintenance.check",
    "start",
    "operator.people",
    "encryption.state",
    "signing.audit",
    "signing.verify_audit",
    "signing.checklist",
    "models.look",
    "models.verify",
    "versions.cases",
    "site.profiles",
    "site.corrections",
    "similar.examples",
    "similar.find",  # what it keeps is computed again at any time, nothing that a person gave
    "control.overview",
    "control.standing",
    "rereads.all",
    "rereads.figures",
    "rereads.cell_pixels",
    "delivery.messages",
    "delivery.follow_settings",  # listens as it is set; nothing is kept of it
    "orders.state",
    "orders.messages",
    "orders.proposed_number",
    "orders.ask_worklist",  # what comes of it the worklist tells again, nothing that a person gave
    "capture.live_judgement",
    "cases.frame",
    "cases.holding_backups",
    "cases.hold",
    # Computed from what is kept, or read from a file; what is kept of it is computed again at any time.
    "mosaics.join",
    "mosaics.known",
    "mosaics.taken_fields",
    "slides.open_scaled",
}
"""All of the workbench that may be asked for without being a write; ``start`` begins what runs by itself, ``hold`` says
which case this session has open."""


def _calls() -> Iterator[tuple[str, ast.Call]]:
    for path in sorted(GUI.rglob("*.py")):
        text = path.read_text(encoding="utf-8")
        for node in ast.walk(ast.parse(text)) if "bridge" in text else ():
            if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
                continue
            if _name(node.func.value).endswith("bridge"):
                yield f"{path.relative_to(GUI)}:{node.lineno}", node


def _name(asked: ast.expr) -> str:
    """The last word of ``a.b.c``; writing a tree as text takes long, and is left to what is no name."""
    if isinstance(asked, ast.Attribute):
        return asked.attr
    return asked.id if isinstance(asked, ast.Name) else ast.unparse(asked)


def _asked_of_bench(call: ast.Call) -> Iterator[str]:
    """Dotted names after ``bench.``, each once and whole."""
    inner = {id(node.value) for node in ast.walk(call.args[0]) if isinstance(node, ast.Attribute)}
    for node in ast.walk(call.args[0]):
        if isinstance(node, ast.Attribute) and id(node) not in inner:
            head, _, name = ast.unparse(node).partition(".")
            if head == "bench" and "(" not in name:
                yield name
        elif isinstance(node, ast.Call) and ast.unparse(node.func).startswith("bench."):
            yield ast.unparse(node.func).removeprefix("bench.")


CALLS = list(_calls())


def test_there_is_something_to_look_at() -> None:
    assert sum(1 for _, call in CALLS if isinstance(call.func, ast.Attribute) and call.func.attr == "write") > 20


@pytest.mark.parametrize(("where", "call"), CALLS, ids=[where for where, _ in CALLS])
def test_nothing_is_changed_by_a_read(where: str, call: ast.Call) -> None:
    assert isinstance(call.func, ast.Attribute)
    kind = call.func.attr
    assert kind != "ask", f"{where}: say whether it is a read or a write"
    if kind in {"read", "read_in_pool"}:
        asked = {one for one in _asked_of_bench(call) if not one.startswith("home")}
        assert asked <= READS, f"{where}: {asked - READS} may change what is kept: make it a write"
    if kind == "write":
        assert any(word.arg == "failed" for word in call.keywords), f"{where}: say what happens when it fails"
