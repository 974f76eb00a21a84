"""Putting a backup back: checked first, shown before it is done, alone, in one step, and what was there is kept."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from leukoscope.cases.database import DATABASE_FILE
from leukoscope.cases.referenced_images import needed_images
from leukoscope.cases.signing_keys import KeptKeys, Keys
from leukoscope.cases.store import CaseStore
from leukoscope.cases.store_errors import store_errors
from leukoscope.cases.swap import fold_in
from leukoscope.domain.audit import MODEL_RESTORED, RESTORED
from leukoscope.domain.errors import StoreError
from leukoscope.inference.library import BundleLibrary
from leukoscope.workflow import backup_check as checks
from leukoscope.workflow.backup_sources import Source, opened
from leukoscope.workflow.restore_models import NO_MODELS, ModelsPlan, ModelStage
from leukoscope.workflow.restore_targets import RestoreTarget, in_folder, shared

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Plan:
    """What putting a backup back would change.

    Parameters
    ----------
    before
        What is there; ``None`` when it cannot be read.
    after
        What the backup holds.
    faults
        Sentences about images that are missing, models that are damaged and a trail that is not sound.
    models
        What becomes of the imported models in it.
    """

    before: checks.Tally | None
    after: checks.Tally
    faults: tuple[str, ...]
    models: ModelsPlan = NO_MODELS


class Restoring:
    """A backup that was checked, and can be put back; made by :func:`prepared_restore`."""

    def __init__(
        self, target: RestoreTarget, source: Source, models: ModelStage, despite_faults: bool, keys: Keys
    ) -> None:
        self._target, self._source, self._stage, self._keys = target, source, target.stage, keys
        self._models = models
        stage = target.stage
        source.unpack(stage / DATABASE_FILE)
        checks.refuse_foreign(stage / DATABASE_FILE)
        # Refuses a newer version, and brings an older one up to date.
        with closing(CaseStore(stage, aside=True)) as store:
            self._refuse_planted(store)
            found = (checks.trail_fault(store), self._missing(store), *models.make_ready())
            faults = tuple(one for one in found if one)
            self.plan = Plan(target.before(), checks.tally(store), faults, models.plan)
        if faults and not despite_faults:
            said = " ".join(faults)
            raise StoreError(f"This backup was not put back: {said} Choose another.", "faults in the backup")
        if self.plan.before is not None and self.plan.before.cases and not self.plan.after.cases:
            raise StoreError(
                f"This backup holds no case, and there are {self.plan.before.cases} now; choose another.", "empty"
            )

    def put_back(self) -> int:
        """Do it.

        Returns
        -------
        int
            How many images came back that were not there.

        Raises
        ------
        StoreError
            When the disk is full or the database cannot be written; the cases are as they were then.
        """
        aside = f"before-restore-{datetime.now(UTC).strftime('%Y%m%dT%H%M%S%f')}.db"
        with store_errors():
            with closing(CaseStore(self._stage, keys=self._keys, aside=True)) as store:
                with store.database.reading() as session:
                    wanted = needed_images(session)
                added = self._target.add_images(self._source, wanted)
                self._tell(store, aside)
                head = store.trail.head()
            fold_in(self._stage / DATABASE_FILE)
            # Killed after this step there are models that nobody uses, and never cases that lack theirs.
            self._models.put_in_place()
            self._target.replace_by(self._stage / DATABASE_FILE, aside, head)
        logger.info("backup restored, %d images and %d models added", added, len(self.plan.models.added))
        return added

    def _tell(self, store: CaseStore, aside: str) -> None:
        reason = " ".join((*self.plan.faults, *self.plan.models.sentences))
        with store.database.writing() as session:
            for name, manifest in self._models.added.items():
                said = f"{manifest.version} {manifest.model_sha256[:12]}"
                store.trail.record(session, MODEL_RESTORED, subject=name, new=said)
            store.trail.record(
                session, RESTORED, subject=self._source.name, old=aside, new=self._target.replaced, reason=reason
            )

    def _refuse_planted(self, store: CaseStore) -> None:
        with closing(CaseStore(self._stage / "fresh", aside=True)) as fresh:
            wrong = checks.foreign_parts(store, fresh)
        if wrong:
            named = ", ".join(wrong[: checks.NAMED])
            raise StoreError(f"This backup is not as LeukoScope writes it ({named}); choose another.", "; ".join(wrong))

    def _missing(self, store: CaseStore) -> str:
        missing = checks.missing_images(store, lambda name: self._source.holds(name) or self._target.holds(name))
        missing = sorted({*missing, *self._source.damaged()})
        if missing:
            logger.error("images missing or damaged in a backup: %s", " ".join(missing))
        return checks.missing_said(missing)


def restore(
    folder: Path,
    source: Path,
    url: str = "",
    *,
    library: BundleLibrary | None = None,
    despite_faults: bool = False,
    keys: Keys | None = None,
) -> int:
    """Check a backup and put it back, without a question; see :func:`prepared_restore`."""
    with prepared_restore(folder, source, url, library=library, despite_faults=despite_faults, keys=keys) as ready:
        return ready.put_back()


@contextmanager
def prepared_restore(
    folder: Path,
    source: Path,
    url: str = "",
    *,
    library: BundleLibrary | None = None,
    despite_faults: bool = False,
    only_look: bool = False,
    keys: Keys | None = None,
) -> Iterator[Restoring]:
    """Check a backup while nobody can open the cases, and hold them until it is put back or left alone.

    Parameters
    ----------
    folder
        Of the case store.
    source
        A zip of a backup, or a ``.db`` copy of a day.
    url
        Of the shared database; empty for the file.
    library
        Where imported models go; without it they stay in the backup.
    despite_faults
        Put it back although images are missing, models are damaged or its trail is not sound; the trail says so.
    only_look
        It is only shown what would be done: the cases may be open elsewhere meanwhile.
    keys
        By which this installation signs; left out, they lie in the folder.

    Raises
    ------
    StoreError
        When the backup is damaged, planted, not of LeukoScope or from a newer version, when it does not fit on the
        disk, or while anybody has the cases open; nothing is changed then.
    """
    keys = keys or KeptKeys(folder)
    goal_of = shared(folder, url, only_look, keys) if url else in_folder(folder, only_look)
    with opened(source) as backup, goal_of as target, closing(ModelStage(backup, library)) as models:
        yield Restoring(target, backup, models, despite_faults, keys)
