"""Stores as earlier versions of the program left them."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config

from leukoscope.cases import migrations
from leukoscope.cases.store import CaseStore


def go_back(store: CaseStore, revision: str) -> None:
    """Take the migrations after a revision back, the last one first."""
    config = Config()
    config.set_main_option("script_location", str(Path(migrations.__file__).parent))
    with store.database.engine.begin() as connection:
        config.attributes["connection"] = connection
        command.downgrade(config, revision)
