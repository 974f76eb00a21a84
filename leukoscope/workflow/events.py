"""What the workbench tells whoever listens. Listeners are called from worker threads."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from leukoscope.domain.box_edits import Changed
from leukoscope.domain.cases import CaseCell, CaseFrame
from leukoscope.domain.progress import Progress
from leukoscope.domain.stated import StatedHeader
from leukoscope.workflow.model_events import FeedingProposed, ImportStep, ModelImported, ModelsAsked, ModelsCompared
from leukoscope.workflow.order_events import OrdersInChanged
from leukoscope.workflow.slide_events import SlideProposed, SlideStep, SlideTaken

if TYPE_CHECKING:
    # The window imports its events before its first picture: the engine's modules must not come along.
    from leukoscope.domain.site_steps import TeachStep
    from leukoscope.inference.engine import EngineState
    from leukoscope.workflow.site.overview import CellsOverview
    from leukoscope.workflow.site.proof_facts import ProofFacts
    from leukoscope.workflow.site.service import LockedPart
    from leukoscope.workflow.worklist import ImportReport


@dataclass(frozen=True)
class EngineChanged:
    """The engine starts, compiles, is ready or has failed."""

    state: EngineState


@dataclass(frozen=True)
class QueueChanged:
    """How far the queue is; ``progress`` is ``None`` when it is empty."""

    case_id: int | None
    progress: Progress | None


@dataclass(frozen=True, eq=False)
class FrameAdded:
    """One image of a case has been judged and saved; ``waiting_id`` is the key that it waited under, 0 for none."""

    case_id: int
    frame: CaseFrame
    waiting_id: int = 0


@dataclass(frozen=True)
class CopyLeftOut:
    """An image has the bytes of another of its case, and is kept aside: nothing counts twice unless somebody says so.

    ``name`` and ``twin`` are what a person calls the two.
    """

    case_id: int
    image_id: int
    name: str
    twin: str


@dataclass(frozen=True)
class HeaderStated:
    """The header of an image file names patient or specimen: a person may take it over into the case.

    ``name`` is what a person calls the file.
    """

    case_id: int
    name: str
    stated: StatedHeader


@dataclass(frozen=True, eq=False)
class CellAdded:
    """The cell in a box that a person drew has been judged and saved."""

    case_id: int
    cell: CaseCell


@dataclass(frozen=True)
class CellsChanged:
    """A person has changed the outline of cells: others are in their place, judged and saved."""

    case_id: int
    changed: Changed


@dataclass(frozen=True)
class WaitingChanged:
    """Images that wait to be judged have changed: of one case, or, with 0, of any."""

    case_id: int


@dataclass(frozen=True)
class CaseListChanged:
    """The list of cases has changed."""


@dataclass(frozen=True)
class CaseErased:
    """A case is erased for good, and nothing of it is left here.

    Parameters
    ----------
    case_id
        Its key, which is not given again.
    backups
        Copies that still hold it, by name.
    shared
        Whether it was in a shared database, whose server keeps freed pages and archives of its own.
    """

    case_id: int
    backups: tuple[str, ...]
    shared: bool


@dataclass(frozen=True)
class CaseChanged:
    """Something in one case has changed: read it again."""

    case_id: int


@dataclass(frozen=True)
class Failed:
    """Something went wrong: what, and one sentence what to do."""

    what: str
    sentence: str


@dataclass(frozen=True)
class ExportProgress:
    """How far an export is, in cells."""

    progress: Progress


@dataclass(frozen=True)
class Exported:
    """A file has been written."""

    path: Path


@dataclass(frozen=True, eq=False)
class Previewed:
    """The report of a case as it would be written now, as a PDF."""

    case_id: int
    pdf: bytes


@dataclass(frozen=True)
class ReadyToPrint:
    """The report of a case for a printer, as a PDF: of a signed case the one that was signed."""

    case_id: int
    pdf: bytes


@dataclass(frozen=True)
class PutInOutbox:
    """A case is on its way: ``hl7`` or ``dicom``."""

    channel: str


@dataclass(frozen=True)
class OutboxChanged:
    """Something in the outbox has changed."""


@dataclass(frozen=True)
class TeachingStep:
    """Where the reading of labeled cells, the teaching or the proof of a site profile is."""

    step: TeachStep


@dataclass(frozen=True)
class CellsCounted:
    """The labeled cells of a folder, or of the lab's own cases, have been read."""

    overview: CellsOverview


@dataclass(frozen=True)
class ProfileTaught:
    """A site profile has been taught, proven and kept; it is not in force by that."""

    title: str
    locked: LockedPart


@dataclass(frozen=True)
class ProfileEvaluated:
    """A site profile was held against the shipped models, or ``against`` another, on cells it was not taught with."""

    title: str
    proof: ProofFacts
    locked: LockedPart
    against: str = ""


@dataclass(frozen=True)
class SpeakingChanged:
    """Another site profile speaks from now on, by name and number; empty where the shipped models do."""

    title: str


@dataclass(frozen=True)
class ControlStep:
    """How many images of a control slide are measured."""

    done: int
    total: int


@dataclass(frozen=True)
class ControlMeasured:
    """A control run is kept.

    Parameters
    ----------
    instrument
        Camera and objective.
    fields
        Images that were measured.
    left_out
        Images that were not, each with its sentence.
    """

    instrument: str
    fields: int
    left_out: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class ComparingStep:
    """How far cells are read to be compared: decided ones (``similar``), or those of a case (``ranking``)."""

    what: str
    progress: Progress


@dataclass(frozen=True)
class CellsCompared:
    """Decided cells have been read: more can be compared with than before."""


@dataclass(frozen=True)
class CellsRanked:
    """The cells of a case by what would teach most: their keys, the most useful first; decided ones come last."""

    case_id: int
    order: tuple[int, ...]


@dataclass(frozen=True)
class OrdersProgress:
    """How far a list of orders is taken."""

    progress: Progress


@dataclass(frozen=True)
class OrdersTaken:
    """A list of orders has been taken: what came of it."""

    report: ImportReport


@dataclass(frozen=True)
class CellsExportStep:
    """How far writing decided cells for an engineer is."""

    progress: Progress


@dataclass(frozen=True)
class CellsExported:
    """Decided cells were written: where, how many of how many patients, and how many locked patients stayed."""

    path: Path
    cells: int
    patients: int
    kept_back: int


@dataclass(frozen=True)
class Stopped:
    """Something a person asked to stop has stopped: ``export``, ``import``, ``site``, ``control`` or ``slide``."""

    what: str


Event = (
    EngineChanged
    | QueueChanged
    | FrameAdded
    | WaitingChanged
    | CopyLeftOut
    | HeaderStated
    | CellAdded
    | CellsChanged
    | CaseListChanged
    | CaseErased
    | CaseChanged
    | Failed
    | ExportProgress
    | Exported
    | Previewed
    | ReadyToPrint
    | PutInOutbox
    | OutboxChanged
    | OrdersInChanged
    | ImportStep
    | TeachingStep
    | CellsCounted
    | ProfileTaught
    | ProfileEvaluated
    | SpeakingChanged
    | CellsExportStep
    | CellsExported
    | ControlStep
    | ControlMeasured
    | ComparingStep
    | CellsCompared
    | CellsRanked
    | FeedingProposed
    | ModelImported
    | ModelsAsked
    | ModelsCompared
    | OrdersProgress
    | OrdersTaken
    | SlideStep
    | SlideProposed
    | SlideTaken
    | Stopped
)
Listener = Callable[[Event], None]
