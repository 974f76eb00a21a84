"""The server's Debian package in a clean Debian: installed, called over an encrypted line, upgraded and removed.

Runs with ``make test-package``; needs root and debootstrap.
"""

from __future__ import annotations

import os
import re
import shutil
import ssl
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest
import trustme
from pypdf import PdfReader

from tests.package.clean_root import clean_root, sh, wait_for
from tests.package.programs import REPOSITORY
from tests.tools import tool

DIST = REPOSITORY / "dist"
LARGEST = 200e6
QUIET = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
SETTINGS = Path("etc", "leukoscope", "server.conf")
HOME = Path("var", "lib", "leukoscope")
PASSWORD = "a short sentence"
PATIENCE = 300
PORT = 18443
"""Where the booted one listens."""


@pytest.fixture(scope="module", autouse=True)
def rights_and_tools() -> None:
    """Fail at once, with what helps, where a clean Debian cannot be made."""
    assert sys.platform == "linux" and os.geteuid() == 0, "run as root: sudo make test-package"
    for name in ("debootstrap", "systemd-nspawn"):
        tool(name)


@pytest.fixture(scope="module")
def package() -> Path:
    found = sorted(DIST.glob("leukoscope-server_*.deb"), key=lambda path: path.stat().st_mtime)
    if not found:
        pytest.fail("there is no dist/leukoscope-server_*.deb; run make package-server first")
    return found[-1]


