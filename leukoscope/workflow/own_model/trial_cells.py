"""About twenty labeled cells to try a model on: of a folder, or drawn by the program."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import chain, zip_longest
from pathlib import Path

from leukoscope.domain.cells import CellFlag, CellImage, View
from leukoscope.domain.cuts import PLAIN, Cut
from leukoscope.domain.errors import ImageError, SiteError
from leukoscope.domain.findings import Label
from leukoscope.domain.frames import Frame
from leukoscope.domain.progress import CancelToken
from leukoscope.domain.site_labels import folder_label
from leukoscope.imaging.cellimage import cut_out
from leukoscope.imaging.localize import localize, recognize_view
from leukoscope.imaging.views import view_of
from leukoscope.inference.proposal.tried import TrialCell
from leukoscope.sources.demo import demo_cells
from leukoscope.sources.files import find_images, read_frame, shown

EACH_SIDE = 12
"""Cells of each side: an interval of 0.75 to 0.98 at an AUROC of 0.93, and seconds of work."""
FEWEST = 4
"""Of each side; of fewer nothing can be told."""
HOW = "sort the pictures into CLASS/file or CLASS/PATIENT/file"
_SIDES = {
    "all": Label.LEUKEMIC,
    "cancerous": Label.LEUKEMIC,
    "malignant": Label.LEUKEMIC,
    "early": Label.LEUKEMIC,
    "pre": Label.LEUKEMIC,
    "pro": Label.LEUKEMIC,
    "hem": Label.HEALTHY,
    "benign": Label.HEALTHY,
    "normal": Label.HEALTHY,
}
"""Names that published sets give their folders, beside the classes of this program."""
_NOT_SINGLE = frozenset({CellFlag.AT_BORDER, CellFlag.CLUSTER, CellFlag.SMUDGE})


def drawn_cells(cuts: Iterable[Cut]) -> tuple[TrialCell, ...]:
    """Blasts and lymphocytes by turns, on black, drawn by the program: of use where nobody has labeled cells.

    A network that was trained on real cells need not tell drawn ones apart; one that does is fed rightly.
    """
    return trial_cells_of(demo_cells(2 * EACH_SIDE, seed=17), cuts)


def trial_cells_of(frames: Iterable[Frame], cuts: Iterable[Cut]) -> tuple[TrialCell, ...]:
    """Cells of pictures that show a leukemic and a healthy one by turns."""
    wanted = frozenset(cuts)
    return tuple(
        _cut(image, number % 2 == 0, wanted) for number, frame in enumerate(frames) for image in _images(frame)
    )


def read_trial_cells(folder: Path, cuts: Iterable[Cut], cancel: CancelToken) -> tuple[TrialCell, ...]:
    """Cells of a folder, both sides by turns, of as many patients as there are.

    Parameters
    ----------
    folder
        Of folders named by classes (leukemic, healthy, a class of cells, or as published sets name them), which hold
        pictures or folders of patients.
    cuts
        All ways in which they are to be cut out.
    cancel
        Set it to stop.

    Returns
    -------
    tuple of TrialCell
        At most ``EACH_SIDE`` of each side; one for each picture. A picture that cannot be read or shows no whole cell
        is passed over.

    Raises
    ------
    SiteError
        When the folder is not sorted so, or too few cells of a side are found.
    CancelledError
        After a cancel.
    """
    wanted = frozenset(cuts)
    sides = _sides(folder)
    found = {label: tuple(_cells(paths, label is Label.LEUKEMIC, wanted, cancel)) for label, paths in sides.items()}
    leukemic, healthy = (found.get(label, ()) for label in (Label.LEUKEMIC, Label.HEALTHY))
    if min(len(leukemic), len(healthy)) < FEWEST:
        raise SiteError(
            f"{len(leukemic)} leukemic and {len(healthy)} healthy cells were found in “{shown(folder)}”; at least "
            f"{FEWEST} of each side are needed. For this, {HOW}."
        )
    return tuple(one for one in chain.from_iterable(zip_longest(leukemic, healthy)) if one is not None)


def _sides(folder: Path) -> dict[Label, Sequence[Path]]:
    if not folder.is_dir():
        raise SiteError(f"There is no folder “{shown(folder)}”; {HOW} and name that folder.")
    listed = find_images([folder])
    if listed.errors:
        raise SiteError(listed.errors[0][1].args[0])
    patients: dict[Label, dict[str, list[Path]]] = {}
    for path in listed.paths:
        parts = path.relative_to(folder).parts
        side = _side(parts[0]) if len(parts) > 1 else None
        if side is not None:
            who = parts[1] if len(parts) > 2 else ""
            patients.setdefault(side, {}).setdefault(who, []).append(path)
    if not patients:
        raise SiteError(f"No folder in “{shown(folder)}” has the name of a class of cells; {HOW}.")
    return {side: _by_turns(list(of_patient.values())) for side, of_patient in patients.items()}


def _side(name: str) -> Label | None:
    plain = " ".join(name.replace("-", " ").replace("_", " ").casefold().split())
    for word, side in _SIDES.items():
        # As in "[Malignant] early Pre-B": the first word that says it.
        if plain == word or plain.startswith(f"[{word}]"):
            return side
    said = folder_label(name)
    return None if said is None else said.counts_as


def _by_turns(of_patients: Sequence[Sequence[Path]]) -> tuple[Path, ...]:
    """One picture of each patient after the other; within a patient from all over the list, not from its beginning."""
    spread = [_spread(paths) for paths in of_patients]
    return tuple(path for several in zip_longest(*spread) for path in several if path is not None)


def _spread(paths: Sequence[Path]) -> list[Path]:
    """All of a list, evenly spaced ones first."""
    step = max(1, len(paths) // EACH_SIDE)
    return [path for start in range(step) for path in paths[start::step]]


def _cells(paths: Sequence[Path], leukemic: bool, cuts: frozenset[Cut], cancel: CancelToken) -> Iterator[TrialCell]:
    found = 0
    for path in paths:
        cancel.raise_if_cancelled()
        try:
            images = _images(read_frame(path))
        except ImageError:
            continue
        if images:
            yield _cut(images[0], leukemic, cuts)
            found += 1
        if found == EACH_SIDE:
            return


def _images(frame: Frame) -> list[CellImage]:
    """Whole single cells of a picture, the one nearest to its middle first."""
    view = recognize_view(frame)
    cells = [cell for cell in localize(frame, view) if view is View.CELL or _NOT_SINGLE.isdisjoint(cell.flags)]
    middle = frame.width / 2, frame.height / 2
    nearest = sorted(cells, key=lambda cell: sum(abs(a - b) for a, b in zip(cell.box.center, middle, strict=True)))
    return [cut_out(frame, cell) for cell in nearest[:1]]


def _cut(image: CellImage, leukemic: bool, cuts: frozenset[Cut]) -> TrialCell:
    views = {cut: image.pixels if cut == PLAIN else view_of(image, cut).pixels for cut in cuts}
    return TrialCell(leukemic, views)
