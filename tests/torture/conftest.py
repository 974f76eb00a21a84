"""Where the campaigns can run."""

from __future__ import annotations

import sys

# Calls are traced and disks are mounted: there is no like of it elsewhere.
collect_ignore = [] if sys.platform.startswith("linux") else ["test_torture.py"]
