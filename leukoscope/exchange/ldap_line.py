"""A line to the hospital's directory, encrypted as the other lines are; no referral is ever followed."""

from __future__ import annotations

import logging
import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any

import ldap3
from ldap3.core.exceptions import LDAPException

from leukoscope.domain.directory import LDAPS, WRONG, Directory, Server, WrongPasswordError
from leukoscope.domain.errors import ExchangeError, LeukoScopeError, SettingsError
from leukoscope.domain.lines import PLAIN
from leukoscope.exchange.ldap_texts import AWAY, PASSWORD_POLICY, refusal_of, refuse_unchanged
from leukoscope.exchange.sockets import keep_watch
from leukoscope.exchange.tls import client_context, refusal

logger = logging.getLogger(__name__)

CONNECT_S, ANSWER_S = 5, 10
"""So long a server is waited for: until there is a line, and for each answer."""
ACTIVE_DIRECTORY = "1.2.840.113556.1.4.800"
_WHO_AM_I = "1.3.6.1.4.1.4203.1.11.3"
MOST_ENTRIES = 1000
SUCCESS, SIZE_LIMIT, REFERRAL, NO_SUCH_OBJECT, INVALID_NAME, INSUFFICIENT_RIGHTS = 0, 4, 10, 32, 34, 50


@dataclass(frozen=True)
class Found:
    """One entry: its name, and the values of its attributes by their names in small letters."""

    dn: str
    values: dict[str, list[bytes]]

    def text(self, name: str) -> str:
        """The first value of an attribute; empty without one."""
        raw = next(iter(self.values.get(name.lower(), [])), b"")
        return raw.decode("utf-8", "replace").strip()


class _Tls(ldap3.Tls):  # type: ignore[misc]
    """Encrypts by the context of the program's other lines: certificate and name are checked by Python itself."""

    def __init__(self, context: ssl.SSLContext, host: str) -> None:
        super().__init__(validate=ssl.CERT_REQUIRED)
        self.context, self.host = context, host
        self.failed: ssl.SSLError | None = None

    def wrap_socket(self, connection: Any, do_handshake: bool = False) -> None:
        """Encrypt; the handshake is always done at once."""
        del do_handshake
        try:
            connection.socket = self.context.wrap_socket(connection.socket, server_hostname=self.host)
        except ssl.SSLError as error:
            self.failed = error
            raise


