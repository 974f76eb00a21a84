"""The models that spoke of a case's cells, as the report tells of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from leukoscope.domain.cases import CaseCell
from leukoscope.domain.findings import BundleId, Thresholds
from leukoscope.inference.manifest import Manifest, Metric
from leukoscope.reports.content import ReportModel
from leukoscope.reports.words import Words


def models_of(cells: Sequence[CaseCell], manifests: Mapping[str, Manifest], words: Words) -> tuple[ReportModel, ...]:
    """Those that judged cells, then those that named them."""
    judged: dict[BundleId, Thresholds] = {}
    named: dict[BundleId, list[float]] = {}
    for cell in cells:
        for opinion in cell.finding.opinions:
            judged.setdefault(opinion.bundle, opinion.thresholds)
        if (naming := cell.finding.naming) is not None:
            named.setdefault(naming.bundle, []).append(naming.confident)
    models = [_model(one, thresholds, None, manifests.get(one.sha256), words) for one, thresholds in judged.items()]
    for one, confident in named.items():
        models.append(_model(one, None, (min(confident), max(confident)), manifests.get(one.sha256), words))
    return tuple(models)


def _model(
    bundle: BundleId,
    thresholds: Thresholds | None,
    confident: tuple[float, float] | None,
    manifest: Manifest | None,
    words: Words,
) -> ReportModel:
    if manifest is None:
        gone = words("This version is no longer installed; its card is not at hand.")
        return ReportModel(bundle, bundle.name, "", thresholds, gone, gone, confident)
    calibration = manifest.calibration
    calibrated = words(
        "Temperature {temperature}, bias {bias}; {fitted_on}",
        temperature=words.decimal(f"{calibration.temperature:.2f}"),
        bias=words.decimal(f"{calibration.bias:+.2f}"),
        fitted_on=calibration.fitted_on,
    )
    if calibration.n:
        calibrated += f" (n = {words.number(calibration.n)})"
    return ReportModel(
        bundle=bundle,
        title=manifest.title,
        architecture=manifest.architecture,
        thresholds=thresholds,
        calibration=calibrated + ".",
        training=_training(manifest, words),
        confident=confident,
    )


def _training(manifest: Manifest, words: Words) -> str:
    if manifest.training_data is None:
        return words("Imported by the user; nothing is known of its training.")
    data = manifest.training_data
    parts = [words("Trained on {n} cells of {name}.", n=words.number(data.cells), name=data.name)]
    if manifest.metrics is not None:
        names = (
            ("auroc", "AUROC"),
            ("sensitivity", words("sensitivity")),
            ("specificity", words("specificity")),
            ("ece", "ECE"),
        )
        shown = [(label, manifest.metrics.overall.get(key)) for key, label in names]
        figures = ", ".join(f"{label} {_figure(metric, words)}" for label, metric in shown if metric is not None)
        if figures:
            n = max(metric.n for _, metric in shown if metric is not None)
            counted = words("n = {n} cells", n=words.number(n))
            parts.append(f"{figures}; {counted}. {manifest.metrics.note}")
    return " ".join(parts)


def _figure(metric: Metric, words: Words) -> str:
    interval = "" if metric.low is None or metric.high is None else f" ({metric.low:.2f}–{metric.high:.2f})"
    return words.decimal(f"{metric.value:.2f}{interval}")
