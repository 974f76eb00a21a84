"""A server in a process of its own, as it is started at a command line, with people of every role."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import uvicorn
from fastapi import FastAPI, Request
from starlette.types import ASGIApp

from leukoscope.cases.store import CaseStore
from leukoscope.domain.people import Person, Role, Rules
from leukoscope.server import errors
from leukoscope.server.guard import Guard
from leukoscope.server.metrics import Metrics
from leukoscope.server.running import PatientProtocol
from leukoscope.workflow.app_dirs import AppDirs
from leukoscope.workflow.opening import open_store

PASSWORD = "a short sentence"
NAMES = {Role.TECHNICIAN: "Tess", Role.REVIEWER: "Rene", Role.ADMINISTRATOR: "Adam"}
PATIENCE = 120


class Running:
    """One server and what its people call with.

    Parameters
    ----------
    home
        Folder of the user.
    address
        Where it listens.
    process
        The server.
    """

    def __init__(self, home: Path, address: str, process: subprocess.Popen[str], tokens: dict[Role, str]) -> None:
        self.home, self.address, self.process, self.tokens = home, address, process, tokens
        self.calls_from: str | None = None
        """This computer's address that a test calls from: who guesses in one keeps nobody out in the next."""

    def client(self, token: str = "", **more: object) -> httpx.Client:
        """A client that calls with a token, or with none."""
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        if self.calls_from is not None and self.address.startswith("http://") and not more:
            more = {"transport": httpx.HTTPTransport(local_address=self.calls_from)}
        return httpx.Client(base_url=self.address, headers=headers, timeout=PATIENCE, **more)  # type: ignore[arg-type]

    def of(self, role: Role) -> httpx.Client:
        """A client of somebody's token."""
        return self.client(self.tokens[role])

    def signed_in(self, role: Role) -> httpx.Client:
        """A client of somebody who signed in with the password."""
        with self.client() as one:
            sent = one.post("/api/v1/session", json={"name": NAMES[role], "password": PASSWORD})
        assert sent.status_code == 201, sent.text
        return self.client(sent.json()["session"])

    def store(self) -> CaseStore:
        """The cases, opened beside the server."""
        return open_store(folders(self.home))


def people_of(store: CaseStore) -> dict[Role, Person]:
    """Add a person of every role; people sign in from now on."""
    people = {role: store.people.add(name, role, PASSWORD) for role, name in NAMES.items()}
    store.people.set_rules(Rules(accounts=True))
    return people


def folders(home: Path) -> AppDirs:
    """The folders of a user whose home this is."""
    return AppDirs(home / "data", home / "cache", home / "config", home / "logs")


def environment(home: Path, models: Path) -> dict[str, str]:
    """What the server's process is started with."""
    return {**os.environ, "LEUKOSCOPE_HOME": str(home), "LEUKOSCOPE_SHIPPED_MODELS": str(models)}


@contextmanager
def running(home: Path, models: Path, graphs: Path, *words: str) -> Iterator[Running]:
    """Start a server on new cases; it is ended as a system ends it."""
    folders(home).make()
    store = open_store(folders(home))
    people = people_of(store)
    tokens = {role: store.tokens.issue(person.id, 1)[0] for role, person in people.items()}
    store.close()
    shutil.copytree(graphs, home / "cache" / "graphs", dirs_exist_ok=True)
    command = [sys.executable, "-m", "leukoscope", "serve", "--port", "0", "--calls-per-second", "5000", *words]
    with (home / "said").open("w", encoding="utf-8") as said:
        process = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=said, text=True, env=environment(home, models)
        )
        assert process.stdout is not None
        watch = threading.Timer(PATIENCE, process.kill)
        watch.start()
        try:
            line = process.stdout.readline()
            watch.cancel()
            assert line.startswith("Listening at "), (home / "said").read_text(encoding="utf-8")
            yield Running(home, line.split()[-1], process, tokens)
        finally:
            watch.cancel()
            process.terminate()
            assert process.wait(PATIENCE) == 0, (home / "said").read_text(encoding="utf-8")
            process.stdout.close()


def guarded() -> FastAPI:
    """The server's own doors before one address that takes whatever is sent."""
    app = FastAPI()
    errors.install(app)

    @app.post("/")
    async def take(request: Request) -> int:
        return len(await request.body())

    app.add_middleware(Guard, metrics=Metrics(), largest_upload=10)
    return app


@contextmanager
def listening(app: ASGIApp) -> Iterator[int]:
    """A line of the server's own kind in a thread; gives its port."""
    server = uvicorn.Server(
        uvicorn.Config(app, port=0, http=PatientProtocol, log_config=None, lifespan="off", ws="none")
    )
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        while not server.started:
            assert thread.is_alive()
        yield server.servers[0].sockets[0].getsockname()[1]
    finally:
        server.should_exit = True
        thread.join(30)
