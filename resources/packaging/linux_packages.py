"""The Linux installers: a Debian package, and an archive that unpacks itself. Both carry the same compressed tree."""

from __future__ import annotations

import gzip
import hashlib
import io
import os
import platform
import re
import shutil
import subprocess
import tarfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import server_package
import versions
import xz_blocks

HERE = Path(__file__).resolve().parent / "linux"
PLACE = "opt/leukoscope"
ICON_SIDES = (16, 24, 32, 48, 64, 128, 256, 512)
ALWAYS = ("libc6", "libgl1", "libegl1", "libxkbcommon0", "libdbus-1-3", "libfontconfig1", "libglib2.0-0")
NAMES = {"full": "leukoscope", "lite": "leukoscope-lite", "server": "leukoscope-server"}
"""Editions, and what their Debian packages are called."""
WHAT = {"full": "", "lite": ", light edition without import of models", "server": ", the server"}
ARCHITECTURES = {"x86_64": "amd64", "aarch64": "arm64"}


@dataclass(frozen=True)
class Build:
    """What is packed.

    Parameters
    ----------
    program
        The frozen folder.
    icons
        Folder of ``SIDE.png``.
    root
        The checkout, for the list of changes.
    light
        The frozen folder of the light edition, whose files both packages pack alike.
    kept
        Folder of blocks packed before.
    when
        Seconds since 1970 that our own files get, so that the same commit gives the same package.
    locked
        The same for other people's libraries: when their versions were written down.
    quick
        Larger and many times faster, for trying things.
    """

    program: Path
    icons: Path
    root: Path
    version: str
    edition: str
    light: Path
    kept: Path
    when: int
    locked: int
    quick: bool = False

    @property
    def name(self) -> str:
        """Of the Debian package."""
        return NAMES[self.edition]


def tree(build: Build) -> Iterator[tuple[str, Path | bytes | str, int]]:
    """Everything that is installed: name, content (a file, bytes, or the target of a link), mode."""
    for path in sorted(build.program.rglob("*")):
        name = f"{PLACE}/{path.relative_to(build.program)}"
        if path.is_symlink():
            yield name, str(path.readlink()), 0o777
        elif path.is_file():
            yield name, path, 0o755 if os.access(path, os.X_OK) else 0o644
    yield from _commands(build)
    notice = build.program / "licenses" / "THIRD-PARTY.txt"
    document = f"usr/share/doc/{build.name}"
    yield from server_package.files(build.root, document) if build.edition == "server" else _desktop(build)
    yield f"{document}/copyright", notice, 0o644
    changes = (build.root / "CHANGELOG.md").read_bytes()
    yield f"{document}/changelog.gz", gzip.compress(changes, mtime=build.when), 0o644


def _commands(build: Build) -> Iterator[tuple[str, str, int]]:
    names = ("leukoscope",) if build.edition == "server" else ("leukoscope", "leukoscope-window")
    return ((f"usr/bin/{name}", f"/{PLACE}/{name}", 0o777) for name in names)


def _desktop(build: Build) -> Iterator[tuple[str, Path, int]]:
    yield "usr/share/applications/leukoscope.desktop", HERE / "leukoscope.desktop", 0o644
    yield "usr/share/mime/packages/leukoscope.xml", HERE / "leukoscope.xml", 0o644
    for side in ICON_SIDES:
        yield f"usr/share/icons/hicolor/{side}x{side}/apps/leukoscope.png", build.icons / f"{side}.png", 0o644


def kind_of(name: str) -> xz_blocks.Kind:
    """How a file is packed best."""
    if name.endswith("/graph.bin") or name.endswith("/model.keras"):
        return "weights"
    return "programs" if ".so" in name else "others"


def effort_for(build: Build, name: str) -> xz_blocks.Effort:
    """The light edition has to be small; packing TensorFlow as hard would take half an hour."""
    if build.quick:
        return "quick"
    inside = name.removeprefix(f"{PLACE}/")
    return "most" if not inside.startswith("licenses/") and (build.light / inside).exists() else "usual"


def compress(build: Build, target: Path) -> tuple[int, str]:
    """Write the tree as ``.tar.xz``; returns its size in kB and the list of checksums that Debian keeps.

    Files of one kind follow each other, within a kind by ending: what is alike lies near.
    """

    def place(one: tuple[str, Path | bytes | str, int]) -> tuple[str, str, str, str]:
        return effort_for(build, one[0]), kind_of(one[0]), Path(one[0]).suffix, one[0]

    files = sorted(tree(build), key=place)
    build.kept.mkdir(parents=True, exist_ok=True)
    with (
        target.open("wb") as out,
        xz_blocks.XzWriter(out, build.kept) as packer,
        tarfile.open(fileobj=packer, mode="w", format=tarfile.GNU_FORMAT) as tar,
    ):
        return _fill(tar, packer, files, build)


