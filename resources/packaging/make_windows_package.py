"""``make package-windows``: the Windows installers, built on Linux as root.

python resources/packaging/make_windows_package.py [--lite-only] [--only folders|installers] [--fast]

Laid out on Linux, frozen by Windows' Python under Wine, packed by ``makensis``. The Debian with Wine, Windows' Python
and the wheels are kept in ``build/windows`` (``$LEUKOSCOPE_WINDOWS_CACHE`` names another place).

Where ``$LEUKOSCOPE_SIGNING_PKCS12`` names a certificate with its key, programs and setup are signed with it;
``$LEUKOSCOPE_SIGNING_PASSWORD_FILE`` names the file that holds its password, ``$LEUKOSCOPE_TIMESTAMP_SERVER`` a server
that notes the time. Without it nothing is signed.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import wine_root
from windows_python import prepare
from windows_runtime import is_from_wine

ROOT = Path(__file__).resolve().parents[2]
WORK = ROOT / "build" / "windows-package"
os.environ["LEUKOSCOPE_PACKAGE_WORK"] = str(WORK)

import make_package  # noqa: E402


def freeze(root: wine_root.WineRoot, python: Path, *, lite_only: bool) -> None:
    """Freeze what is laid out, under Wine."""
    make_package.say("freezing under Wine; this takes some minutes")
    words: list[str | Path] = [python, Path(make_package.__file__), "--only", "freezing"]
    if lite_only:
        words.append("--lite-only")
    work = wine_root.windows_name(WORK)
    subprocess.run(root.wine(*words, LEUKOSCOPE_PACKAGE_WORK=work, PYTHONUTF8="1"), check=True)
    root.stop()
    for edition in ("lite",) if lite_only else ("lite", "full"):
        refuse_wine(WORK / edition)
        sign(root, sorted((WORK / edition).glob("leukoscope*.exe")))


def sign(root: wine_root.WineRoot, paths: list[Path]) -> None:
    """Sign programs with the certificate of the one who has one; without a certificate they stay as they are."""
    certificate = os.environ.get("LEUKOSCOPE_SIGNING_PKCS12")
    if not certificate:
        return
    words = ["osslsigncode", "sign", "-pkcs12", certificate, "-h", "sha256", "-n", "LeukoScope"]
    if password := os.environ.get("LEUKOSCOPE_SIGNING_PASSWORD_FILE"):
        words += ["-readpass", password]
    if server := os.environ.get("LEUKOSCOPE_TIMESTAMP_SERVER"):
        words += ["-ts", server]
    seen = replace(root, seen=(*root.seen, *(Path(one).resolve().parent for one in (certificate, password) if one)))
    for path in paths:
        signed = path.with_name(path.name + ".signed")
        seen.run(*words, "-in", path, "-out", signed)
        signed.replace(path)


def refuse_wine(program: Path) -> None:
    """Fail when a part of Wine, or the stand-in that Wine needs, went along.

    Raises
    ------
    SystemExit
        With the names.
    """
    files = [path for path in program.rglob("*") if path.is_file()]
    found = [path for path in files if path.suffix.lower() in {".dll", ".exe", ".pyd"} and is_from_wine(path)]
    found += [path for path in files if path.name.lower().startswith("icuuc")]
    if found:
        raise SystemExit(f"Parts of Wine went along: {', '.join(str(path.relative_to(program)) for path in found)}")


def main() -> None:
    """Build what was asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--lite-only", action="store_true", help="only the edition without TensorFlow; much faster")
    parser.add_argument("--only", choices=["folders", "installers"], help="freeze, or pack what was frozen before")
    parser.add_argument("--fast", action="store_true", help="compress little, for trying things")
    args = parser.parse_args()
    if os.geteuid() != 0:
        raise SystemExit("Run this as root: a Debian with Wine is mounted.")
    begun = time.perf_counter()
    editions = ("lite",) if args.lite_only else ("lite", "full")
    root = wine_root.wine_root()
    if args.only != "installers":
        name = "python-light" if args.lite_only else "python"
        python = prepare(root, wine_root.cache_folder() / name, light=args.lite_only)
        make_package.lay_out()
        freeze(root, python, lite_only=args.lite_only)
    made = [WORK / edition for edition in editions]
    if args.only != "folders":
        maker = root.command("makensis", "-V2", "-DSIXTY_FOUR", *(["-DFAST"] if args.fast else []))
        for edition in editions:
            version = make_package.staged_version()
            setups = make_package.pack_for_windows(WORK / edition, edition, version, tuple(maker))
            sign(root, setups)
            made += setups
    for path in made:
        make_package.say(f"{path.relative_to(ROOT)}: {make_package.size_of(path):.0f} MB")
    make_package.say(f"done after {time.perf_counter() - begun:.0f} s")


if __name__ == "__main__":
    sys.exit(main())
