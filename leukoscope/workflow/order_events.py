"""What is told of orders that come by themselves."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class OrdersInChanged:
    """Orders have come or were carried out, or who listens for them has changed."""
