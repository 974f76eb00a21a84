"""Parts that need no server: rates, the log of calls, seats and turns."""

from __future__ import annotations

import socket
import threading
from collections.abc import Sequence
from pathlib import Path

import httpx
import numpy as np
import pytest
from starlette.types import Receive, Scope, Send

from leukoscope.cases.acting import acting
from leukoscope.cases.calls import Call
from leukoscope.cases.store import CaseStore
from leukoscope.domain.cases import CaseHeader
from leukoscope.domain.cells import View
from leukoscope.domain.errors import AccessError, StoreError
from leukoscope.domain.frames import FrameOrigin, OriginKind
from leukoscope.domain.people import Role
from leukoscope.domain.waiting import Arrival, Scale
from leukoscope.server import guard
from leukoscope.server import running as running_module
from leukoscope.server.app import make_app, serve_bench
from leukoscope.server.options import Options
from leukoscope.server.rates import Rates
from leukoscope.workflow.call_log import ALIKE_S, CallLog
from leukoscope.workflow.seats import LONGEST_SESSION_S, Seats
from leukoscope.workflow.sent_files import sent_file
from tests.unit.server.running import guarded, listening
from tests.unit.sources.dicom_files import dicom
from tests.unit.workflow.scene import PASSWORD, Scene


class Clock:
    """Time that a test moves."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def test_a_burst_is_taken_and_then_so_many_a_second() -> None:
    clock = Clock()
    rates = Rates(2.0, 4, clock)
    assert [rates.wait_for("Tess") for _ in range(4)] == [0.0] * 4
    assert rates.wait_for("Tess") == pytest.approx(0.5)
    assert rates.wait_for("Rene") == 0.0
    clock.now = 0.5
    assert rates.look("Tess") == 0.0
    assert rates.wait_for("Tess") == 0.0
    assert rates.wait_for("Tess") == pytest.approx(0.5)


def test_calls_alike_are_counted_and_none_is_forgotten() -> None:
    told: list[Call] = []
    clock = Clock()
    log = CallLog(told.extend, clock)
    read, write = Call("Tess", "GET /a", 1), Call("Tess", "POST /a", 1)
    for one in (read, read, write, read):
        log.tell(one)
    assert told == [read, write]
    clock.now = ALIKE_S
    log.tell(read)
    log.close()
    assert sorted(one.more for one in told if one.what == "GET /a") == [0, 0, 2]
    assert sum(1 + one.more - (one.more > 0) for one in told) == 5


def test_calls_at_the_same_time_share_a_transaction() -> None:
    written: list[int] = []
    go = threading.Event()

    def write(calls: Sequence[Call]) -> None:
        assert go.wait(30)
        written.append(len(calls))

    log = CallLog(write)
    threads = [threading.Thread(target=log.tell, args=(Call("Tess", f"GET /{number}"),)) for number in range(20)]
    for one in threads:
        one.start()
    go.set()
    for one in threads:
        one.join(30)
    log.close()
    assert sum(written) == 20


def test_a_call_that_cannot_be_told_is_not_done() -> None:
    def full(_: Sequence[Call]) -> None:
        raise StoreError("There is no room on the disk.", "ENOSPC")

    log = CallLog(full)
    with pytest.raises(StoreError, match="no room"):
        log.tell(Call("Tess", "GET /a"))
    with pytest.raises(StoreError, match="no room"):
        log.tell(Call("Tess", "GET /a"))
    log.close()


def test_a_session_ends_by_itself_and_a_seat_is_no_right(one: Scene) -> None:
    clock = Clock()
    with one.bench() as bench:
        made = bench.seats()
        seats = Seats(made._make, one.store, clock)
        text, person = seats.sign_in("Rene", PASSWORD)
        assert person.role is Role.REVIEWER
        seat = seats.of(text)
        assert seats.of(text) is seat
        clock.now += 9 * 60
        assert seats.of(text) is seat
        clock.now += 11 * 60
        with pytest.raises(AccessError, match="signed out"):
            seats.of(text)
        text, _ = seats.sign_in("Rene", PASSWORD)
        for _ in range(int(LONGEST_SESSION_S // 500)):
            seats.of(text)
            clock.now += 500
        clock.now += 500
        with pytest.raises(AccessError, match="signed out"):
            seats.of(text)
        one.set_account(one.people[Role.REVIEWER], active=False)
        with pytest.raises(AccessError, match="no longer be used"):
            seat.cases.create()
        one.accounts(False)
        with pytest.raises(AccessError, match="needs accounts"):
            seats.of(text)


async def _nothing(scope: Scope, receive: Receive, send: Send) -> None:
    """An application that waits for a content and says so."""
    if scope["type"] != "http":
        return
    while (await receive()).get("more_body", False):
        pass
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"2")]})
    await send({"type": "http.response.body", "body": b"ok"})


@pytest.mark.parametrize("sent", [b"", b"GET / HT", b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"])
def test_a_line_on_which_nothing_is_asked_is_closed(monkeypatch: pytest.MonkeyPatch, sent: bytes) -> None:
    monkeypatch.setattr(running_module, "LOOK_S", 0.1)
    with listening(_nothing) as port, socket.create_connection(("127.0.0.1", port), 30) as line:
        line.sendall(sent)
        told = b""
        while piece := line.recv(4096):
            told += piece
        assert told.endswith(b"ok") == sent.endswith(b"\r\n\r\n")


def test_a_content_that_does_not_come_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(guard, "PATIENCE_S", 0.1)
    app = guarded()
    head = b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n"
    with listening(app) as port, socket.create_connection(("127.0.0.1", port), 30) as line:
        line.sendall(head + b"half of it")
        told = b""
        while piece := line.recv(4096):
            told += piece
    assert told.startswith(b"HTTP/1.1 408") and b"too slowly" in told


def test_a_patients_header_is_not_kept_with_the_pixels() -> None:
    pixels = np.full((64, 64, 3), 200, np.uint8)
    data = dicom(pixels.tobytes(), pixels.shape, PatientName="Secret^Jane", PatientID="S 1")
    assert b"Secret" in data
    (arrival,) = sent_file(data, "folder/Blood.dcm", View.AUTO, Scale())
    assert arrival.data is not None and arrival.data.startswith(b"\x89PNG") and b"Secret" not in arrival.data
    assert arrival.source.startswith("Blood.dcm") and arrival.origin is not None and arrival.origin.path is None


def test_who_is_in_is_not_kept_out_by_who_guesses_from_the_same_address(one: Scene) -> None:
    served = serve_bench(one.home, Options())
    try:
        tokens = [one.store.tokens.issue(one.people[role].id, 1)[0] for role in (Role.TECHNICIAN, Role.REVIEWER)]
        with listening(make_app(served)) as port, httpx.Client(base_url=f"http://127.0.0.1:{port}") as client:

            def status(token: str) -> int:
                return client.get("/api/v1/cases", headers={"Authorization": f"Bearer {token}"}).status_code

            assert status(tokens[0]) == 200
            assert [status(f"guess {number}") for number in range(11)][-1] == 429
            assert [status(one) for one in tokens] == [200, 429]
    finally:
        served.calls.close()
        served.bench.close()


def test_each_sender_gets_a_turn(tmp_path: Path) -> None:
    store = CaseStore(tmp_path)
    case = store.create(CaseHeader("1"))
    for who, count in (("Tess", 4), ("Rene", 2), ("Adam", 1)):
        with acting(who):
            arrivals = [
                Arrival(f"{who}{n}", f"{who}{n}".encode(), FrameOrigin(OriginKind.FILE, who)) for n in range(count)
            ]
            assert len(store.queue.accept(case, arrivals, "here")) == count
    served: list[str] = []
    order = []
    while (image := store.queue.claim("here", served=served)) is not None:
        served = [*(one for one in served if one != image.by), image.by]
        order.append(image.source)
    assert order == ["Tess0", "Rene0", "Adam0", "Tess1", "Rene1", "Tess2", "Tess3"]
    store.close()
