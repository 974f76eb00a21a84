"""The papers of a laboratory say what is so: every test they name exists, and no section of the guide is left out."""

from __future__ import annotations

import ast
import importlib.util
import json
import re
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

PAPERS = ("security.md", "regulated.md")
GUIDE = ("capture", "cases", "command-line", "own-model", "reports-and-exchange", "scale")
_TEST = re.compile(r"`(tests/[\w/]+\.py)::(test_\w+)`")
_SECTION = re.compile(r"^(?:## (.+)|\*\*([^*\n]+?)[.:]?\*\*)", re.MULTILINE)
_ROW = re.compile(r"^\| (.+?) \| (.+) \|$", re.MULTILINE)


@cache
def functions_of(file: Path) -> frozenset[str]:
    tree = ast.parse(file.read_text(encoding="utf-8"))
    return frozenset(node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef))


@pytest.mark.parametrize("paper", PAPERS)
def test_every_test_that_is_named_exists(repository: Path, paper: str) -> None:
    named = _TEST.findall((repository / "docs" / paper).read_text(encoding="utf-8"))
    assert len(named) > 20
    gone = [
        f"{file}::{name}"
        for file, name in named
        if not (repository / file).is_file() or name not in functions_of(repository / file)
    ]
    assert gone == []


def test_every_promise_has_a_test(repository: Path) -> None:
    text = (repository / "docs" / "security.md").read_text(encoding="utf-8")
    rows = _ROW.findall(text.partition("## Promises")[2].partition("\n## ")[0])[1:]
    assert len(rows) > 15
    assert [promise for promise, tests in rows if not set(promise) <= set("-|") and not _TEST.search(tests)] == []


def test_every_section_of_the_guide_is_traced(repository: Path) -> None:
    text = (repository / "docs" / "regulated.md").read_text(encoding="utf-8")
    rows = dict(_ROW.findall(text.partition("## From each promise")[2]))
    sections = [
        match[1] or match[2]
        for name in GUIDE
        for match in _SECTION.finditer((repository / "docs" / f"{name}.md").read_text(encoding="utf-8"))
    ]
    assert [one for one in sections if one not in rows] == []
    assert [one for one in rows if one not in {*sections, "section", "---"}] == []
    untested = [one for one, tests in rows.items() if not _TEST.search(tests) and not tests.startswith("none")]
    assert [one for one in untested if one not in {"section", "---"}] == []


def paper_script(repository: Path, name: str) -> ModuleType:
    file = repository / "resources" / "papers" / f"{name}.py"
    spec = importlib.util.spec_from_file_location(name, file)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


def test_the_list_of_foreign_software_has_every_package_of_the_lock(repository: Path) -> None:
    table = paper_script(repository, "foreign_software").table()
    lock = (repository / "requirements.lock").read_text(encoding="utf-8")
    pins = re.findall(r"^([A-Za-z0-9._-]+)==([^\s;\\]+)", lock, re.MULTILINE)
    assert len(pins) > 50
    assert [pin for pin in pins if f"| {pin[0]} | {pin[1]} |" not in table] == []
    assert "| keyring | " in table
    assert "| program | all |" in table


@contextmanager
def database(known: dict[str, list[list[str]]]) -> Iterator[tuple[str, list[Any]]]:
    """A server that speaks as OSV does; ``known``: package -> pages of names of vulnerabilities."""
    asked: list[Any] = []

    class Answering(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            queries = json.loads(self.rfile.read(int(self.headers["Content-Length"])))["queries"]
            asked.extend(queries)
            results = []
            for query in queries:
                pages = known.get(query["package"]["name"], [])
                page = int(query.get("page_token", 0))
                result: dict[str, Any] = {"vulns": [{"id": name} for name in pages[page]]} if pages else {}
                if page + 1 < len(pages):
                    result["next_page_token"] = str(page + 1)
                results.append(result)
            body = json.dumps({"results": results}).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Answering) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.server_address[1]}", asked
        server.shutdown()
        thread.join(10)


def test_vulnerabilities_are_listed_and_the_exit_code_tells(
    repository: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    script = paper_script(repository, "vulnerabilities")
    lock = tmp_path / "lock"
    lock.write_text("good==1.0 \\\n    --hash=sha256:00\nbad==2.0 ; sys_platform == 'linux' \\\n    --hash=sha256:11\n")
    with database({"bad": [["CVE-1", "CVE-2"], ["CVE-3"]]}) as (address, asked):
        monkeypatch.setattr(script, "SERVICE", address)
        assert script.main(lock) == 1
        assert "bad 2.0: CVE-1, CVE-2, CVE-3" in capsys.readouterr().out
        assert asked[0] == {"package": {"name": "good", "ecosystem": "PyPI"}, "version": "1.0"}
        lock.write_text("good==1.0\n")
        assert script.main(lock) == 0
    assert script.main(lock) == 2
    assert "nothing is known" in capsys.readouterr().err
