"""Running the server: the line it listens on, and its end."""

from __future__ import annotations

import logging
import ssl
import sys
from collections.abc import Callable

import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol

from leukoscope.domain.errors import SettingsError
from leukoscope.server.app import make_app, serve_bench
from leukoscope.server.options import Options
from leukoscope.server.served import Served
from leukoscope.workflow.app_dirs import AppDirs

logger = logging.getLogger(__name__)

MOST_LINES = 500
HEAD_BYTES = 32 * 1024
LOOK_S = 15.0
"""A line on which nothing is asked for from one look to the next is closed: who sends a word a minute holds none."""
GRACE_S = 10
SWITCH_S = 0.0005


class PatientProtocol(H11Protocol):
    """Closes a line on which no call begins."""

    def connection_made(self, transport: object) -> None:
        """Take a line."""
        super().connection_made(transport)  # type: ignore[arg-type]
        self._last: object = self
        self.loop.call_later(LOOK_S, self._look)

    def _look(self) -> None:
        if self.transport.is_closing():
            return
        under_way = self.cycle is not None and not self.cycle.response_complete
        if not under_way and self._last is self.cycle:
            self.transport.close()
            return
        self._last = self.cycle
        self.loop.call_later(LOOK_S, self._look)


class _Server(uvicorn.Server):
    """Lets lines that wait for news end first, else nothing would end."""

    def __init__(self, config: uvicorn.Config, served: Served, on_listening: Callable[[str], None]) -> None:
        super().__init__(config)
        self._served, self._on_listening = served, on_listening

    async def startup(self, sockets: object = None) -> None:
        """Listen."""
        await super().startup(sockets)  # type: ignore[arg-type]
        if self.started:
            host, port = self.servers[0].sockets[0].getsockname()[:2]
            shown = f"[{host}]" if ":" in host else host
            self._on_listening(f"{self._served.options.scheme}://{shown}:{port}")

    async def shutdown(self, sockets: object = None) -> None:
        """End."""
        self._served.happenings.end()
        await super().shutdown(sockets)  # type: ignore[arg-type]


def run(home: AppDirs, options: Options, on_listening: Callable[[str], None]) -> None:
    """Serve until the program is ended.

    Parameters
    ----------
    home, options
        The user's folders, and what was said at the start.
    on_listening
        Called with the address once calls are taken.

    Raises
    ------
    SettingsError
        When it may not or cannot listen so.
    AccessError
        Where nobody signs in: a server without accounts would be everybody's.
    LeukoScopeError
        When the cases cannot be opened.
    """
    options.check()
    context = _encrypted(options)
    served, before = serve_bench(home, options), sys.getswitchinterval()
    try:
        served.seats.check()
        config = uvicorn.Config(
            make_app(served), host=options.address, port=options.port, http=PatientProtocol, ws="none",
            log_config=None, access_log=False, proxy_headers=False, server_header=False,
            limit_concurrency=MOST_LINES, timeout_keep_alive=int(LOOK_S), timeout_graceful_shutdown=GRACE_S,
            h11_max_incomplete_event_size=HEAD_BYTES,
            ssl_context_factory=None if context is None else lambda *_: context,
        )  # fmt: skip
        server = _Server(config, served, on_listening)
        try:
            # Images are searched in this process too: a read that waits for its turn at each of its steps takes half
            # as long (34 against 18 ms beside a busy thread).
            sys.setswitchinterval(SWITCH_S)
            server.run()
        except KeyboardInterrupt:
            # Ended by hand, or by the system, in good order.
            pass
        except SystemExit as error:
            raise _not_listening(options) from error
        if not server.started:
            raise _not_listening(options)
    finally:
        sys.setswitchinterval(before)
        served.calls.close()
        served.bench.close()


def _not_listening(options: Options) -> SettingsError:
    return SettingsError(
        f"The server cannot listen at {options.address}, port {options.port}; choose another port or address, or end "
        "what listens there."
    )


def _encrypted(options: Options) -> ssl.SSLContext | None:
    if options.certificate is None or options.key is None:
        return None
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    try:
        context.load_cert_chain(options.certificate, options.key, password=lambda: "")
    except (OSError, ssl.SSLError) as error:
        raise SettingsError(
            f"“{options.certificate.name}” and “{options.key.name}” are no certificate with its key; choose PEM files, "
            "the key without a password.",
            repr(error),
        ) from error
    return context
