"""``make package``: the program's folder and the installers of this system.

python resources/packaging/make_package.py [--lite-only | --server] [--only folders|staging|freezing|installers]

``make_windows_package.py`` calls it with another folder to work in: laying out on Linux, freezing under Wine.
"""

from __future__ import annotations

import argparse
import os
import platform
import shutil
import subprocess
import sys
import time
from pathlib import Path

import notices
import staging
import versions
import xz_blocks

ROOT = Path(__file__).resolve().parents[2]
WORK = Path(os.environ.get("LEUKOSCOPE_PACKAGE_WORK", ROOT / "build" / "package"))
GRAPHS = ROOT / "build" / "package" / "graphs"
DIST = ROOT / "dist"
EDITIONS = {"all": ("lite", "full"), "lite": ("lite",), "server": ("server",)}
"""What is built together."""
KEPT_SECONDS = 7 * 86400.0
"""Packed blocks that no build asked for since are removed."""
TENSORFLOW_LOCK = Path(__file__).with_name("tensorflow-cpu.lock")


def say(text: str) -> None:
    """One line for the person who set this going."""
    print(f"package: {text}", flush=True)


def tensorflow_for_processors() -> Path | None:
    """On Linux the build of the locked TensorFlow without code for graphics cards: a third of the size.

    Elsewhere the locked one is such a build already.
    """
    if not sys.platform.startswith("linux"):
        return None
    folder = WORK / "tensorflow"
    stamp = folder / "installed"
    wanted = TENSORFLOW_LOCK.read_text(encoding="utf-8")
    if not stamp.is_file() or stamp.read_text(encoding="utf-8") != wanted:
        shutil.rmtree(folder, ignore_errors=True)
        command = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-deps"]
        command += ["--no-compile", "--require-hashes", "-r", str(TENSORFLOW_LOCK), "--target", str(folder)]
        subprocess.run(command, check=True)
        stamp.write_text(wanted, encoding="utf-8")
    return folder


def lay_out() -> None:
    """Put what is packed into ``build/package/staged``."""
    version = versions.of_checkout(ROOT)
    say(f"LeukoScope {version}: laying out")
    staging.stage(ROOT, WORK / "staged", GRAPHS, version)


def staged_version() -> str:
    """The version of what was laid out."""
    return (WORK / "staged" / "VERSION").read_text(encoding="utf-8").strip()


def freeze(what: str) -> None:
    """Freeze what is laid out; the program of an edition is ``build/package/EDITION`` then."""
    staged, version = WORK / "staged", staged_version()
    paths = [str(staged)]
    if what == "all" and (tensorflow := tensorflow_for_processors()):
        paths.append(str(tensorflow))
    say("freezing; this takes some minutes")
    command = [sys.executable, "-m", "PyInstaller", "--noconfirm", "--log-level", "WARN"]
    command += ["--workpath", str(tables_of(what).parent), "--distpath", str(WORK), str(ROOT / "build.spec"), "--"]
    command += ["--staged", str(staged), *{"all": [], "lite": ["--lite-only"], "server": ["--server"]}[what]]
    # Modules lie in the program as they are: they load faster, and the installer packs them smaller.
    plain = {"PYTHONPATH": os.pathsep.join(paths), "PYINSTALLER_ZLIB_COMPRESSION_LEVEL": "0"}
    subprocess.run(command, check=True, env={**os.environ, **plain})
    for edition in EDITIONS[what]:
        if sys.platform.startswith("linux"):
            lose_weight(WORK / edition)
        say(f"{edition} edition: gathering licences and the list of parts")
        explain_parts(edition, version, what)


def tables_of(what: str) -> Path:
    """Where PyInstaller leaves its tables of what it took."""
    return WORK / ("work-server" if what == "server" else "work") / "build"


def lose_weight(program: Path) -> None:
    """Take out what only a debugger reads, and keep one copy of what two programs have in common."""
    import slimming

    command, window = program / "leukoscope", program / "leukoscope-window"
    # On Linux both are the same program; its name says how it behaves.
    if window.is_file():
        window.unlink()
        window.hardlink_to(command)
    slimming.slim(program)


def explain_parts(edition: str, version: str, what: str) -> None:
    """Put licences and the list of parts into a frozen program."""
    tables = tables_of(what)
    if edition == "full":
        chosen = (tables / "COLLECT-00.toc", *tables.glob("PYZ-*.toc"))
    else:
        chosen = (tables / f"COLLECT-0{1 if what == 'all' else 0}.toc", tables / "PYZ-00.toc")
    extra = WORK / "tensorflow" if sys.platform.startswith("linux") and edition == "full" else None
    notices.write_notices(WORK / edition / "licenses", chosen, version, extra)
    inside_mac = WORK / f"{edition}.app" / "Contents" / "Resources"
    if inside_mac.is_dir():
        shutil.copytree(WORK / edition / "licenses", inside_mac / "licenses", dirs_exist_ok=True)


def size_of(path: Path) -> float:
    """Megabytes of a file, or of a folder on disk."""
    if path.is_file():
        return path.stat().st_size / 1e6
    files = {one.stat().st_ino: one.stat().st_size for one in path.rglob("*") if one.is_file()}
    return sum(files.values()) / 1e6


