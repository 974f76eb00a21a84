"""Names that daily control and the window share."""

from __future__ import annotations

NOT_KNOWN = "?"
"""Stands in the list of instruments for cases of which nobody knows what they were taken with."""
