"""The pages on a server."""

from __future__ import annotations

from fastapi import FastAPI

from leukoscope.server.browser import entering, pages, several, sheets
from leukoscope.server.browser.cookies import CookieCalls


def install(app: FastAPI) -> None:
    """Serve the pages, and let who signed in on them make the calls of programs."""
    for part in (pages, entering, sheets, several):
        app.include_router(part.router)
    app.add_middleware(CookieCalls)
