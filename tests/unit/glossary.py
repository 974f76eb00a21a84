"""Reads docs/glossary.md, and finds names and sentences that use a word which it forbids."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

WORD = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])|\d+")


@dataclass(frozen=True)
class Entry:
    """One row: the word, and what is not to be said instead of it."""

    word: str
    not_in_names: tuple[str, ...]
    not_on_screen: tuple[str, ...]


@dataclass(frozen=True)
class Hit:
    """A forbidden word in use: in which file and name, or in which sentence, and what to say instead."""

    text: str
    forbidden: str
    instead: str
    file: str = ""


def rows(text: str, heading: str) -> Iterator[list[str]]:
    """The cells of the table below a heading, without its head."""
    part = text.partition(f"\n## {heading}\n")[2].partition("\n## ")[0]
    lines = [line for line in part.splitlines() if line.startswith("|")]
    for line in lines[2:]:
        yield [cell.strip() for cell in line.strip("|").split("|")]


def entries(text: str) -> tuple[Entry, ...]:
    """All rows of the words."""
    return tuple(Entry(word, _list(names), _list(screen)) for word, _, names, screen in rows(text, "Words"))


def kept_names(text: str) -> tuple[str, ...]:
    """The names that may keep a forbidden word."""
    return tuple(name.strip("`") for name, _ in rows(text, "Names that keep a forbidden word"))


def names_in(root: Path, packages: Iterable[str]) -> Iterator[tuple[str, str]]:
    """(file, name) of every module, class and function; a package by the name of its folder."""
    for package in packages:
        for path in sorted((root / package).rglob("*.py")):
            file = path.relative_to(root).as_posix()
            yield file, path.parent.name if path.stem == "__init__" else path.stem
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
                    yield file, node.name


def forbidden_names(found: Iterable[tuple[str, str]], words: Iterable[Entry]) -> Iterator[Hit]:
    """Names that have a forbidden word among theirs."""
    table = [(f"_{_singular(word)}_", word, entry.word) for entry in words for word in entry.not_in_names]
    for file, name in found:
        spelled = f"_{_singular('_'.join(WORD.findall(name)))}_"
        yield from (Hit(name, word, instead, file) for part, word, instead in table if part in spelled)


def forbidden_sentences(texts: Iterable[str], words: Iterable[Entry]) -> Iterator[Hit]:
    """Sentences that have a forbidden word among theirs."""
    table = [
        (re.compile(rf"(?<![\w-]){re.escape(word)}s?(?![\w-])", re.IGNORECASE), word, entry.word)
        for entry in words
        for word in entry.not_on_screen
    ]
    for text in texts:
        yield from (Hit(text, word, instead) for pattern, word, instead in table if pattern.search(text))


def _list(cell: str) -> tuple[str, ...]:
    return tuple(word.strip() for word in cell.split(",") if word.strip() not in {"", "-"})


def _singular(words: str) -> str:
    return "_".join(word.removesuffix("s") for word in words.lower().split("_"))
