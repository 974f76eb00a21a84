"""The settings of the running program: read by everybody, changed by one at a time, and on record."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from leukoscope.cases.unlocked_keys import State, read_mark
from leukoscope.domain.errors import SettingsError, StoreError
from leukoscope.domain.people import Presence
from leukoscope.workflow import lines
from leukoscope.workflow.app_dirs import AppDirs
from leukoscope.workflow.case_repository import CaseRepository
from leukoscope.workflow.control.wishes import bring_wishes, record_wishes, with_wishes
from leukoscope.workflow.events import Event, Failed
from leukoscope.workflow.operator_session import OperatorSession
from leukoscope.workflow.permissions import acts_of_settings
from leukoscope.workflow.settings import Settings, load_settings, save_settings, without_places

logger = logging.getLogger(__name__)


class SettingsService:
    """Keeps what a person has set. Thread-safe.

    Parameters
    ----------
    home
        The user's folders.
    repository
        The cases: what is set about lines to other systems stands in their audit trail.
    tell
        Told what went wrong.
    """

    def __init__(self, home: AppDirs, repository: CaseRepository, tell: Callable[[Event], None]) -> None:
        self._home, self._repository, self._tell = home, repository, tell
        self._settings = load_settings(home.config)
        self._lock = threading.RLock()
        try:
            self._settings = bring_wishes(self._settings, repository.store)
        except StoreError as error:
            logger.warning("what the laboratory wants of daily control not read: %s", error.detail)
        self.operator = OperatorSession(repository.store, lambda: self._settings.present, self._keep_present)

    @property
    def current(self) -> Settings:
        """What a person has set."""
        return self._settings

    def followed(self) -> Settings:
        """The same, with what another workstation of the store has set for all meanwhile; raises StoreError."""
        with self._lock:
            self._settings = with_wishes(self._settings, self._repository.store)
            return self._settings

    def save(self, **changes: Any) -> Settings:
        """Change settings by name and keep them. Who writes their name there says that it is them who works here."""
        operator = "" if self.operator.rules.accounts else str(changes.get("operator", "")).strip()

        def change(settings: Settings) -> Settings:
            person = settings.with_person(self.operator.present_today(operator)) if operator else {}
            return replace(settings, **{**person, **lines.offered(settings, changes)})

        return self.change(change)

    def remember(self, **facts: str) -> Settings:
        """Keep what the window remembers about itself, by name; the rest of it stays."""
        return self.change(lambda settings: replace(settings, window={**settings.window, **facts}))

    def change(self, change: Callable[[Settings], Settings]) -> Settings:
        """Change settings and keep them: ``change`` gets them as they are, and nobody else changes them meanwhile.

        What cannot be written is in force until the program ends, and told as ``Failed("settings", sentence)``.

        Raises
        ------
        AccessError
            When who works here may not change one of them; nothing is changed then.
        """
        with self._lock:
            changed = change(self._settings)
            for act in acts_of_settings(changed.differing(self._settings)):
                self.operator.require(act)
            try:
                # What is not on record is not done.
                lines.record(self._repository.store, self._settings, changed)
                record_wishes(self._repository.store, self._settings, changed)
            except StoreError as error:
                logger.warning("settings not changed: %s", error.detail)
                self._tell(Failed("settings", error.message))
                return self._settings
            self._settings = changed
            try:
                sealed = read_mark(self._home.cases).state is not State.OFF
                save_settings(without_places(changed) if sealed else changed, self._home.config)
            except (SettingsError, StoreError) as error:
                logger.warning("settings not saved: %s", error.detail)
                self._tell(Failed("settings", error.message))
            return self._settings

    def forget_paths(self, texts: tuple[str, ...], case_id: int) -> None:
        """Forget remembered folders that tell of an erased case, and that it was open."""
        parts = {part for text in texts for part in (text, str(Path(text).parent)) if len(part) > 1}

        def tells(name: str, value: str) -> bool:
            if name in {"geometry", "columns"}:
                return False
            return (name, value) == ("case", str(case_id)) or any(part in value for part in parts)

        def change(settings: Settings) -> Settings:
            kept = {name: value for name, value in settings.window.items() if not tells(name, value)}
            return replace(settings, window=kept)

        self.change(change)

    def _keep_present(self, present: Presence) -> None:
        self.change(lambda settings: replace(settings, **settings.with_person(present)))
