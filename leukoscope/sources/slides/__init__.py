"""Whole slides: opened without being read, by several libraries, in the process for foreign files."""
