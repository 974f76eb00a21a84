"""The workers of a run: images are handed out to them and come back in order; one that dies costs a second try."""

from __future__ import annotations

import logging
import subprocess
import sys
import time
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from leukoscope.domain.analysis import ImageAnalysis
from leukoscope.domain.errors import ImageError, LeukoScopeError, WorkerError
from leukoscope.domain.progress import CancelToken
from leukoscope.inference.library import InstalledBundle
from leukoscope.system.durable import write_private
from leukoscope.system.temporary_files import private_folder
from leukoscope.workflow.images import ImageSource
from leukoscope.workflow.many.at_worker import judge_image, take_in
from leukoscope.workflow.many.travelling import (
    PROFILE,
    RunOrder,
    SentImage,
    WorkerAnswer,
    bundle_content,
    named,
)

logger = logging.getLogger(__name__)

WITHOUT_PACKAGE = "Many workers need the package distributed; install the extra “scale”, or judge without them."
NO_WORKER = "No worker answers; start some with “leukoscope worker”, then give the same command again: it goes on."
LOST_TWICE = "Two workers were lost while they judged this image; look at it in another program."
AHEAD = 4
"""Images that are under way for each worker: enough that none waits for the next."""
PATIENCE_S = 120.0
"""So long it may be that no worker is there: libraries are loaded, or one is started again."""
_LOOK_S = 0.5


@dataclass(frozen=True)
class Certificates:
    """Files with which the line to a scheduler is encrypted, and both ends prove who they are."""

    authority: Path
    certificate: Path
    key: Path

    def security(self) -> Any:
        """As ``distributed`` wants them."""
        from distributed.security import Security

        files = {"tls_ca_file": str(self.authority)}
        for end in ("client", "worker", "scheduler"):
            files |= {f"tls_{end}_cert": str(self.certificate), f"tls_{end}_key": str(self.key)}
        return Security(require_encryption=True, **files)


class Crew:
    """The workers behind a scheduler.

    Parameters
    ----------
    client
        Of ``distributed``.
    bundles
        That judge.
    profile
        Bytes of the site profile's file and its hash, where one is in force.
    """

    def __init__(self, client: Any, bundles: Sequence[InstalledBundle], profile: tuple[bytes, str] | None) -> None:
        self._client, self._bundles, self._profile = client, tuple(bundles), profile
        self.models = named(bundles)
        self.profile = "" if profile is None else profile[1]
        self._sent: set[tuple[str, str]] = set()
        self._count, self._counted_at, self._seen_at = 0, float("-inf"), time.monotonic()

    def answers(
        self, sources: Iterator[ImageSource], order: RunOrder, cancel: CancelToken
    ) -> Iterator[WorkerAnswer | ImageAnalysis]:
        """Every image with what a worker found out, in order; at most ``AHEAD`` a worker are under way.

        Raises
        ------
        WorkerError
            When no worker is left.
        CancelledError
            After a cancel; what was under way is dropped.
        """
        waiting: deque[tuple[ImageSource, SentImage | None, Any]] = deque()
        try:
            for source in sources:
                waiting.append(self._handed_out(source, order))
                while len(waiting) >= AHEAD * max(1, self._workers()):
                    yield self._next(waiting, order, cancel)
            while waiting:
                yield self._next(waiting, order, cancel)
        finally:
            with suppress(Exception):
                self._client.cancel([future for _, sent, future in waiting if sent is not None])

    def _workers(self) -> int:
        """How many there are; the scheduler is asked for it once in a while, not for each image."""
        now = time.monotonic()
        if now - self._counted_at > _LOOK_S:
            self._count, self._counted_at = len(self._addresses()), now
            if self._count:
                self._seen_at = now
        return self._count

    def _refuse_to_wait_alone(self) -> None:
        if not self._workers() and time.monotonic() - self._seen_at > PATIENCE_S:
            raise WorkerError(NO_WORKER)

    def _addresses(self) -> frozenset[str]:
        return frozenset(self._client.scheduler_info(n_workers=-1)["workers"])

    def _handed_out(self, source: ImageSource, order: RunOrder) -> tuple[ImageSource, SentImage | None, Any]:
        try:
            sent = SentImage.of(source)
        except ImageError as error:
            return source, None, ImageAnalysis(source.name, error=error.message)
        return source, sent, self._submit(order, sent)

    def _submit(self, order: RunOrder, sent: SentImage) -> Any:
        return self._client.submit(_at_worker, order, sent, pure=False)

    def _next(
        self, waiting: deque[tuple[ImageSource, SentImage | None, Any]], order: RunOrder, cancel: CancelToken
    ) -> WorkerAnswer | ImageAnalysis:
        source, sent, future = waiting[0]
        while sent is not None:
            answer = self._settled(future, source, cancel)
            cancel.raise_if_cancelled()
            if isinstance(answer, ImageAnalysis) or not answer.lacking:
                waiting.popleft()
                return answer
            self._send(answer)
            future = self._submit(order, sent)
            waiting[0] = source, sent, future
        waiting.popleft()
        unread: ImageAnalysis = future
        return unread

    def _settled(self, future: Any, source: ImageSource, cancel: CancelToken) -> WorkerAnswer | ImageAnalysis:
        from distributed import KilledWorker, wait

        while True:
            cancel.raise_if_cancelled()
            with suppress(TimeoutError):
                wait([future], timeout=_LOOK_S)
                break
            self._refuse_to_wait_alone()
        try:
            answer: WorkerAnswer = future.result()
            return answer
        except KilledWorker as error:
            logger.error("an image was lost with its workers: %s", type(error).__name__)
            return ImageAnalysis(source.name, error=LOST_TWICE)
        except LeukoScopeError:
            raise
        except Exception as error:
            raise WorkerError(NO_WORKER, repr(error)) from error

    def _send(self, answer: WorkerAnswer) -> None:
        """Send a worker what it lacks; each thing once."""
        from distributed import wait

        digests = dict(self.models)
        folders = {bundle.manifest.name: bundle.path for bundle in self._bundles}
        for name in answer.lacking:
            if (answer.worker, name) in self._sent:
                continue
            if name == PROFILE and self._profile is not None:
                digest, files = self.profile, {PROFILE: self._profile[0]}
            else:
                digest, files = digests[name], bundle_content(folders[name])
            taken = self._client.submit(take_in, name, digest, files, workers=[answer.worker], pure=False)
            while not taken.done():
                if answer.worker not in self._addresses():
                    return  # it has died: the image goes to another one
                with suppress(TimeoutError):
                    wait([taken], timeout=_LOOK_S)
            taken.result()
            self._sent.add((answer.worker, name))


