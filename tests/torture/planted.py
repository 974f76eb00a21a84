"""A name that exists nowhere else is sought in every file that the program leaves."""

from __future__ import annotations

import itertools
import logging
import random
import tempfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import numpy as np

from leukoscope.domain.cases import CaseHeader
from leukoscope.domain.errors import LeukoScopeError
from leukoscope.domain.findings import Label
from leukoscope.domain.frames import FrameOrigin, OriginKind
from leukoscope.system.logs import start_logging
from leukoscope.workflow.delivery.message import Channel
from leukoscope.workflow.events import CaseErased, Exported, OrdersTaken, PutInOutbox
from leukoscope.workflow.export import formats
from tests.gui.stored import stored_image
from tests.torture.home import Root, prepare
from tests.torture.operation import Hand
from tests.torture.tally import Tally, Until
from tests.torture.tracing import attempt, context

NAME, NUMBER, PATIENT_ID = "Zyxwv-Quillfeather", "PLANTED-77", "PID-998877"
WORDS = tuple(word.encode(code) for word in (NAME, NUMBER, PATIENT_ID) for code in ("utf-8", "utf-16-le"))
WORKING, ERASED, KILLED = "in logs, cache and temp while working", "anywhere after it is erased", "in temp after a kill"
LEAVING, MOST_KILLS = ("backup", "export-zip", "sign", "export-dicom", "outbox"), 200
_ALLOWED = ("/out/", "/orders.csv", "/keys.json", "/given/")
"""What a person wrote or asked for themselves."""


def campaign(until: Until, seed: int, only: Sequence[str] = (), most: int | None = None) -> Iterator[Tally]:
    """One patient's whole way through the program; then the same name amid exports that are killed."""
    tallies = {kind: Tally("planted name", kind) for kind in (WORKING, ERASED, KILLED)}
    with tempfile.TemporaryDirectory(prefix="torture-") as name:
        root = prepare(Path(name) / "root")
        with root.entered() as home:
            start_logging(home.logs, verbose=False)
            hand = Hand(root, home)
            try:
                case_id = _lived(hand)
                for path in _files(root, (home.logs, home.cache, root.temp)):
                    tallies[WORKING].count(_found(root, path))
                yield tallies[WORKING]
                hand.bench.cases.erase(case_id, "Wish of the family")
                hand.wait_for(CaseErased)
            finally:
                hand.close()
                _stop_logging()
        for path in _files(root, (root.folder,)):
            tallies[ERASED].count(_found(root, path))
        yield tallies[ERASED]
        yield from _killed(Path(name), tallies[KILLED], until, most, random.Random(seed))


def _lived(hand: Hand) -> int:
    """Everything that can be done with a case, and what goes wrong."""
    bench, out = hand.bench, hand.root.out
    case_id = bench.cases.create(
        CaseHeader(NUMBER, f"{NAME}, Jane", "Blood", "MGG", "Ana", f"{NAME} was here", PATIENT_ID)
    )
    pixels = np.full((40, 40, 3), 200, np.uint8)
    bench.capture.add_pixels(case_id, pixels, FrameOrigin(OriginKind.CLIPBOARD, f"{NAME}.png"))
    given = hand.root.folder / "given" / NAME
    given.mkdir(parents=True)
    (given / f"{NAME}.png").write_bytes(b"\x89PNG\r\n\x1a\nno picture")
    bench.capture.add_paths(case_id, [given / f"{NAME}.png", given / f"gone {NAME}.png"])
    bench.judging.remove_waiting(case_id, [one.id for one in bench.judging.waiting(case_id)])
    frame = stored_image(bench._repository.store, case_id, 31, 2)
    for cell in frame.cells:
        bench.judging.decide(cell.id, Label.HEALTHY)
    (given / "list.csv").write_text(f"Number;Patient\nX-1;{NAME}\n;{NAME}\n{NUMBER};Other {NAME}\n", encoding="utf-8")
    bench.cases.import_orders(given / "list.csv")
    hand.wait_for(OrdersTaken)
    _refused(lambda: bench.cases.open_number(NUMBER.lower() + "\0"))
    _refused(lambda: bench.cases.create(CaseHeader(NUMBER, NAME)))
    for kind in formats.FORMATS:
        hand._events.clear()
        bench.exports.write(case_id, kind, out / f"{NUMBER}{kind.suffix}")
        hand.wait_for(Exported)
    hand._events.clear()
    bench.exports.write(case_id, formats.PDF, out / NAME / "not there" / "report.pdf")
    _refused(lambda: hand.wait_for(Exported))
    hand._events.clear()
    bench.exports.send(case_id, Channel.HL7)
    hand.wait_for(PutInOutbox)
    bench.settings.remember(folder=str(given), case=str(case_id))
    other = bench._repository.store.the_one("X-1")
    if other is not None:
        bench.cases.erase(other, "Wish of the family")
        hand.wait_for(CaseErased)
    hand._events.clear()
    bench.judging.cancel()
    bench.judging.wait_idle(60)
    return case_id


def _killed(folder: Path, tally: Tally, until: Until, most: int | None, rng: random.Random) -> Iterator[Tally]:
    """Exports that are killed amid their writes leave nothing among temporary files after the next start."""
    root, server = prepare(folder / "template"), context()
    with root.entered() as home:
        hand = Hand(root, home)
        hand.bench.cases.update_header(root.keys.open_case, CaseHeader("A-1", NAME))
        hand.close()
    for operation in itertools.islice(itertools.cycle(LEAVING), most or MOST_KILLS):
        if until.is_over and tally.tried:
            break
        one = root.copy_to(folder / "one")
        attempt(server, operation, one, f"write,rename:signal=KILL:when={rng.randint(1, 40)}")
        attempt(server, "header", one, trace=False)
        left = [path for path in _files(one, (one.temp,)) if _found(one, path)]
        tally.count(f"{operation}: {len(left)} files in temp hold the name, as {left[0].name}" if left else None)
        yield tally


def _refused(act: Callable[[], object]) -> None:
    try:
        act()
    except LeukoScopeError:
        return


def _files(root: Root, folders: Sequence[Path]) -> list[Path]:
    found = [path for folder in folders for path in folder.rglob("*") if path.is_file()]
    return [path for path in found if not any(part in str(path).removeprefix(str(root.folder)) for part in _ALLOWED)]


def _found(root: Root, path: Path) -> str | None:
    data = path.read_bytes() + str(path).removeprefix(str(root.folder)).encode()
    there = sorted({word.replace(b"\0", b"").decode() for word in WORDS if word in data})
    return f"{path.relative_to(root.folder)} holds {', '.join(there)}" if there else None


def _stop_logging() -> None:
    root = logging.getLogger("leukoscope")
    for handler in list(root.handlers):
        root.removeHandler(handler)
        handler.close()
