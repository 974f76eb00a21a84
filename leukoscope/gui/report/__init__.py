"""The case report, and how a case leaves."""
