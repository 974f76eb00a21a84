"""The one place that knows all parts of the server."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI

from leukoscope import __version__
from leukoscope.server import about, cases, cells, errors, fhir, signing_in, uploads
from leukoscope.server.browser import install as browser
from leukoscope.server.front import Front
from leukoscope.server.guard import Guard
from leukoscope.server.happenings import Happenings
from leukoscope.server.metrics import Metrics
from leukoscope.server.options import Options
from leukoscope.server.rates import Rates
from leukoscope.server.served import GUESSES_AT_ONCE, GUESSES_PER_SECOND, Served, Uploading
from leukoscope.workflow.app_dirs import AppDirs
from leukoscope.workflow.call_log import CallLog
from leukoscope.workflow.workbench import Workbench

PURPOSE = "Decision support for research and evaluation; not a medical device."


def serve_bench(home: AppDirs, options: Options) -> Served:
    """A program of its own on the cases of this user, for calls; it is started with the server."""
    metrics = Metrics()
    happenings = Happenings(metrics)
    bench = Workbench(home, happenings.listen, in_turn=True)
    try:
        calls = CallLog(bench.tell_calls)
        return Served(
            bench, bench.seats(), calls, happenings, metrics, options,
            Rates(options.calls_per_second, options.calls_at_once), Rates(GUESSES_PER_SECOND, GUESSES_AT_ONCE),
            Uploading(),
        )  # fmt: skip
    except BaseException:
        bench.close()
        raise


def make_app(served: Served) -> FastAPI:
    """The server of a program, ready to be called."""

    @asynccontextmanager
    async def life(_: FastAPI) -> AsyncIterator[None]:
        served.happenings.begin()
        served.bench.start()
        yield

    app = FastAPI(
        title="LeukoScope", version=__version__, description=PURPOSE, lifespan=life,
        # Their pages come from other servers; /api is our own.
        docs_url=None, redoc_url=None, openapi_url="/api/openapi.json",
        servers=[{"url": served.options.prefix}] if served.options.prefix else None,
    )  # fmt: skip
    app.state.served = served
    errors.install(app)
    for part in (about, signing_in, cases, cells, uploads, fhir):
        app.include_router(part.router)
    browser.install(app)
    said = served.options
    app.add_middleware(Guard, metrics=served.metrics, largest_upload=said.largest_upload)
    app.add_middleware(Front, proxies=said.proxies, header=said.forwarded, prefix=said.prefix)
    return app
