"""What a person hears of work in the background that did not end well."""

from __future__ import annotations

import errno

import pytest

from leukoscope.domain.errors import DISK_FULL, UNEXPECTED, StoreError
from leukoscope.domain.progress import CancelToken
from leukoscope.workflow.events import Event, Failed, Stopped
from leukoscope.workflow.jobs import Jobs


@pytest.mark.parametrize(
    ("error", "sentence"),
    [
        (OSError(errno.ENOSPC, "no space", "/home/somebody/x"), DISK_FULL),
        (StoreError("Ask again.", "why"), "Ask again."),
        (RuntimeError("x"), UNEXPECTED),
    ],
)
def test_a_job_that_fails_says_what_to_do(error: Exception, sentence: str) -> None:
    told: list[Event] = []
    jobs = Jobs(told.append)

    def work(_: CancelToken) -> None:
        raise error

    jobs.run("export", work)
    jobs.wait()
    assert told == [Failed("export", sentence)]


def test_a_job_that_was_stopped_is_no_failure() -> None:
    told: list[Event] = []
    jobs = Jobs(told.append)
    jobs.run("export", lambda token: (token.cancel(), token.raise_if_cancelled()))
    jobs.wait()
    assert told == [Stopped("export")]
