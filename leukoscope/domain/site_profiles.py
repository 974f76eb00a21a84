"""What a site profile changes in a verdict, and the mark that it leaves on whatever it had a say in."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from leukoscope.domain.findings import Opinion, Thresholds

NAME_PATTERN = r"[a-z0-9][a-z0-9-]{0,27}"
"""Short enough that a bundle's version with its mark fits where versions are kept."""
_MARK = re.compile(rf"^(?P<version>[^+]*)\+(?P<mark>{NAME_PATTERN}\.\d+\.[0-9a-f]{{8}})$")
_CERTAIN = 1e-9


@dataclass(frozen=True)
class ProfileMark:
    """Which profile spoke: its name, its number, and the first digits of its SHA-256."""

    name: str
    number: int
    sha256: str

    @property
    def text(self) -> str:
        """As build metadata of a version (Semantic Versioning 2.0.0, 10): ``our-lab.2.1a2b3c4d``."""
        return f"{self.name}.{self.number}.{self.sha256[:8]}"


def marked(version: str, mark: ProfileMark) -> str:
    """The version of a bundle with whose features a profile speaks: ``1.0.0+our-lab.2.1a2b3c4d``."""
    return f"{version}+{mark.text}"


def mark_in(version: str) -> str:
    """The mark of the profile in a bundle's version; empty for a shipped bundle's own word."""
    found = _MARK.match(version)
    return found["mark"] if found else ""


def unmarked(version: str) -> str:
    """The bundle's own version."""
    found = _MARK.match(version)
    return found["version"] if found else version


@dataclass(frozen=True)
class Pooling:
    """How a profile combines opinions: ``sigmoid(sum(weight * logit) + bias)``, a logarithmic opinion pool.

    Parameters
    ----------
    weights
        By the bundle's name, at least 0.
    bias
        Added to the sum.
    thresholds
        The unsure band of the combined probability.
    """

    weights: Mapping[str, float]
    bias: float
    thresholds: Thresholds

    def weight(self, opinion: Opinion) -> float:
        """What an opinion weighs; 0 for one that the profile was not taught with."""
        return self.weights.get(opinion.bundle.name, 0.0)

    def probability(self, opinions: Sequence[Opinion]) -> float:
        """Combined probability of leukemic, 0..1; those that are there take over the weight of those that are not.

        Raises
        ------
        ValueError
            When no opinion weighs anything.
        """
        total = sum(self.weights.values())
        there = sum(self.weight(opinion) for opinion in opinions)
        if there <= 0:
            raise ValueError("no opinion that the site profile weighs")
        logit = sum(self.weight(opinion) * _logit(opinion.probability) for opinion in opinions)
        z = logit * total / there + self.bias
        return 1.0 / (1.0 + math.exp(-z)) if z >= 0 else math.exp(z) / (1.0 + math.exp(z))


def _logit(probability: float) -> float:
    kept = min(1 - _CERTAIN, max(_CERTAIN, probability))
    return math.log(kept / (1 - kept))
