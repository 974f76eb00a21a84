"""A worker's process: it reads one image while it judges another, and ends when its scheduler is gone."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from pathlib import Path

from leukoscope.domain.errors import WorkerError
from leukoscope.system.temporary_files import private_folder
from leukoscope.workflow.many.crew import Certificates, check_package

IMAGES_AT_ONCE = 2
"""One is read and cut out while the engine judges the cells of the other."""
DEATH_S = 60
"""So long a worker waits for its scheduler."""


def serve(address: str, certificates: Certificates | None) -> None:
    """Work until the scheduler is gone.

    Raises
    ------
    WorkerError
        When the package is missing, or nobody answers at the address.
    """
    check_package()
    try:
        # Being ended is how a worker ends: that needs no word.
        with suppress(KeyboardInterrupt), private_folder() as folder:
            asyncio.run(_work(address, certificates, Path(folder)))
    except (OSError, ValueError, TimeoutError) as error:
        message = f"No scheduler answers at {address}; check its address, and the certificates where it has some."
        raise WorkerError(message, repr(error)) from error


async def _work(address: str, certificates: Certificates | None, folder: Path) -> None:
    from distributed import Worker

    security = {} if certificates is None else {"security": certificates.security()}
    # Images and answers are small and soon gone: nothing is spilled, and no page of figures is served.
    worker = Worker(
        address, nthreads=IMAGES_AT_ONCE, local_directory=str(folder), memory_limit=0, dashboard=False,
        death_timeout=DEATH_S, **security,
    )  # fmt: skip
    async with worker:
        await worker.finished()
