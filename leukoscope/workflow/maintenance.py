"""What a lab's administrator does by hand: try a line, write a backup, check what is kept, put a backup back."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from leukoscope.cases.acting import acting
from leukoscope.cases.store import CaseStore
from leukoscope.domain.progress import CancelToken
from leukoscope.workflow import lines
from leukoscope.workflow.app_dirs import AppDirs, shipped_models
from leukoscope.workflow.case_place import database_address
from leukoscope.workflow.opening import keys_of, remember
from leukoscope.workflow.operator_session import OperatorSession
from leukoscope.workflow.permissions import Act
from leukoscope.workflow.settings import Settings
from leukoscope.workflow.store_keys import bring

if TYPE_CHECKING:
    from leukoscope.inference.library import BundleLibrary
    from leukoscope.workflow.backup import BackedUp
    from leukoscope.workflow.restore import Plan
    from leukoscope.workflow.store_check import StoreCheck

Steps = Callable[[int, int], None]


@dataclass
class Restoration:
    """A backup that somebody who may wants to have put back, while nobody has the cases open.

    Parameters
    ----------
    home
        Whose cases.
    file
        The backup.
    who
        Who decided; may be nobody where nobody signs in.
    models
        How many imported models came back, once it is done.
    """

    home: AppDirs
    file: Path
    who: str
    models: int = 0

    @property
    def kind(self) -> str:
        """What is done."""
        return "restore"

    def run(self, _on_step: Steps, cancel: CancelToken) -> None:
        """Check the backup, and put it in the place of what is there, in one step at the end.

        Raises
        ------
        CancelledError
            After a cancel: nothing was changed.
        LeukoScopeError
            When it is not to be believed, or the cases are open elsewhere; nothing was changed.
        """
        from leukoscope.workflow.restore import prepared_restore

        url = database_address(self.home)
        bring(self.home)
        library = model_library(self.home)
        ready = prepared_restore(self.home.cases, self.file, url, library=library, keys=keys_of(self.home))
        with acting(self.who) if self.who else nullcontext(), ready as checked:
            cancel.raise_if_cancelled()
            checked.put_back()
            self.models = len(checked.plan.models.added)
        remember(self.home, url)


class MaintenanceService:
    """Asks the table of acts before anything is done; everything here takes long and runs beside the window.

    Parameters
    ----------
    home, store, settings
        The user's folders, the cases, and what is set now.
    operator
        Who works here.
    """

    def __init__(
        self, home: AppDirs, store: CaseStore, settings: Callable[[], Settings], operator: OperatorSession
    ) -> None:
        self._home, self._store, self._settings, self._operator = home, store, settings, operator

    def try_line(self, name: str) -> str:
        """Ask another system whether it is there; nothing of a case leaves.

        Parameters
        ----------
        name
            The setting that holds its address: one of ``lines.LINES``.

        Returns
        -------
        str
            Who answers; see :func:`lines.tried`.

        Raises
        ------
        AccessError
            When who works here may not set up lines.
        SettingsError
            When what is set is no address, or a certificate cannot be read.
        ExchangeError, StoreError
            When nobody answers, or not as such a system does.
        """
        self._operator.require(Act.SET_UP)
        return lines.tried(self._settings(), name)

    def back_up(self, target: Path, on_step: Steps, cancel: CancelToken) -> BackedUp:
        """Write all cases, images and imported models into one zip and read it back; how much is in it.

        Raises
        ------
        AccessError
            When who works here may not.
        CancelledError
            After a cancel: nothing is left behind, and an earlier file stays.
        StoreError
            When something is missing or damaged, or it cannot be written.
        """
        from leukoscope.workflow.backup import back_up

        with self._operator.doing(Act.BACK_UP):
            return back_up(self._store, target, library=model_library(self._home), on_step=_stoppable(on_step, cancel))

    def check(self, on_step: Steps, cancel: CancelToken) -> tuple[StoreCheck, ...]:
        """Hold everything that is kept against what it must be.

        Raises
        ------
        AccessError
            When who works here may not.
        CancelledError
            After a cancel.
        """
        from leukoscope.workflow.store_check import check_encryption, check_store

        with self._operator.doing(Act.CHECK):
            found = check_store(self._store, _stoppable(on_step, cancel))
            return found if self._store.database.is_shared else (*found, check_encryption(self._home))

    def look_at(self, file: Path) -> Plan:
        """Check a backup, and say what putting it back would change; nothing is changed.

        Raises
        ------
        AccessError
            When who works here may not put it back.
        StoreError
            When it is not to be believed.
        """
        from leukoscope.workflow.restore import prepared_restore

        self._operator.require(Act.RESTORE)
        url, library, keys = database_address(self._home), model_library(self._home), keys_of(self._home)
        with prepared_restore(self._home.cases, file, url, library=library, only_look=True, keys=keys) as ready:
            return ready.plan

    def prepare_restore(self, file: Path) -> Restoration:
        """What is to be done while the cases are closed; raises AccessError."""
        return Restoration(self._home, file, self._operator.require(Act.RESTORE))


def model_library(home: AppDirs) -> BundleLibrary:
    """The models of a workstation."""
    from leukoscope.inference.library import BundleLibrary

    return BundleLibrary(shipped_models(), home.models)


def _stoppable(on_step: Steps, cancel: CancelToken) -> Steps:
    def step(done: int, count: int) -> None:
        cancel.raise_if_cancelled()
        on_step(done, count)

    return step
