"""JudgedImage: what a run writes about one image, as text that outlives the program and travels between machines."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from leukoscope.domain.analysis import ImageAnalysis
from leukoscope.domain.differential import Differential
from leukoscope.domain.findings import Label
from leukoscope.domain.parsing import parsed_row
from leukoscope.reports.findings import ImageFindings
from leukoscope.reports.findings_csv import FindingsCsv
from leukoscope.reports.findings_json import entry_text, image_entry

NO_CELLS = "No white cells found; move to a place with cells, or draw them by hand in the window."
Stamp = tuple[int, int]
"""Size of a file in bytes and when it was changed, in nanoseconds."""


@dataclass(frozen=True)
class JudgedImage:
    """What was found out about one image.

    Parameters
    ----------
    name
        Of its source.
    entry
        Its element of ``findings.json``, as text.
    rows
        Its rows of ``findings.csv``.
    cells, labels
        How many cells there are, and how many have each label.
    counted
        Its cells by class.
    error
        The sentence why it was not judged, or not whole.
    note
        What a person should know of it all the same.
    is_copy
        Whether it shows the same as an earlier one, and is not counted.
    stamp
        Of the file before it was read; ``None`` where there was none.
    keys
        By what another file of the same image is found; empty where nobody looks for one.
    scale
        Mark of what the images of its run say of the scale, where its own follows from it.
    maps
        Paths of its maps, relative to the output folder.
    """

    name: str
    entry: str
    rows: str
    cells: int
    labels: Mapping[str, int]
    counted: Differential
    error: str | None = None
    note: str | None = None
    is_copy: bool = False
    stamp: Stamp | None = None
    keys: tuple[str, ...] = ()
    scale: str = ""
    maps: tuple[str, ...] = ()

    @classmethod
    def of(
        cls,
        analysis: ImageAnalysis,
        maps: Sequence[Sequence[Mapping[str, str]]],
        table: FindingsCsv,
        *,
        is_copy: bool = False,
    ) -> JudgedImage:
        """What an analysis found out.

        Parameters
        ----------
        analysis
            Of the image.
        maps
            As ``write_maps`` gives them.
        table
            Knows the columns of the rows.
        is_copy
            Whether it is a copy of an earlier image.
        """
        image = ImageFindings.of_analysis(analysis, maps)
        return cls(
            analysis.source,
            entry_text(image_entry(image)),
            table.rows(image).decode("utf-8"),
            len(analysis.findings),
            dict(Counter(finding.label.value for finding in analysis.findings)),
            image.differential,
            None if is_copy else analysis.error,
            analysis.error if is_copy else _note(analysis),
            is_copy,
            maps=tuple(path for cell in maps for opinion in cell for path in opinion.values()),
        )

    def label_counts(self) -> dict[Label, int]:
        """How many cells have each label."""
        return {Label(name): count for name, count in self.labels.items()}

    def as_line(self) -> bytes:
        """One line of JSON in ASCII, with its end."""
        return json.dumps(asdict(self) | {"counted": _counted(self.counted)}).encode("ascii") + b"\n"

    @classmethod
    def of_line(cls, line: bytes) -> JudgedImage:
        """Inverse of :meth:`as_line`.

        Raises
        ------
        ValueError, TypeError, KeyError
            When it is none.
        """
        raw: dict[str, Any] = parsed_row(line)
        image = cls(**raw | {"counted": _differential(raw["counted"])})
        stamp = None if image.stamp is None else (int(image.stamp[0]), int(image.stamp[1]))
        return replace(image, stamp=stamp, keys=tuple(image.keys), maps=tuple(image.maps))


def _note(analysis: ImageAnalysis) -> str | None:
    if analysis.error or analysis.quality is None or analysis.findings:
        return None
    return " ".join(analysis.quality.sentences) or NO_CELLS


def _counted(counted: Differential) -> dict[str, Any]:
    # JSON has no key for cells that nobody has named.
    return asdict(counted) | {"counts": list(counted.counts.items()), "by_person": list(counted.by_person.items())}


def _differential(raw: Mapping[str, Any]) -> Differential:
    return Differential(**dict(raw) | {"counts": dict(raw["counts"]), "by_person": dict(raw["by_person"])})
