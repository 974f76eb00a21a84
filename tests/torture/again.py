"""``python -m tests.torture.again READER FILE``: let a reader take a kept input once more, and say what was lost."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from tests.torture.fuzzing import taken
from tests.torture.targets import TARGETS


def main(name: str, file: Path) -> int:
    """1 when something is lost again; what a process of its own would survive ends this one."""
    with tempfile.TemporaryDirectory(prefix="torture-") as folder:
        loss = taken(name, file.read_bytes(), Path(folder))
    print(loss or "nothing is lost")
    return 1 if loss else 0


if __name__ == "__main__":
    if len(sys.argv) != 3 or sys.argv[1] not in TARGETS:
        sys.exit(f"{__doc__}\nReaders: {', '.join(TARGETS)}")
    sys.exit(main(sys.argv[1], Path(sys.argv[2])))