def _at_worker(order: RunOrder, sent: SentImage) -> WorkerAnswer:
    from distributed import get_worker

    return judge_image(order, sent, str(get_worker().address))


@contextmanager
def crew_at(
    address: str,
    certificates: Certificates | None,
    bundles: Sequence[InstalledBundle],
    profile: tuple[bytes, str] | None,
) -> Iterator[Crew]:
    """The workers behind a scheduler that runs.

    Raises
    ------
    WorkerError
        When the package is missing, or nobody answers at the address.
    """
    check_package()
    from distributed import Client

    try:
        client = Client(address, security=certificates.security() if certificates else None, timeout=20)
    except (OSError, ValueError, TimeoutError) as error:
        message = f"No scheduler answers at {address}; check its address, and the certificates where it has some."
        raise WorkerError(message, repr(error)) from error
    try:
        yield Crew(client, bundles, profile)
    finally:
        client.close(timeout=5)


@contextmanager
def crew_here(
    count: int, bundles: Sequence[InstalledBundle], profile: tuple[bytes, str] | None
) -> Iterator[tuple[Crew, list[subprocess.Popen[bytes]]]]:
    """Workers of this machine, with certificates that hold for this run alone; gives their processes too.

    Raises
    ------
    WorkerError
        When the package is missing.
    """
    check_package()
    import dask
    from distributed import LocalCluster
    from distributed.security import Security

    # One second try: an image that costs two workers is the cause.
    # Pages of figures are served to nobody: they would be without a certificate.
    settings = {"distributed.scheduler.allowed-failures": 1, "distributed.scheduler.http.routes": []}
    with ExitStack() as stack:
        stack.enter_context(dask.config.set(settings))
        security = Security.temporary()
        folder = Path(stack.enter_context(private_folder()))
        files = {"authority": security.tls_ca_file, "certificate": security.tls_worker_cert}
        for name, text in (files | {"key": security.tls_worker_key}).items():
            write_private(folder / name, text.encode("ascii"))
        cluster = stack.enter_context(
            LocalCluster(
                n_workers=0, processes=False, dashboard_address="127.0.0.1:0", protocol="tls://", host="127.0.0.1",
                security=security, silence_logs=logging.ERROR,
            )
        )  # fmt: skip
        words = [
            cluster.scheduler_address,
            "--tls",
            *(str(folder / one) for one in ("authority", "certificate", "key")),
        ]
        command = [sys.executable, "-m", "leukoscope", "worker", *words]
        workers = [subprocess.Popen(command, start_new_session=True) for _ in range(count)]
        stack.callback(_end, workers)
        client = stack.enter_context(cluster.get_client())
        yield Crew(client, bundles, profile), workers


def _end(workers: Sequence[subprocess.Popen[bytes]]) -> None:
    for worker in workers:
        worker.terminate()
    for worker in workers:
        try:
            worker.wait(10)
        except subprocess.TimeoutExpired:
            worker.kill()
            worker.wait()


def check_package() -> None:
    """Say that the package is missing before anything is judged.

    Raises
    ------
    WorkerError
        When it is.
    """
    try:
        import distributed  # noqa: F401
    except ImportError as error:
        raise WorkerError(WITHOUT_PACKAGE, repr(error)) from error
