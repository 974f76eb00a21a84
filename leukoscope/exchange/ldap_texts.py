"""Texts of LDAP: names that go into filters and distinguished names, and what a refused sign-in means."""

from __future__ import annotations

import re
from collections.abc import Iterable
from uuid import UUID

from leukoscope.domain.directory import WRONG, DirectoryRefusedError, NoLongerError, WrongPasswordError
from leukoscope.domain.errors import ExchangeError

_IN_FILTER = re.compile(r"[\x00-\x1f\\*()\x7f]")
_IN_NAME = re.compile(r"[\x00-\x1f\\,+\"#<>;=\x7f]")
_NO_PLAIN_NAME = re.compile(r"[\x00-\x1f\"/\\\[\]:;|=,+*?<>@\x7f]")
_OF_ACTIVE_DIRECTORY = re.compile(r"AcceptSecurityContext error, data ([0-9a-f]+)", re.IGNORECASE)
PASSWORD_POLICY = "1.3.6.1.4.1.42.2.27.8.5.1"
"""The control by which other directories say why (draft-behera-ldap-password-policy)."""
INVALID_CREDENTIALS, UNWILLING, BUSY, UNAVAILABLE = 49, 53, 51, 52
STRONGER_NEEDED, CONFIDENTIAL = 8, 13

_LOCKED = "The hospital’s directory has locked your account; wait until it opens again, or ask the help desk."
_PASSWORD_OVER = (
    "Your password of the hospital’s directory has expired; change it at a hospital computer, then sign in."
)
_MUST_CHANGE = "Your password of the hospital’s directory must be changed first; do that at a hospital computer."
_DISABLED = "Your account of the hospital’s directory is closed; ask the help desk."
_ACCOUNT_OVER = "Your account of the hospital’s directory has expired; ask the help desk."
_NOT_NOW = "The hospital’s directory does not let you in at this hour; ask the help desk."
_NOT_HERE = "The hospital’s directory does not let you in from this computer; ask the help desk."
_BY_CODE = {
    "525": WrongPasswordError(WRONG),
    "52e": WrongPasswordError(WRONG),
    "530": DirectoryRefusedError(_NOT_NOW),
    "531": DirectoryRefusedError(_NOT_HERE),
    "532": DirectoryRefusedError(_PASSWORD_OVER),
    "533": NoLongerError(_DISABLED),
    "701": NoLongerError(_ACCOUNT_OVER),
    "773": DirectoryRefusedError(_MUST_CHANGE),
    "775": DirectoryRefusedError(_LOCKED),
}
"""Sub-codes of Active Directory (Microsoft, "Active Directory LDAP error codes")."""
CHANGE_FIRST = 2
_BY_POLICY = {0: _PASSWORD_OVER, 1: _LOCKED, CHANGE_FIRST: _MUST_CHANGE}
AWAY = (
    "The hospital’s directory does not answer; try again later, or let an administrator with an account of the "
    "laboratory sign in."
)


def filter_text(text: str) -> str:
    """A value for a filter, in which nothing is a part of the filter (RFC 4515)."""
    return _IN_FILTER.sub(lambda one: f"\\{ord(one[0]):02x}", text)


def filter_bytes(value: bytes) -> str:
    """The same for bytes: each by its number."""
    return "".join(f"\\{one:02x}" for one in value)


def name_text(text: str) -> str:
    """A value for a distinguished name, in which nothing is a part of the name (RFC 4514)."""
    written = _IN_NAME.sub(lambda one: f"\\{ord(one[0]):02x}", text)
    if written.startswith(" "):
        written = f"\\20{written[1:]}"
    # A blank at the end that follows a backslash is the second half of an escape already: none is, they are digits.
    return f"{written[:-1]}\\20" if written.endswith(" ") else written


def from_template(template: str, login: str) -> str:
    """What the directory is asked with for somebody who signs in.

    Raises
    ------
    WrongPasswordError
        When the name holds what no name of the directory does.
    """
    if "=" in template:
        return template.replace("{}", name_text(login))
    if _NO_PLAIN_NAME.search(login):
        raise WrongPasswordError(WRONG)
    return template.replace("{}", login)


def refusal_of(result: int, message: str, policy: bytes | None = None) -> Exception:
    """What it means that the directory did not let somebody in.

    Parameters
    ----------
    result, message
        Code of the result and diagnostic message (RFC 4511, 4.1.9).
    policy
        Value of the password policy's control, where one came.
    """
    if result == INVALID_CREDENTIALS:
        if found := _OF_ACTIVE_DIRECTORY.search(message):
            known = _BY_CODE.get(found[1].lower())
            return _again(known)
        why = policy_error(policy)
        return DirectoryRefusedError(_BY_POLICY[why]) if why in _BY_POLICY else WrongPasswordError(WRONG)
    if result in {STRONGER_NEEDED, CONFIDENTIAL}:
        sentence = "The hospital’s directory wants an encrypted line; write ldaps:// or ldap:// before its address."
        return ExchangeError(sentence, f"LDAP result {result}")
    if result in {BUSY, UNAVAILABLE}:
        return ExchangeError(AWAY, f"LDAP result {result}", again=True)
    if result == UNWILLING:
        # Some say so of accounts that are closed, others of empty passwords, which are never sent.
        return DirectoryRefusedError("The hospital’s directory does not let you in; ask the help desk.")
    return WrongPasswordError(WRONG, f"LDAP result {result}")


def _again(known: DirectoryRefusedError | None) -> DirectoryRefusedError:
    """The same refusal anew: an error that is raised twice carries the first one's traceback."""
    return WrongPasswordError(WRONG) if known is None else type(known)(known.message)


def refuse_unchanged(policy: bytes | None) -> None:
    """Raise DirectoryRefusedError where a password was taken only so that it may be changed."""
    if policy_error(policy) == CHANGE_FIRST:
        raise DirectoryRefusedError(_MUST_CHANGE)


def policy_error(value: bytes | None) -> int | None:
    """Why, by the password policy's control: its error, an ENUMERATED under context tag 1; ``None`` without one."""
    if value is None or len(value) < 2 or value[0] != 0x30 or value[1] != len(value) - 2:
        return None
    rest = value[2:]
    while len(rest) >= 2:
        tag, length = rest[0], rest[1]
        if tag == 0x81 and length == 1 and len(rest) >= 3:
            return rest[2]
        rest = rest[2 + length :]
    return None


def subject_of(values: dict[str, list[bytes]]) -> str:
    """What stays of an entry when it is renamed; empty where the directory keeps nothing of the kind."""
    for name in SUBJECTS:
        raw = next(iter(values.get(name.lower(), [])), b"")
        if name == "objectGUID" and len(raw) == 16:
            return f"{name}:{UUID(bytes_le=raw)}"
        if name != "objectGUID" and raw:
            return f"{name}:{raw.decode('utf-8', 'replace').lower()}"
    return ""


SUBJECTS = ("objectGUID", "entryUUID", "ipaUniqueID", "nsUniqueId")


def subject_filter(subject: str) -> str:
    """The filter that finds an entry by what stays of it."""
    name, _, value = subject.partition(":")
    if name == "objectGUID":
        return f"(objectGUID={filter_bytes(UUID(value).bytes_le)})"
    return f"({name}={filter_text(value)})"


def any_of(filters: Iterable[str]) -> str:
    """A filter for what one of several finds."""
    return f"(|{''.join(filters)})"
