"""Turning the encryption of this user's cases on and off: file after file, and what was interrupted goes on."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from leukoscope.cases.cipher import MISTYPED, WRONG_KEY, Cipher
from leukoscope.cases.converting import become
from leukoscope.cases.database import BACKUP_FOLDER, DATABASE_FILE, SWAPPED
from leukoscope.cases.images import IMAGE_FOLDER, ImageStore
from leukoscope.cases.sqlite_files import is_plain
from leukoscope.cases.store import CaseStore
from leukoscope.cases.store_errors import store_errors
from leukoscope.cases.store_lock import StoreLock
from leukoscope.cases.store_opening import hold
from leukoscope.cases.unlocked_keys import LOCKED, Mark, State, cipher_for, read_mark, write_mark
from leukoscope.domain.errors import LeukoScopeError, StoreError
from leukoscope.workflow import store_keys
from leukoscope.workflow.app_dirs import AppDirs
from leukoscope.workflow.loose_files import loose_files, remove_torn
from leukoscope.workflow.orders_in import inbox as orders_in
from leukoscope.workflow.settings import load_settings, save_settings, without_places

logger = logging.getLogger(__name__)

TURNED = "encryption"
"""What the audit trail says when it was turned on or off."""
SHARED = "These cases are in a shared database; its server encrypts them. docs/security.md says what it must do."


def turn_on(home: AppDirs, cipher: Cipher, on_step: Callable[[int, int], None] = lambda _done, _all: None) -> None:
    """Encrypt everything that is kept of this user's cases, or go on where that was interrupted.

    Parameters
    ----------
    home
        Whose.
    cipher
        The key, which must be kept already.
    on_step
        Told how many of how many files are done; may raise CancelledError, which leaves it half done.

    Raises
    ------
    CancelledError
        When a person stopped it: every file can be read, and the next call goes on, or :func:`turn_off` goes back.
    StoreError
        While anybody has the cases open, when they are encrypted with another key or the disk is full: what was done
        stays, every file can be read, and the next call goes on.
    """
    mark = read_mark(home.cases)
    name = cipher.name.hex()
    if mark.state is not State.OFF and mark.key != name:
        raise StoreError(WRONG_KEY, f"{mark.key} is not {name}")
    if mark.state is not State.ON or in_the_clear(home):
        _convert(home, Mark(State.TURNING_ON, name), cipher, on_step)


def turn_off(home: AppDirs, on_step: Callable[[int, int], None] = lambda _done, _all: None) -> None:
    """Write everything in the clear again, or go on where that was interrupted; raises as :func:`turn_on`.

    The key stays where it is kept: backups that were written meanwhile need it.
    """
    mark = read_mark(home.cases)
    if mark.state is not State.OFF:
        cipher_for(mark.key)
        _convert(home, Mark(State.TURNING_OFF, mark.key), None, on_step)


def recover(home: AppDirs, text: str) -> bool:
    """Take the recovery key from a person, and keep it; whether the system's keyring keeps it.

    Raises
    ------
    StoreError
        When it was mistyped, or is that of other cases.
    """
    cipher = Cipher.recovered(text)
    mark = read_mark(home.cases)
    if mark.state is not State.OFF and mark.key != cipher.name.hex():
        raise StoreError(WRONG_KEY, f"{mark.key} is not {cipher.name.hex()}")
    return store_keys.keep(home, cipher)


@dataclass(frozen=True)
class EncryptionState:
    """Where the encryption of this user's cases stands.

    Parameters
    ----------
    state
        What the marker says.
    clear
        How many files are in the clear.
    in_file
        Whether the key lies in a file of this user, because there is no keyring.
    shared
        Whether the cases are in a shared database, whose server encrypts them or does not.
    """

    state: State
    clear: int
    in_file: bool = False
    shared: bool = False

    @property
    def is_half_done(self) -> bool:
        """Whether turning it on or off was interrupted, or files came in that are in the clear."""
        return self.state in {State.TURNING_ON, State.TURNING_OFF} or (self.state is State.ON and self.clear > 0)


def encryption_state(home: AppDirs) -> EncryptionState:
    """Look where it stands.

    Raises
    ------
    StoreError
        When the marker is damaged, or files cannot be read.
    """
    mark = read_mark(home.cases)
    with store_errors():
        clear = in_the_clear(home)
    return EncryptionState(mark.state, clear, store_keys.is_in_file(home, mark.key))


def is_locked(error: LeukoScopeError) -> bool:
    """Whether cases could not be opened because their key is not here, or because what was typed is not it."""
    return error.message in {LOCKED, WRONG_KEY, MISTYPED}


def in_the_clear(home: AppDirs) -> int:
    """How many files of this user's cases are not encrypted."""
    folder = home.cases
    images = ImageStore(folder / IMAGE_FOLDER)
    count = sum(not images.is_encrypted(name) for name in images.hashes())
    count += sum(not file.is_encrypted for file in loose_files(home))
    return count + sum(bool(_size(file)) and is_plain(file) for file in _databases(folder))


def _databases(folder: Path) -> list[Path]:
    """Every database of a store, the one that is in use last."""
    orders = [file] if (file := folder / orders_in.FOLDER / orders_in.FILE).exists() else []
    return [*sorted((folder / BACKUP_FOLDER).glob("*.db")), *orders, folder / DATABASE_FILE]


def _convert(home: AppDirs, mark: Mark, cipher: Cipher | None, on_step: Callable[[int, int], None]) -> None:
    from leukoscope.workflow.backup_check import need_room

    folder = home.cases
    done = State.ON if cipher is not None else State.OFF
    with _alone(folder):
        need_room(folder, 2 * _size(folder / DATABASE_FILE))
        # From here on what is new is of the new kind, and what is there is of either; each file says which.
        write_mark(folder, mark)
        remove_torn(home)
        images = ImageStore(folder / IMAGE_FOLDER)
        databases = _databases(folder)
        names, loose = list(images.hashes()), loose_files(home)
        count = len(names) + len(loose) + len(databases)
        done_now = 0

        def step() -> None:
            nonlocal done_now
            done_now += 1
            on_step(done_now, count)

        for name in names:
            images.change_cipher(name, cipher)
            step()
        for file in loose:
            file.change_cipher(cipher)
            step()
        for database in databases:
            become(database, cipher)
            step()
        if cipher is not None and (settings := load_settings(home.config)) != without_places(settings):
            save_settings(without_places(settings), home.config)
        write_mark(folder, Mark(done, mark.key) if done is State.ON else Mark())
    from leukoscope.workflow.opening import keys_of

    with closing(CaseStore(folder, keys=keys_of(home))) as store, store.database.writing() as session:
        store.trail.record(session, TURNED, old=str(not bool(cipher)), new=str(bool(cipher)))
    logger.info("encryption of the cases is %s", done.value)


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    lock = StoreLock(folder)
    try:
        with store_errors():
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            hold(lock, folder, SWAPPED, alone=True)
            yield
    finally:
        lock.let_go()


def _size(file: Path) -> int:
    return file.stat().st_size if file.is_file() else 0
