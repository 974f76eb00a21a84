"""What the server says of itself: alive, ready, figures, and what can be called; nothing of it comes from elsewhere."""

from __future__ import annotations

from html import escape

from fastapi import APIRouter, Request, Response
from starlette.concurrency import run_in_threadpool
from starlette.responses import HTMLResponse, JSONResponse, PlainTextResponse

from leukoscope import __version__
from leukoscope.domain.errors import LeukoScopeError
from leukoscope.server.served import Server, Who

router = APIRouter(tags=["the server"])

_STYLE = """body{font:16px/1.5 system-ui,sans-serif;margin:2rem auto;max-width:60rem;
padding:0 1rem;color-scheme:light dark}
table{border-collapse:collapse;width:100%}td,th{border-bottom:1px solid #8886;padding:.4rem .6rem;text-align:left;
vertical-align:top}td:first-child{white-space:nowrap}
code{font:14px/1.4 ui-monospace,monospace;overflow-wrap:anywhere}"""


@router.get("/health")
async def health() -> dict[str, str]:
    """The program runs and answers."""
    return {"status": "alive", "version": __version__}


@router.get("/ready")
async def ready(served: Server) -> Response:
    """The cases can be read, accounts are on, and the engine can judge; 503 with the sentence where not."""
    try:
        await run_in_threadpool(served.seats.check)
    except LeukoScopeError as error:
        return JSONResponse({"status": "not ready", "sentence": error.message}, 503)
    if not served.happenings.is_ready:
        return JSONResponse({"status": "not ready", "sentence": "The engine is not ready yet."}, 503)
    return JSONResponse({"status": "ready"})


@router.get("/metrics", response_class=PlainTextResponse)
def metrics(caller: Who) -> Response:
    """Figures for Prometheus; no patient's data."""
    caller.served.metrics.seats.set(len(caller.served.seats))
    return Response(caller.served.metrics.text(), media_type="text/plain; version=0.0.4; charset=utf-8")


@router.get("/api/style.css", include_in_schema=False)
async def style() -> Response:
    """How the page below looks."""
    return Response(_STYLE, media_type="text/css")


@router.get("/api", include_in_schema=False)
async def page(request: Request) -> Response:
    """What can be called, as a page; made of the OpenAPI document, without scripts."""
    rows = [
        f"<tr><td><code>{method.upper()}</code></td><td><code>{escape(path).replace('/', '<wbr>/')}</code></td>"
        f"<td>{escape(one.get('description', ''))}</td></tr>"
        for path, methods in request.app.openapi()["paths"].items()
        for method, one in methods.items()
    ]
    return HTMLResponse(
        "<!DOCTYPE html><html lang='en'><head><meta charset='utf-8'><title>LeukoScope server</title>"
        "<link rel='stylesheet' href='api/style.css'></head><body><main><h1>LeukoScope server</h1>"
        "<p>Calls carry <code>Authorization: Bearer TOKEN</code>. The same for programs: "
        "<a href='api/openapi.json'>openapi.json</a>.</p>"
        "<table><thead><tr><th scope='col'>Call</th><th scope='col'>Address</th><th scope='col'>What it does</th></tr>"
        f"</thead><tbody>{''.join(rows)}</tbody></table></main></body></html>"
    )
