"""When a message that did not leave is tried again: tenacity's rules, for a count that outlives the program."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tenacity import Retrying

DELAYS_S = (10, 30, 120, 600, 1800, 3600)
"""Seconds until the next try; the last one repeats."""
MOST_TRIES = 30
"""More than a day; then a person has to look."""


@cache
def _rules() -> Retrying:
    from tenacity import Retrying, stop_after_attempt, wait_chain, wait_fixed  # the window's start must not wait for it

    return Retrying(wait=wait_chain(*map(wait_fixed, DELAYS_S)), stop=stop_after_attempt(MOST_TRIES))


def next_delay(tries: int) -> float | None:
    """Seconds until the next try after so many failed ones; ``None`` when it is given up."""
    from tenacity import RetryCallState

    rules = _rules()
    state = RetryCallState(rules, None, (), {})
    state.attempt_number = tries
    return None if rules.stop(state) else float(rules.wait(state))
