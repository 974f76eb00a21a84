"""Alembic migrations of the case database, run by the program itself when it opens one."""
