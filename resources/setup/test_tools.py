"""Bring what the tests judge with: other people's readers of DICOM and PDF, a browser, a database, a tracer of calls.

    python3 resources/setup/test_tools.py              for ``make test``
    python3 resources/setup/test_tools.py --package    for ``make test-package`` too: a bare Debian, a screen, a robot

It installs what is missing where it may (root and apt-get), else it prints the one command that does and stops: a test
that is left out for want of a program is a test that nobody reads. Standard library only.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

PROGRAMS = {
    "storescp": "dcmtk",
    "wlmscpfs": "dcmtk",
    "dciodvfy": "dicom3tools",
    "pdftotext": "poppler-utils",
    "strace": "strace",
    "unshare": "util-linux",
    "setpriv": "util-linux",
    "ip": "iproute2",
    "git": "git",
    "gcc": "gcc",
    "objdump": "binutils",
    "strip": "binutils",
    "xz": "xz-utils",
    "dpkg-deb": "dpkg",
    "chromium": "chromium",
    "chromedriver": "chromium-driver",
    "slapd": "slapd",
    "slapadd": "slapd",
}
"""What a test calls, and the package of Debian that brings it."""

FILES = {
    "/usr/lib/postgresql/*/bin/initdb": "postgresql",
    "/usr/share/fonts/truetype/noto/NotoSansGeorgian-Regular.ttf": "fonts-noto-core",
}
"""What lies beside the path of programs."""

PACKAGE_PROGRAMS = {
    "debootstrap": "debootstrap",
    "systemd-nspawn": "systemd-container",
    "Xvfb": "xvfb",
    "xdotool": "xdotool",
    "xterm": "xterm",
    "xauth": "xauth",
    "xprop": "x11-utils",
    "import": "imagemagick",
}
"""What the installed program is driven with."""


UNSET, UNSET_WORDS = ["debconf-set-selections"], "slapd slapd/no_configuration boolean true\n"
"""Debian’s directory is not set up, and so not started: tests start their own."""


def say(text: str) -> None:
    """One line for the person who set this going."""
    print(f"leukoscope set-up for tests: {text}", flush=True)


def missing(*, package: bool) -> dict[str, str]:
    """What is not there, and the package that brings it."""
    programs = {**PROGRAMS, **(PACKAGE_PROGRAMS if package else {})}
    path = os.pathsep.join([os.environ.get("PATH", os.defpath), "/usr/sbin", "/sbin"])
    lacking = {name: source for name, source in programs.items() if shutil.which(name, path=path) is None}
    return lacking | {name: source for name, source in FILES.items() if not any(Path("/").glob(name[1:]))}


def command(packages: set[str]) -> list[str]:
    """What installs packages."""
    return ["apt-get", "install", "-y", "--no-install-recommends", *sorted(packages)]


def main() -> None:
    """Install what is missing, or say how, or find that all is there."""
    if not sys.platform.startswith("linux"):
        return
    package = "--package" in sys.argv[1:]
    lacking = missing(package=package)
    if not lacking:
        return
    has_apt = shutil.which("apt-get") is not None
    if has_apt and os.geteuid() == 0:
        say(f"installing {', '.join(sorted(set(lacking.values())))}")
        quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        for words in (["apt-get", "update"], UNSET, command(set(lacking.values()))):
            said = UNSET_WORDS if words is UNSET else None
            done = subprocess.run(words, env=quiet, input=said, capture_output=True, text=True, check=False)
            if done.returncode != 0:
                say(f"{' '.join(words)} failed:\n{done.stderr.strip()[-800:]}")
        lacking = missing(package=package)
        if not lacking:
            return
    say(f"{', '.join(sorted(lacking))} missing")
    if has_apt:
        say(f"run this once, then test again:\n  sudo {' '.join(command(set(lacking.values())))}")
    else:
        say(f"install Debian’s {', '.join(sorted(set(lacking.values())))}, or what brings the same here.")
    sys.exit(1)


if __name__ == "__main__":
    main()
