"""Blinded re-reads: decided cells named once more without what was said before, and how far people agree."""
