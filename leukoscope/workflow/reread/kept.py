"""The re-reads that are kept, and what they say of people: one's own, or everybody's."""

from __future__ import annotations

from leukoscope.cases.audit_trail import AuditTrail
from leukoscope.domain.rereads import Reread
from leukoscope.workflow.operator_session import OperatorSession
from leukoscope.workflow.permissions import Act
from leukoscope.workflow.reread.figures import Figures, figures
from leukoscope.workflow.reread.records import rereads


class KeptRereads:
    """Shows re-reads.

    Parameters
    ----------
    trail
        Where they are kept.
    operator
        Who works here, and what they may see.
    """

    def __init__(self, trail: AuditTrail, operator: OperatorSession) -> None:
        self._trail, self._operator = trail, operator

    def all(self) -> tuple[Reread, ...]:
        """All re-reads, in order of time; others' practice only for who sees everybody's figures."""
        who = self._operator.require(Act.SEE_REREADS)
        every = self._operator.may(Act.REREADS_OF_ALL)
        return tuple(one for one in rereads(self._trail) if every or one.who == who or not one.practice)

    def figures(self) -> Figures:
        """How far people agree: one's own figures, or everybody's for who sees them."""
        who = self._operator.require(Act.SEE_REREADS)
        found = figures(rereads(self._trail))
        if self._operator.may(Act.REREADS_OF_ALL):
            return found
        pairs = tuple(one for one in found.pairs if one.reader == who)
        return Figures(pairs, tuple(one for one in found.groups if who in one.readers))
