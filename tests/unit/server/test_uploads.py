"""Images on their way in: kept before they are answered, told while they are judged, refused with a sentence."""

from __future__ import annotations

import io
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from PIL import Image

from leukoscope.domain.people import Role
from leukoscope.server.happenings import BEAT_S
from leukoscope.sources.demo import demo_cells
from tests.unit.server.images import begin, cell_png, events, news, png, send
from tests.unit.server.running import Running, running


@pytest.fixture
def tess(server: Running) -> Iterator[httpx.Client]:
    with server.of(Role.TECHNICIAN) as one:
        yield one


def test_an_image_that_is_there_already_is_not_counted_twice(tess: httpx.Client) -> None:
    case = begin(tess)
    send(tess, case, cell_png(21))
    again = tess.post(f"/api/v1/cases/{case}/images", content=cell_png(21))
    assert (again.status_code, again.json()["error"]["code"]) == (409, "conflict")
    assert len(tess.get(f"/api/v1/cases/{case}").json()["images"]) == 1


@pytest.mark.parametrize(
    ("data", "sentence"),
    [(b"Dear colleague", "is a text file"), (cell_png(22)[:2000], "")],
    ids=["a letter", "torn"],
)
def test_what_is_no_whole_image_ends_with_its_sentence(tess: httpx.Client, data: bytes, sentence: str) -> None:
    case = begin(tess)
    ended = send(tess, case, data, "x.png")
    (image,) = ended["images"]
    assert image["state"] == "failed" and image["error"].endswith(".") and sentence in image["error"]
    assert "x.png" in image["error"]


def test_an_empty_image_is_refused_at_once(tess: httpx.Client) -> None:
    refused = tess.post(f"/api/v1/cases/{begin(tess)}/images", content=b"")
    assert (refused.status_code, refused.json()["error"]["code"]) == (422, "not-usable")


@pytest.mark.parametrize("name", ["../../etc/passwd", "C:\\users\\a.png", "a\0b\n.png", "x" * 400, ""])
def test_a_name_leads_nowhere(tess: httpx.Client, name: str) -> None:
    case = begin(tess)
    taken = tess.post(f"/api/v1/cases/{case}/images", params={"name": name}, content=cell_png(23))
    assert taken.status_code == 202, taken.text
    whole: dict[str, list[dict[str, str]]] = tess.get(f"/api/v1/cases/{case}").json()
    (told,) = (*whole["waiting"], *whole["images"])
    assert told["name"] and len(told["name"]) <= 200 and not set(told["name"]) & set("/\\\0\n")
    tess.delete(f"/api/v1/jobs/{taken.json()['job']}")


def test_the_pages_of_a_file_are_images_of_their_own(tess: httpx.Client) -> None:
    pages = [Image.fromarray(one.pixels) for one in demo_cells(2, seed=24)]
    stream = io.BytesIO()
    pages[0].save(stream, "TIFF", save_all=True, append_images=pages[1:])
    ended = send(tess, begin(tess), stream.getvalue(), "two.tif")
    assert [one["state"] for one in ended["images"]] == ["judged", "judged"]


def test_what_waits_can_be_taken_back_and_what_is_judged_stays(tess: httpx.Client) -> None:
    case = begin(tess)
    jobs = [tess.post(f"/api/v1/cases/{case}/images", content=png(one)).json()["job"] for one in demo_cells(6, seed=25)]
    last = tess.delete(f"/api/v1/jobs/{jobs[-1]}").json()
    assert last["finished"] and last["images"][0]["state"] in {"cancelled", "judged"}
    assert events(tess, f"/api/v1/jobs/{jobs[0]}/events")[-1]["finished"]
    assert tess.get(f"/api/v1/jobs/{jobs[0]}").json()["images"][0]["state"] == "judged"
    for job in jobs[1:]:
        tess.delete(f"/api/v1/jobs/{job}")
    for address in ("1-x", "x", "999999-1", "1" * 30 + "-1"):
        assert tess.get(f"/api/v1/jobs/{address}").status_code == 404


def test_a_line_is_told_of_every_change_of_a_case_while_it_happens(tess: httpx.Client, server: Running) -> None:
    case = begin(tess)
    send(tess, case, cell_png(26))
    (cell,) = tess.get(f"/api/v1/cases/{case}/cells").json()
    address = f"/api/v1/cases/{case}"
    with tess.stream("GET", f"{address}/events") as line, server.of(Role.REVIEWER) as rene:
        # Sooner than a line is told that it is still there.
        told = news(line, BEAT_S / 2)
        version = next(told)["version"]
        rene.put(f"{address}/cells/{cell['id']}/decision", json={"code": "blast"}, headers={"If-Match": cell["etag"]})
        assert (version := _risen(told, version)) > 0
        etag = rene.get(address).headers["etag"]
        rene.patch(address, json={"notes": "new"}, headers={"If-Match": etag})
        assert (version := _risen(told, version)) > 0
        etag = rene.get(f"{address}/cells/{cell['id']}").headers["etag"]
        rene.put(f"{address}/cells/{cell['id']}/comment", json={"text": "large"}, headers={"If-Match": etag})
        assert _risen(told, version) > 0


def _risen(told: Iterator[dict[str, Any]], version: int) -> int:
    """The next version that a line tells of."""
    return next(int(one["version"]) for one in told if one["version"] > version)


@pytest.mark.slow
def test_who_waits_is_told_why_nothing_is_judged_and_the_server_goes_on_by_itself(
    tmp_path: Path, small_bundles: Path, small_graphs: Path
) -> None:
    """A line to a queue that has stopped is told for ever that it is still there: the reason must be, too."""
    models, ready = tmp_path / "models", tmp_path / "ready"
    models.mkdir()
    shutil.copytree(small_bundles, ready)
    with running(tmp_path / "home", models, small_graphs) as server, server.of(Role.TECHNICIAN) as tess:
        case = begin(tess)
        job = tess.post(f"/api/v1/cases/{case}/images", content=cell_png(27)).json()["job"]
        seen: list[str] = []
        with tess.stream("GET", f"/api/v1/jobs/{job}/events") as line:
            for told in news(line, 90.0):
                if told["trouble"] and not any(seen):
                    assert told["trouble"].startswith("No model is installed")
                    assert told["images"][0]["state"] != "judged"
                    # At once: half a model that the server looks at meanwhile is another fault.
                    models.rmdir()
                    ready.rename(models)
                seen.append(told["trouble"])
        assert told["finished"] and told["images"][0]["state"] == "judged" and told["trouble"] == ""
        assert any(seen)


def test_a_line_without_end_fails_with_what_it_said_last(tess: httpx.Client) -> None:
    case = begin(tess)
    with pytest.raises(AssertionError, match=f"the last event.*{case}"):
        events(tess, f"/api/v1/cases/{case}/events", 1.0)
