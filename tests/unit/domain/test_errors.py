"""What an error carries on its way from the process that raised it to the person who reads it."""

from __future__ import annotations

import errno
import pickle

import pytest

from leukoscope.domain import errors
from leukoscope.domain.errors import (
    DISK_BROKEN,
    DISK_FULL,
    DISK_PROTECTED,
    UNEXPECTED,
    Cause,
    ExchangeError,
    LeukoScopeError,
    UnsureLeftError,
    sentence_of,
)

KINDS = [kind for kind in vars(errors).values() if isinstance(kind, type) and issubclass(kind, LeukoScopeError)]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("cause", [None, *Cause])
def test_every_error_keeps_its_cause_between_processes(kind: type[LeukoScopeError], cause: Cause | None) -> None:
    error = kind("Import it again.", "why", cause=cause)
    back = pickle.loads(pickle.dumps(error))
    assert (type(back), back.message, back.detail, back.cause) == (kind, "Import it again.", "why", cause)
    assert str(back) == "Import it again."


def test_what_a_kind_adds_crosses_too() -> None:
    assert pickle.loads(pickle.dumps(UnsureLeftError("Label it.", "", 7))).cell_id == 7
    assert pickle.loads(pickle.dumps(ExchangeError("Not there.", "", True, cause=Cause.UNREACHABLE))).again is True


@pytest.mark.parametrize(
    ("number", "sentence"),
    [
        (errno.ENOSPC, DISK_FULL),
        (errno.EDQUOT, DISK_FULL),
        (errno.EROFS, DISK_PROTECTED),
        (errno.EACCES, DISK_PROTECTED),
        (errno.EIO, DISK_BROKEN),
        (errno.EPIPE, UNEXPECTED),
    ],
)
def test_what_the_disk_refuses_has_a_sentence_wherever_it_comes_from(number: int, sentence: str) -> None:
    assert sentence_of(OSError(number, "refused", "/home/somebody/Zyxwv-Quillfeather.png")) == sentence


def test_all_other_errors_say_their_own_sentence_or_are_unexpected() -> None:
    assert sentence_of(LeukoScopeError("Import it again.", "why")) == "Import it again."
    assert sentence_of(RuntimeError("Zyxwv-Quillfeather")) == UNEXPECTED
    assert sentence_of(OSError("no number")) == UNEXPECTED