def _committed(*names: str) -> int:
    """When the checkout, or a file of it, was last committed: seconds since 1970."""
    return int(subprocess.check_output(["git", "-C", str(ROOT), "log", "-1", "--format=%ct", "--", *names], text=True))


def pack_for_linux(program: Path, edition: str, version: str, *, fast: bool) -> list[Path]:
    """Write the ``.deb``, and the ``.run`` of a program with a window."""
    import linux_packages

    icons, kept = WORK / "staged" / "icons", WORK / "blocks"
    when, locked = _committed(), _committed("requirements.lock")
    light = program if edition == "server" else WORK / "lite"
    build = linux_packages.Build(program, icons, ROOT, version, edition, light, kept, when, locked, quick=fast)
    packed = WORK / f"{edition}.tar.xz"
    say("compressing; this takes some minutes")
    size, sums = linux_packages.compress(build, packed)
    DIST.mkdir(exist_ok=True)
    machine = platform.machine()
    made = [
        DIST / f"{build.name}_{versions.debian(version)}_{linux_packages.ARCHITECTURES[machine]}.deb",
        DIST / f"{build.name}-{version}-{machine}.run",
    ]
    for old in (*DIST.glob(f"{build.name}_*.deb"), *DIST.glob(f"{build.name}-[0-9]*.run")):
        old.unlink()
    linux_packages.debian_package(build, packed, size, sums, made[0])
    if edition == "server":
        made.pop()
    else:
        linux_packages.self_extracting(build, packed, made[1])
    packed.unlink()
    return made


def pack_for_windows(program: Path, edition: str, version: str, maker: tuple[str, ...] = ()) -> list[Path]:
    """Write the installer with NSIS; ``maker`` are the words that run ``makensis`` where it is not in the path."""
    name = "LeukoScope" if edition == "full" else "LeukoScope-Lite"
    made = DIST / f"{name}-{version}-setup.exe"
    DIST.mkdir(exist_ok=True)
    words = {"PROGRAM": program, "TARGET": made, "VERSION": version, "NUMBERS": versions.four_numbers(version)}
    words["KILOBYTES"] = int(size_of(program) * 1000)
    icons = WORK / "staged" / "icons"
    words |= {"ICON": icons / "leukoscope.ico", "PICTURE": icons / "setup.bmp"}
    script = Path(__file__).with_name("windows") / "leukoscope.nsi"
    command = [*(maker or (shutil.which("makensis") or "makensis",)), "-V2"]
    subprocess.run([*command, *(f"-D{key}={value}" for key, value in words.items()), str(script)], check=True)
    return [made]


def pack_for_mac(edition: str, version: str) -> list[Path]:
    """Write the disk image; signed where ``LEUKOSCOPE_SIGNING_IDENTITY`` names a certificate."""
    made = DIST / f"LeukoScope-{version}{'-lite' if edition == 'lite' else ''}.dmg"
    DIST.mkdir(exist_ok=True)
    script = Path(__file__).with_name("macos") / "make_dmg.sh"
    subprocess.run(["sh", str(script), str(WORK / f"{edition}.app"), str(made)], check=True)
    return [made]


def pack(edition: str, version: str, *, fast: bool) -> list[Path]:
    """Make the installers of this system."""
    if sys.platform == "win32":
        return pack_for_windows(WORK / edition, edition, version)
    if sys.platform == "darwin":
        return pack_for_mac(edition, version)
    return pack_for_linux(WORK / edition, edition, version, fast=fast)


def main() -> None:
    """Build what was asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--lite-only", action="store_true", help="only the edition without TensorFlow; much faster")
    parser.add_argument("--server", action="store_true", help="Linux: only the server's edition, without a window")
    parser.add_argument(
        "--only",
        choices=["folders", "staging", "freezing", "installers"],
        help="lay out and freeze, or one of these, or pack what was frozen before",
    )
    parser.add_argument("--fast", action="store_true", help="Linux: compress little, for trying things")
    args = parser.parse_args()
    begun = time.perf_counter()
    if args.only in (None, "folders", "staging"):
        lay_out()
    usual = ("all", "server") if sys.platform.startswith("linux") else ("all",)
    chosen = ("server",) if args.server else ("lite",) if args.lite_only else usual
    if args.only in (None, "folders", "freezing"):
        for what in chosen:
            freeze(what)
    editions = [edition for what in chosen for edition in EDITIONS[what]]
    made = [WORK / edition for edition in editions] if args.only != "staging" else [WORK / "staged"]
    if args.only in (None, "installers"):
        for edition in editions:
            made += pack(edition, staged_version(), fast=args.fast)
        if (WORK / "blocks").is_dir():
            xz_blocks.forget_old(WORK / "blocks", time.time() - KEPT_SECONDS)
    for path in made:
        say(f"{path.name if not path.is_relative_to(ROOT) else path.relative_to(ROOT)}: {size_of(path):.0f} MB")
    say(f"done after {time.perf_counter() - begun:.0f} s")


if __name__ == "__main__":
    main()
