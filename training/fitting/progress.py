"""What a fit shows and writes while it runs: a bar or lines, ``epochs.csv``, TensorBoard's log."""

from __future__ import annotations

import csv
import io
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self, TypeVar

import tensorflow as tf
from tqdm import tqdm  # type: ignore[import-untyped]

from training.fitting.checkpoint import Row
from training.whole_files import cannot_write, write_whole

Say = Callable[[str], None]
Thing = TypeVar("Thing")
EPOCHS_FILE = "epochs.csv"


class Progress:
    """Of one part of a run; with ``folder`` None it writes nothing, as on all machines but the first.

    Parameters
    ----------
    folder
        The part's folder.
    columns
        Of ``epochs.csv``.
    history
        Rows of the epochs that are done already.
    say
        Gets a line per epoch.
    """

    def __init__(self, folder: Path | None, columns: Sequence[str], history: Sequence[Row], say: Say) -> None:
        self._folder = folder
        self._columns = columns
        self._say = say
        if folder is not None:
            text = self._csv(history, header=True)
            write_whole(folder / EPOCHS_FILE, lambda part: part.write_bytes(text.encode()))
            self._log = tf.summary.create_file_writer(str(folder / "tensorboard"))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._folder is not None:
            self._log.close()

    def steps(self, batches: Iterable[Thing], count: int, title: str) -> Iterator[Thing]:
        """Pass the batches on, under a bar where somebody sees it."""
        shown = self._folder is not None and sys.stderr.isatty()
        yield from tqdm(batches, desc=title, total=count, unit="batch", leave=False, disable=not shown)

    def note(self, row: Row, number: int, epochs: int) -> None:
        """Write one finished epoch, the ``number``-th of all phases, of ``epochs`` in this one."""
        if self._folder is None:
            return
        file = self._folder / EPOCHS_FILE
        try:
            with file.open("a", newline="", encoding="utf-8") as stream:
                stream.write(self._csv([row], header=False))
        except OSError as error:
            raise cannot_write(file, error) from error
        figures = {name: value for name, value in row.items() if isinstance(value, float)}
        with self._log.as_default(step=number):
            for name, value in figures.items():
                tf.summary.scalar(name, value)
        self._log.flush()
        words = ", ".join(f"{name} {value:.4g}" for name, value in figures.items())
        self._say(f"{row['phase']} {row['epoch']}/{epochs}: {words}")

    def _csv(self, rows: Sequence[Row], *, header: bool) -> str:
        stream = io.StringIO(newline="")
        writer = csv.DictWriter(stream, self._columns)
        if header:
            writer.writeheader()
        writer.writerows(rows)
        return stream.getvalue()
