"""What people call models and their maps."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class ModelNames:
    """What people call models and their maps; anything unknown keeps its short name."""

    titles: Mapping[str, str] = field(default_factory=dict)
    maps: Mapping[tuple[str, str], str] = field(default_factory=dict)

    def title(self, bundle: str) -> str:
        """A model's title."""
        return self.titles.get(bundle, bundle)

    def map_title(self, bundle: str, name: str) -> str:
        """A map's title."""
        return self.maps.get((bundle, name), name)
