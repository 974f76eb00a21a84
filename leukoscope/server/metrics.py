"""Figures of the running server for Prometheus: counts and times, never a name, a number or an address of a person."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.process_collector import ProcessCollector
from starlette.types import Scope

_TIMES = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0, 60.0)


class Metrics:
    """All figures of one server."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        ProcessCollector(registry=self._registry)
        own = self._registry
        self._calls = Counter(
            "leukoscope_calls", "Calls that were answered", ["method", "route", "status"], registry=own
        )
        self._seconds = Histogram(
            "leukoscope_call_seconds", "Until a call is answered", ["method"], buckets=_TIMES, registry=own
        )
        self.images = Counter("leukoscope_images", "Images that came to their end", ["result"], registry=own)
        self.bytes = Counter("leukoscope_upload_bytes", "Bytes of images that were accepted", registry=own)
        self.engine_ready = Gauge("leukoscope_engine_ready", "1 while the engine can judge", registry=own)
        self.seats = Gauge("leukoscope_seats", "People and programs that are signed in", registry=own)

    def answered(self, scope: Scope, status: int, seconds: float) -> None:
        """Count a call; an address that does not exist is counted without its name, which anybody may choose."""
        route = getattr(scope.get("route"), "path", "none")
        method = scope["method"] if scope["method"] in {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"} else "other"
        self._calls.labels(method, route, str(status)).inc()
        self._seconds.labels(method).observe(seconds)

    def text(self) -> bytes:
        """As Prometheus reads them."""
        return generate_latest(self._registry)
