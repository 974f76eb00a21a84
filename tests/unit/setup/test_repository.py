"""What must be true of the checkout itself."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from pathlib import Path


def tracked(repository: Path) -> list[Path]:
    """Files git knows, or all of the package where there is no git."""
    result = subprocess.run(["git", "ls-files", "-z"], cwd=repository, capture_output=True, text=True, check=False)
    if result.returncode != 0:
        folders = ("leukoscope", "training", "tests", "resources", "models", "docs")
        return [path for folder in folders for path in (repository / folder).rglob("*") if path.is_file()]
    return [path for name in result.stdout.split("\0") if name and (path := repository / name).is_file()]


def test_the_lock_names_versions_and_hashes_and_no_address(repository: Path) -> None:
    text = (repository / "requirements.lock").read_text(encoding="utf-8")
    assert "://" not in text
    entries = re.split(r"\n(?=\S)", text.strip())
    for entry in entries:
        assert re.match(r"[a-z0-9-]+==\S+", entry), entry[:80]
        assert "--hash=sha256:" in entry, entry[:80]


def test_everything_the_project_asks_for_is_locked(repository: Path) -> None:
    import tomllib

    project = tomllib.loads((repository / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    wanted = [*project["dependencies"], *(one for extra in project["optional-dependencies"].values() for one in extra)]
    lock = (repository / "requirements.lock").read_text(encoding="utf-8")
    for requirement in wanted:
        name = re.split(r"[\[<>=~! ]", requirement, maxsplit=1)[0].lower().replace(".", "-")
        assert re.search(rf"^{re.escape(name)}==", lock, re.MULTILINE), name


def test_no_file_is_too_large_to_keep(repository: Path) -> None:
    large = [path for path in tracked(repository) if path.stat().st_size > 95_000_000]
    assert large == []


def test_no_picture_of_somebody_else_is_tracked(repository: Path) -> None:
    foreign = {".webp", ".bmp", ".jpg", ".jpeg", ".tif", ".tiff", ".ttf", ".otf"}
    assert [path for path in tracked(repository) if path.suffix.lower() in foreign] == []


def test_nothing_shown_speaks_of_a_diagnosis(repository: Path) -> None:
    word = re.compile(r"diagnos[ie]s|diagnose[ds]?\b|diagnostic of", re.IGNORECASE)
    for path in tracked(repository):
        if path.suffix != ".py" or path.parts[len(repository.parts)] != "leukoscope":
            continue
        tree = ast.parse(path.read_text(encoding="utf-8"))
        texts = [
            node.value for node in ast.walk(tree) if isinstance(node, ast.Constant) and isinstance(node.value, str)
        ]
        docs = {
            ast.get_docstring(node, clean=False)
            for node in ast.walk(tree)
            if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef)
        }
        assert [text for text in texts if text not in docs and word.search(text)] == [], path


def test_the_set_up_script_needs_only_the_standard_library(repository: Path) -> None:
    import sys

    tree = ast.parse((repository / "resources" / "setup" / "bootstrap.py").read_text(encoding="utf-8"))
    names = {
        alias.name.split(".")[0] for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names
    }
    names |= {node.module.split(".")[0] for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) and node.module}
    assert names <= set(sys.stdlib_module_names)


def test_every_push_is_tested_on_three_systems_as_make_test_does(repository: Path) -> None:
    workflow = (repository / ".github" / "workflows" / "test.yml").read_text(encoding="utf-8")
    assert 'push:\n    branches: ["**"]' in workflow
    assert set(re.findall(r"runs-on: ([a-z]+)-", workflow)) == {"ubuntu", "windows", "macos"}
    makefile = (repository / "Makefile").read_text(encoding="utf-8")
    assert re.search(r"(?m)^test: setup test-tools\n\t@\$\(MAKE\) .*-j 2 check run-tests$", makefile)
    target = re.search(r"(?m)^run-tests: setup\n((?:\t\$\(BIN\)/python .+\n)+)", makefile)
    assert target is not None
    runs = re.findall(r"python (.+)", target[1])
    assert len(runs) == 2
    systems = re.split(r"(?m)^  (?=\w+:$)", workflow.partition("jobs:")[2])
    for system in systems[1:]:
        assert "make test\n" in system or all(f"python {one}\n" in system for one in runs), system


def test_setting_up_searches_no_folder_that_leads_out_of_the_checkout(repository: Path, tmp_path: Path) -> None:
    """Below build/ lie Wine's drives; the search for packages follows links, and those lead to each other."""
    (tmp_path / "pyproject.toml").write_bytes((repository / "pyproject.toml").read_bytes())
    (tmp_path / "leukoscope" / "cases").mkdir(parents=True)
    for folder in (tmp_path / "leukoscope", tmp_path / "leukoscope" / "cases"):
        (folder / "__init__.py").touch()
    drives = tmp_path / "build" / "dosdevices"
    drives.mkdir(parents=True)
    for name in ("y:", "z:"):
        (drives / name).symlink_to(tmp_path, target_is_directory=True)
    code = (
        "from setuptools.config.pyprojecttoml import read_configuration as read;"
        "print(*sorted(read('pyproject.toml')['tool']['setuptools']['packages']))"
    )
    command = [sys.executable, "-W", "ignore", "-c", code]
    found = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True, timeout=60)
    assert found.stdout.split() == ["leukoscope", "leukoscope.cases"]