class LdapLine:
    """An open line, on which somebody says who they are and asks.

    Parameters
    ----------
    server
        Which one.
    trusted
        PEM file of authorities; empty for the computer's own.
    """

    def __init__(self, server: Server, trusted: str) -> None:
        self._tls = None if server.scheme == PLAIN else _Tls(client_context(trusted), server.host)
        self._server = ldap3.Server(
            server.host, server.port, use_ssl=server.scheme == LDAPS, get_info=ldap3.NONE, tls=self._tls,
            connect_timeout=CONNECT_S, allowed_referral_hosts=[],
        )  # fmt: skip
        self._starts_tls = self._tls is not None and server.scheme != LDAPS
        self._connection: Any = None
        self.is_active_directory = False

    def open(self) -> None:
        """Connect, and see what kind of directory it is; raises ExchangeError."""
        self._connection = self._new()
        with self._told():
            self._connection.open(read_server_info=False)
            if self._starts_tls and not self._connection.start_tls(read_server_info=False):
                raise ExchangeError(AWAY, "no StartTLS", again=True)
        kinds = self._ask("", "(objectClass=*)", ldap3.BASE, ("supportedCapabilities",))
        self.is_active_directory = any(
            ACTIVE_DIRECTORY.encode() in one.values.get("supportedcapabilities", []) for one in kinds
        )

    def _new(self) -> Any:
        with self._told():
            connection = ldap3.Connection(
                self._server, client_strategy=ldap3.SYNC, auto_referrals=False, raise_exceptions=False,
                check_names=False, receive_timeout=ANSWER_S, return_empty_attributes=False, read_only=True,
            )  # fmt: skip
            # The library's own leaves sockets open that came to nothing.
            connection.strategy._open_socket = self._connect
            return connection

    def _connect(self, address: tuple[Any, ...], use_ssl: bool, unix_socket: bool = False) -> None:
        del unix_socket
        line = socket.socket(*address[:3])
        try:
            line.settimeout(CONNECT_S)
            line.connect(address[4])
            line.settimeout(ANSWER_S)
            keep_watch(line, ANSWER_S)
            self._connection.socket = line
            if use_ssl and self._tls is not None:
                self._tls.wrap_socket(self._connection)
        except OSError:
            line.close()
            raise
        self._connection.closed = False

    def close(self) -> None:
        """Say goodbye; a line that is cut already is left."""
        if self._connection is None:
            return
        line = self._connection.socket
        with suppress(LDAPException, OSError):
            self._connection.unbind()
        if line is not None:
            line.close()

    def become(self, who: str, password: str) -> None:
        """Say who asks from now on.

        Raises
        ------
        DirectoryRefusedError
            When name and password do not fit, or the person may not come in now.
        ExchangeError
            When there is no answer.
        """
        # As bytes: the library's own preparation can leave nothing of a password, and the directory would take nobody's
        # for a success (RFC 4513, 5.1.2).
        secret = password.encode("utf-8", "surrogatepass")
        if not who or not secret:
            raise WrongPasswordError(WRONG)
        connection = self._connection
        with self._told():
            connection.user, connection.password, connection.authentication = who, secret, ldap3.SIMPLE
            is_in = connection.bind(read_server_info=False, controls=[(PASSWORD_POLICY, False, None)])
        connection.password = None
        result = connection.result
        if not is_in:
            raise refusal_of(int(result["result"]), str(result.get("message", "")), _policy(result))
        refuse_unchanged(_policy(result))

    def who_am_i(self) -> str:
        r"""Whom the directory takes the one who asks for (RFC 4532): ``dn:…`` or ``u:DOMAIN\name``."""
        with self._told():
            self._connection.extended(_WHO_AM_I)
        said = self._connection.result.get("responseValue") or b""
        return said.decode("utf-8", "replace") if isinstance(said, bytes) else str(said)

    def search(self, base: str, what: str, attributes: tuple[str, ...], *, deep: bool = True) -> list[Found]:
        """Entries below a name; not ``deep`` the one of this name, if there is one that the filter takes.

        Raises
        ------
        ExchangeError
            When there is no answer.
        SettingsError
            When the directory knows no such name, or does not let who asks look there.
        """
        found = self._ask(base, what, ldap3.SUBTREE if deep else ldap3.BASE, attributes)
        code = int(self._connection.result["result"])
        if code == NO_SUCH_OBJECT and not deep:
            return []
        if code in {NO_SUCH_OBJECT, INVALID_NAME, INSUFFICIENT_RIGHTS}:
            sentence = (
                "The hospital’s directory does not show what is asked for; check the base and the search account."
            )
            raise SettingsError(sentence, f"LDAP result {code}")
        if code not in {SUCCESS, SIZE_LIMIT, REFERRAL}:
            raise ExchangeError(AWAY, f"LDAP result {code}", again=True)
        return found

    def _ask(self, base: str, what: str, scope: str, attributes: tuple[str, ...]) -> list[Found]:
        with self._told():
            self._connection.search(
                base, what, scope, ldap3.DEREF_NEVER, list(attributes), size_limit=MOST_ENTRIES,
                time_limit=ANSWER_S,
            )  # fmt: skip
        # References to other servers are left aside: whoever they name would be sent what is asked here.
        return [
            Found(one["dn"], {name.lower(): list(values) for name, values in one["raw_attributes"].items()})
            for one in self._connection.response or []
            if one["type"] == "searchResEntry"
        ]

    @contextmanager
    def _told(self) -> Iterator[None]:
        """Say what the library's and the system's faults mean."""
        try:
            yield
        except LeukoScopeError:
            raise
        except Exception as error:
            # A damaged answer reaches every part of the library, which has no one error for it.
            if self._tls is not None and self._tls.failed is not None:
                raise refusal(self._tls.failed) from error
            raise ExchangeError(AWAY, type(error).__name__, again=True) from error


def _policy(result: dict[str, Any]) -> bytes | None:
    control = (result.get("controls") or {}).get(PASSWORD_POLICY) or {}
    value = control.get("value")
    return value if isinstance(value, bytes) else None


@contextmanager
def line_to(directory: Directory) -> Iterator[LdapLine]:
    """A line to the first server that answers.

    Raises
    ------
    ExchangeError
        When none does.
    SettingsError
        When the address or the file of certificates is wrong.
    """
    failed: ExchangeError | None = None
    for server in directory.servers():
        line = LdapLine(server, directory.trusted)
        try:
            line.open()
        except ExchangeError as error:
            logger.warning("a server of the directory gives no line: %s", error.detail)
            line.close()
            failed = failed or error
            continue
        try:
            yield line
        finally:
            line.close()
        return
    raise failed or ExchangeError(AWAY, "no server", again=True)
