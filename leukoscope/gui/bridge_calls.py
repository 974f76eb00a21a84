"""What is asked of the workbench, and how it went."""

from __future__ import annotations

import logging
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import QObject

from leukoscope.domain.errors import AccessError, LeukoScopeError, sentence_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from leukoscope.workflow.workbench import Workbench

logger = logging.getLogger(__name__)
Within = Callable[[], AbstractContextManager[None]]
"""What an answer or an event is delivered inside of."""
WITHIN: Within = nullcontext


@dataclass(frozen=True)
class Call:
    """What was asked for, and who is told how it went."""

    work: Callable[[Workbench], Any]
    done: Callable[[Any], None] | None
    owner: QObject | None
    failed: Callable[[str], None] | None
    writes: bool = False
    in_pool: bool = False


@dataclass(frozen=True)
class Reply:
    """How a call went; ``sentence`` is empty when it went well; ``put_off``: nobody sits here to be answered."""

    call: Call
    answer: Any = None
    sentence: str = ""
    refused: bool = False
    put_off: bool = False


def is_same(one: Call, other: Call) -> bool:
    """Whether a later read asks for the same thing anew; what is read in the pool is of one thing each."""
    same = getattr(one.work, "__code__", one.work) is getattr(other.work, "__code__", other.work)
    return same and one.owner is other.owner and not other.in_pool


def answered(call: Call, bench: Workbench) -> Reply:
    """Do what was asked for, in a worker thread; what goes wrong is its sentence."""
    try:
        return Reply(call, call.work(bench))
    except LeukoScopeError as error:
        # The sentence can name a case or what somebody wrote: it is for the person, not for the log.
        logger.info("call failed: %s (%s)", type(error).__name__, error.detail)
        refused = isinstance(error, AccessError)
        put_off = refused and not call.writes and not bench.operator.is_open
        return Reply(call, sentence=error.message, refused=refused, put_off=put_off)
    except Exception as error:
        logger.exception("call failed")
        return Reply(call, sentence=sentence_of(error))
