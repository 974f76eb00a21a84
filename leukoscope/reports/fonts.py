"""Font files for the window and the reports: Roboto first, then whatever covers the characters of a name."""

from __future__ import annotations

import importlib.util
import logging
import os
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path

import uharfbuzz

from leukoscope.domain.errors import ReportError

logger = logging.getLogger(__name__)

_WEIGHTS = {"Regular": 400.0, "Medium": 500.0, "Bold": 700.0, "Italic": 400.0, "Mono": 400.0}
# Searched in this order; a wider font stands before a narrower one of the same look.
_FALLBACK_PACKAGES = (
    "fontpkg_noto_sans",
    "fontpkg_noto_sans_arabic",
    "fontpkg_heebo",
    "fontpkg_noto_sans_devanagari",
    "fontpkg_noto_sans_thai",
    "fontpkg_noto_sans_tamil",
    "fontpkg_noto_sans_telugu",
    "fontpkg_noto_sans_khmer",
    "cvttf_NotoSansCJK_Regular",
)
_SUFFIXES = {".ttf", ".otf", ".ttc", ".otc"}
# Apple's and Unicode's fallback fonts "cover" everything with a drawing of a code chart.
_NO_REAL_FONTS = ("lastresort", "unicodebmpfallback", "adobeblank")


@dataclass(frozen=True)
class FontFile:
    """One face in a font file.

    Parameters
    ----------
    path
        TrueType or OpenType.
    index
        Which face of a collection.
    weight
        Of the instance that is used of a variable font, 100..900.
    """

    path: Path
    index: int = 0
    weight: float = 400.0


def ui_font_files() -> tuple[Path, ...]:
    """Roboto in Regular, Medium, Bold and Italic, for the window.

    Raises
    ------
    ReportError
        When the program is not installed whole.
    """
    return tuple(_roboto(style) for style in ("Regular", "Medium", "Bold", "Italic"))


def script_font_files() -> tuple[Path, ...]:
    """The fonts of other scripts that came with the program, those that are there."""
    return tuple(_packaged())


def style_font(style: str) -> FontFile:
    """The font of one style: Regular, Medium, Bold, Italic or Mono."""
    if style == "Mono":
        return FontFile(_required("fontpkg_roboto_mono", "RobotoMono[wght].ttf"))
    return FontFile(_roboto(style))


def fallback_fonts(style: str) -> Iterator[FontFile]:
    """Fonts for what Roboto lacks, the installed packages first, then those of the system, lazily."""
    weight = _WEIGHTS[style]
    for path in _packaged():
        yield FontFile(path, 0, weight)
    for path in system_fonts():
        for index in range(_face_count(path)):
            yield FontFile(path, index, weight)


@lru_cache(maxsize=512)
def coverage(path: Path, index: int = 0) -> frozenset[int]:
    """Code points that a face has outlines for; empty when it cannot be used."""
    try:
        face = uharfbuzz.Face(uharfbuzz.Blob.from_file_path(str(path)), index)
        if not {"glyf", "CFF "} & set(face.table_tags):
            return frozenset()
        return frozenset(face.unicodes)
    except (OSError, uharfbuzz.HarfBuzzError, ValueError) as error:
        logger.info("font %s unusable: %r", path.name, error)
        return frozenset()


@cache
def system_fonts() -> tuple[Path, ...]:
    """Fonts that the operating system has, Noto Sans first: it was made to cover what other fonts do not."""
    found: dict[str, Path] = {}
    for folder in _system_folders():
        if folder.is_dir():
            for path in folder.rglob("*"):
                name = path.name.lower()
                if path.suffix.lower() in _SUFFIXES and not any(bad in name.replace("-", "") for bad in _NO_REAL_FONTS):
                    found.setdefault(name, path)
    return tuple(found[name] for name in sorted(found, key=_preference))


def _preference(name: str) -> tuple[bool, bool, bool, str]:
    plain = "regular" in name or "[" in name or "-" not in name
    return not name.startswith("notosans"), not plain, "serif" in name or "mono" in name, name


def _system_folders() -> tuple[Path, ...]:
    home = Path.home()
    if sys.platform == "win32":
        local = Path(os.environ.get("LOCALAPPDATA", home / "AppData" / "Local"))
        return Path(os.environ.get("WINDIR", "C:/Windows")) / "Fonts", local / "Microsoft" / "Windows" / "Fonts"
    if sys.platform == "darwin":
        return Path("/System/Library/Fonts"), Path("/Library/Fonts"), home / "Library" / "Fonts"
    return (
        Path("/usr/share/fonts"),
        Path("/usr/local/share/fonts"),
        home / ".local" / "share" / "fonts",
        home / ".fonts",
    )


def _face_count(path: Path) -> int:
    if path.suffix.lower() not in {".ttc", ".otc"}:
        return 1
    try:
        with path.open("rb") as stream:
            header = stream.read(12)
    except OSError:
        return 0
    return int.from_bytes(header[8:12], "big") if header[:4] == b"ttcf" else 1


@cache
def _packaged() -> tuple[Path, ...]:
    return tuple(path for package in _FALLBACK_PACKAGES for path in _files_of(package) if "Italic" not in path.name)


def _files_of(package: str) -> Iterator[Path]:
    spec = importlib.util.find_spec(package)
    for folder in (spec.submodule_search_locations or ()) if spec else ():
        yield from sorted(path for path in Path(folder).rglob("*") if path.suffix.lower() in _SUFFIXES)


def _roboto(style: str) -> Path:
    return _required("font_roboto", f"Roboto-{style}.ttf")


@cache
def _required(package: str, name: str) -> Path:
    for path in _files_of(package):
        if path.name == name:
            return path
    raise ReportError("The fonts of LeukoScope are missing; install the program again.", f"{package}/{name}")
