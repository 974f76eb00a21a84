"""The frozen program and what comes to it: files of microscope makers, orders over the line, worklists, other programs.

Runs with ``make test-package`` and ``make test-package-windows``; a module that was not packed shows here.
"""

from __future__ import annotations

import json
import re
import socket
import sqlite3
import subprocess
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import httpx
import imagecodecs
import pytest

from leukoscope.sources.demo import demo_cells
from tests.package.clean_root import wait_for
from tests.package.programs import UNDER_WINE, call, program_folder
from tests.unit.exchange.test_dicom_worklist import TITLE, schedule, worklist
from tests.unit.sources.vendors.czi_files import by_zeiss
from tests.unit.sources.vendors.lif_files import Image, lif
from tests.unit.sources.vendors.nd2_files import bgr, nd2
from tests.unit.workflow.orders_in.messages import ask, code, order

PATIENCE = 300
PASSWORD = "a short sentence"


def run(home: Path, *words: str | Path, typed: str = "") -> subprocess.CompletedProcess[str]:
    called = call(program_folder(), *words, variables={"LEUKOSCOPE_HOME": home, "PYTHONUTF8": "1"})
    return subprocess.run(
        **called, input=typed, capture_output=True, text=True, encoding="utf-8", errors="replace", check=False,
        timeout=PATIENCE,
    )  # fmt: skip


@contextmanager
def running(home: Path, *words: str | Path) -> Iterator[str]:
    """A program that stays; gives the first line that it prints."""
    called = call(program_folder(), *words, variables={"LEUKOSCOPE_HOME": home, "PYTHONUTF8": "1"})
    with subprocess.Popen(**called, stdout=subprocess.PIPE, text=True, encoding="utf-8") as process:
        try:
            assert process.stdout is not None
            yield process.stdout.readline()
        finally:
            process.terminate()
            if UNDER_WINE:
                # What is ended here is only what started Wine.
                from tests.package.wine import installed_root

                installed_root().stop()
            process.wait(60)


def numbers(database: Path) -> list[str]:
    """The cases, read while the program has them open."""
    with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as connection:
        return [str(row[0]) for row in connection.execute("SELECT number FROM cases")]


@pytest.mark.parametrize("kind", ["czi", "nd2", "lif", "jxl"])
def test_a_file_of_a_microscopes_maker_is_read_and_judged(tmp_path: Path, kind: str) -> None:
    pixels = demo_cells(1)[0].pixels
    file = tmp_path / f"Zelle 细胞.{kind}"
    if kind == "czi":
        by_zeiss([(pixels, (0, 0), {"C": 0}, 0)], file, "zstd1:ExplicitLevel=3;PreProcess=HiLoByteUnpack")
    else:
        made = {
            "nd2": lambda: nd2([bgr(pixels)]),
            "lif": lambda: lif([Image(pixels)]),
            "jxl": lambda: bytes(imagecodecs.jpegxl_encode(pixels, lossless=True)),
        }
        file.write_bytes(made[kind]())
    done = run(tmp_path / "home", "analyze", file, "--no-maps", "--out", tmp_path / "out")
    assert done.returncode == 0, done.stdout + done.stderr
    (image,) = json.loads((tmp_path / "out" / "findings.json").read_text(encoding="utf-8"))
    assert len(image["cells"][0]["opinions"]) >= 2


def test_an_order_over_the_line_begins_a_case(tmp_path: Path) -> None:
    with running(tmp_path, "orders", "listen", "--at", "plain://127.0.0.1:0") as said:
        found = re.search(r"127\.0\.0\.1:(\d+)", said)
        assert found, said
        with socket.create_connection(("127.0.0.1", int(found[1])), PATIENCE) as line:
            line.settimeout(PATIENCE)
            assert code(ask(line, order("2026-0417"))) == "AA"
        # The answer says that it is kept; the case follows.
        wait_for(lambda: "2026-0417" in numbers(tmp_path / "data" / "cases" / "cases.db"), "the case", PATIENCE)


def test_a_worklist_is_asked(tmp_path: Path) -> None:
    (tmp_path / "lists" / TITLE).mkdir(parents=True)
    (tmp_path / "lists" / TITLE / "lockfile").touch()
    schedule(tmp_path / "lists", "A1")
    with worklist(tmp_path / "lists") as port:
        done = run(tmp_path / "home", "orders", "fetch", "--from", f"plain://{TITLE}@127.0.0.1:{port}")
    assert done.stdout.startswith("1 new, 0 there already"), done.stdout + done.stderr


def test_it_serves_other_programs_and_browsers(tmp_path: Path) -> None:
    assert run(tmp_path, "serve", "accounts", "Adam", typed=f"{PASSWORD}\n" * 2).returncode == 0
    with running(tmp_path, "serve", "--port", "0") as said:
        assert said.startswith("Listening at http://127.0.0.1:"), said
        with httpx.Client(base_url=said.split()[-1], timeout=PATIENCE) as client:
            wait_for(lambda: client.get("/ready").status_code == 200, "the engine", PATIENCE)
            page = client.get("/review/", follow_redirects=True)
            assert page.status_code == 200 and client.get(page.url.join("static/main.js")).status_code == 200
            signed_in = client.post("/api/v1/session", json={"name": "Adam", "password": PASSWORD})
            assert signed_in.status_code == 201, signed_in.text
            bearer = {"Authorization": f"Bearer {signed_in.json()['session']}"}
            statement = client.get("/fhir/metadata", headers=bearer).json()
    assert statement["resourceType"] == "CapabilityStatement"
