"""Fit one network: first the head on frozen backbones, then also what ``train_from`` or ``train_last`` opens."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import keras
import numpy as np
from numpy.typing import NDArray

from leukoscope.domain.errors import EngineError, SettingsError
from training.config import FitConfig
from training.fitting.batches import Deal
from training.fitting.checkpoint import CHECKPOINT_FILE, Checkpoint, Row, Values
from training.fitting.distribution import Distribution
from training.fitting.interrupt import stop_asked
from training.fitting.progress import Progress, Say
from training.fitting.schedules import rate_at
from training.fitting.steps import Stepper
from training.metrics import auroc
from training.whole_files import write_whole

_CHUNK = 64
_RANDOM = 3


@dataclass(frozen=True)
class Phase:
    """``epochs`` epochs from learning rate ``rate``."""

    name: str
    epochs: int
    rate: float


@dataclass(frozen=True, eq=False)
class Task:
    """What is to be fitted on what.

    Parameters
    ----------
    model
        Inputs of ``deal.source`` -> probability (batch, 1); made under the machines' scope.
    open_phase
        Makes the layers of a phase trainable; gets its name, "head" or "tail".
    has_tail
        Whether anything but the head trains.
    deal
        The training cells.
    validation
        Cells that choose the best epoch, shape (n,); none of them trains. May be empty.
    config
        How.
    seed
        Of order and dropout.
    first_weights
        Makes what the model starts from, in Keras' order; empty: what it has.
    """

    model: keras.Model
    open_phase: Callable[[str], None]
    has_tail: bool
    deal: Deal
    validation: NDArray[np.int64]
    config: FitConfig
    seed: int
    first_weights: Callable[[], Values] = list

    @property
    def phases(self) -> tuple[Phase, ...]:
        """In order; those without epochs are left out."""
        config = self.config
        head, tail = (
            Phase("head", config.head_epochs, config.head_rate),
            Phase("tail", config.tail_epochs if self.has_tail else 0, config.tail_rate),
        )
        return tuple(phase for phase in (head, tail) if phase.epochs)

    @property
    def columns(self) -> tuple[str, ...]:
        """Of ``epochs.csv``."""
        judged = ("val_loss", "val_accuracy", "val_auroc") if self.validation.size else ()
        return ("phase", "epoch", "loss", "accuracy", *judged, "learning_rate", "seconds")


def fit_network(task: Task, distribution: Distribution, folder: Path, say: Say) -> None:
    """Train ``task.model`` in place; what an earlier call left in ``folder`` is taken up.

    Parameters
    ----------
    task
        What and how.
    distribution
        Where.
    folder
        Of the part: ``checkpoint.npz``, ``epochs.csv`` and ``tensorboard/``, written by the chief.
    say
        Gets a line per epoch.

    Raises
    ------
    EngineError
        When the loss is no longer a number.
    SettingsError
        When there are fewer training cells than devices, or early stopping has nothing to watch.
    StoreError
        When a checkpoint cannot be written; the one before is intact.
    KeyboardInterrupt
        When somebody pressed Ctrl-C, after the batch that ran.
    """
    if not task.deal.batch:
        raise SettingsError("There are fewer training cells than devices; use fewer devices or more cells.")
    if task.config.stop_patience is not None and not task.validation.size:
        raise SettingsError("fit.stop_patience watches the validation loss: set split.validation, or leave it out.")
    file = folder / CHECKPOINT_FILE
    kept = b""
    if distribution.chief:
        kept = file.read_bytes() if file.is_file() else Checkpoint(weights=task.first_weights()).pack()
    state = Checkpoint.unpack(distribution.share(kept))
    if state.total:
        say(f"goes on after {state.total} epochs")
    own = folder if distribution.chief else None
    with stop_asked() as stop, Progress(own, task.columns, state.history, say) as progress:
        fit = _Fit(task, distribution, progress, file, stop)
        for number in range(state.phase, len(task.phases)):
            state = fit.phase(number, state)


class _Fit:
    """The loop over the epochs of every phase."""

    def __init__(
        self, task: Task, distribution: Distribution, progress: Progress, file: Path, stop: Callable[[], bool]
    ) -> None:
        self._task = task
        self._distribution = distribution
        self._progress = progress
        self._file = file
        self._stop = stop

    def phase(self, number: int, state: Checkpoint) -> Checkpoint:
        """Run a phase to its end from ``state``, which is of it or of the one before."""
        phase = self._task.phases[number]
        self._task.open_phase(phase.name)
        stepper = Stepper(self._task.model, self._task.config, self._distribution)
        if state.weights:
            stepper.weights = state.weights
        if state.phase != number:
            state = Checkpoint(phase=number, total=state.total, history=state.history)
        elif state.slots:
            stepper.slots = state.slots
        while not state.ended and state.epoch < phase.epochs:
            state = self._epoch(phase, state, stepper)
        return state

    def _epoch(self, phase: Phase, state: Checkpoint, stepper: Stepper) -> Checkpoint:
        start = time.monotonic()
        row: Row = {"phase": phase.name, "epoch": state.epoch + 1}
        row |= self._train(phase, state, stepper)
        stepper.average_statistics()
        running = stepper.weights
        stepper.use_average()
        patience, best = state.patience, state.best
        watched = float(row["loss"])
        if self._task.validation.size:
            judged = self._judge(stepper)
            row |= judged
            watched = judged["val_loss"]
        patience = patience.after(watched, self._task.config)
        if self._task.validation.size and not patience.since:
            best = stepper.weights
        ended = state.epoch + 1 == phase.epochs or patience.exhausted(self._task.config)
        if ended and best:
            stepper.weights = best
        elif not ended:
            stepper.weights = running
        row["seconds"] = round(time.monotonic() - start, 3)
        state = replace(
            state,
            epoch=state.epoch + 1,
            total=state.total + 1,
            ended=ended,
            patience=patience,
            history=[*state.history, row],
            weights=stepper.weights,
            slots=[] if ended else stepper.slots,
            best=[] if ended else best,
        )
        if self._distribution.chief:
            data = state.pack()
            write_whole(self._file, lambda part: part.write_bytes(data))
        self._progress.note(row, state.total, phase.epochs)
        return state

    def _train(self, phase: Phase, state: Checkpoint, stepper: Stepper) -> Row:
        """All steps of one epoch."""
        deal, total = self._task.deal, state.total
        stepper.set_random([self._task.seed, _RANDOM, total])
        loss = right = weight = rate = 0.0
        batches = deal.epoch(total, self._distribution.devices, self._distribution.count)
        title = f"{phase.name} {state.epoch + 1}/{phase.epochs}"
        for step, parts in enumerate(self._progress.steps(batches, deal.steps, title)):
            done = (state.epoch + step / deal.steps) / phase.epochs
            rate = rate_at(self._task.config, phase.rate, done, state.patience)
            outcome = stepper.step(parts, rate, stop=self._stop())
            if not np.isfinite(outcome.loss):
                raise EngineError(
                    f"The loss is no longer a number; lower the learning rate (fit.{phase.name}_rate).",
                    f"{phase.name} epoch {state.epoch + 1} step {step + 1}: {outcome.loss}",
                )
            if outcome.stop:
                raise KeyboardInterrupt
            loss, right, weight = loss + outcome.loss, right + outcome.right, weight + outcome.weight
        return {"loss": loss / deal.steps, "accuracy": right / weight, "learning_rate": rate}

    def _judge(self, stepper: Stepper) -> dict[str, float]:
        """Figures on the validation cells, weighted like the training cells so that no subject rules."""
        rows, deal = self._task.validation, self._task.deal
        chunks = [rows[first : first + _CHUNK] for first in range(0, rows.size, _CHUNK)]
        judged = np.concatenate([stepper.judge(deal.source.plain(chunk)) for chunk in chunks]).astype(np.float64)
        labels, weights = deal.labels[rows], deal.weights[rows]
        sure = np.clip(np.where(labels == 1, judged, 1.0 - judged), 1e-7, 1.0)
        return {
            "val_loss": float(np.average(-np.log(sure), weights=weights)),
            "val_accuracy": float(np.average((judged > 0.5) == labels, weights=weights)),
            "val_auroc": float(auroc(labels, judged)),
        }
