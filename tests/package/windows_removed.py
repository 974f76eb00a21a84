"""The real program is uninstalled: nothing is left but the data. Runs last in ``make test-package-windows``."""

from __future__ import annotations

from tests.package.programs import INSTALLED
from tests.package.windows_installed import PLACE
from tests.package.wine import installed_root, registry, start_line


def test_uninstalling_leaves_nothing_but_data() -> None:
    root = installed_root()
    data = root.drive_c / "users" / "root" / "AppData" / "Local" / "LeukoScope"
    before = {path: path.stat().st_mtime_ns for path in data.rglob("*") if path.is_file()}
    assert any("cases" in path.parts for path in before)
    assert start_line(root, f'"{PLACE}\\uninstall.exe" /S /CurrentUser _?={PLACE}') == 0
    # Told its folder, an uninstaller runs from it and stays there itself.
    assert [path.name for path in INSTALLED.rglob("*")] == ["uninstall.exe"]
    assert {path: path.stat().st_mtime_ns for path in data.rglob("*") if path.is_file()} == before
    entry = r"HKEY_CURRENT_USER\Software\Microsoft\Windows\CurrentVersion\Uninstall\LeukoScope"
    assert registry(root, entry) == [{}]
    root.stop()