@pytest.fixture(scope="module")
def root(package: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A clean Debian with systemd's programs and the package."""
    with clean_root(tmp_path_factory.mktemp("server") / "clean") as place:
        shutil.copyfile(package, place / "tmp" / "server.deb")
        names = [re.sub(r"\(.*?\)", "", part).strip() for part in field(package, "Depends").split(",")]
        sh("chroot", place, "apt-get", "update")
        sh("chroot", place, "apt-get", "install", "-y", "--no-install-recommends", *names, "systemd", env=QUIET)
        sh("chroot", place, "dpkg", "-i", "/tmp/server.deb", env=QUIET)
        yield place


def field(package: Path, name: str) -> str:
    return sh("dpkg-deb", "-f", package, name).stdout.strip()


def as_server(root: Path, *words: str | Path) -> list[str]:
    """The command that runs the program as the unit's account does."""
    inner = ["chroot", "--userspec=leukoscope:leukoscope", str(root), "/usr/bin/env", "-i", "PATH=/usr/bin:/bin"]
    return [*inner, f"HOME=/{HOME}", f"LEUKOSCOPE_HOME=/{HOME}", "leukoscope", *map(str, words)]


def certified(root: Path) -> ssl.SSLContext:
    """Put a certificate where the unit looks for it and where this file's own start reads it; who trusts it."""
    authority, trusting = trustme.CA(), ssl.create_default_context()
    own = authority.issue_cert("127.0.0.1")
    for folder in (root / "etc" / "leukoscope", root / "tmp"):
        own.cert_chain_pems[0].write_to_path(folder / "certificate.pem")
        own.private_key_pem.write_to_path(folder / "key.pem")
    (root / "etc" / "leukoscope" / "key.pem").chmod(0o600)
    authority.configure_trust(trusting)
    return trusting


@pytest.fixture(scope="module")
def token(root: Path) -> str:
    """Of an account that may send images, made at the command line as the document says."""
    for words in (
        ("serve", "accounts", "Adam"),
        ("people", "--as", "Adam", "add", "Analyzer", "--role", "technician"),
        ("serve", "token", "--as", "Adam", "create", "Analyzer", "--to", f"/{HOME}/analyzer.token", "--days", "1"),
    ):
        # One line for each password that is asked for.
        sh(*as_server(root, *words), input=f"{PASSWORD}\n" * 4)
    return (root / HOME / "analyzer.token").read_text(encoding="utf-8").strip()


@contextmanager
def serving(root: Path, token: str) -> Iterator[httpx.Client]:
    """The installed server on an encrypted line, in a network that leads nowhere else; ended as systemd ends it."""
    words = ["serve", "--port", "0", "--certificate", "/tmp/certificate.pem", "--key", "/tmp/key.pem"]
    trusting = certified(root)
    with subprocess.Popen(as_server(root, *words), stdout=subprocess.PIPE, text=True) as process:
        watch = threading.Timer(PATIENCE, process.kill)
        watch.start()
        try:
            assert process.stdout is not None
            line = process.stdout.readline()
            assert line.startswith("Listening at https://"), line
            headers = {"Authorization": f"Bearer {token}"}
            with httpx.Client(base_url=line.split()[-1], verify=trusting, headers=headers, timeout=PATIENCE) as client:
                yield client
        finally:
            watch.cancel()
            process.terminate()
            assert process.wait(120) == 0


@pytest.fixture(scope="module")
def client(root: Path, token: str) -> Iterator[httpx.Client]:
    with serving(root, token) as one:
        yield one


def test_it_is_small_and_asks_for_nothing_of_a_window(package: Path, root: Path) -> None:
    installed = sum(path.stat().st_size for path in (root / "opt").rglob("*") if path.is_file())
    print(f"\nserver: {package.stat().st_size / 1e6:.0f} MB, {installed / 1e6:.0f} MB unpacked")
    assert package.stat().st_size <= LARGEST
    assert not re.search(r"libgl1|libegl1|libxkbcommon|libxcb|libdbus", field(package, "Depends"))
    names = [path.name.lower() for path in (root / "opt" / "leukoscope").rglob("*")]
    for unwanted in ("pyside6", "libqt6", "shiboken", "tensorflow", "pyqtgraph"):
        assert not [name for name in names if name.startswith(unwanted)], unwanted


def test_it_has_an_account_and_folders_of_its_own(root: Path) -> None:
    said = sh("chroot", root, "getent", "passwd", "leukoscope").stdout.strip()
    assert said.endswith("/var/lib/leukoscope:/usr/sbin/nologin") and int(said.split(":")[2]) < 1000
    assert (root / HOME).stat().st_mode & 0o777 == 0o700
    assert str((root / HOME).stat().st_uid) == said.split(":")[2]
    assert (root / "etc" / "leukoscope").stat().st_mode & 0o777 == 0o700
    enabled = root / "etc" / "systemd" / "system" / "multi-user.target.wants" / "leukoscope-server.service"
    assert not enabled.is_symlink(), "it is off until an administrator turns it on"


def test_systemd_takes_the_unit(root: Path) -> None:
    sh("chroot", root, "systemctl", "enable", "leukoscope-server")
    done = sh("chroot", root, "systemd-analyze", "verify", "--man=no", "leukoscope-server.service", check=False)
    assert done.returncode == 0 and "leukoscope" not in done.stderr, done.stderr
    sh("chroot", root, "systemctl", "disable", "leukoscope-server")


def test_systemd_starts_it_as_the_unit_says(package: Path, tmp_path: Path) -> None:
    """In a Debian that boots: systemd reads settings and certificate and locks the server in as it does anywhere."""
    with clean_root(tmp_path / "boots") as place:
        sh("chroot", place, "apt-get", "update")
        packages = ("systemd", "systemd-sysv", "dbus", "passwd")
        sh("chroot", place, "apt-get", "install", "-y", "--no-install-recommends", *packages, env=QUIET)
        shutil.copyfile(package, place / "tmp" / "server.deb")
        sh("chroot", place, "dpkg", "-i", "/tmp/server.deb", env=QUIET)
        sh(*as_server(place, "serve", "accounts", "Adam"), input=f"{PASSWORD}\n" * 2)
        trusting = certified(place)
        text = (place / SETTINGS).read_text(encoding="utf-8")
        text = text.replace("PORT=8443", f"PORT={PORT}").replace("OPTIONS=", "OPTIONS=--largest-upload 512")
        (place / SETTINGS).write_text(text, encoding="utf-8")
        sh("chroot", place, "systemctl", "enable", "leukoscope-server")
        for name in ("dev", "run", "tmp", "sys", "proc"):
            sh("umount", "--lazy", place / name)
        words = ["systemd-nspawn", "--quiet", "--boot", "--register=no", "--keep-unit", "--console=pipe"]
        with (
            subprocess.Popen([*words, "-D", str(place)], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE) as booted,
            httpx.Client(base_url=f"https://127.0.0.1:{PORT}", verify=trusting, timeout=PATIENCE) as client,
        ):
            try:
                wait_for(lambda: answers(client), "the start of the service", PATIENCE)
            finally:
                # Asked twice, it does not wait for the services.
                booted.terminate()
                booted.terminate()
                booted.communicate(timeout=60)


def answers(client: httpx.Client) -> bool:
    """Whether the server is ready; False while nothing listens."""
    try:
        return client.get("/ready").status_code == 200
    except httpx.TransportError:
        return False


def test_the_program_tests_itself_and_says_that_it_has_no_window(root: Path) -> None:
    done = sh("unshare", "--net", *as_server(root, "self-test"), check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    window = sh(*as_server(root), check=False)
    assert window.returncode == 1
    assert window.stderr.strip() == "This edition has no window; “leukoscope --help” lists what it does."


def test_it_is_well_and_shows_its_pages_and_what_it_speaks(client: httpx.Client) -> None:
    assert client.get("/health").status_code == 200
    wait_for(lambda: client.get("/ready").status_code == 200, "the engine")
    page = client.get("/review/", follow_redirects=True)
    assert page.status_code == 200 and "LeukoScope" in page.text
    parts = re.findall(r'(?:src|href)="([^":]+\.(?:js|css|svg|png))"', page.text)
    assert {part.rpartition(".")[2] for part in parts} >= {"js", "css"}
    for part in parts:
        assert client.get(page.url.join(part)).status_code == 200, part
    statement = client.get("/fhir/metadata").json()
    assert statement["resourceType"] == "CapabilityStatement" and statement["fhirVersion"].startswith("4.0")
    assert "leukoscope" in client.get("/metrics").text


def test_a_real_cell_is_judged_and_reported(client: httpx.Client, shared_data: Path, tmp_path: Path) -> None:
    cell = next(path for path in sorted((shared_data / "cnmc_fold1" / "all").iterdir()) if path.is_file())
    made = client.post("/api/v1/cases", json={"number": "2026-0417", "patient": "Müller, Änne 王"})
    assert made.status_code == 201, made.text
    case = made.headers["location"]
    taken = client.post(f"{case}/images", params={"name": cell.name}, content=cell.read_bytes())
    assert taken.status_code == 202, taken.text
    with client.stream("GET", f"{taken.headers['location']}/events") as events:
        told = "".join(events.iter_text())
    assert "event: end" in told
    (one,) = client.get(f"{case}/findings").json()
    opinions = one["cells"][0]["opinions"]
    assert len(opinions) >= 2 and all(0 <= opinion["probability"] <= 1 for opinion in opinions)
    (tmp_path / "report.pdf").write_bytes(client.get(f"{case}/report.pdf").content)
    text = "\n".join(page.extract_text() for page in PdfReader(tmp_path / "report.pdf").pages)
    assert "not a medical device" in text and "Müller" in text
    found = client.get("/fhir/DiagnosticReport", params={"identifier": "2026-0417"}).json()
    assert [one["resource"]["resourceType"] for one in found["entry"]] == ["DiagnosticReport"], found


def test_an_upgrade_keeps_settings_and_cases_and_a_purge_keeps_cases(root: Path, package: Path, tmp_path: Path) -> None:
    tree, newer = tmp_path / "tree", root / "tmp" / "newer.deb"
    sh("dpkg-deb", "--raw-extract", package, tree)
    control = tree / "DEBIAN" / "control"
    control.write_text(re.sub(r"(?m)^Version: .*$", "Version: 99.0", control.read_text(encoding="utf-8")))
    with (tree / SETTINGS).open("a", encoding="utf-8") as settings:
        settings.write("# A newer version says more here.\n")
    sh("dpkg-deb", "-Znone", "--build", tree, newer)
    ours = (root / SETTINGS).read_text(encoding="utf-8").replace("ADDRESS=127.0.0.1", "ADDRESS=0.0.0.0")
    (root / SETTINGS).write_text(ours, encoding="utf-8")
    database = root / HOME / "data" / "cases" / "cases.db"
    before = database.read_bytes()
    sh("chroot", root, "dpkg", "--force-confold", "-i", "/tmp/newer.deb", env=QUIET)
    assert (root / SETTINGS).read_text(encoding="utf-8") == ours
    sh("chroot", root, "dpkg", "--purge", "leukoscope-server", env=QUIET, stdin=subprocess.DEVNULL)
    assert database.read_bytes() == before
    assert not (root / SETTINGS).exists() and (root / "etc/leukoscope/certificate.pem").is_file()
    assert not (root / "opt/leukoscope").exists() and not (root / "usr/bin/leukoscope").is_symlink()
