"""Faults injected over the real parts, counted: ``python -m tests.torture``; see docs/torture.md."""
