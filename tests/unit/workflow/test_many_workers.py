"""Workers judge what one process judges, byte for byte; one that dies costs a second try; models travel by hash."""

from __future__ import annotations

import hashlib
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import dask
import pytest
import trustme
from distributed import LocalCluster

from leukoscope.domain.errors import BundleError, CancelledError, LeukoScopeError, WorkerError
from leukoscope.domain.progress import CancelToken, Progress
from leukoscope.inference.library import BundleLibrary, InstalledBundle
from leukoscope.workflow.app_dirs import AppDirs
from leukoscope.workflow.batch import BatchRequest, analyze_to_folder
from leukoscope.workflow.many import crew as crews
from leukoscope.workflow.many.at_worker import RECEIVED, take_in
from leukoscope.workflow.many.crew import LOST_TWICE, Certificates, crew_at, crew_here
from leukoscope.workflow.many.travelling import SentImage, bundle_content, bundle_digest
from leukoscope.workflow.model_panel import ModelPanel, make_panel
from leukoscope.workflow.model_runtime import choose
from tests.drawn_run import draw_cells
from tests.unit.workflow.test_batch_resumed import written

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(sys.platform == "win32", reason="no SIGKILL there"),
    pytest.mark.filterwarnings("ignore::DeprecationWarning:distributed.*", "ignore::ResourceWarning"),
]
IMAGES = 7


@pytest.fixture
def images(tmp_path: Path) -> Path:
    """Cells, one of them twice, and a file that is none."""
    draw_cells(tmp_path / "in", IMAGES - 2)
    (tmp_path / "in" / "3b.png").write_bytes((tmp_path / "in" / "1.png").read_bytes())
    (tmp_path / "in" / "torn.png").write_bytes(b"")
    return tmp_path / "in"


@pytest.fixture
def panel(small_models: Path) -> Iterator[ModelPanel]:
    home = AppDirs.of_user()
    judging = make_panel(choose(BundleLibrary(small_models, home.models), ()), home.graphs)
    yield judging
    judging.close()


def test_the_same_findings_though_a_worker_is_killed(images: Path, tmp_path: Path, panel: ModelPanel) -> None:
    analyze_to_folder(BatchRequest((images,), tmp_path / "alone", lines=True), panel, panel.bundles)
    with crew_here(2, panel.bundles, None) as (crew, workers):

        def kill_one(progress: Progress) -> None:
            if progress.done == 2:
                workers[0].send_signal(signal.SIGKILL)

        request = BatchRequest((images,), tmp_path / "two", lines=True)
        outcome = analyze_to_folder(request, panel, panel.bundles, on_progress=kill_one, crew=crew)
        assert workers[0].wait(10) == -signal.SIGKILL and workers[1].poll() is None
    assert [Path(name).name for name, _ in outcome.errors] == ["torn.png"]
    assert written(tmp_path / "two") == written(tmp_path / "alone")
    assert workers[1].poll() is not None, "none is left behind"


class Deadly(SentImage):
    """Ends the process that reads it, as a fault of a library does."""

    def read(self) -> object:  # type: ignore[override]
        os._exit(9)


@contextmanager
def scheduler(folder: Path) -> Iterator[tuple[str, Certificates]]:
    """One as a lab runs it: with certificates of its own authority."""
    authority = trustme.CA()
    own = authority.issue_cert("127.0.0.1")
    files = Certificates(folder / "authority.pem", folder / "certificate.pem", folder / "key.pem")
    authority.cert_pem.write_to_path(files.authority)
    own.private_key_pem.write_to_path(files.key)
    files.certificate.write_bytes(b"".join(part.bytes() for part in own.cert_chain_pems))
    with (
        dask.config.set({"distributed.scheduler.allowed-failures": 1}),
        LocalCluster(
            n_workers=0, processes=False, dashboard_address=None, protocol="tls://", host="127.0.0.1",
            security=files.security(),
        ) as cluster,
    ):  # fmt: skip
        yield cluster.scheduler_address, files


