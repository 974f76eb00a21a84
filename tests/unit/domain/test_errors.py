"""What an error carries on its way from the process that raised it to the person who reads it."""

from __future__ import annotations

import pickle

import pytest

from leukoscope.domain import errors
from leukoscope.domain.errors import Cause, ExchangeError, LeukoScopeError, UnsureLeftError

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
