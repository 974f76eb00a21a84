"""Models of a backup on their way back: checked as those that are received, put beside others, never in their place."""

from __future__ import annotations

import logging
import secrets
import shutil
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from leukoscope.cases.store_errors import store_errors
from leukoscope.domain.errors import BundleError, StoreError
from leukoscope.inference.library import PART_SUFFIX, BundleLibrary
from leukoscope.inference.manifest import Manifest
from leukoscope.system.durable import make_private, put_in_place, settle_tree
from leukoscope.system.temporary_files import STAGES
from leukoscope.workflow.backup_models import Sums, sums_of
from leukoscope.workflow.backup_sources import Source
from leukoscope.workflow.bundle_files import check_bundle

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class ModelsPlan:
    """What becomes of the imported models of a backup, by name.

    Parameters
    ----------
    added
        They are not here, and come back.
    there
        They are here already, the same to the last byte.
    other
        Another model has their name here, and stays.
    """

    added: tuple[str, ...] = ()
    there: tuple[str, ...] = ()
    other: tuple[str, ...] = ()

    @property
    def sentences(self) -> tuple[str, ...]:
        """About each model that does not come back."""
        return tuple(
            f"The model “{name}” of this backup does not come back: another one of that name is here, and stays. "
            "Remove that one first if you want the other."
            for name in self.other
        )


NO_MODELS = ModelsPlan()


class ModelStage:
    """Models of a backup that were checked, and can be put in their place.

    Parameters
    ----------
    source
        The backup.
    library
        Where they go; ``None`` leaves them in the backup.
    """

    def __init__(self, source: Source, library: BundleLibrary | None) -> None:
        self._source, self._library, self._stack = source, library, ExitStack()
        self._ready: dict[str, tuple[Path, Manifest]] = {}
        self.plan = NO_MODELS

    def make_ready(self) -> list[str]:
        """Unpack and check what is not here.

        Returns
        -------
        list of str
            A sentence about each model that is damaged or refused.

        Raises
        ------
        StoreError
            When there is no room for them.
        """
        if self._library is None:
            return []
        faults = [f"The model “{name}” in it is damaged." for name in sorted(self._source.damaged_models())]
        there: list[str] = []
        other: list[str] = []
        for name, sums in sorted(self._source.models().items()):
            same = self._is_same(self._library, name, sums)
            if same is None:
                faults += self._unpack(self._library, name, sums)
            else:
                (there if same else other).append(name)
        self.plan = ModelsPlan(tuple(self._ready), tuple(there), tuple(other))
        return faults

    def _is_same(self, library: BundleLibrary, name: str, sums: Sums) -> bool | None:
        """Whether a model of that name is here and the same; ``None`` when there is none."""
        here = next((one for one in library.list() if one.manifest.name == name), None)
        folder = here.path if here is not None else library.user / name
        if not folder.exists():
            return None
        with store_errors():
            return sums_of(folder) == sums

    def _unpack(self, library: BundleLibrary, name: str, sums: Sums) -> list[str]:
        part = library.user / f"{name}.{secrets.token_hex(4)}{PART_SUFFIX}"
        with store_errors():
            self._stack.enter_context(STAGES.noted(part))
            self._stack.callback(shutil.rmtree, part, ignore_errors=True)
            make_private(part)
            self._source.copy_model(name, part)
        try:
            manifest = check_bundle(part, sums)
            if manifest.name != name:
                raise ValueError("its manifest names another model")
        except BundleError as error:
            return [f"The model “{name}” in it may not be used: {error.message} Ask who wrote the backup."]
        except ValueError as error:
            logger.error("a model in a backup is not whole: %r", error)
            return [f"The model “{name}” in it is damaged."]
        with store_errors():
            settle_tree(part)
        self._ready[name] = (part, manifest)
        return []

    @property
    def added(self) -> dict[str, Manifest]:
        """What comes back, by name."""
        return {name: manifest for name, (_, manifest) in self._ready.items()}

    def put_in_place(self) -> None:
        """Give all of them their names, or none.

        Raises
        ------
        StoreError
            When one of that name was installed since they were checked.
        OSError
            When the disk cannot be written.
        """
        with ExitStack() as undo:
            for name, (part, _) in self._ready.items():
                target = part.with_name(name)
                if target.exists():
                    raise StoreError(f"A model named “{name}” was installed meanwhile; put the backup back once more.")
                put_in_place(part, target)
                undo.callback(shutil.rmtree, target, ignore_errors=True)
            undo.pop_all()

    def close(self) -> None:
        """Remove what was unpacked and did not go to its place."""
        self._stack.close()
