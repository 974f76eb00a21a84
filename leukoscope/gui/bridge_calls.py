"""What is asked of the workbench, and how it went."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import QObject

TYPE_CHECKING = False
if TYPE_CHECKING:
    from leukoscope.workflow.workbench import Workbench


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
