"""Turning encryption on and off from the window: who may, the recovery key, and what is then done without the cases."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import dataclass, replace

from leukoscope.cases.acting import acting
from leukoscope.cases.cipher import Cipher
from leukoscope.cases.unlocked_keys import cipher_for, read_mark
from leukoscope.domain.errors import StoreError
from leukoscope.domain.progress import CancelToken
from leukoscope.workflow import encryption, store_keys
from leukoscope.workflow.app_dirs import AppDirs
from leukoscope.workflow.case_place import database_address
from leukoscope.workflow.encryption import EncryptionState
from leukoscope.workflow.operator_session import OperatorSession
from leukoscope.workflow.permissions import Act


@dataclass(frozen=True)
class Conversion:
    """What somebody who may has decided, to be done while nobody has the cases open.

    Parameters
    ----------
    home
        Whose cases.
    cipher
        The key; ``None`` writes everything in the clear.
    who
        Who decided; may be nobody where nobody signs in.
    """

    home: AppDirs
    cipher: Cipher | None
    who: str

    @property
    def kind(self) -> str:
        """What is done."""
        return "encrypt" if self.cipher is not None else "decrypt"

    def run(self, on_step: Callable[[int, int], None], cancel: CancelToken) -> None:
        """Do it, or go on where it was interrupted.

        Raises
        ------
        CancelledError
            After a cancel: every file can be read, and it can go on or be taken back.
        LeukoScopeError
            When the cases are open elsewhere, or the disk is full; what was done stays, and can be read.
        """

        def step(done: int, count: int) -> None:
            on_step(done, count)
            if done < count:
                # After the last file nothing is left to stop.
                cancel.raise_if_cancelled()

        with acting(self.who) if self.who else nullcontext():
            if self.cipher is None:
                encryption.turn_off(self.home, step)
            else:
                encryption.turn_on(self.home, self.cipher, step)


class EncryptionSwitch:
    """Asks the table of acts before anything is decided.

    Parameters
    ----------
    home
        Whose cases.
    operator
        Who works here.
    """

    def __init__(self, home: AppDirs, operator: OperatorSession) -> None:
        self._home, self._operator = home, operator

    def state(self) -> EncryptionState:
        """Where it stands; raises StoreError."""
        return replace(encryption.encryption_state(self._home), shared=bool(database_address(self._home)))

    def new_key(self) -> Cipher:
        """A new key, kept nowhere yet.

        Raises
        ------
        AccessError
            When who works here may not turn encryption on.
        StoreError
            When the cases are in a shared database.
        """
        self._may()
        return Cipher.new()

    def prepare_on(self, cipher: Cipher | None = None) -> Conversion:
        """Keep the key, and say what is to be done; without a key, go on with the one that was begun with.

        Raises
        ------
        AccessError
            When who works here may not.
        StoreError
            When the key cannot be kept, or is not at hand.
        """
        who = self._may()
        if cipher is None:
            cipher = cipher_for(read_mark(self._home.cases).key)
        else:
            store_keys.keep(self._home, cipher)
        return Conversion(self._home, cipher, who)

    def prepare_off(self) -> Conversion:
        """Say what is to be done to write everything in the clear again; raises as :meth:`prepare_on`."""
        return Conversion(self._home, None, self._may())

    def _may(self) -> str:
        who = self._operator.require(Act.ENCRYPT)
        if database_address(self._home):
            raise StoreError(encryption.SHARED, "encryption of a shared database")
        return who
