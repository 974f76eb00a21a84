"""Bring the catalogs up to date with the program, and compile them.

    python resources/translations/update.py            strings of the program into the .ts files, then .qm files
    python resources/translations/update.py --check    say what is missing, change nothing

New strings stand in the catalogs as unfinished: translate them there, by hand or in Qt Linguist, and run this again.
Strings that are gone from the program are dropped.
"""

from __future__ import annotations

import ast
import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree

from leukoscope.system.console import make_output_safe

ROOT = Path(__file__).resolve().parents[2]
FOLDER = Path(__file__).resolve().parent
LANGUAGES = ("es", "fr", "de")
TEMPLATES = FOLDER / "sentences.json"
"""The sentences with something filled in, for the program to recognize them by: a compiled catalog tells no list."""
Found = dict[tuple[str, str], str]
"""(context, English) -> the file it stands in."""

_MARKED = {"marked": "Actions"}
_MODULE_CALLS: dict[str, dict[str, str]] = {
    "action_spec.py": _MARKED,
    "actions.py": _MARKED,
    "audit_words.py": {"marked": "AuditWords"},
    "case_actions.py": _MARKED,
    "cell_actions.py": _MARKED,
    "image_actions.py": _MARKED,
    "class_words.py": {**_MARKED, "_of_class": "CellClasses"},
    "figure_words.py": {"_t": "Figures"},
    "gallery_words.py": {"_text": "CellGallery"},
    "measure_words.py": {"_t": "Measures"},
    "model_list.py": {"_t": "ModelsPage"},
    "page_actions.py": _MARKED,
    "quality_words.py": {"_t": "Quality"},
    "texts.py": {"own": "Browser"},
    "tour_steps.py": {"_t": "Tour"},
    "undo.py": {"_text": "Undo"},
    "undo_labels.py": {"_text": "Undo"},
}
"""File -> the functions in it that mark a text, each with its context."""
_NO_SENTENCES = re.compile(
    r"(gui|reports|cli|server)/|inference/manifest\.py|workflow/export/report_(content|models)\.py|exchange/(fhir|exported_case)\.py"
)
"""Files below the window whose texts a person in the window does not read, or that have a catalog of their own."""
_SENTENCE = re.compile(r"([A-Z“]|\{0\})[^\n]*[a-z][^\n]*\.$", re.DOTALL)


def strings(root: Path = ROOT) -> Found:
    """Every string that a person can see, where the program marks it so."""
    found: Found = {}
    for path in [
        *sorted((root / "leukoscope" / "gui").rglob("*.py")),
        *(root / "leukoscope" / "server" / "browser").glob("texts.py"),
    ]:
        for context, text in _window_strings(path):
            found.setdefault((context, text), path.name)
    for path in [
        *sorted((root / "leukoscope" / "reports").glob("*.py")),
        root / "leukoscope" / "workflow" / "export" / "report_content.py",
        root / "leukoscope" / "workflow" / "export" / "report_models.py",
        root / "leukoscope" / "workflow" / "control" / "words.py",
        root / "leukoscope" / "workflow" / "demo_case.py",
    ]:
        for text in _report_strings(path):
            found.setdefault(("Report", text), path.name)
    for text, name in _sentences(root / "leukoscope"):
        found.setdefault(("Sentences", text), name)
    return found


def _window_strings(path: Path) -> Iterator[tuple[str, str]]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    constants = _constants(tree)
    marking = _MODULE_CALLS.get(path.name, {})
    for owner, call in _calls(tree, ""):
        function = call.func
        if isinstance(function, ast.Attribute) and function.attr == "tr" and call.args:
            yield from ((owner, text) for text in _texts(call.args[0], constants))
        elif isinstance(function, ast.Name) and function.id in marking:
            yield from ((marking[function.id], text) for text in _texts(call.args[0], constants))
        elif _called(function) == "translate" and len(call.args) == 2:
            for owner_text in _texts(call.args[0], constants):
                yield from ((owner_text, text) for text in _texts(call.args[1], constants))


def _report_strings(path: Path) -> Iterator[str]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    constants = _constants(tree)
    for _, call in _calls(tree, ""):
        function = call.func
        if _called(function).lstrip("_") == "words" and call.args:
            yield from _texts(call.args[0], constants)
        elif isinstance(function, ast.Attribute) and function.attr == "counted":
            for argument in call.args[1:]:
                yield from _texts(argument, constants)
    yield from constants.get("INTENDED_USE", ())


