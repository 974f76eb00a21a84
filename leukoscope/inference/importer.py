"""Install somebody's own Keras model as a bundle. The heavy and the risky part happens in a child process."""

from __future__ import annotations

import logging
import re
import secrets
import shutil
from collections.abc import Sequence
from pathlib import Path

from leukoscope.domain.errors import BundleError
from leukoscope.domain.feeding import Feeding
from leukoscope.domain.frames import Pixels
from leukoscope.domain.map_kinds import MapKind
from leukoscope.domain.progress import CancelToken
from leukoscope.inference.graph_cache import KEPT_FOLDER, take_in
from leukoscope.inference.import_child import Work, import_child
from leukoscope.inference.import_order import ImportOrder
from leukoscope.inference.import_process import STEPS, install
from leukoscope.inference.input_schema import FeedingTrial
from leukoscope.inference.library import PART_SUFFIX, BundleLibrary, InstalledBundle
from leukoscope.inference.manifest import read_manifest
from leukoscope.inference.programs import importer_program
from leukoscope.inference.sides import check_figures
from leukoscope.inference.stepped_child import OnStep, SteppedChild
from leukoscope.system.durable import put_in_place, settle_tree
from leukoscope.system.temporary_files import STAGES

logger = logging.getLogger(__name__)

SILENCE_S = 300.0
"""So long the import may give no sign of life: TensorFlow keeps Python to itself for long stretches."""
CHECK_SILENCE_S = 60.0
"""The same while the file is only looked at: HDF5 reads some damaged files for ever, and hears nobody meanwhile."""


def silence(is_checking: bool) -> float:
    """So long the process may give no sign of life."""
    return CHECK_SILENCE_S if is_checking else SILENCE_S


def bundle_name(file: Path) -> str:
    """A name for the bundle from the file's name: lower case, letters, digits, ``.``, ``_``, ``-``."""
    return re.sub(r"[^a-z0-9._-]+", "-", file.stem.lower()).strip("-._")[:64] or "model"


def import_model(
    file: Path,
    library: BundleLibrary,
    *,
    classes: tuple[str, ...],
    name: str | None,
    feeding: Feeding | None = None,
    tried: FeedingTrial | None = None,
    maps: MapKind = MapKind.GRAD_CAM,
    output: str = "",
    follows: str = "",
    cells: Sequence[Pixels] = (),
    graphs: Path | None = None,
    on_step: OnStep,
    cancel: CancelToken,
    child: SteppedChild | None = None,
) -> InstalledBundle:
    """Check, load, compile, compare and install a file that Keras saved, or a model that OpenVINO reads.

    Parameters
    ----------
    file
        The model.
    library
        Where it is installed, in the user's folder.
    classes
        What each of the model's figures means, in their order: ``healthy``, ``leukemic``, ``other`` or the code of a
        cell class; two for a single figure, which gives the second one.
    name
        Of the bundle; ``None`` takes it from the file's name.
    feeding
        How cells are cut and fed to it; ``None``: as the house's own models are.
    tried
        What trying that feeding came to; stands in the manifest.
    maps
        How the last activation of each branch is shown: by a method of gradients.
    output
        Which of several outputs is meant; empty to take the only one that fits the classes.
    follows
        Name of the model whose next version this is.
    cells
        Cells on which its maps are tried, each (450, 450, 3), uint8, RGB, cut out on black; without any on probe
        pictures.
    graphs
        Folder of compiled graphs, where the one that is made here is kept, so that the first cell need not wait for
        another.
    on_step
        Told each step: text, how many are done, how many there are.
    cancel
        Set it to stop; nothing stays behind.
    child
        Does it, and may have loaded the model already; ``None`` for one of its own. It has ended afterwards.

    Raises
    ------
    BundleError
        With one sentence, when the file or the names are refused.
    CancelledError
        After a cancel.
    """
    chosen = name or bundle_name(file)
    check_words(chosen, classes, library)
    importer_program()
    target = library.user / chosen
    part = library.user / f"{chosen}.{secrets.token_hex(4)}{PART_SUFFIX}"
    order = ImportOrder(
        str(file), chosen, classes, feeding or Feeding(), str(part), maps, tried, output, follows, tuple(cells)
    )
    own = child or import_child()
    try:
        with STAGES.noted(part):
            part.mkdir(parents=True)
            own.do(Work(install, order, str(file)), file, silence, on_step, cancel)
            own.close()
            _keep_graph(part, graphs)
            on_step("Done", len(STEPS), len(STEPS))
            # Keras and the child have written it; it is on the disk before anybody is told that it is there.
            settle_tree(part)
            put_in_place(part, target)
    except OSError as error:
        message = "The model cannot be installed: the disk is full or the folder cannot be written."
        raise BundleError(message, repr(error)) from error
    finally:
        own.close()
        shutil.rmtree(part, ignore_errors=True)
    return library.get(chosen)


def _keep_graph(part: Path, graphs: Path | None) -> None:
    """Put the graph of a new bundle where the engine looks for it. Without it the model is compiled once more."""
    kept = part / KEPT_FOLDER
    if graphs is not None and kept.is_dir():
        try:
            take_in(kept, graphs, read_manifest(part))
        except OSError as error:
            logger.warning("the graph of the import is not kept: %r", error)
    shutil.rmtree(kept, ignore_errors=True)


def check_words(name: str, classes: tuple[str, ...], library: BundleLibrary) -> None:
    """Raise BundleError for a name that is none or is taken, or for classes of which no verdict comes."""
    if not re.fullmatch(r"[a-z0-9][a-z0-9._-]{0,63}", name):
        raise BundleError(f"“{name}” cannot be a model's name; use small letters, digits, dots and dashes.")
    check_figures(classes)
    if name in {bundle.manifest.name for bundle in library.list()} or (library.user / name).exists():
        raise BundleError(f"There is a model named “{name}” already; choose another name or remove it first.")
