"""The schema of a store held against the one that the migrations make: tables, columns, indexes, triggers, functions.

The migrations themselves make the other one: in a file that is thrown away, and on a server in a schema of its own,
inside a transaction that is rolled back.
"""

from __future__ import annotations

import re
import secrets
import tempfile
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path

from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from leukoscope.cases.database import Database, migrate
from leukoscope.cases.server_connection import take_time
from leukoscope.cases.tables import HEAD

Parts = dict[str, str]

_SQLITE_COLUMNS = (
    "SELECT name, upper(type), \"notnull\", coalesce(dflt_value, ''), pk, hidden FROM pragma_table_xinfo(?)"
)
_SQLITE_KEYS = 'SELECT "from", "table", "to", on_delete FROM pragma_foreign_key_list(?) ORDER BY 1, 2, 3'
_POSTGRES: Mapping[str, str] = {
    "table": (
        "SELECT c.relname, '', c.relkind::text || c.relrowsecurity::text || c.relforcerowsecurity::text "
        "FROM pg_class c WHERE c.relnamespace = :schema AND c.relkind IN ('r', 'v', 'm', 'p', 'f')"
    ),
    "column": (
        "SELECT c.relname, a.attname, format_type(a.atttypid, a.atttypmod) || ' ' || a.attnotnull::text || ' ' || "
        "coalesce(pg_get_expr(d.adbin, d.adrelid), '') FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid "
        "LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum "
        "WHERE c.relnamespace = :schema AND c.relkind IN ('r', 'v', 'm', 'p') AND a.attnum > 0 AND NOT a.attisdropped"
    ),
    "index": (
        "SELECT c.relname, '', pg_get_indexdef(c.oid) FROM pg_class c "
        "WHERE c.relnamespace = :schema AND c.relkind = 'i'"
    ),
    "constraint": (
        "SELECT c.relname, k.conname, pg_get_constraintdef(k.oid) FROM pg_constraint k "
        "JOIN pg_class c ON c.oid = k.conrelid WHERE c.relnamespace = :schema AND k.contype <> 'n'"
    ),
    "trigger": (
        "SELECT c.relname, t.tgname, t.tgenabled::text || ' ' || pg_get_triggerdef(t.oid) FROM pg_trigger t "
        "JOIN pg_class c ON c.oid = t.tgrelid WHERE c.relnamespace = :schema AND NOT t.tgisinternal"
    ),
    "guard of keys": (
        "SELECT c.relname, '', count(*)::text FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid "
        "WHERE c.relnamespace = :schema AND t.tgisinternal AND t.tgenabled <> 'O' GROUP BY c.relname"
    ),
    "function": (
        "SELECT p.proname, '', p.prosrc FROM pg_proc p WHERE p.pronamespace = :schema AND NOT EXISTS "
        "(SELECT 1 FROM pg_depend d WHERE d.objid = p.oid AND d.deptype = 'e')"
    ),
    "rewriting": (
        "SELECT c.relname, r.rulename, pg_get_ruledef(r.oid) FROM pg_rewrite r JOIN pg_class c ON c.oid = r.ev_class "
        "WHERE c.relnamespace = :schema AND r.rulename <> '_RETURN'"
    ),
    "policy": (
        "SELECT c.relname, p.polname, p.polcmd::text FROM pg_policy p JOIN pg_class c ON c.oid = p.polrelid "
        "WHERE c.relnamespace = :schema"
    ),
}
_EVENTS = "SELECT evtname FROM pg_event_trigger WHERE evtenabled <> 'D'"


def schema_faults(session: Session) -> list[str]:
    """Every part of a store's schema that differs from the migrations', is missing or was planted, as a sentence."""
    connection = session.connection()
    if connection.dialect.name == "postgresql":
        found, expected = _postgres_parts(connection, _current_schema(connection)), _expected_postgres(connection)
        if expected is None:
            return ["The schema could not be checked: this user of the server may not make a schema beside it."]
    else:
        found, expected = sqlite_parts(connection), expected_sqlite()
    said = [_said(name, found, expected) for name in differing(found, expected)]
    return [*said, *_revision_faults(connection), *_sleeping_guards(connection)]