def _fill(
    tar: tarfile.TarFile, packer: xz_blocks.XzWriter, files: list[tuple[str, Path | bytes | str, int]], build: Build
) -> tuple[int, str]:
    size, sums, known = 0, [], {}
    for folder in sorted({str(one) for name, _, _ in files for one in Path(name).parents if str(one) != "."}):
        tar.addfile(_entry(f"./{folder}", build.when, 0o755, tarfile.DIRTYPE))
    for name, content, mode in files:
        kind = kind_of(name)
        packer.switch(kind, effort_for(build, name))
        when = build.when if kind == "others" else build.locked
        if isinstance(content, str):
            tar.addfile(_link(name, content, when, mode, tarfile.SYMTYPE))
            continue
        data = content if isinstance(content, bytes) else content.read_bytes()
        sums.append(f"{hashlib.md5(data, usedforsecurity=False).hexdigest()}  {name}")
        if isinstance(content, Path) and content.stat().st_nlink > 1:
            first = known.setdefault(content.stat().st_ino, name)
            if first != name:
                tar.addfile(_link(name, f"./{first}", when, mode, tarfile.LNKTYPE))
                continue
        entry = _entry(f"./{name}", when, mode, tarfile.REGTYPE)
        entry.size = len(data)
        tar.addfile(entry, io.BytesIO(data))
        size += (len(data) + 4095) // 4096 * 4
    return size, "\n".join(sums) + "\n"


def _link(name: str, target: str, when: int, mode: int, kind: bytes) -> tarfile.TarInfo:
    link = _entry(f"./{name}", when, mode, kind)
    link.linkname = target
    return link


def _entry(name: str, when: int, mode: int, kind: bytes) -> tarfile.TarInfo:
    entry = tarfile.TarInfo(name)
    entry.mtime, entry.mode, entry.type = when, mode, kind
    entry.uname = entry.gname = "root"
    return entry


def depends(build: Build) -> list[str]:
    """Debian packages with the libraries that the program's own link to and the folder does not hold."""
    program = build.program
    held = {path.name for path in program.rglob("*") if ".so" in path.name}
    needed: set[str] = set()
    for path in program.rglob("*"):
        if path.is_file() and not path.is_symlink() and (".so" in path.name or path.parent == program):
            run = subprocess.run(["objdump", "-p", str(path)], capture_output=True, text=True, check=False)
            needed |= set(re.findall(r"NEEDED\s+(\S+)", run.stdout))
    found = set(server_package.DEPENDS if build.edition == "server" else ALWAYS)
    for name in sorted(needed - held):
        run = subprocess.run(["dpkg-query", "--search", f"*/{name}"], capture_output=True, text=True, check=False)
        owners = {line.partition(":")[0] for line in run.stdout.splitlines() if line.endswith(f"/{name}")}
        found |= {one for one in owners if not one.endswith("-cross") and "-dev" not in one}
    found.discard("libc6")
    glibc = platform.libc_ver()[1]
    return [f"libc6 (>= {glibc})", *sorted(found)]


def debian_package(build: Build, packed: Path, size: int, sums: str, target: Path) -> None:
    """Write the ``.deb``."""
    others = ", ".join(sorted({*NAMES.values()} - {build.name}))
    window = "" if build.edition == "server" else "Recommends: fonts-noto-core\n"
    control = f"""Package: {build.name}
Version: {versions.debian(build.version)}
Architecture: {ARCHITECTURES[platform.machine()]}
Maintainer: LeukoScope
Installed-Size: {size}
Depends: {", ".join(depends(build))}
{window}Conflicts: {others}
Replaces: {others}
Section: science
Priority: optional
Description: decision support for leukemia screening on the lab's microscope{WHAT[build.edition]}
 White blood cells are named and counted, and judged by several models that show
 why and say unsure instead of guessing. Offline, without an account. Decision support for research and
 evaluation, not a medical device.
"""
    inner = io.BytesIO()
    more = server_package.control_files() if build.edition == "server" else ()
    with tarfile.open(fileobj=inner, mode="w:gz") as tar:
        for name, text, mode in (("control", control, 0o644), ("md5sums", sums, 0o644), *more):
            entry = _entry(f"./{name}", build.when, mode, tarfile.REGTYPE)
            data = text.encode()
            entry.size = len(data)
            tar.addfile(entry, io.BytesIO(data))
    with target.open("wb") as out:
        out.write(b"!<arch>\n")
        _member(out, "debian-binary", b"2.0\n", build.when)
        _member(out, "control.tar.gz", inner.getvalue(), build.when)
        _member(out, "data.tar.xz", packed, build.when)


def _member(out: io.BufferedWriter, name: str, content: bytes | Path, when: int) -> None:
    size = len(content) if isinstance(content, bytes) else content.stat().st_size
    out.write(f"{name:<16}{when:<12}{0:<6}{0:<6}{100644:<8}{size:<10}`\n".encode())
    if isinstance(content, bytes):
        out.write(content)
    else:
        with content.open("rb") as stream:
            shutil.copyfileobj(stream, out)
    if size % 2:
        out.write(b"\n")


def self_extracting(build: Build, packed: Path, target: Path) -> None:
    """Write the ``.run``: a shell script with the same tree behind it."""
    head = (HERE / "unpack.sh").read_text(encoding="utf-8").replace("@VERSION@", build.version)
    head = head.replace("@LINES@", str(head.count("\n") + 1))
    with target.open("wb") as out:
        out.write(head.encode())
        with packed.open("rb") as stream:
            shutil.copyfileobj(stream, out)
    target.chmod(0o755)