def _sentences(package: Path) -> Iterator[tuple[str, str]]:
    """Sentences that the rooms below the window make; {0}, {1} ... stand where something is filled in."""
    for path in sorted(package.rglob("*.py")):
        if _NO_SENTENCES.match(path.relative_to(package).as_posix()):
            continue
        tree = ast.parse(path.read_text(encoding="utf-8"))
        parts = {id(part) for node in ast.walk(tree) if isinstance(node, ast.JoinedStr) for part in node.values}
        parts |= {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
        for node in ast.walk(tree):
            if id(node) not in parts and _SENTENCE.match(text := _template(node)):
                yield text, path.name


def _template(node: ast.AST) -> str:
    """A text as it stands, one that is filled in with numbers in its braces; empty for anything else."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if not isinstance(node, ast.JoinedStr):
        return ""
    count, text = 0, ""
    for part in node.values:
        if isinstance(part, ast.Constant):
            text += str(part.value)
        else:
            text, count = f"{text}{{{count}}}", count + 1
    return text


def _calls(node: ast.AST, owner: str) -> Iterator[tuple[str, ast.Call]]:
    """Every call with the class it stands in."""
    for child in ast.iter_child_nodes(node):
        inside = child.name if isinstance(child, ast.ClassDef) else owner
        if isinstance(child, ast.Call):
            yield inside, child
        yield from _calls(child, inside)


def _called(function: ast.expr) -> str:
    return function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")


def _constants(tree: ast.Module) -> dict[str, tuple[str, ...]]:
    """Module constants that hold texts."""
    found: dict[str, tuple[str, ...]] = {}
    for node in tree.body:
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            value = node.value
            parts = value.elts if isinstance(value, ast.Tuple) else [value]
            texts = tuple(text for part in parts for text in _texts(part, {}))
            if texts:
                found[node.targets[0].id] = texts
        if isinstance(node, ast.ImportFrom) and any(alias.name == "PURPOSE" for alias in node.names):
            found["PURPOSE"] = ("Decision support for research and evaluation, not a medical device.",)
    return found


def _texts(node: ast.expr, constants: dict[str, tuple[str, ...]]) -> tuple[str, ...]:
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return (node.value,)
    if isinstance(node, ast.IfExp):
        return _texts(node.body, constants) + _texts(node.orelse, constants)
    if isinstance(node, ast.Name):
        return constants.get(node.id, ())
    if isinstance(node, ast.JoinedStr) and ast.unparse(node).startswith(("f'Map {", "f'Show map {")):
        stem = str(node.values[0].value)  # type: ignore[attr-defined]
        return tuple(f"{stem}{number}" for number in range(2, 10))
    return ()


# Catalogs ------------------------------------------------------------------------------------------------------


def read(path: Path) -> dict[tuple[str, str], str]:
    """(context, English) -> translation; empty where it is unfinished."""
    if not path.exists():
        return {}
    texts: dict[tuple[str, str], str] = {}
    for context in ElementTree.parse(path).getroot().iter("context"):
        name = context.findtext("name") or ""
        for message in context.iter("message"):
            translation = message.find("translation")
            done = translation is not None and translation.get("type") is None
            texts[(name, message.findtext("source") or "")] = (translation.text or "") if done else ""
    return texts


def write(path: Path, language: str, found: Found, texts: dict[tuple[str, str], str]) -> None:
    """Write a catalog in Qt Linguist's format, sorted, so that two versions can be compared."""
    root = ElementTree.Element("TS", version="2.1", language=language, sourcelanguage="en")
    for context in sorted({name for name, _ in found}):
        part = ElementTree.SubElement(root, "context")
        ElementTree.SubElement(part, "name").text = context
        for key in sorted(one for one in found if one[0] == context):
            message = ElementTree.SubElement(part, "message")
            ElementTree.SubElement(message, "location", filename=found[key])
            ElementTree.SubElement(message, "source").text = key[1]
            translation = ElementTree.SubElement(message, "translation")
            if texts.get(key):
                translation.text = texts[key]
            else:
                translation.set("type", "unfinished")
    ElementTree.indent(root, " ")
    text = ElementTree.tostring(root, encoding="unicode")
    path.write_text(f'<?xml version="1.0" encoding="utf-8"?>\n<!DOCTYPE TS>\n{text}\n', encoding="utf-8")


def compile_catalog(path: Path, out: Path) -> None:
    """Make the .qm file that Qt reads."""
    command = [sys.executable, "-c", "from PySide6.scripts.pyside_tool import lrelease; lrelease()"]
    subprocess.run([*command, str(path), "-qm", str(out), "-silent"], check=True)


def missing(language: str) -> list[tuple[str, str]]:
    """What a catalog lacks."""
    texts = read(FOLDER / f"leukoscope_{language}.ts")
    return [key for key in strings() if not texts.get(key)]


def main() -> int:
    """Run the command line."""
    make_output_safe()
    lacking = 0
    for language in LANGUAGES:
        path = FOLDER / f"leukoscope_{language}.ts"
        if "--check" not in sys.argv:
            found = strings()
            write(path, language, found, read(path))
            fillable = sorted(text for context, text in found if context == "Sentences" and "{0}" in text)
            TEMPLATES.write_text(json.dumps(fillable, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
            compile_catalog(path, path.with_suffix(".qm"))
        for context, text in missing(language):
            lacking += 1
            print(f"{language}  {context}: {text}")
    print(f"{lacking} texts are not translated")
    return 1 if lacking else 0


if __name__ == "__main__":
    raise SystemExit(main())
