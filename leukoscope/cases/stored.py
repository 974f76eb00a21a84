"""Parts of a stored Case that stay packed until somebody looks at them: a Case can hold fifty thousand cells."""

from __future__ import annotations

import gc
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from leukoscope.cases.packing import UnpackedNaming, unpack_maps, unpack_mask
from leukoscope.domain.cells import Box, Cell, CellFlag
from leukoscope.domain.errors import StoreError
from leukoscope.domain.findings import BundleId, Finding, Label, Naming, Opinion, Thresholds, UnsureReason
from leukoscope.domain.morphology import MeasuredFigure
from leukoscope.domain.parsing import parsed_row

DAMAGED = "The case database is damaged; restore a backup."


class _Packed:
    """A field that is unpacked when somebody first looks, and then stays.

    It lies in the class, and is asked while the object itself has no value of that name.
    """

    def __init__(self, unpack: Callable[[Any], object]) -> None:
        self._unpack = unpack

    def __set_name__(self, owner: type, name: str) -> None:
        self._name = name

    def __get__(self, owned: Any, owner: type | None = None) -> Any:
        fields = owned.__dict__
        packed = fields.get(_key(self._name))
        if packed is None:
            # Another thread looked at the same moment.
            return fields[self._name]
        try:
            fields[self._name] = value = self._unpack(packed)
        except (ValueError, KeyError, TypeError) as error:
            raise StoreError(DAMAGED, repr(error)) from error
        fields.pop(_key(self._name), None)
        return value


def _key(name: str) -> str:
    return f"_packed_{name}"


def load_figures(text: str) -> tuple[MeasuredFigure, ...]:
    """Inverse of :func:`leukoscope.cases.saving.figures_text`.

    Raises
    ------
    ValueError, TypeError
        When the text is damaged.
    """
    return tuple(MeasuredFigure(code, *values) for code, *values in parsed_row(text)) if text else ()


class StoredCell(Cell):
    """A Cell with its mask packed."""

    mask = _Packed(lambda packed: unpack_mask(*packed))

    @classmethod
    def of(cls, box: Box, mask: bytes, frame_sha256: str, flags: frozenset[CellFlag]) -> StoredCell:
        """One with what is packed as it lies in the row."""
        cell = cls.__new__(cls)
        packed = mask, box.height, box.width
        cell.__dict__.update(box=box, _packed_mask=packed, frame_sha256=frame_sha256, flags=flags)
        return cell


class StoredOpinion(Opinion):
    """An Opinion with its maps and figures packed."""

    maps = _Packed(unpack_maps)
    figures = _Packed(load_figures)

    @classmethod
    def of(
        cls,
        bundle: BundleId,
        logit: float,
        probability: float,
        thresholds: Thresholds,
        maps: bytes,
        novelty: float | None,
        figures: str,
    ) -> StoredOpinion:
        """One with what is packed as it lies in the row."""
        opinion = cls.__new__(cls)
        opinion.__dict__.update(
            bundle=bundle, logit=logit, probability=probability, thresholds=thresholds, _packed_maps=maps,
            novelty=novelty, _packed_figures=figures, features=None,
        )  # fmt: skip
        return opinion


class StoredNaming(Naming):
    """A Naming with its maps packed."""

    maps = _Packed(unpack_maps)

    @classmethod
    def of(cls, bundle: BundleId, said: UnpackedNaming, maps: bytes, novelty: float | None) -> StoredNaming:
        """One with what is packed as it lies in the row."""
        naming = cls.__new__(cls)
        naming.__dict__.update(bundle=bundle, **said._asdict(), _packed_maps=maps, novelty=novelty, features=None)
        return naming


class StoredFinding(Finding):
    """A Finding with its figures of shape packed."""

    measured = _Packed(load_figures)

    @classmethod
    def of(
        cls,
        cell: Cell,
        opinions: tuple[Opinion, ...],
        label: Label,
        probability: float | None,
        thresholds: Thresholds,
        unsure: tuple[UnsureReason, ...],
        naming: Naming | None,
        measured: str,
    ) -> StoredFinding:
        """One with what is packed as it lies in the row."""
        finding = cls.__new__(cls)
        finding.__dict__.update(
            cell=cell, opinions=opinions, label=label, probability=probability, thresholds=thresholds, unsure=unsure,
            cell_image=None, naming=naming, _packed_measured=measured,
        )  # fmt: skip
        return finding


class _Pauses:
    """How many threads are making many objects."""

    def __init__(self) -> None:
        self._count, self._lock = 0, threading.Lock()

    def begin(self) -> bool:
        """One more; says whether it has to be ended, which it has not where nobody looks anyway."""
        with self._lock:
            if not self._count and not gc.isenabled():
                return False
            self._count += 1
            gc.disable()
            return True

    def end(self) -> None:
        """One less; after the last one dropped objects are looked for again."""
        with self._lock:
            self._count -= 1
            if not self._count:
                gc.enable()


_PAUSES = _Pauses()


@contextmanager
def keeping_all() -> Iterator[None]:
    """No look for dropped objects while hundreds of thousands are made that stay: it takes as long as making them.

    Threads may be in here at the same time.
    """
    begun = _PAUSES.begin()
    try:
        yield
    finally:
        if begun:
            _PAUSES.end()
