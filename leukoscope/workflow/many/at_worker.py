"""What a worker does: judge one image with an engine of its own, and take in bundles that it lacks."""

from __future__ import annotations

import hashlib
import shutil
import tempfile
import threading
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from leukoscope.domain.errors import BundleError
from leukoscope.domain.frames import Frame
from leukoscope.domain.progress import CancelToken
from leukoscope.inference.library import BundleLibrary, InstalledBundle
from leukoscope.inference.manifest import MANIFEST_FILE, read_manifest
from leukoscope.inference.site_profile import LARGEST, unpack
from leukoscope.reports.findings_csv import FindingsCsv
from leukoscope.system.durable import make_private, write_private
from leukoscope.workflow.analyze import analyze
from leukoscope.workflow.app_dirs import AppDirs, shipped_models
from leukoscope.workflow.bundle_files import MOST_BYTES, check_bundle
from leukoscope.workflow.case_scale import CaseRuler
from leukoscope.workflow.duplicate_images import keys_of
from leukoscope.workflow.export.map_files import write_maps
from leukoscope.workflow.judged_image import JudgedImage
from leukoscope.workflow.many.travelling import PROFILE, RunOrder, SentImage, WorkerAnswer, bundle_digest
from leukoscope.workflow.model_panel import ModelPanel, make_panel

RECEIVED = "received-models"
"""Below the cache: what other machines have sent, each in a folder that is called by its hash."""


class _Held:
    """The engine of this process, for one set of models."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.key: tuple[object, ...] = ()
        self.panel: ModelPanel | None = None


_HELD = _Held()


def judge_image(order: RunOrder, sent: SentImage, worker: str) -> WorkerAnswer:
    """Judge one image; what fails about it stands in the answer.

    Raises
    ------
    BundleError
        When a bundle cannot be loaded.
    """
    with _HELD.lock:
        lacking = _prepare(order)
        panel = _HELD.panel
    if lacking or panel is None:
        return WorkerAnswer(lacking=lacking, worker=worker)
    return _judged(order, sent, panel)


def _judged(order: RunOrder, sent: SentImage, panel: ModelPanel) -> WorkerAnswer:
    source = _Scaled(sent, CaseRuler((), known=order.red_cells), order.with_keys)
    names = [name for name, _ in order.models]
    (analysis,) = analyze([source], panel, bundles=names, view=order.view, maps=order.maps)
    with tempfile.TemporaryDirectory(prefix="leukoscope-maps-") as folder:
        maps = write_maps(analysis, Path(folder), order.palette) if order.maps else ()
        image = JudgedImage.of(analysis, maps, FindingsCsv(Path(folder), names))
        drawn = tuple((name, (Path(folder) / name).read_bytes()) for name in image.maps)
    return WorkerAnswer(replace(image, keys=source.keys), drawn, source.scaled)


class _Scaled:
    """An image that is read with the scale of its run, and what was noted of it."""

    def __init__(self, sent: SentImage, ruler: CaseRuler, with_keys: bool) -> None:
        self.keys: tuple[str, ...] = ()
        self.scaled = False
        self._sent, self._ruler, self._with_keys = sent, ruler, with_keys

    @property
    def name(self) -> str:
        """What a person calls it."""
        return self._sent.name

    def read(self) -> Frame:
        """Read the Frame; raises ImageError."""
        frame = self._sent.read()
        self.keys = keys_of(frame) if self._with_keys else ()
        scaled = self._ruler.with_scale(frame)
        self.scaled = scaled is not frame
        return scaled

    def image_bytes(self) -> bytes:
        """Its bytes."""
        return self._sent.data


def _prepare(order: RunOrder) -> tuple[str, ...]:
    """Have the engine of these models ready; gives what is lacking for it."""
    key = (order.models, order.profile)
    if _HELD.key == key:
        return ()
    home = AppDirs.of_user()
    found = {name: _bundle(home, name, digest) for name, digest in order.models}
    profile = _received(home, order.profile) / PROFILE if order.profile else None
    lacking = [name for name, bundle in found.items() if bundle is None]
    if profile is not None and not profile.is_file():
        lacking.append(PROFILE)
    if lacking:
        return tuple(lacking)
    if _HELD.panel is not None:
        # Another run's images may be under way on the other thread.
        _HELD.panel.close_when_idle(CancelToken())
    bundles = [bundle for bundle in found.values() if bundle is not None]
    _HELD.panel = make_panel(bundles, home.graphs, None, None if profile is None else unpack(profile.read_bytes()))
    _HELD.key = key
    return ()


def _received(home: AppDirs, digest: str) -> Path:
    return home.cache / RECEIVED / digest


def _bundle(home: AppDirs, name: str, digest: str) -> InstalledBundle | None:
    for bundle in BundleLibrary(shipped_models(), home.models).list():
        if bundle.manifest.name == name and bundle_digest(bundle) == digest:
            return bundle
    folder = _received(home, digest)
    return InstalledBundle(folder, read_manifest(folder), False) if (folder / MANIFEST_FILE).is_file() else None


def take_in(name: str, digest: str, files: Mapping[str, bytes]) -> None:
    """Keep a bundle, or a site profile, that another machine sends: checked as one that a person imports.

    Raises
    ------
    BundleError
        When it is not what its hash says, or not safe to load; nothing is kept then.
    """
    home = AppDirs.of_user()
    folder = _received(home, digest)
    make_private(folder.parent)
    part = Path(tempfile.mkdtemp(prefix=".", dir=folder.parent))
    try:
        said = files[PROFILE if name == PROFILE else MANIFEST_FILE]
        if hashlib.sha256(said).hexdigest() != digest:
            raise ValueError("another hash")
        largest = {PROFILE: LARGEST} if name == PROFILE else MOST_BYTES
        if any(len(data) > largest[one] for one, data in files.items()):
            raise ValueError("a file is too large")
        for one, data in files.items():
            write_private(part / one, data)
        if name == PROFILE:
            unpack(said)
        else:
            check_bundle(part, {one: hashlib.sha256(data).hexdigest() for one, data in files.items()})
        shutil.rmtree(folder, ignore_errors=True)
        part.rename(folder)
    except (KeyError, ValueError, OSError) as error:
        message = f"The model “{name}” did not arrive whole at a worker; try again."
        raise BundleError(message, repr(error)) from error
    finally:
        shutil.rmtree(part, ignore_errors=True)
