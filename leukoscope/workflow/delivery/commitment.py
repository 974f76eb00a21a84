"""Storage commitment of a message: what an archive says of its objects, and what follows from that."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta

from leukoscope.workflow.delivery.message import Message, MessageState, SentInstance, Standing
from leukoscope.workflow.delivery.retries import next_delay

PATIENCE = timedelta(hours=1)
"""So long an archive may take to answer; then it is asked again."""
MOST_QUESTIONS = 24
"""A day; then a person has to look."""
ASKED = "The archive has the objects; it is asked whether it keeps them."
NEVER_SAID = (
    "The archive has the objects, but did not say within a day that it keeps them; ask its administrator, and whether "
    "it may call this workstation back."
)
NO_LONGER = "Nobody waits any longer for the archive to say that it keeps this."
NOT_KEPT: Mapping[int, str] = {
    0x0110: "The archive failed to process all objects, and does not keep them; ask its administrator, then try again.",
    0x0112: "The archive does not have all objects; ask its administrator, then try again.",
    0x0119: "The archive has other objects under the names of some; ask its administrator, then try again.",
    0x0122: "The archive does not keep objects of this kind; ask its administrator, then try again.",
    0x0131: "The archive knows this question already and did not answer it; try again.",
    0x0213: "The archive has no room left for all objects; ask its administrator, then try again.",
}
"""By reason (PS3.3, C.14-1): a person has to look."""
NOT_KEPT_AGAIN: Mapping[int, str] = {
    0x0110: "The archive failed to process all objects, and does not keep them; they are sent again by themselves.",
    0x0112: "The archive does not have all objects; they are sent again by themselves.",
    0x0213: "The archive has no room left for all objects; they are sent again by themselves. Tell its administrator.",
}
"""Reasons that another sending can help against."""
OTHER = "The archive does not keep all objects and gives a reason of its own; ask its administrator, then try again."


def judged(message: Message, kept: frozenset[str], refused: Mapping[str, int], now: datetime) -> Message:
    """A message after the archive has said which of its objects it keeps.

    Parameters
    ----------
    message
        Whose objects were asked about.
    kept, refused
        Instance UIDs that are kept, and those that are not with the reason. What is in neither is not kept: the
        archive was asked about it and does not vouch for it.
    now
        The time.
    """
    objects = tuple(_instance(one, kept, refused) for one in message.objects)
    told = replace(message, objects=objects)
    reasons = [one.reason for one in objects if one.standing is Standing.NOT_KEPT]
    if not reasons:
        return replace(told, state=MessageState.SENT, sentence="", next_at=None, settled_at=now)
    tries = message.tries + 1
    delay = next_delay(tries) if all(one in NOT_KEPT_AGAIN for one in reasons) else None
    worst = next((one for one in reasons if one not in NOT_KEPT_AGAIN), reasons[0])
    if delay is None:
        sentence = NOT_KEPT.get(worst, OTHER)
        return replace(told, state=MessageState.FAILED, sentence=sentence, next_at=None, settled_at=now)
    again = now + timedelta(seconds=delay)
    return replace(
        told, state=MessageState.WAITING, sentence=NOT_KEPT_AGAIN[worst], tries=tries, next_at=again, settled_at=None
    )


def _instance(one: SentInstance, kept: frozenset[str], refused: Mapping[str, int]) -> SentInstance:
    if one.standing is Standing.KEPT or one.uid in kept:
        return replace(one, standing=Standing.KEPT, reason=0)
    return replace(one, standing=Standing.NOT_KEPT, reason=refused.get(one.uid, 0x0112))
