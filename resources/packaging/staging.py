"""Lay out what the spec packs: the tracked sources with their version, the bundles compiled, the icons."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import versions

KEPT_OUT = (
    "resources/packaging/", "resources/setup/", "resources/browser/", "resources/translations/update.py",
    "resources/demo/judge.py",
)  # fmt: skip


def stage(root: Path, target: Path, graphs: Path, version: str) -> None:
    """Fill ``target`` anew.

    Parameters
    ----------
    root
        The checkout.
    graphs
        Where compiled graphs are kept from one build to the next.
    """
    shutil.rmtree(target, ignore_errors=True)
    listed = subprocess.run(
        ["git", "-C", str(root), "ls-files", "-z", "leukoscope", "models", "resources"],
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    for name in filter(None, listed.split("\0")):
        if not name.startswith(KEPT_OUT):
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(root / name, target / name)
    (target / "resources").mkdir(exist_ok=True)
    versions.write_into(target, version)
    (target / "VERSION").write_text(version + "\n", encoding="utf-8")
    (target / "windows-version.txt").write_text(_windows_version(version), encoding="utf-8")
    compile_bundles(root, graphs)
    judge_demo(root, graphs, target / "resources" / "demo" / "findings.json")
    shutil.copytree(graphs, target / "models" / "graphs", ignore=shutil.ignore_patterns("*.log"))
    draw_icons(root, target / "icons")


def compile_bundles(root: Path, graphs: Path) -> None:
    """Compile each network of the checkout, in a process of its own; figures of shape need no graph."""
    code = (
        "import sys; from pathlib import Path; from leukoscope.inference import compile_process as c;"
        "from leukoscope.inference.graph_cache import graph_folder, is_whole;"
        "from leukoscope.inference.manifest import read_manifest;"
        "bundle, cache = Path(sys.argv[1]), Path(sys.argv[2]); cache.mkdir(parents=True, exist_ok=True);"
        "manifest = read_manifest(bundle);"
        "manifest.kind == 'morphology' or is_whole(graph_folder(cache, manifest)) or"
        " (c.silence_tensorflow(cache), c.compile_into_cache(bundle, cache))"
    )
    for manifest in sorted((root / "models").glob("*/manifest.json")):
        subprocess.run(
            [sys.executable, "-c", code, str(manifest.parent), str(graphs)], check=True, cwd=root, env=_env(root)
        )


def judge_demo(root: Path, graphs: Path, target: Path) -> None:
    """Let the compiled bundles judge the demo case, so that its findings are there at the first start."""
    script = root / "resources" / "demo" / "judge.py"
    subprocess.run([sys.executable, str(script), str(target), str(graphs)], check=True, cwd=root, env=_env(root))


def draw_icons(root: Path, target: Path) -> None:
    """Draw the program's mark in every size that a system asks for."""
    code = Path(__file__).with_name("draw_icons.py")
    subprocess.run(
        [sys.executable, str(code), str(target)], check=True, env={**_env(root), "QT_QPA_PLATFORM": "offscreen"}
    )


def _env(root: Path) -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(root)}


def _windows_version(version: str) -> str:
    numbers = versions.four_numbers(version)
    words = {
        "CompanyName": "LeukoScope",
        "FileDescription": "LeukoScope",
        "FileVersion": numbers,
        "ProductName": "LeukoScope",
        "ProductVersion": version,
        "LegalCopyright": "See the folder licenses",
    }
    strings = ", ".join(f"StringStruct({key!r}, {value!r})" for key, value in words.items())
    tuple_text = "(" + ", ".join(numbers.split(".")) + ")"
    return (
        f"VSVersionInfo(ffi=FixedFileInfo(filevers={tuple_text}, prodvers={tuple_text}), kids=["
        f"StringFileInfo([StringTable('040904B0', [{strings}])]), "
        "VarFileInfo([VarStruct('Translation', [1033, 1200])])])\n"
    )
