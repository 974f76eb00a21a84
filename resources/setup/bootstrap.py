"""Set everything up in ``.venv``: run it with any Python, it finds a fitting one. Standard library only.

    python3 resources/setup/bootstrap.py

It makes the virtual environment, installs exactly what ``requirements.lock`` names (by hash), installs the system
libraries that Qt needs where it may, else prints the one command that does, and does nothing when all is there.
"""

from __future__ import annotations

import ctypes
import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
VENV = ROOT / ".venv"
LOCK = ROOT / "requirements.lock"
STAMP = VENV / "leukoscope-setup"
OLDEST, NEWEST = (3, 11), (3, 13)
"""TensorFlow of the lock file exists for these versions of Python."""

QT_LIBRARIES = (
    "libEGL.so.1",
    "libGL.so.1",
    "libxkbcommon.so.0",
    "libxkbcommon-x11.so.0",
    "libdbus-1.so.3",
    "libfontconfig.so.1",
    "libxcb-cursor.so.0",
    "libxcb-icccm.so.4",
    "libxcb-image.so.0",
    "libxcb-keysyms.so.1",
    "libxcb-randr.so.0",
    "libxcb-render-util.so.0",
    "libxcb-shape.so.0",
    "libxcb-xkb.so.1",
    "libglib-2.0.so.0",
    "libnss3.so",
)
"""What the Qt of the PySide6 wheels links to and does not bring along on Linux."""

INSTALLERS = {
    "apt-get": (
        "apt-get install -y --no-install-recommends libegl1 libgl1 libxkbcommon0 libxkbcommon-x11-0 libdbus-1-3 "
        "libfontconfig1 libxcb-cursor0 libxcb-icccm4 libxcb-image0 libxcb-keysyms1 libxcb-randr0 libxcb-render-util0 "
        "libxcb-shape0 libxcb-xkb1 libglib2.0-0 libnss3 fonts-noto-core"
    ),
    "dnf": (
        "dnf install -y mesa-libEGL mesa-libGL libxkbcommon libxkbcommon-x11 dbus-libs fontconfig xcb-util-cursor "
        "xcb-util-wm xcb-util-image xcb-util-keysyms libxcb xcb-util-renderutil glib2 nss google-noto-sans-fonts"
    ),
    "pacman": (
        "pacman -S --needed --noconfirm libglvnd mesa libxkbcommon libxkbcommon-x11 dbus fontconfig xcb-util-cursor "
        "xcb-util-wm xcb-util-image xcb-util-keysyms libxcb xcb-util-renderutil glib2 nss noto-fonts"
    ),
}
LEFT_OUT = ("openvino-telemetry",)
"""Not installed, and removed where an older set-up brought it."""
VENV_PACKAGE = "apt-get install -y --no-install-recommends python3-venv"


def say(text: str) -> None:
    """One line for the person who set this going."""
    print(f"leukoscope set-up: {text}", flush=True)


def stop(text: str) -> None:
    """End with a sentence that says what to do."""
    say(text)
    sys.exit(1)


def may_install() -> bool:
    """Whether system packages can be installed without asking."""
    return hasattr(os, "geteuid") and os.geteuid() == 0


def version_of(python: str) -> tuple[int, int] | None:
    """Version of an interpreter, ``None`` when it does not run."""
    code = "import sys; print(*sys.version_info[:2])"
    try:
        out = subprocess.run(
            [python, "-c", code], capture_output=True, text=True, check=True, timeout=60
        ).stdout.split()
    except (OSError, subprocess.SubprocessError):
        return None
    return int(out[0]), int(out[1])


def fitting_python() -> str:
    """An interpreter the locked packages exist for: this one first, then by name."""
    for python in (sys.executable, "python3", "python3.13", "python3.12", "python3.11"):
        found = version_of(python) if shutil.which(python) else None
        if found and OLDEST <= found <= NEWEST:
            return python
    stop(
        f"Python {OLDEST[0]}.{OLDEST[1]} to {NEWEST[0]}.{NEWEST[1]} is needed; install one of them and run this again."
    )
    raise AssertionError


def venv_python() -> Path:
    """Interpreter inside ``.venv``."""
    return VENV / ("Scripts/python.exe" if os.name == "nt" else "bin/python")


def run_quietly(command: list[str]) -> subprocess.CompletedProcess[str]:
    """Run a command and keep what it printed."""
    return subprocess.run(command, capture_output=True, text=True, check=False)


def make_venv(python: str) -> None:
    """Make ``.venv``; Debian keeps the module for it in a package of its own."""
    if run_quietly([python, "-m", "venv", "--clear", str(VENV)]).returncode == 0:
        return
    if may_install() and shutil.which("apt-get"):
        say("installing python3-venv")
        run_quietly(["apt-get", "update"])
        run_quietly(VENV_PACKAGE.split())
        if run_quietly([python, "-m", "venv", "--clear", str(VENV)]).returncode == 0:
            return
    stop(f"Python cannot make virtual environments here; run this once, then set up again:\n  sudo {VENV_PACKAGE}")


def missing_libraries() -> list[str]:
    """Libraries of Qt that this Linux lacks."""
    if not sys.platform.startswith("linux"):
        return []
    missing = []
    for name in QT_LIBRARIES:
        try:
            ctypes.CDLL(name)
        except OSError:
            missing.append(name)
    return missing


def install_libraries() -> None:
    """Install what Qt lacks where that is allowed, else print the one command and go on."""
    missing = missing_libraries()
    if not missing:
        return
    manager = next((name for name in INSTALLERS if shutil.which(name)), None)
    if manager is None:
        say(f"Qt lacks {', '.join(missing)}; install them with this system's package manager.")
        return
    if may_install():
        say(f"installing system libraries for Qt ({', '.join(missing)})")
        if manager == "apt-get":
            run_quietly(["apt-get", "update"])
        run_quietly(INSTALLERS[manager].split())
        missing = missing_libraries()
    if missing:
        say(f"Qt lacks {', '.join(missing)}; run this once:\n  sudo {INSTALLERS[manager]}")


def fingerprint() -> str:
    """Changes when anything that the set-up depends on changes."""
    digest = hashlib.sha256(LOCK.read_bytes())
    digest.update((ROOT / "pyproject.toml").read_bytes())
    digest.update(str(ROOT).encode())
    return digest.hexdigest()


def main() -> None:
    """Set up, or find that all is there."""
    install_libraries()
    wanted = fingerprint()
    if STAMP.is_file() and STAMP.read_text(encoding="utf-8") == wanted and venv_python().exists():
        return
    python = fitting_python()
    if not venv_python().exists() or version_of(str(venv_python())) != version_of(python):
        say("making .venv")
        make_venv(python)
    pip = [str(venv_python()), "-m", "pip", "--disable-pip-version-check", "install", "--quiet"]
    say("installing the locked packages; this takes a few minutes the first time")
    # The lock names all there is, and leaves out what only counts uses over the network: nothing else may come along.
    if subprocess.run([*pip, "--no-deps", "--require-hashes", "-r", str(LOCK)], check=False).returncode != 0:
        stop("The packages could not be installed; check the network connection and run this again.")
    run_quietly([str(venv_python()), "-m", "pip", "uninstall", "--yes", "--quiet", *LEFT_OUT])
    own = [*pip, "--no-deps", "--no-build-isolation", "--editable", str(ROOT)]
    if subprocess.run(own, check=False).returncode != 0:
        stop("LeukoScope itself could not be installed into .venv; remove .venv and run this again.")
    STAMP.write_text(wanted, encoding="utf-8")
    say("done")


if __name__ == "__main__":
    main()
