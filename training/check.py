"""Everything that can be wrong with a folder of cells, and how it would be split, before hours are spent."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from leukoscope.domain.errors import LeukoScopeError
from training.checksums import ChecksumReport, compare_checksums
from training.config import TrainingConfig, read_config
from training.data import Sample, list_samples, look_through
from training.dealings import deal
from training.splits import Fold, validation_rows

_SHOWN = 20
_LEAKS = {
    "image-leaky": ": subjects stand on BOTH sides, for comparison with published figures only",
    "picture": ": people may be on both sides",
}


@dataclass(frozen=True)
class DataReport:
    """What was found.

    Parameters
    ----------
    config
        Of the run that would be.
    samples
        The cells that can be used.
    folds
        How they would be dealt; empty where that cannot be.
    validation
        For each fold the training cells that would only choose weights.
    problems
        Sentences, each naming a file or a key; none means that training can start.
    checksums
        Comparison with a manifest, where one was given.
    """

    config: TrainingConfig
    samples: tuple[Sample, ...]
    folds: tuple[Fold, ...] = ()
    validation: tuple[tuple[int, ...], ...] = ()
    problems: list[str] = field(default_factory=list)
    checksums: ChecksumReport | None = None


def check_data(config_file: Path, data: Path, manifest: Path | None = None) -> DataReport:
    """Look at every cell the way a run would, and go on after a problem.

    Raises
    ------
    LeukoScopeError
        When the configuration, the folder or the manifest cannot be read at all.
    """
    config = read_config(config_file)
    listed, problems = list_samples(data, config.data)
    checksums = compare_checksums([sample.path for sample in listed], manifest) if manifest else None
    cells, unusable = look_through(listed, config.preprocessing, config.data)
    problems += unusable + (checksums.problems if checksums else [])
    folds: tuple[Fold, ...] = ()
    validation: tuple[tuple[int, ...], ...] = ()
    try:
        folds = deal(cells.samples, config.split, config.seed)
        validation = tuple(validation_rows(cells.samples, fold.train, config.split, config.seed) for fold in folds)
    except LeukoScopeError as error:
        problems.append(error.message)
    return DataReport(config, cells.samples, folds, validation, problems, checksums)


def as_text(report: DataReport) -> str:
    """Tables for a terminal."""
    parts = [
        _subjects(report) if report.config.data.knows_people else _classes(report),
        _folds(report),
        _duplicates(report),
    ]
    if report.checksums:
        parts.append(_checksums(report.checksums))
    parts.append(_problems(report.problems))
    return "\n\n".join("\n".join(part) for part in parts if part)


def _table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    """First column to the left, numbers to the right."""
    lines = [header, *rows]
    widths = [max(len(line[column]) for line in lines) for column in range(len(header))]
    shown = [
        "  ".join([line[0].ljust(widths[0]), *(cell.rjust(w) for cell, w in zip(line[1:], widths[1:], strict=True))])
        for line in lines
    ]
    return [shown[0], "-" * len(shown[0]), *shown[1:]]


def _subjects(report: DataReport) -> list[str]:
    fold_of = {index: fold.number for fold in report.folds for index in fold.test}
    counts: defaultdict[str, Counter[int]] = defaultdict(Counter)
    held: defaultdict[str, set[int]] = defaultdict(set)
    for index, sample in enumerate(report.samples):
        counts[sample.subject][sample.label] += 1
        if index in fold_of:
            held[sample.subject].add(fold_of[index])

    def row(subject: str) -> list[str]:
        folds = ", ".join(str(number) for number in sorted(held[subject])) or "none"
        return [subject, *(_count(counts[subject][label]) for label in (0, 1)), folds]

    people = sorted(counts, key=lambda subject: (-counts[subject][0], -counts[subject][1], subject))
    totals = Counter(sample.label for sample in report.samples)
    total = [f"all {len(people)}", f"{totals[0]:,}", f"{totals[1]:,}", ""]
    return _table(["subject", *report.config.data.classes, "held out in fold"], [*(row(s) for s in people), total])


def _classes(report: DataReport) -> list[str]:
    counts = Counter(report.samples[row].label for row in range(len(report.samples)))
    rows = [[name, f"{counts[label]:,}"] for label, name in enumerate(report.config.data.classes)]
    return [*_table(["class", "pictures"], rows), "Nobody is named: whose cells these are is not known."]


def _count(number: int) -> str:
    return f"{number:,}" if number else "."


def _folds(report: DataReport) -> list[str]:
    if not report.folds:
        return []

    def classes(rows: Sequence[int]) -> str:
        counts = Counter(report.samples[row].label for row in rows)
        return f"{counts[0]:,} + {counts[1]:,}"

    def lines() -> Iterator[list[str]]:
        for fold in report.folds:
            chosen = report.validation[fold.number] if report.validation else ()
            train = sorted(set(fold.train).difference(chosen))
            people = {report.samples[row].subject for row in fold.test}
            held = "unknown" if unnamed else str(len(people))
            yield [str(fold.number), classes(train), classes(chosen), classes(fold.test), held]

    names = " + ".join(report.config.data.classes)
    split = report.config.split.kind
    leak = _LEAKS.get(split, "")
    unnamed = not report.config.data.knows_people
    head = f"Split {split}, seed {report.config.seed}{leak}; cells are {names}"
    return [head, *_table(["fold", "train", "validation", "held out", "subjects held out"], lines())]


def _duplicates(report: DataReport) -> list[str]:
    groups: defaultdict[int, list[Sample]] = defaultdict(list)
    for sample in report.samples:
        if sample.twins >= 0:
            groups[sample.twins].append(sample)
    if not groups:
        return ["No cell is there twice."]
    pixels = Counter(sample.digest for sample in report.samples)
    exact = sum(count - 1 for count in pixels.values())
    across = [twins for twins in groups.values() if len({twin.subject for twin in twins}) > 1]
    cells = sum(len(twins) for twins in groups.values())
    leaky = report.config.split.kind == "image-leaky"
    kept = "This split lets them stand on BOTH sides." if leaky else "All pictures of a cell stay in one part."
    found = f"{len(groups):,} cells are" if len(groups) > 1 else "1 cell is"
    lines = [f"{found} there more than once, in {cells:,} pictures; {exact:,} of these are exact copies. {kept}"]
    if across and not leaky:
        lines.append(f"{len(across):,} of them under different subjects, which are therefore kept together:")
        lines += ["  " + ", ".join(f"“{twin.path.name}”" for twin in twins) for twins in across[:_SHOWN]]
    return lines


def _checksums(report: ChecksumReport) -> list[str]:
    rows = [[fold, f"{there:,}", f"{whole:,}"] for fold, (there, whole) in report.folds.items()]
    return ["Files of the manifest", *_table(["fold", "there", "in the manifest"], rows)]


def _problems(problems: Sequence[str]) -> list[str]:
    if not problems:
        return ["No problem found; training can start."]
    return [f"{len(problems):,} problem{'s' if len(problems) > 1 else ''}:", *(f"  {problem}" for problem in problems)]
