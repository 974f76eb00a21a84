"""What other people wrote and the package carries: a list of parts (CycloneDX) and all their licences."""

from __future__ import annotations

import json
import platform
import re
import shutil
import subprocess
import sys
import sysconfig
from functools import cache
from importlib.metadata import Distribution, distributions
from pathlib import Path
from typing import Any

_QUOTED = re.compile(r"'((?:[^'\\]|\\.)*)'")
_LICENSE_NAME = re.compile(r"(licen[cs]e|copying|notice|authors|copyright|third.?part)", re.IGNORECASE)
_UNWANTED = re.compile(r"\.(py|pyc|pyi|so|h)$")


def collected_files(tables: tuple[Path, ...]) -> set[Path]:
    """Files that PyInstaller took, from the tables it leaves in its work folder."""
    found: set[Path] = set()
    for table in tables:
        for text in _QUOTED.findall(table.read_text(encoding="utf-8")):
            path = Path(text.replace("\\\\", "\\"))
            if path.is_absolute():
                found.add(path)
    return found


def shipped_distributions(files: set[Path], extra: Path | None) -> list[Distribution]:
    """Python packages that those files belong to, by name.

    Parameters
    ----------
    extra
        A folder of packages that stand before the environment's own, as on Linux TensorFlow's.
    """
    found: dict[str, Distribution] = {}
    resolved = {path.resolve() for path in files} | files
    for one in distributions(path=[*([str(extra)] if extra else []), *sys.path]):
        name = one.metadata["Name"]
        if name not in found and any(Path(str(one.locate_file(part))) in resolved for part in one.files or ()):
            found[name] = one
    found.pop("leukoscope", None)
    found.pop("pyinstaller", None)
    return [found[name] for name in sorted(found, key=str.lower)]


def system_packages(files: set[Path], own: tuple[Path, ...]) -> dict[str, str]:
    """Debian packages that libraries were taken from, with their versions; empty on other systems."""
    if shutil.which("dpkg-query") is None:
        return {}
    libraries = [path for path in files if ".so" in path.name and not any(path.is_relative_to(one) for one in own)]
    found: dict[str, str] = {}
    for path in sorted({name for one in libraries for name in (one, one.resolve())}):
        # Debian lists some libraries below /lib that are now below /usr/lib.
        if owner := _owner(str(path)) or _owner(str(path).removeprefix("/usr")):
            found[owner] = _run("dpkg-query", "--show", "--showformat=${Version}", owner)
    return found


@cache
def _owner(name: str) -> str:
    """The Debian package of a file; empty when there is none."""
    return _run("dpkg-query", "--search", name).partition(":")[0]


def write_notices(target: Path, tables: tuple[Path, ...], version: str, extra: Path | None) -> None:
    """Fill ``target`` with ``sbom.cdx.json``, ``THIRD-PARTY.txt`` and one folder of licences for each part."""
    shutil.rmtree(target, ignore_errors=True)
    target.mkdir(parents=True)
    files = collected_files(tables)
    parts = shipped_distributions(files, extra)
    own = (Path(sys.prefix).resolve(), Path(sys.prefix), Path(sys.base_prefix), *([extra] if extra else []))
    libraries = system_packages(files, (*own, Path(__file__).resolve().parents[2]))
    lines = [f"Parts of LeukoScope {version} that others wrote; their licences are in the folders of these names.", ""]
    shutil.copyfile(_python_license(), _folder(target, "Python", platform.python_version()) / "LICENSE.txt")
    lines.append(f"Python {platform.python_version()}: Python-2.0")
    for one in parts:
        name = one.metadata["Name"]
        _copy_licenses(one, _folder(target, name, one.version))
        lines.append(f"{name} {one.version}: {license_of(one)}")
    for name, number in libraries.items():
        text = Path("/usr/share/doc", name, "copyright")
        if text.is_file():
            shutil.copyfile(text, _folder(target, name, number) / "copyright")
        lines.append(f"{name} {number}: see its copyright file")
    (target / "THIRD-PARTY.txt").write_text("\n".join(lines) + "\n", encoding="utf-8")
    document = bill_of_materials(parts, libraries, version)
    (target / "sbom.cdx.json").write_text(json.dumps(document, indent=1, sort_keys=True), encoding="utf-8")


def bill_of_materials(parts: list[Distribution], libraries: dict[str, str], version: str) -> dict[str, Any]:
    """CycloneDX: what cyclonedx-bom says of this environment, cut down to what the package carries."""
    document: dict[str, Any] = json.loads(_environment())
    shipped = {_normal(one.metadata["Name"]): one for one in parts}
    kept = [one for one in document.get("components", []) if _normal(one["name"]) in shipped]
    known = {_normal(one["name"]) for one in kept}
    for name in sorted(set(shipped) - known):
        one = shipped[name]
        purl = f"pkg:pypi/{name}@{one.version}"
        kept.append({"type": "library", "name": name, "version": one.version, "purl": purl, "bom-ref": purl})
    kept.append(
        {"type": "library", "name": "cpython", "version": platform.python_version(), "bom-ref": "cpython-runtime"}
    )
    for name, number in libraries.items():
        purl = f"pkg:deb/debian/{name}@{number}"
        kept.append({"type": "library", "name": name, "version": number, "purl": purl, "bom-ref": purl})
    references = {one.get("bom-ref") for one in kept}
    document["components"] = kept
    document["dependencies"] = [
        {**one, "dependsOn": [name for name in one.get("dependsOn", []) if name in references]}
        for one in document.get("dependencies", [])
        if one["ref"] in references
    ]
    document.setdefault("metadata", {})["component"] = {
        "type": "application",
        "name": "leukoscope",
        "version": version,
        "bom-ref": "leukoscope",
    }
    return document


@cache
def _environment() -> bytes:
    command = [sys.executable, "-m", "cyclonedx_py", "environment", "--output-reproducible", "--of", "JSON"]
    return subprocess.run(command, capture_output=True, check=True).stdout


def license_of(one: Distribution) -> str:
    """What a package says of its licence, in a few words."""
    said = one.metadata.get("License-Expression") or ""
    classified = [text.rpartition(" :: ")[2] for text in one.metadata.get_all("Classifier") or [] if "License" in text]
    return said or ", ".join(classified) or (one.metadata.get("License") or "see its files").splitlines()[0][:80]


def _copy_licenses(one: Distribution, folder: Path) -> None:
    for part in one.files or ():
        path = Path(str(one.locate_file(part)))
        near = len(part.parts) <= 2 or ".dist-info" in part.parts[0]
        if near and _LICENSE_NAME.search(part.name) and not _UNWANTED.search(part.name) and path.is_file():
            shutil.copyfile(path, folder / part.name)
    if not any(folder.iterdir()):
        (folder / "LICENSE.txt").write_text(f"{license_of(one)}\n\n{one.metadata.get('License') or ''}\n", "utf-8")


def _folder(target: Path, name: str, version: str) -> Path:
    folder = target / re.sub(r"[^\w.+-]", "_", f"{name}-{version}")
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def _python_license() -> Path:
    stdlib = Path(sysconfig.get_path("stdlib"))
    return next(path for path in (stdlib / "LICENSE.txt", stdlib.parent / "LICENSE.txt") if path.is_file())


def _normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def _run(*command: str) -> str:
    return subprocess.run(command, capture_output=True, text=True, check=False).stdout.strip()
