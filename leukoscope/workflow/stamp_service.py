"""The timestamp authority from the window: who may set it, and trying it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from leukoscope.cases.store import CaseStore
from leukoscope.workflow.operator_session import OperatorSession
from leukoscope.workflow.permissions import Act
from leukoscope.workflow.settings import Settings
from leukoscope.workflow.trail_stamps import stamp_head, stamps_file

if TYPE_CHECKING:
    from leukoscope.exchange.timestamps import Stamp

Change = Callable[[Callable[[Settings], Settings]], Settings]


class StampService:
    """Asks the table of acts before anything is set or leaves this computer.

    Parameters
    ----------
    store, settings, cases
        Whose trail, what is set now, and the folder of cases.
    change
        Changes settings and keeps them.
    operator
        Who works here.
    """

    def __init__(
        self, store: CaseStore, settings: Callable[[], Settings], cases: Path, change: Change, operator: OperatorSession
    ) -> None:
        self._store, self._settings, self._cases = store, settings, cases
        self._change, self._operator = change, operator

    def set_address(self, address: str) -> Settings:
        """Set the address of the authority; an empty one turns timestamps off.

        Raises
        ------
        AccessError
            When who works here may not.
        SettingsError
            When it is no address; nothing is changed then.
        """
        from leukoscope.exchange.timestamps import check_address

        self._operator.require(Act.SET_UP)
        tidy = check_address(address) if address.strip() else ""
        return self._change(lambda now: replace(now, timestamp_address=tidy))

    def set_trusted(self, file: str) -> Settings:
        """Set the PEM file of the authority's certificates.

        Raises
        ------
        AccessError
            When who works here may not.
        SettingsError
            When it holds no certificate; nothing is changed then.
        """
        from leukoscope.exchange.timestamps import trusted_certificates

        self._operator.require(Act.SET_UP)
        chosen = file.strip()
        if chosen:
            trusted_certificates(Path(chosen).expanduser())
        return self._change(lambda now: replace(now, timestamp_trusted=chosen))

    def try_it(self) -> Stamp:
        """Have the end of the trail stamped now, and keep the stamp.

        Raises
        ------
        AccessError
            When who works here may not.
        SettingsError
            When no authority is set, or without its certificates.
        ExchangeError
            When it does not answer, or with something else.
        StoreError, ReportError
            When what is kept cannot be read or written.
        """
        self._operator.require(Act.SET_UP)
        settings = self._settings()
        return stamp_head(self._store, settings, stamps_file(settings, self._cases))
