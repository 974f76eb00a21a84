"""Export: a case as a file for people and for other systems."""
