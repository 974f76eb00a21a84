"""The pages and what they are made of: files of our own, the fonts of the window, and the words of a language."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Annotated

from fastapi import APIRouter, Query, Response
from pydantic import Field
from starlette.responses import RedirectResponse

from leukoscope.reports.words import LANGUAGES
from leukoscope.server.browser.words import page_words
from leukoscope.server.errors import CallError
from leukoscope.server.served import Server
from leukoscope.server.shapes import Sent
from leukoscope.workflow.fonts import ui_font_files
from leukoscope.workflow.languages import chosen_language

router = APIRouter(include_in_schema=False)

STATIC = Path(__file__).parent / "static"
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob:; font-src 'self'; "
    "connect-src 'self'; form-action 'none'; base-uri 'none'; frame-ancestors 'none'; "
    "require-trusted-types-for 'script'; trusted-types 'none'"
)
"""Nothing but what this server serves, no script and no style within a page, and no text ever becomes markup."""
_TYPES = {".html": "text/html", ".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}
_HEADERS = {
    "Content-Security-Policy": POLICY,
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
}
LanguageName = Annotated[str, Query(pattern=r"^[a-z]{0,2}$")]


class Sentence(Sent):
    """A sentence of the server, to be said in a language."""

    language: Annotated[str, Field(max_length=2)]
    sentence: Annotated[str, Field(max_length=2000)]


@router.get("/")
async def root() -> Response:
    """People come here by the bare address."""
    return RedirectResponse("review/", 307)


@router.get("/review")
async def without_slash() -> Response:
    """The addresses within the page are relative to the folder."""
    return RedirectResponse("review/", 307)


@router.get("/review/")
def page() -> Response:
    """The one page."""
    return _file("index.html")


@router.get("/review/static/{name}")
def static(name: str) -> Response:
    """A file of the page."""
    return _file(name)


@router.get("/review/fonts/{name}")
def font(name: str) -> Response:
    """A font of the window."""
    for path in ui_font_files():
        if name == f"{path.stem}.ttf":
            return Response(path.read_bytes(), media_type="font/ttf", headers={**_HEADERS, "Cache-Control": _A_DAY})
    raise CallError(404)


@router.get("/review/words")
def words(served: Server, language: LanguageName = "") -> dict[str, object]:
    """All words of the pages; without a language in that of the program."""
    chosen = language if language in LANGUAGES else chosen_language(served.bench.settings.current.language)
    spoken = page_words(chosen)
    return {"language": spoken.language, "languages": LANGUAGES, "texts": spoken.texts}


@router.post("/review/said")
def said(sent: Sentence) -> dict[str, str]:
    """What the server says, as the window says it in a language."""
    return {"sentence": page_words(sent.language).said(sent.sentence)}


_A_DAY = "private, max-age=86400"


@lru_cache(maxsize=1)
def _names() -> frozenset[str]:
    return frozenset(path.name for path in STATIC.iterdir() if path.suffix in _TYPES)


def _file(name: str) -> Response:
    if name not in _names():
        raise CallError(404)
    path = STATIC / name
    return Response(path.read_bytes(), media_type=_TYPES[path.suffix], headers=_HEADERS)
