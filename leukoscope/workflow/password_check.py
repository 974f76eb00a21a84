"""The one place where a person's password is checked: by the laboratory's accounts, or at the hospital's directory."""

from __future__ import annotations

import logging

from leukoscope.cases.store import CaseStore
from leukoscope.domain.directory import WRONG, DirectoryRefusedError, WrongPasswordError
from leukoscope.domain.errors import AccessError
from leukoscope.domain.people import Person, Role
from leukoscope.workflow import directory_settings

logger = logging.getLogger(__name__)

SIGN_IN, SIGNATURE = "sign in", "signature password"
OFF = "The hospital’s directory is turned off here; an administrator of the laboratory takes your account back."
NO_SEARCH = (
    "A token of somebody of the hospital’s directory needs a search account, by which they are looked up; an "
    "administrator sets it."
)


def check_password(store: CaseStore, name: str, password: str, what: str = SIGN_IN) -> Person:
    """Whose name and password these are.

    An account of the laboratory goes first and never to the directory, so that its administrators come in while the
    directory is away. Nothing of the directory's answers is kept for such a time.

    Parameters
    ----------
    store
        Where accounts are kept.
    name
        The account's, or the one in the directory.
    password
        Theirs.
    what
        For which reason it is asked for, as the audit trail has it.

    Raises
    ------
    AccessError
        When they do not fit, or the account is locked, closed, or in none of the groups.
    ExchangeError
        When the directory does not answer.
    SettingsError
        When what is set about it cannot be used.
    """
    people = store.directory_people
    directory = directory_settings.load(store)
    known = people.known(name)
    if people.is_local(name) or (known is None and not directory.is_on):
        return store.people.sign_in(name, password, what)
    if not directory.is_on:
        raise AccessError(people.refuse(name, what, DirectoryRefusedError(OFF)))
    if known is not None and (waits := people.refused_now(known)):
        raise AccessError(people.refuse(name, what, DirectoryRefusedError(waits)))
    login = known.login if known is not None and known.subject else name.strip()
    try:
        if not password or not login or not login.isprintable():
            raise WrongPasswordError(WRONG)
        entry = directory_settings.asked(directory).sign_in(login, password, "" if known is None else known.subject)
    except DirectoryRefusedError as error:
        logger.info("the directory let nobody in: %s", type(error).__name__)
        raise AccessError(people.refuse(name, what, error), error.detail) from error
    person = people.let_in(entry, what)
    if what == SIGNATURE and known is not None and known.person.id != person.id:
        raise AccessError(WRONG)
    return person


def look_again(store: CaseStore, person: Person) -> bool:
    """Look somebody of the directory up without their password, and bring their account up to date.

    Returns
    -------
    bool
        Whether the directory was asked: it needs a search account, and to have seen them once.

    Raises
    ------
    LeukoScopeError
        When the directory does not answer, or what is set cannot be used.
    """
    known, directory = store.directory_people.of(person.id), directory_settings.load(store)
    if known is None or not known.subject or not directory.is_on or not directory.login:
        return False
    role: Role | None = None
    try:
        role = directory_settings.asked(directory).look(known.subject, known.login).role
    except DirectoryRefusedError as error:
        if not error.is_gone:
            raise
    store.directory_people.bring(known.person.id, role)
    return True
