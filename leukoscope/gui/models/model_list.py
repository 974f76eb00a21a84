"""All models in words, read for the page."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication

from leukoscope.domain.findings import Thresholds
from leukoscope.gui.model_names import ModelNames
from leukoscope.gui.models.feeding_words import around_words, samples_words, trial_words
from leukoscope.gui.models.model_card import MetricRow, ModelFacts

if TYPE_CHECKING:
    from leukoscope.inference.library import InstalledBundle
    from leukoscope.inference.manifest import Manifest, Metrics
    from leukoscope.workflow.workbench import Workbench

ABBREVIATIONS = {"auroc", "auc", "ece", "auprc"}


def _t(text: str) -> str:
    return QCoreApplication.translate("ModelsPage", text)


@dataclass(frozen=True)
class ModelList:
    """All models, the names of those that judge, and the site profile that they speak with; empty for none."""

    models: tuple[ModelFacts, ...]
    chosen: tuple[str, ...]
    speaking: str = ""

    @property
    def names(self) -> ModelNames:
        """What people call models and maps."""
        maps = {(one.name, name): title for one in self.models for name, title in one.maps}
        return ModelNames({one.name: one.title for one in self.models}, maps)


def metric_title(name: str) -> str:
    """A metric's name for people: abbreviations in capitals, names of sets (PBC) and measures (macro-F1) as written."""
    words = name.replace("_", " ")
    return words.upper() if words.lower() in ABBREVIATIONS else words[:1].upper() + words[1:]


def read_models(bench: Workbench) -> ModelList:
    """Read all models in words; for a worker thread."""
    installed, chosen = bench.models.installed(), bench.models.chosen()
    if not installed:
        return ModelList((), ())
    names = {bundle.manifest.name for bundle in installed}
    return ModelList(tuple(_facts(bench, one, names, chosen) for one in installed), chosen, bench.models.speaking())


def _facts(bench: Workbench, bundle: InstalledBundle, names: Collection[str], chosen: Collection[str]) -> ModelFacts:
    manifest, metrics = bundle.manifest, bundle.manifest.metrics
    trial = trial_words(manifest.tried) if manifest.tried is not None else ""
    return ModelFacts(
        manifest.name,
        manifest.title,
        manifest.version,
        manifest.model_sha256,
        bundle.shipped,
        _lines(manifest, trial),
        Thresholds(manifest.thresholds.low, manifest.thresholds.high) if manifest.thresholds else None,
        _rows(metrics) if metrics else (),
        metrics.note if metrics else "",
        tuple((one.name, one.title) for one in manifest.explanations),
        bundle.card,
        bundle.map_sentences,
        bundle.map_warning,
        trial if bench.models.needs_reason(manifest.name) else "",
        manifest.follows if manifest.follows in names and manifest.name in chosen else "",
        manifest.follows,
    )


def _lines(manifest: Manifest, trial: str) -> tuple[tuple[str, str], ...]:
    """What is told of a model, each with its title."""
    data, calibration, feeding = manifest.training_data, manifest.calibration, manifest.preprocessing.feeding
    lines = [
        (_t("Name"), manifest.name),
        (_t("Version"), f"{manifest.version}, {manifest.created}"),
        (_t("Architecture"), manifest.architecture),
        (_t("Parameters"), f"{manifest.parameters:,}".replace(",", " ")),
        (_t("Maps"), ", ".join(one.title for one in manifest.explanations) or _t("none")),
        (_t("Calibrated on"), f"{calibration.fitted_on}, n = {calibration.n}" if calibration.n else _t("nothing")),
    ]
    if manifest.follows:
        lines.append((_t("Version before"), manifest.follows))
    lines.append((_t("Fed"), f"{around_words(feeding)}; {samples_words(feeding)}"))
    if trial:
        lines.append((_t("Tried fed so"), trial))
    if data is not None:
        lines.append((_t("Trained on"), _t("{0}, {1} cells").format(data.name, data.cells)))
        lines.append((_t("Split"), manifest.split))
    return tuple(lines)


def _rows(metrics: Metrics) -> tuple[MetricRow, ...]:
    rows = []
    for name, one in metrics.overall.items():
        interval = f"{one.low:.2f}–{one.high:.2f}" if one.low is not None and one.high is not None else ""
        rows.append(MetricRow(metric_title(name), f"{one.value:.2f}", interval, str(one.n)))
    return tuple(rows)
