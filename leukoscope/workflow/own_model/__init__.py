"""Somebody's own model: the cells that its feeding is tried on, and whether it may judge."""
