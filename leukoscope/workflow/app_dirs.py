"""Where the program keeps things: the user's folders, and what came with the program."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from pathlib import Path

from platformdirs import PlatformDirs

from leukoscope.domain.errors import SettingsError
from leukoscope.system.durable import make_private

HOME_VARIABLE = "LEUKOSCOPE_HOME"
SHIPPED_VARIABLE = "LEUKOSCOPE_SHIPPED_MODELS"


@dataclass(frozen=True)
class AppDirs:
    """The user's folders.

    Parameters
    ----------
    data
        Cases and imported models; belongs into a backup.
    cache
        Compiled graphs; may be deleted at any time.
    config
        ``settings.json``.
    logs
        Log files without patient data.
    """

    data: Path
    cache: Path
    config: Path
    logs: Path

    @property
    def cases(self) -> Path:
        """Folder of the case store."""
        return self.data / "cases"

    @property
    def outbox(self) -> Path:
        """Folder of what is on its way to other systems."""
        return self.data / "outbox"

    @property
    def stages(self) -> Path:
        """Folder of notes about what is on its way."""
        return self.data / "stages"

    @property
    def models(self) -> Path:
        """Folder of imported bundles."""
        return self.data / "models"

    @property
    def graphs(self) -> Path:
        """Folder of compiled graphs."""
        return self.cache / "graphs"

    @classmethod
    def of_user(cls) -> AppDirs:
        """The folders that the operating system gives, or below ``$LEUKOSCOPE_HOME`` when it is set.

        An installed program that has a folder of that name beside it keeps everything there: it runs from a stick.

        Raises
        ------
        SettingsError
            When a folder cannot be made.
        """
        override = os.environ.get(HOME_VARIABLE)
        root = Path(override).expanduser().resolve() if override else beside_program()
        if root:
            home = cls(root / "data", root / "cache", root / "config", root / "logs")
        else:
            dirs = PlatformDirs("LeukoScope", appauthor=False)
            home = cls(
                Path(dirs.user_data_dir), Path(dirs.user_cache_dir), Path(dirs.user_config_dir), Path(dirs.user_log_dir)
            )
        home.make()
        return home

    def make(self) -> None:
        """Make the folders, readable by this user only."""
        for folder in (self.data, self.cache, self.config, self.logs, self.models, self.graphs):
            try:
                make_private(folder)
            except OSError as error:
                message = f"The folder {folder} cannot be made; check the disk and its permissions."
                raise SettingsError(message, repr(error)) from error


def beside_program() -> Path | None:
    """The folder ``LEUKOSCOPE_HOME`` beside the installed program, where somebody made one."""
    if not getattr(sys, "frozen", False):
        return None
    folder = Path(sys.executable).resolve().with_name(HOME_VARIABLE)
    return folder if folder.is_dir() else None


def program_root() -> Path:
    """Folder that holds ``models/`` and ``resources/``: the checkout, or the frozen program's own."""
    frozen = getattr(sys, "_MEIPASS", None)
    return Path(frozen) if frozen else Path(__file__).resolve().parents[2]


def shipped_models() -> Path:
    """Folder of the bundles that came with the program, or ``$LEUKOSCOPE_SHIPPED_MODELS`` when it is set."""
    override = os.environ.get(SHIPPED_VARIABLE)
    return Path(override) if override else program_root() / "models"


def translations() -> Path:
    """Folder of the catalogs of all languages."""
    return program_root() / "resources" / "translations"
