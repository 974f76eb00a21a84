"""The command line: one file for each group of commands, and one list of them in ``parser.py``."""