def _revision_faults(connection: Connection) -> Iterator[str]:
    found = sorted(map(str, connection.execute(text("SELECT version_num FROM alembic_version")).scalars()))
    if found != [HEAD]:
        yield f"The database says that it is at revision {', '.join(found) or 'none'}; it is at {HEAD}."


def _sleeping_guards(connection: Connection) -> Iterator[str]:
    """A server can be told, for all sessions of a database or user, that no trigger and no key is heeded."""
    if connection.dialect.name == "postgresql":
        role = str(connection.scalar(text("SHOW session_replication_role")))
        if role != "origin":
            yield f"The server heeds no trigger of this database (session_replication_role is {role})."


def differing(found: Parts, expected: Parts) -> list[str]:
    """Names of parts that are not the same in both."""
    return sorted(name for name in found.keys() | expected.keys() if found.get(name) != expected.get(name))


def _said(name: str, found: Parts, expected: Parts) -> str:
    if name not in expected:
        return f"The {name} was planted in the database; LeukoScope makes none of this name."
    if name not in found:
        return f"The {name} is missing from the database."
    return f"The {name} is not as LeukoScope made it."


def sqlite_parts(connection: Connection) -> Parts:
    """Each part with what makes it up; of tables their columns and keys, since SQLite words them as they came to be."""
    parts: Parts = {}
    rows = connection.exec_driver_sql("SELECT type, name, tbl_name, coalesce(sql, '') FROM sqlite_master").all()
    for kind, name, table, sql in rows:
        # SQLite's own tables and the indexes of its keys; what runs or hides something is never its own.
        if name.startswith("sqlite_") and kind in {"table", "index"}:
            continue
        if kind != "table":
            parts[f"{kind} “{name}”"] = f"{table} {' '.join(sql.split())}"
            continue
        columns = sorted(map(str, connection.exec_driver_sql(_SQLITE_COLUMNS, (name,)).all()))
        keys = connection.exec_driver_sql(_SQLITE_KEYS, (name,)).all()
        parts[f"table “{name}”"] = " ".join([*columns, *map(str, keys)])
    return parts


@cache
def expected_sqlite() -> Parts:
    """The parts that the migrations make."""
    with tempfile.TemporaryDirectory(prefix="leukoscope-") as name:
        fresh = Database(Path(name))
        try:
            with fresh.reading() as session:
                return sqlite_parts(session.connection())
        finally:
            fresh.close()


def _current_schema(connection: Connection) -> str:
    return str(connection.scalar(text("SELECT current_schema()")))


def _postgres_parts(connection: Connection, schema: str) -> Parts:
    key = connection.scalar(text("SELECT oid FROM pg_namespace WHERE nspname = :name"), {"name": schema})
    own = re.compile(rf'\b"?{re.escape(schema)}"?\.')
    parts: Parts = {}
    for kind, query in _POSTGRES.items():
        for table, name, content in connection.execute(text(query), {"schema": key}):
            called = f"“{name}” of {table}" if name else f"“{table}”"
            parts[f"{kind} {called}"] = own.sub("", content)
    for (name,) in connection.execute(text(_EVENTS)):
        parts[f"event trigger “{name}”"] = ""
    return parts


_MADE: dict[str, Parts] = {}


def _expected_postgres(connection: Connection) -> Parts | None:
    """The parts that the migrations make on this server; ``None`` where this user may not make a schema."""
    version = str(connection.scalar(text("SHOW server_version_num")))
    if version not in _MADE:
        made = _made_aside(connection)
        if made is None:
            return None
        _MADE[version] = made
    return _MADE[version]


def _made_aside(connection: Connection) -> Parts | None:
    schema = f"leukoscope_check_{secrets.token_hex(6)}"
    # A connection of its own: the view that is checked goes on as it is.
    with connection.engine.connect() as aside:
        try:
            take_time(aside)
            aside.execute(text(f"CREATE SCHEMA {schema}"))
            aside.execute(text(f"SET LOCAL search_path TO {schema}"))
            migrate(aside)
            parts = _postgres_parts(aside, schema)
        except DBAPIError:
            return None
        finally:
            aside.rollback()
    return {name: content for name, content in parts.items() if not name.startswith("event trigger")}
