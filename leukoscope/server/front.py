"""A program in front of the server that encrypts: what it says of a call is believed where it is named, never else."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Sequence

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from leukoscope.domain.errors import SettingsError

Network = ipaddress.IPv4Network | ipaddress.IPv6Network
HEADERS = ("x-forwarded", "forwarded")
"""How a proxy says where a call comes from: X-Forwarded-For and X-Forwarded-Proto, or Forwarded (RFC 7239)."""
PREFIX = re.compile(r"(/[A-Za-z0-9._~-]+)*")
_SCHEMES = {"http", "https"}
_PAIR = re.compile(r'\s*([a-z]+)=("(?:[^"\\]|\\.)*"|[^;,"\s]*)\s*', re.IGNORECASE)


def networks(proxies: Sequence[str]) -> tuple[Network, ...]:
    """Addresses and networks as they were written; raises SettingsError for what is none."""
    try:
        return tuple(ipaddress.ip_network(one) for one in proxies)
    except ValueError as error:
        raise SettingsError(
            "A proxy is named by its address, as 10.0.0.5, or by its network, as 10.0.0.0/24.", str(error)
        ) from error


class Front:
    """Stands before everything else.

    A call of a named proxy is one of the caller it tells of, on the line it tells of; from anybody else these headers
    mean nothing. The host stays the one in the call: the proxy hands it on as the browser wrote it.

    Parameters
    ----------
    app
        What answers.
    proxies
        Who is believed.
    header
        One of ``HEADERS``. Only this one: a proxy hands on what the caller wrote into the other.
    prefix
        Under which part of the proxy's addresses the server lies, as ``/leukoscope``; empty where it has all.
    """

    def __init__(self, app: ASGIApp, proxies: Sequence[str] = (), header: str = HEADERS[0], prefix: str = "") -> None:
        self._app, self._networks, self._header, self._prefix = app, networks(proxies), header, prefix

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one call."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        scope = {**scope, "app_root_path": self._prefix}
        if self._is_proxy((scope.get("client") or ("", 0))[0]):
            self._believe(scope)
        if self._prefix:
            self._shorten(scope)

        async def sending(message: Message) -> None:
            if self._prefix and message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                if headers.get("location", "").startswith("/"):
                    headers["location"] = self._prefix + headers["location"]
            await send(message)

        await self._app(scope, receive, sending)

    def _is_proxy(self, address: str) -> bool:
        try:
            known = ipaddress.ip_address(address)
        except ValueError:
            return False
        return any(known in one for one in self._networks)

    def _believe(self, scope: Scope) -> None:
        headers = Headers(scope=scope)
        if self._header == "forwarded":
            steps = [_pairs(one) for one in _listed(headers, "forwarded")]
            callers = [_node(one.get("for", "")) for one in steps]
            scheme = steps[-1].get("proto", "").lower() if steps else ""
        else:
            callers = [_node(one.strip()) for one in _listed(headers, "x-forwarded-for")]
            scheme = ([*_listed(headers, "x-forwarded-proto")] or [""])[-1].strip().lower()
        if scheme in _SCHEMES:
            scope["scheme"] = scheme
        # Each proxy adds at the end whom it was called by: the last who is none of them is the caller.
        for address in reversed(callers):
            if not address:
                return
            scope["client"] = (address, 0)
            if not self._is_proxy(address):
                return

    def _shorten(self, scope: Scope) -> None:
        """A proxy takes the prefix away, or leaves it: both are understood."""
        if not f"{scope['path']}/".startswith(f"{self._prefix}/"):
            return
        scope["path"] = scope["path"][len(self._prefix) :] or "/"
        raw: bytes | None = scope.get("raw_path")
        if raw is not None:
            scope["raw_path"] = raw[len(self._prefix) :] or b"/"


def _listed(headers: Headers, name: str) -> list[str]:
    """A header's parts, in order, however often it stands there; commas in quotation marks part nothing."""
    whole = ",".join(headers.getlist(name))
    return [one for one in re.findall(r'(?:[^,"]|"(?:[^"\\]|\\.)*")+', whole) if one.strip()]


def _pairs(step: str) -> dict[str, str]:
    return {found[1].lower(): found[2].strip('"') for found in _PAIR.finditer(step)}


def _node(text: str) -> str:
    """The address in ``192.0.2.1:80``, ``[2001:db8::1]:80`` or without a port; empty where it is none."""
    bare = text.strip()
    bare = bare[1:].partition("]")[0] if bare.startswith("[") else bare
    bare = bare.partition(":")[0] if bare.count(":") == 1 else bare
    try:
        return str(ipaddress.ip_address(bare))
    except ValueError:
        return ""
