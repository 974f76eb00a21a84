"""What several commands read from their arguments."""

from __future__ import annotations


def names_in(text: str) -> tuple[str, ...]:
    """Names that commas part: ``"a, b"`` is ``("a", "b")``."""
    return tuple(part.strip() for part in text.split(",") if part.strip())
