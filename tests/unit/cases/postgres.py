"""A real PostgreSQL server of this test run, from Debian's packages."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.tools import SET_UP, tool


def _programs() -> Path:
    folders = sorted(Path("/usr/lib/postgresql").glob("*/bin"))
    if not folders:
        raise AssertionError(f"PostgreSQL's server is missing; run {SET_UP}")
    return folders[-1]


@contextmanager
def server(certificate: Path | None = None) -> Iterator[str]:
    """Start a server in a folder of its own; gives the start of its addresses, without the database's name.

    With a PEM file of certificate and key it takes encrypted lines too.
    """
    programs = _programs()
    root = Path(tempfile.mkdtemp(prefix="leukoscope-pg-"))
    # PostgreSQL refuses to run as the superuser; everybody else runs it as who they are.
    superuser = os.geteuid() == 0
    if superuser:
        shutil.chown(root, "postgres")
    data = root / "data"
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]

    def become(command: str) -> None:
        words = ["sh", "-c", f"cd {root} && {programs}/{command}"]
        who = [tool("setpriv"), "--reuid=postgres", "--regid=postgres", "--init-groups"] if superuser else []
        subprocess.run([*who, *words], check=True, capture_output=True)

    become(f"initdb -D {data} -U leuko -A trust --no-sync -E UTF8 --locale=C.UTF-8")
    options = f"-p {port} -k {root} -c listen_addresses=127.0.0.1 -c fsync=off"
    # No database is to outlive a power cut, or lives long enough to be cleaned.
    options += " -c full_page_writes=off -c autovacuum=off"
    if certificate is not None:
        own = Path(shutil.copy(certificate, root / "server.pem"))
        own.chmod(0o600)
        if superuser:
            shutil.chown(own, "postgres")
        options += f" -c ssl=on -c ssl_cert_file={own} -c ssl_key_file={own}"
    become(f"pg_ctl -D {data} -w -l {root}/log -o '{options}' start")
    try:
        yield f"postgresql://leuko@127.0.0.1:{port}"
    finally:
        become(f"pg_ctl -D {data} -m immediate stop")
        shutil.rmtree(root, ignore_errors=True)


def fresh_database(address: str) -> str:
    """Make an empty database and give its address."""
    import secrets

    import psycopg

    name = f"t{secrets.token_hex(6)}"
    with psycopg.connect(f"{address}/postgres", autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
    return f"{address}/{name}"


def copy_database(address: str, name: str, template: str) -> str:
    """Put a copy of a database in the place of one of this name, and give its address."""
    import psycopg

    with psycopg.connect(f"{address}/postgres", autocommit=True) as connection:
        connection.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
        connection.execute(f"CREATE DATABASE {name} TEMPLATE {template}")
    return f"{address}/{name}"
