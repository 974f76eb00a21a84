"""``make package``: the program's folder and the installers of this system.

python resources/packaging/make_package.py [--edition full|lite] [--only folder|installers]
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

ROOT = Path(__file__).resolve().parents[2]
WORK = ROOT / "build" / "package"
DIST = ROOT / "dist"
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


def freeze(edition: str, version: str) -> Path:
    """Stage and freeze; returns the folder that is the program."""
    work, lite = WORK / edition, edition == "lite"
    staged = work / "staged"
    say(f"LeukoScope {version}, {edition} edition: laying out")
    staging.stage(ROOT, staged, WORK / "graphs", version, lite=lite)
    paths = [str(staged)]
    if not lite and (tensorflow := tensorflow_for_processors()):
        paths.append(str(tensorflow))
    say("freezing; this takes some minutes")
    command = [sys.executable, "-m", "PyInstaller", "--noconfirm", "--log-level", "WARN"]
    command += ["--workpath", str(work / "work"), "--distpath", str(work), str(ROOT / "build.spec"), "--"]
    command += ["--staged", str(staged), *(["--lite"] if lite else [])]
    subprocess.run(command, check=True, env={**os.environ, "PYTHONPATH": os.pathsep.join(paths)})
    return work / "leukoscope"


def size_of(path: Path) -> float:
    """Megabytes of a file, or of a folder on disk."""
    if path.is_file():
        return path.stat().st_size / 1e6
    return sum(one.stat().st_size for one in path.rglob("*") if one.is_file() and not one.is_symlink()) / 1e6


def pack_for_linux(program: Path, edition: str, version: str) -> list[Path]:
    """Write the ``.deb`` and the ``.run``."""
    import linux_packages

    when = int(subprocess.check_output(["git", "-C", str(ROOT), "log", "-1", "--format=%ct"], text=True))
    icons = WORK / edition / "staged" / "icons"
    build = linux_packages.Build(program, icons, ROOT, version, edition, when)
    packed = WORK / edition / "data.tar.xz"
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
    linux_packages.self_extracting(build, packed, made[1])
    packed.unlink()
    return made


def pack_for_windows(program: Path, edition: str, version: str) -> list[Path]:
    """Write the installer with NSIS."""
    name = "LeukoScope" if edition == "full" else "LeukoScope-Lite"
    made = DIST / f"{name}-{version}-setup.exe"
    DIST.mkdir(exist_ok=True)
    words = {"PROGRAM": program, "TARGET": made, "VERSION": version, "NUMBERS": versions.four_numbers(version)}
    words["KILOBYTES"] = int(size_of(program) * 1000)
    words["ICON"] = WORK / edition / "staged" / "icons" / "leukoscope.ico"
    script = Path(__file__).with_name("windows") / "leukoscope.nsi"
    command = [shutil.which("makensis") or "makensis", "-V2", *(f"-D{key}={value}" for key, value in words.items())]
    subprocess.run([*command, str(script)], check=True)
    return [made]


def pack_for_mac(edition: str, version: str) -> list[Path]:
    """Write the disk image; signed where ``LEUKOSCOPE_SIGNING_IDENTITY`` names a certificate."""
    made = DIST / f"LeukoScope-{version}{'-lite' if edition == 'lite' else ''}.dmg"
    DIST.mkdir(exist_ok=True)
    script = Path(__file__).with_name("macos") / "make_dmg.sh"
    subprocess.run(["sh", str(script), str(WORK / edition / "LeukoScope.app"), str(made)], check=True)
    return [made]


def main() -> None:
    """Build what was asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--edition", choices=["full", "lite"], default="full")
    parser.add_argument("--only", choices=["folder", "installers"], help="the frozen folder, or what is made of it")
    args = parser.parse_args()
    begun, version = time.perf_counter(), versions.of_checkout(ROOT)
    program = WORK / args.edition / "leukoscope"
    if args.only != "installers":
        program = freeze(args.edition, version)
        say("gathering licences and the list of parts")
        tables = WORK / args.edition / "work" / "build"
        extra = WORK / "tensorflow" if sys.platform.startswith("linux") and args.edition == "full" else None
        notices.write_notices(program / "licenses", tables, version, extra)
    else:
        version = (WORK / args.edition / "staged" / "VERSION").read_text(encoding="utf-8").strip()
    made = [program]
    if args.only != "folder":
        if sys.platform == "win32":
            made += pack_for_windows(program, args.edition, version)
        elif sys.platform == "darwin":
            made += pack_for_mac(args.edition, version)
        else:
            made += pack_for_linux(program, args.edition, version)
    for path in made:
        say(f"{path.relative_to(ROOT)}: {size_of(path):.0f} MB")
    say(f"done after {time.perf_counter() - begun:.0f} s")


if __name__ == "__main__":
    main()
