"""A real workbench on a real store with people of every role: what tests of permissions are done on."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

from leukoscope.cases.store import CaseStore
from leukoscope.cases.tables import PersonRow
from leukoscope.domain.cases import CaseFrame, CaseHeader
from leukoscope.domain.people import Person, Role, Rules
from leukoscope.workflow.app_dirs import AppDirs
from leukoscope.workflow.opening import open_store
from leukoscope.workflow.settings import Settings, save_settings
from leukoscope.workflow.workbench import Workbench
from tests.unit.cases.builders import analysis

PASSWORD = "a short sentence"
REASON = "The patient asked for it"
NAMES = {Role.TECHNICIAN: "Tess", Role.REVIEWER: "Rene", Role.ADMINISTRATOR: "Adam"}
SPARE = "Spare"


class Scene:
    """A store with a person of every role, an administrator more, and cases to act on."""

    def __init__(self, home: AppDirs, url: str) -> None:
        self.home = home
        save_settings(Settings(database=url), home.config)
        self.store = open_store(home)
        self.out = home.data / "out"
        self.out.mkdir()
        people = self.store.people
        self.people = {role: people.add(name, role, PASSWORD) for role, name in NAMES.items()}
        self.spare = people.add(SPARE, Role.TECHNICIAN, PASSWORD)
        people.add("Root", Role.ADMINISTRATOR, PASSWORD)
        self.case_id = self.store.create(CaseHeader("1", "Doe"))
        self.frame: CaseFrame = self.store.frames.add(self.case_id, analysis(cells=3), b"image")
        self.other = self.store.create(CaseHeader("2", "Roe"))
        self.list = self.out / "list.csv"
        self.list.write_text("number,patient\n77,Zoe\n", encoding="utf-8")
        self.count = self.foreign_token = 0

    def open(self) -> CaseStore:
        """The store, opened again."""
        return open_store(self.home)

    def fresh(self) -> str:
        """A text that was not there before."""
        self.count += 1
        return f"new {self.count}"

    def victim(self) -> int:
        """A case that may be erased."""
        return self.store.create(CaseHeader(self.fresh(), "Poe"))

    def accounts(self, on: bool) -> None:
        """Let people sign in, or not."""
        self.store.people.set_rules(Rules(accounts=on))

    def set_account(
        self, person: Person, *, active: bool = True, locked: bool = False, role: Role | None = None
    ) -> None:
        """Change an account behind the back of everybody who has signed in."""
        with self.store.database.writing() as session:
            row = session.get(PersonRow, person.id)
            assert row is not None
            row.active, row.failures = active, 0
            row.locked_until = datetime.now(UTC) + timedelta(minutes=10) if locked else None
            row.role = (role or person.role).value

    def kept(self) -> tuple[object, ...]:
        """Everything that an act could have changed, but for what the program notes about itself."""
        files = tuple(sorted(str(one) for one in (*self.out.rglob("*"), *self.home.outbox.rglob("*.json"))))
        accounts = self.store.people.list(), self.store.people.rules(), self.store.tokens.list()
        return self.store.trail.head(), accounts, self.store.list(), files, self.settings()

    def settings(self) -> bytes:
        return (self.home.config / "settings.json").read_bytes()

    def entries_since(self, count: int) -> set[str]:
        """Who stands beside the entries that came after the first ``count``."""
        now = self.store.trail.head().count
        return {one.who for one in self.store.trail.entries(limit=now - count)} if now > count else set()

    @contextmanager
    def bench(self) -> Iterator[Workbench]:
        """A program of its own on it; nobody has signed in."""
        bench = Workbench(self.home, lambda _: None)
        try:
            yield bench
        finally:
            bench.close()
