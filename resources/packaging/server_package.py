"""What the server's Debian package has besides the program: a unit for systemd, its settings, and its account."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

HERE = Path(__file__).resolve().parent / "linux" / "server"
SETTINGS = "etc/leukoscope/server.conf"
SCRIPTS = ("postinst", "prerm", "postrm")
DEPENDS = ("passwd",)
"""``useradd``."""


def files(root: Path, document: str) -> Iterator[tuple[str, Path, int]]:
    """What is installed: name, content, mode. ``document`` is the folder of the package's texts."""
    yield "usr/lib/systemd/system/leukoscope-server.service", HERE / "leukoscope-server.service", 0o644
    yield SETTINGS, HERE / "server.conf", 0o644
    yield f"{document}/server.md", root / "docs" / "server.md", 0o644


def control_files() -> Iterator[tuple[str, str, int]]:
    """What dpkg runs, and what it leaves as an administrator changed it: name, text, mode."""
    yield "conffiles", f"/{SETTINGS}\n", 0o644
    for name in SCRIPTS:
        yield name, (HERE / name).read_text(encoding="utf-8"), 0o755
