"""The server under load: what 20 senders of fields leave of the pace of ``analyze``, small reads meanwhile, and memory.

``python -m tests.benchmarks.bench_server [FIELDS]``: asked for are 90 % of the pace, a p99 below 50 ms and memory that
does not grow. The same fields go through ``analyze`` and through the server by turns, in one run: only their ratio says
something on a shared machine. It ends within four minutes, with fewer rounds where the machine is slow; graphs that are
not compiled yet take some more, the first time.
"""

from __future__ import annotations

import sys
import tempfile
import threading
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psutil
from PIL import Image

from leukoscope.domain.people import Role
from leukoscope.inference.library import BundleLibrary
from leukoscope.sources.demo import demo_field
from leukoscope.workflow.batch import BatchRequest, analyze_to_folder
from leukoscope.workflow.model_panel import ModelPanel, make_panel
from leukoscope.workflow.model_runtime import choose
from leukoscope.workflow.opening import open_store
from tests.benchmarks.bench_inference import SHIPPED
from tests.compiled_graphs import compile_missing
from tests.unit.server.images import begin, events
from tests.unit.server.running import Running, folders, running

SENDERS, FIELDS, READS, ROUNDS = 20, 40, 2000, 3
PAUSE_S = 0.05
ROUNDS_S = 150.0
"""No round is begun after so long."""
GRAPHS = SHIPPED.parent / "build" / "graphs-of-tests"


def field_files(folder: Path, count: int) -> list[Path]:
    """Fields of a smear, all different."""
    made = []
    for seed in range(1, count + 1):
        made.append(folder / f"field {seed}.png")
        Image.fromarray(demo_field(seed, 960, 768).pixels).save(made[-1])
    return made


def accounts(server: Running) -> list[str]:
    """A token for each sender."""
    store = open_store(folders(server.home))
    people = [store.people.add(f"Sender {number}", Role.TECHNICIAN, "a short sentence") for number in range(SENDERS)]
    tokens = [store.tokens.issue(one.id, 1)[0] for one in people]
    store.close()
    return tokens


def through_analyze(files: Sequence[Path], panel: ModelPanel, out: Path) -> float:
    """Seconds that ``analyze`` takes, its engine warm."""
    begun = time.perf_counter()
    analyze_to_folder(BatchRequest(paths=tuple(files), out=out), panel, panel.bundles)
    return time.perf_counter() - begun


def through_server(files: Sequence[Path], server: Running, tokens: Sequence[str]) -> float:
    """Seconds until the fields of all senders are judged; each sends its own to a case of its own."""

    def send(number: int) -> None:
        with server.client(tokens[number]) as client:
            case = begin(client)
            mine = [one.read_bytes() for one in files[number::SENDERS]]
            address = f"/api/v1/cases/{case}/images"
            jobs = [client.post(address, content=data, params={"name": "f.png"}).json()["job"] for data in mine]
            for job in jobs:
                ended = events(client, f"/api/v1/jobs/{job}/events", 600.0)[-1]
                assert [one["state"] for one in ended["images"]] == ["judged"], ended

    begun = time.perf_counter()
    with ThreadPoolExecutor(SENDERS) as pool:
        list(pool.map(send, range(SENDERS)))
    return time.perf_counter() - begun


def reads(server: Running, token: str, count: int, over: threading.Event | None = None) -> list[float]:
    """Seconds that small reads take: a part of the list, and a case, one after the other."""
    took: list[float] = []
    with server.client(token) as client:
        case = begin(client)
        while len(took) < count and not (over is not None and over.is_set()):
            begun = time.perf_counter()
            path = f"/api/v1/cases/{case}" if len(took) % 2 else "/api/v1/cases?count=20"
            assert client.get(path).status_code == 200
            took.append(time.perf_counter() - begun)
            if over is not None:
                # As somebody who looks at what comes; without a pause the reads alone would keep a processor busy.
                over.wait(PAUSE_S)
    return took


def worked(process: psutil.Process) -> float:
    """Seconds of processors that a program and its engine have had, whatever else runs beside them."""
    family = [process, *process.children(recursive=True)]
    return float(sum(sum(one.cpu_times()[:2]) for one in family))


def quantiles(took: Sequence[float]) -> str:
    """The middle one and the 99th of 100, in milliseconds."""
    ordered = sorted(took)
    middle, late = ordered[len(ordered) // 2], ordered[int(len(ordered) * 0.99)]
    return f"p50 {middle * 1e3:.1f} ms, p99 {late * 1e3:.1f} ms of {len(ordered)}"


def main(arguments: Sequence[str] = ()) -> None:
    """Print the figures."""
    count = int(arguments[0]) if arguments else FIELDS
    compile_missing(SHIPPED, GRAPHS)
    with tempfile.TemporaryDirectory() as name, running(Path(name) / "home", SHIPPED, GRAPHS) as server:
        folder = Path(name)
        tokens = accounts(server)
        process = psutil.Process(server.process.pid)
        with server.client(tokens[0]) as client:
            while client.get("/ready").status_code != 200:
                pass
        reads(server, tokens[0], 200)
        before, busy = process.memory_info().rss, sum(process.cpu_times()[:2])
        alone = reads(server, tokens[0], READS)
        grown = (process.memory_info().rss - before) / 1e6
        each = (sum(process.cpu_times()[:2]) - busy) / READS * 1e3
        print(f"small reads alone: {quantiles(alone)}, {each:.1f} ms of a processor each")
        print(f"memory: {before / 1e6:.0f} MB, grown by {grown:.1f} MB in {READS} small reads", flush=True)
        _pace(folder, count, server, tokens)
        print(f"memory after all fields: {process.memory_info().rss / 1e6:.0f} MB")


def _pace(folder: Path, count: int, server: Running, tokens: Sequence[str]) -> None:
    (folder / "fields").mkdir()
    files = field_files(folder / "fields", count)
    panel = make_panel(choose(BundleLibrary(SHIPPED, SHIPPED / "none"), ()), GRAPHS)
    ratios: list[float] = []
    costs: list[float] = []
    meanwhile: list[float] = []
    here, there = psutil.Process(), psutil.Process(server.process.pid)
    try:
        through_analyze(files[:2], panel, folder / "warm")
        begun = time.perf_counter()
        for turn in range(ROUNDS):
            if turn and time.perf_counter() - begun > ROUNDS_S * turn / ROUNDS:
                break
            before = worked(here)
            theirs = through_analyze(files, panel, folder / f"out {turn}")
            cost = worked(here) - before
            over = threading.Event()
            reader = threading.Thread(
                target=lambda over=over: meanwhile.extend(reads(server, tokens[0], 100_000, over))
            )
            before = worked(there)
            reader.start()
            ours = through_server(files, server, tokens)
            over.set()
            reader.join()
            costs.append(cost / (worked(there) - before))
            ratios.append(theirs / ours)
            print(
                f"{count} fields: analyze {theirs:.1f} s, {SENDERS} senders {ours:.1f} s, ratio {theirs / ours:.2f}",
                flush=True,
            )
    finally:
        panel.close()
    pace, cost = (sorted(one)[len(one) // 2] for one in (ratios, costs))
    print(f"of the pace of analyze: {pace:.0%} by the clock, {cost:.0%} by time of processors, with the reads in it")
    print(f"small reads meanwhile: {quantiles(meanwhile)}")


if __name__ == "__main__":
    main(sys.argv[1:])
