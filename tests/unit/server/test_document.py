"""docs/server.md and the files beside the installers say what is so: its lines are run, its options exist."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
from pathlib import Path

import pytest

from leukoscope.cli.parser import build_parser
from leukoscope.domain.people import Role
from tests.unit.server.images import cell_png
from tests.unit.server.running import PATIENCE, Running

SERVER = Path("resources/packaging/linux/server")


@pytest.mark.skipif(shutil.which("curl") is None, reason="the lines of docs/server.md are for curl")
def test_the_lines_for_curl_do_what_they_say(server: Running, repository: Path, tmp_path: Path) -> None:
    text = (repository / "docs" / "server.md").read_text(encoding="utf-8")
    lines = re.search(r"<!-- curl: run by tests/unit/server/test_document.py -->\n```sh\n(.*?)```", text, re.DOTALL)
    assert lines is not None
    (tmp_path / "field.png").write_bytes(cell_png(51))
    # The server of tests does not encrypt.
    script = "set -e\n" + lines[1].replace(" --cacert authority.pem", "")
    told = subprocess.run(
        ["bash", "-c", script], cwd=tmp_path, capture_output=True, text=True, check=False, timeout=PATIENCE,
        env={**os.environ, "SERVER": server.address, "TOKEN": server.tokens[Role.TECHNICIAN]},
    )  # fmt: skip
    assert told.returncode == 0, told.stdout + told.stderr
    assert (tmp_path / "report.pdf").read_bytes().startswith(b"%PDF")
    for said in ("event: end", '"state": "judged"', '"by":"Tess"', "searchset", '"status": "active"'):
        assert said in told.stdout, told.stdout


@pytest.mark.parametrize(
    ("file", "line"),
    [("leukoscope-server.service", r"ExecStart=(.*)"), ("Containerfile", r"#     (--address.*)")],
)
def test_unit_and_container_start_the_server_with_options_that_exist(repository: Path, file: str, line: str) -> None:
    text = (repository / SERVER / file).read_text(encoding="utf-8").replace("\\\n", "")
    found = re.search(line, text)
    assert found is not None
    settings = (repository / SERVER / "server.conf").read_text(encoding="utf-8")
    for name, value in re.findall(r"(?m)^([A-Z]+)=(.*)$", settings):
        assert file == "Containerfile" or name in found[1]
        found = re.search(r"(.*)", re.sub(rf"\$\{{?{name}\b\}}?", value, found[1]))
        assert found is not None
    words = shlex.split(found[1])
    words = words if words[0].startswith("--") else words[2:]
    given = build_parser().parse_args(["serve", *words])
    # The service listens to its own computer until its settings say otherwise, a container to its network.
    assert given.address == ("0.0.0.0" if file == "Containerfile" else "127.0.0.1")
    assert given.certificate and given.key and given.port == 8443


def test_what_the_unit_writes_is_where_it_may_write(repository: Path) -> None:
    unit = (repository / SERVER / "leukoscope-server.service").read_text(encoding="utf-8")
    home = re.search(r"Environment=LEUKOSCOPE_HOME=/var/lib/(\S+)", unit)
    assert home is not None and f"StateDirectory={home[1]}\n" in unit and "ProtectSystem=strict\n" in unit
