"""What is known of a format in which a case can be exported."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from leukoscope.workflow.export.job import ExportJob
    from leukoscope.workflow.export.ownership import Owner

Writer = Callable[["ExportJob", Path], None]
"""Writes a case to a path; the file or folder appears when it is whole."""


@dataclass(frozen=True)
class ExportFormat:
    """One format.

    Parameters
    ----------
    id
        As the command line, the action ``export_ID`` of the window and the audit trail call it.
    suffix
        What the name of the file or folder ends in.
    label
        What a person calls it.
    write
        Writes it alone.
    is_own
        Whether a file that is there already is this format's export of the owner's case.
    is_folder
        Whether it is a folder of files.
    packed_as
        Its name in the zip that holds everything; empty when it is not in there.
    pack
        Writes it into the folder that becomes a zip; ``None`` writes it as alone.
    deidentified
        Whether it is also in the export without the patient's data.
    """

    id: str
    suffix: str
    label: str
    write: Writer
    is_own: Callable[[Owner, bytes], bool]
    is_folder: bool = False
    packed_as: str = ""
    pack: Writer | None = None
    deidentified: bool = False

    def pack_into(self, job: ExportJob, folder: Path) -> None:
        """Write it under its name into the folder that becomes a zip."""
        (self.pack or self.write)(job, folder / self.packed_as)
