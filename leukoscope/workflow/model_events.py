"""What the workbench tells of models: tried, imported, compared."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from leukoscope.inference.proposal.tried import Proposal
    from leukoscope.workflow.site.proof_facts import ProofFacts


@dataclass(frozen=True)
class ImportStep:
    """Which step the import of a model is at."""

    text: str
    done: int
    total: int


@dataclass(frozen=True, eq=False)
class FeedingProposed:
    """Ways of feeding a model have been tried."""

    proposal: Proposal


@dataclass(frozen=True)
class ModelImported:
    """A model has been installed."""

    name: str


@dataclass(frozen=True)
class ModelsAsked:
    """So many labeled cells have been judged by both."""

    cells: int


@dataclass(frozen=True)
class ModelsCompared:
    """Two models have been compared.

    Parameters
    ----------
    names
        Of both; the first stands where the shipped ones stand in a proof.
    facts
        Their figures.
    cells, left_out
        How many were judged by both, and how many pictures could not be used or have labels that differ.
    parted
        Cells of which they say different things: where, what people say, what each of them says.
    right
        On how many of these the first alone is right, and the second alone.
    """

    names: tuple[str, str]
    facts: ProofFacts
    cells: int
    left_out: int
    parted: tuple[tuple[str, str, str, str], ...]
    right: tuple[int, int]
