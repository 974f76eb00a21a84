"""The guard of the program's speed: ratios of two ways measured in one run, held against ``baseline.json``."""
