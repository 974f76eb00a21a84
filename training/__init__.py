"""What an engineer retrains the networks with; made the bundles in ``models/``. Runs without the window."""

import os
from pathlib import Path

from platformdirs import user_cache_path

# First of all: it keeps the libraries from what they do behind one's back.
import leukoscope

__version__ = leukoscope.__version__

# Matplotlib's list of fonts lies in the program's own folder of things that may be deleted.
_home = os.environ.get("LEUKOSCOPE_HOME")
_cache = Path(_home) / "cache" if _home else user_cache_path("LeukoScope", appauthor=False)
os.environ.setdefault("MPLCONFIGDIR", str(_cache / "matplotlib"))
