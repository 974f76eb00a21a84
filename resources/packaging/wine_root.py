"""A Debian with Wine in a folder, and how Windows programs are run in it. Needs root; nothing of it is ever packed.

The folder is ``build/windows/root``; ``$LEUKOSCOPE_WINDOWS_CACHE`` names another place than ``build/windows``. Files
of this machine have the same names inside, below drive ``Z:``.
"""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path, PurePath

ROOT = Path(__file__).resolve().parents[2]
RELEASE = "trixie"
"""Debian 13, Wine 10: Wine 8 of Debian 12 fails at several calls of Qt and of Python."""
PACKAGES = (
    "wine,wine64,nsis,osslsigncode,gcc-mingw-w64-x86-64-win32,binutils-mingw-w64-x86-64,"
    "xvfb,xdotool,x11-utils,imagemagick,fonts-dejavu-core,ca-certificates"
)
ICU_FUNCTIONS = Path(__file__).with_name("windows") / "icuuc.c"
QUIET = {
    "WINEDEBUG": "-all",
    # Neither .NET nor a browser is used; without this the first start asks for both.
    "WINEDLLOVERRIDES": "mscoree,mshtml=;winemenubuilder.exe=",
    "LANG": "C.UTF-8",
    "PATH": "/usr/sbin:/usr/bin:/sbin:/bin",
    "HOME": "/root",
    # Without it Wine complains among what the program says.
    "XDG_RUNTIME_DIR": "/tmp",
}
_MOUNT = """set -e
root=$1; shift
for name in proc sys dev; do mkdir -p "$root/$name"; mount --rbind "/$name" "$root/$name"; done
while [ "$1" != -- ]; do mkdir -p "$root$1"; mount --bind "$1" "$root$1"; shift; done
shift
exec chroot "$root" /usr/bin/env -i "$@"
"""


def cache_folder() -> Path:
    """Where the root, the wheels and Windows' Python are kept from one build to the next."""
    return Path(os.environ.get("LEUKOSCOPE_WINDOWS_CACHE", ROOT / "build" / "windows")).resolve()


def windows_name(path: PurePath) -> str:
    """How Windows calls a file of this machine."""
    return "Z:" + str(path).replace("/", "\\")


@dataclass(frozen=True)
class WineRoot:
    """A Debian with Wine.

    Parameters
    ----------
    folder
        The Debian.
    prefix
        Folder of the Windows that Wine pretends: its ``drive_c`` and its registry.
    seen
        Folders of this machine that are seen inside under the same name.
    """

    folder: Path
    prefix: Path
    seen: tuple[Path, ...] = ()

    @property
    def drive_c(self) -> Path:
        """Drive ``C:``."""
        return self.prefix / "drive_c"

    def command(self, *words: str | Path, **variables: str) -> list[str]:
        """The command that runs words in the Debian, with hardly any variables.

        The mounts live as long as what runs: nothing is left behind when it is killed.
        """
        names = {**QUIET, "WINEPREFIX": str(self.prefix), **variables}
        places = dict.fromkeys(
            map(str, (Path("/tmp"), Path(tempfile.gettempdir()), cache_folder(), ROOT, self.prefix, *self.seen))
        )
        inner = [*(f"{key}={value}" for key, value in names.items()), *map(str, words)]
        outer = ["unshare", "--mount", "--propagation", "private", "sh", "-c", _MOUNT, "sh", str(self.folder)]
        return [*outer, *places, "--", *inner]

    def wine(self, program: str | Path, *words: str | Path, **variables: str) -> list[str]:
        """The command that runs a Windows program; paths among the words get their Windows names."""
        named = (windows_name(word) if isinstance(word, PurePath) else word for word in words)
        return self.command("/usr/lib/wine/wine64", program, *named, **variables)

    def run(self, *words: str | Path, **variables: str) -> str:
        """Run a program of the Debian; what it says.

        Raises
        ------
        RuntimeError
            When it fails, with the end of what it said.
        """
        return _run(self.command(*words, **variables))

    def run_wine(self, program: str | Path, *words: str | Path, **variables: str) -> str:
        """Run a Windows program; what it says.

        Raises
        ------
        RuntimeError
            When it fails, with the end of what it said.
        """
        return _run(self.wine(program, *words, **variables))

    def stop(self) -> None:
        """End every Windows program of the prefix."""
        subprocess.run(self.command("wineserver", "-k"), capture_output=True, check=False)


def _run(command: list[str]) -> str:
    done = subprocess.run(command, capture_output=True, text=True, errors="replace", check=False)
    if done.returncode != 0:
        said = f"{done.stdout[-3000:]}\n{done.stderr[-3000:]}"
        raise RuntimeError(f"{shlex.join(command[-6:])} ended with {done.returncode}:\n{said}")
    return done.stdout


def wine_root(prefix: Path | None = None, mirror: str | None = None) -> WineRoot:
    """The Debian with Wine, made when it is not there; it takes some minutes and 2 GB.

    Raises
    ------
    RuntimeError
        When the Debian cannot be made; the message has what its maker said last.
    """
    folder = cache_folder() / "root"
    wanted = f"{RELEASE} {PACKAGES}\n"
    stamp = folder / "ready"
    if not stamp.is_file() or stamp.read_text(encoding="utf-8") != wanted:
        shutil.rmtree(folder, ignore_errors=True)
        folder.parent.mkdir(parents=True, exist_ok=True)
        where = mirror or _run(["sh", "-c", "apt-get indextargets --format '$(REPO_URI)' | head -1"]).strip()
        _run(["debootstrap", "--variant=minbase", f"--include={PACKAGES}", RELEASE, str(folder), where])
        stamp.write_text(wanted, encoding="utf-8")
    made = WineRoot(folder, prefix or cache_folder() / "prefix")
    begin_prefix(made)
    return made


def begin_prefix(root: WineRoot) -> None:
    """Fill a prefix that is empty: the Windows folders, and the library that Windows 10 has and Wine has not."""
    if (root.prefix / "system.reg").is_file():
        return
    root.prefix.mkdir(parents=True, exist_ok=True)
    root.run("wineboot", "--init")
    root.run("wineserver", "--wait")
    lacking = root.drive_c / "windows" / "system32" / "icuuc.dll"
    root.run(
        "x86_64-w64-mingw32-gcc", "-shared", "-O2", "-s", "-nostdlib", "-Wl,--entry=0", "-o", lacking, ICU_FUNCTIONS
    )
