"""A real directory of this test run: OpenLDAP's slapd on loopback, with people, groups in groups and locks."""

from __future__ import annotations

import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import ldap3
import trustme

from leukoscope.domain.directory import Directory
from tests.tools import tool

BASE = "dc=hospital,dc=example"
ROOT, ROOT_PASSWORD = f"cn=root,{BASE}", "of the root"
SEARCHER, SEARCH_PASSWORD = f"cn=search,{BASE}", "of the search account"
PASSWORD = "their own pässword"
HOSTILE = "o*(b)\\c"
"""A sign-in name that is a filter where nobody escapes it."""
SETTINGS = """
include /etc/ldap/schema/core.schema
include /etc/ldap/schema/cosine.schema
include /etc/ldap/schema/nis.schema
include /etc/ldap/schema/inetorgperson.schema
modulepath /usr/lib/ldap
moduleload back_mdb
moduleload ppolicy
pidfile {folder}/pid
TLSCACertificateFile {folder}/ca.pem
TLSCertificateFile {folder}/own.pem
TLSCertificateKeyFile {folder}/own.pem
sizelimit 100
database mdb
maxsize 16777216
suffix "{base}"
rootdn "{root}"
rootpw "{root_password}"
directory {folder}/data
access to attrs=userPassword by anonymous auth by * none
access to * by users read by anonymous auth
overlay ppolicy
ppolicy_default "cn=policy,{base}"
ppolicy_use_lockout
"""


def _person(uid: str, shown: str, *more: str) -> str:
    name = uid.replace("\\", "\\\\")
    lines = (
        f"dn: uid={name},ou=people,{BASE}", "objectClass: inetOrgPerson", f"uid: {uid}", f"cn: {shown}",
        f"sn: {shown.rsplit(maxsplit=1)[-1]}", f"displayName: {shown}", f"userPassword: {PASSWORD}", *more,
    )  # fmt: skip
    return "\n".join(lines) + "\n\n"


def _group(name: str, *members: str) -> str:
    lines = (f"member: {one},{BASE}" for one in members)
    return "\n".join((f"dn: cn={name},ou=groups,{BASE}", "objectClass: groupOfNames", f"cn: {name}", *lines)) + "\n\n"


def _content() -> str:
    parts = [
        f"dn: {BASE}\nobjectClass: domain\ndc: hospital\n\n",
        *(f"dn: ou={one},{BASE}\nobjectClass: organizationalUnit\nou: {one}\n\n" for one in ("people", "groups")),
        f"dn: {SEARCHER}\nobjectClass: person\ncn: search\nsn: search\nuserPassword: {SEARCH_PASSWORD}\n\n",
        f"dn: cn=policy,{BASE}\nobjectClass: device\nobjectClass: pwdPolicy\ncn: policy\npwdAttribute: userPassword\n"
        "pwdLockout: TRUE\npwdMaxFailure: 3\npwdLockoutDuration: 3600\n\n",
        _person("ada", "Ada Lovelace"),
        _person("renel", "René Laennec"),
        _person("tturner", "Tess Turner"),
        _person("nobody", "Nora Body"),
        _person("tryer", "Tom Tryer"),
        _person("closed", "Clara Closed", "pwdAccountLockedTime: 000001010000Z"),
        _person("twin", "Tess Turner"),
        _person(HOSTILE, "Olga Odd"),
        _group("administrators", "uid=ada,ou=people"),
        _group("haematologists", "uid=renel,ou=people"),
        _group("reviewers", "cn=haematologists,ou=groups"),
        _group(
            "technicians", "uid=tturner,ou=people", "uid=renel,ou=people", "uid=closed,ou=people",
            "uid=tryer,ou=people", "uid=twin,ou=people", r"uid=o*(b)\\c,ou=people",
        ),
    ]  # fmt: skip
    return "".join(parts)


@dataclass(frozen=True)
class Slapd:
    """A running directory.

    Parameters
    ----------
    folder
        Its own; the authority's certificate and the search account's file lie there.
    plain, encrypted
        Ports: StartTLS or in the clear, and TLS from the first byte.
    """

    folder: Path
    plain: int
    encrypted: int

    def directory(self, **more: str) -> Directory:
        """What is set to ask it, with the search account."""
        groups = {name: f"cn={name},ou=groups,{BASE}" for name in ("administrators", "reviewers", "technicians")}
        one = Directory(
            f"ldaps://localhost:{self.encrypted}", str(self.folder / "ca.pem"), BASE,
            login=str(self.folder / "search.txt"), **groups,
        )  # fmt: skip
        return replace(one, **more)

    @contextmanager
    def changing(self) -> Iterator[Any]:
        """A line of whoever looks after the directory."""
        server = ldap3.Server("127.0.0.1", self.plain, get_info=ldap3.NONE)
        line = ldap3.Connection(server, ROOT, ROOT_PASSWORD, auto_bind=True, raise_exceptions=True)
        try:
            yield line
        finally:
            line.unbind()


@contextmanager
def slapd() -> Iterator[Slapd]:
    """Start one; it is ended and forgotten behind."""
    folder = Path(tempfile.mkdtemp(prefix="leukoscope-ldap-"))
    try:
        authority = trustme.CA()
        authority.cert_pem.write_to_path(str(folder / "ca.pem"))
        authority.issue_cert("localhost").private_key_and_cert_chain_pem.write_to_path(str(folder / "own.pem"))
        (folder / "search.txt").write_text(f"{SEARCHER}\n{SEARCH_PASSWORD}\n", encoding="utf-8")
        (folder / "search.txt").chmod(0o600)
        (folder / "data").mkdir()
        settings = SETTINGS.format(folder=folder, base=BASE, root=ROOT, root_password=ROOT_PASSWORD)
        (folder / "slapd.conf").write_text(settings, encoding="utf-8")
        (folder / "content.ldif").write_text(_content(), encoding="utf-8")
        words = [tool("slapadd"), "-q", "-f", str(folder / "slapd.conf"), "-l", str(folder / "content.ldif")]
        done = subprocess.run(words, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        with running(folder) as one:
            yield one
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def running(folder: Path) -> Iterator[Slapd]:
    """The server on what lies in a folder."""
    plain, encrypted = _free(), _free()
    at = f"ldap://127.0.0.1:{plain} ldaps://127.0.0.1:{encrypted}"
    with (folder / "log").open("w") as log:
        process = subprocess.Popen(
            [tool("slapd"), "-d", "0", "-f", str(folder / "slapd.conf"), "-h", at], stdout=log, stderr=log
        )
        try:
            _wait(process, encrypted, folder / "log")
            yield Slapd(folder, plain, encrypted)
        finally:
            process.terminate()
            process.wait(30)


def _wait(process: subprocess.Popen[bytes], port: int, log: Path) -> None:
    until = time.monotonic() + 30
    while time.monotonic() < until:
        assert process.poll() is None, log.read_text()
        with socket.socket() as line:
            if line.connect_ex(("127.0.0.1", port)) == 0:
                return
    raise AssertionError("slapd does not listen")


def _free() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
        return port
