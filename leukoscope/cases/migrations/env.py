"""Alembic's entry: migrate over the connection that the program hands in."""

from __future__ import annotations

from alembic import context

from leukoscope.cases.tables import Base

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Base.metadata,
    render_as_batch=True,
    transactional_ddl=True,
)
with context.begin_transaction():
    context.run_migrations()