@contextmanager
def worker(address: str, files: Certificates, home: Path) -> Iterator[subprocess.Popen[bytes]]:
    """One of another machine: with a home of its own, in which there is no model."""
    (home / "none").mkdir(parents=True, exist_ok=True)
    environment = {**os.environ, "LEUKOSCOPE_HOME": str(home), "LEUKOSCOPE_SHIPPED_MODELS": str(home / "none")}
    words = [address, "--tls", *map(str, (files.authority, files.certificate, files.key))]
    process = subprocess.Popen([sys.executable, "-m", "leukoscope", "worker", *words], env=environment)
    try:
        yield process
    finally:
        process.terminate()
        process.wait(20)


def test_models_travel_and_an_image_that_costs_two_workers_is_named(
    images: Path, tmp_path: Path, panel: ModelPanel, small_graphs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    of = SentImage.of

    def sent(source: object) -> SentImage:
        image = of(source)  # type: ignore[arg-type]
        return Deadly(**vars(image)) if image.name.endswith("4.png") else image

    monkeypatch.setattr(SentImage, "of", sent)
    with ExitStack() as stack:
        address, files = stack.enter_context(scheduler(tmp_path))
        homes = [tmp_path / f"home-{number}" for number in range(3)]
        for home in homes:
            (home / "cache").mkdir(parents=True)
            (home / "cache" / "graphs").symlink_to(small_graphs)
        workers = [stack.enter_context(worker(address, files, home)) for home in homes]
        with crew_at(address, files, panel.bundles, None) as crew:
            request = BatchRequest((images,), tmp_path / "out", maps=False)
            outcome = analyze_to_folder(request, panel, panel.bundles, crew=crew)
        assert sorted(one.poll() is not None for one in workers) == [False, True, True]
        kept = [path.name for home in homes for path in (home / "cache" / RECEIVED).glob("*")]
    errors = {Path(name).name: said for name, said in outcome.errors}
    errors.pop("torn.png")
    assert errors["4.png"] == LOST_TWICE
    # One that was under way beside it at both workers cannot be told from it.
    assert len(errors) <= 2 and set(errors.values()) == {LOST_TWICE}
    assert outcome.cells == IMAGES - 2 - len(errors), "all others were judged"
    assert set(kept) == {bundle_digest(bundle) for bundle in panel.bundles}
    with pytest.raises(WorkerError, match="No scheduler answers"), crew_at(address, files, panel.bundles, None):
        pass


def test_a_cancel_leaves_a_run_that_goes_on_alone(
    images: Path, tmp_path: Path, panel: ModelPanel, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(crews, "PATIENCE_S", 60.0)
    cancel = CancelToken()

    def stop(progress: Progress) -> None:
        if progress.done == 2:
            cancel.cancel()

    request = BatchRequest((images,), tmp_path / "out")
    with crew_here(1, panel.bundles, None) as (crew, _), pytest.raises(CancelledError):
        analyze_to_folder(request, panel, panel.bundles, on_progress=stop, cancel=cancel, crew=crew)
    assert analyze_to_folder(request, panel, panel.bundles).resumed == 2
    analyze_to_folder(BatchRequest((images,), tmp_path / "alone"), panel, panel.bundles)
    assert written(tmp_path / "out") == written(tmp_path / "alone")


@pytest.fixture
def bundle(small_models: Path) -> InstalledBundle:
    return BundleLibrary(small_models, AppDirs.of_user().models).get("hybrid")


def test_what_arrives_is_held_against_its_hash(bundle: InstalledBundle) -> None:
    received = AppDirs.of_user().cache / RECEIVED
    content, digest = bundle_content(bundle.path), bundle_digest(bundle)
    changed = content | {bundle.manifest.model_file: content[bundle.manifest.model_file] + b"x"}
    longer = content | {"manifest.json": content["manifest.json"] + b" "}
    more = content | {"../../run.py": b"print()"}
    for harmed in (changed, longer, more, {"manifest.json": content["manifest.json"]}, {}):
        with pytest.raises(BundleError, match="did not arrive whole"):
            take_in("hybrid", digest, harmed)
        assert list(received.iterdir()) == []
    take_in("hybrid", digest, content)
    take_in("hybrid", digest, content)
    assert {path.name: path.read_bytes() for path in (received / digest).iterdir()} == content
    for harmed in ({"profile": b"x"}, {"profile": b"x", "../../run.py": b"print()"}):
        with pytest.raises(LeukoScopeError):
            take_in("profile", hashlib.sha256(b"x").hexdigest(), harmed)
    assert [path.name for path in received.iterdir()] == [digest]
