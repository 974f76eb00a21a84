"""``card.md`` of a bundle on figures of shape, written from the fit and from nothing else."""

from __future__ import annotations

from collections.abc import Iterator

from leukoscope.domain.morphology import BY_CODE
from leukoscope.inference.manifest import Manifest
from training.shape.config import ShapeConfig
from training.shape.evaluation import ShapeReport

_ROWS = {
    "auroc_by_fold": "AUROC, mean of the folds",
    "auroc_pooled": "AUROC, all held-out cells together",
    "ece_by_fold": "expected calibration error (15 bins), mean of the folds (one healthy person each)",
    "ece_pooled": "expected calibration error, all held-out cells together",
    "ece_balanced": "the same, as if leukemic and healthy cells were as many: what it is fitted for",
    "accuracy": "accuracy at 0.5",
    "decided": "share of cells outside the unsure band",
    "accuracy_decided": "accuracy of these",
    "blasts_called_healthy": "leukemic cells called healthy",
    "healthy_called_leukemic": "healthy cells called leukemic",
    "other_lab_called_leukemic": "other lab's healthy lymphocytes, not fitted on, called leukemic",
    "other_lab_called_healthy": "the same, called healthy",
}


def card_text(manifest: Manifest, config: ShapeConfig, report: ShapeReport) -> str:
    """The whole card."""
    lines = [*_head(manifest), *_figures(manifest), *_merit(manifest, report), *_limits(config)]
    return "\n".join(lines) + "\n"


def _head(manifest: Manifest) -> Iterator[str]:
    yield f"# {manifest.title} ({manifest.name} {manifest.version})"
    yield ""
    yield (
        "Decision support for research and evaluation, not a medical device. It measures the shape of one mononuclear "
        f"white cell, holds each figure against healthy lymphocytes, and gives the probability that it is "
        f"{manifest.classes[1]}."
    )
    yield ""
    yield f"- {manifest.architecture}; coefficients stand in `manifest.json`, there is no model file"
    yield f"- made {manifest.created}; SHA-256 of the coefficients `{manifest.model_sha256}`"
    data = manifest.training_data
    if data is not None:
        yield f"- {data.name}: {data.cells:,} cells. {data.citation} License: {data.license or 'not stated'}."
        for name, subjects in data.subjects.items():
            yield f"- {name}: {len(subjects)} subjects ({', '.join(subjects)})"
    yield ""
    yield f"Split: {manifest.split}"
    yield ""


def _figures(manifest: Manifest) -> Iterator[str]:
    shape = manifest.shape
    assert shape is not None
    yield "## What is measured"
    yield ""
    yield f"Reference range: 5th to 95th percentile of {shape.ranges_on}."
    yield ""
    yield "| figure | range | n | adds to the logit for one spread more |"
    yield "|---|---|---|---|"
    terms = {term.figure: term for term in shape.terms}
    for one in shape.ranges:
        figure, term = BY_CODE[one.figure], terms.get(one.figure)
        span = f"{one.low:.{figure.decimals}f} to {one.high:.{figure.decimals}f} {figure.unit}".strip()
        weight = "shown only" if term is None else f"{term.weight:+.2f}{' (logarithm)' if term.log else ''}"
        yield f"| {figure.title} | {span} | {one.n:,} | {weight} |"
    yield ""


def _merit(manifest: Manifest, report: ShapeReport) -> Iterator[str]:
    yield "## Figures on people who were held out"
    yield ""
    yield f"{manifest.metrics.note if manifest.metrics else ''} {report.cells:,} cells."
    yield ""
    yield "| figure | mean | lowest and highest dealing |"
    yield "|---|---|---|"
    for name, title in _ROWS.items():
        if name in report.figures:
            one = report.figures[name]
            n = f" (n = {report.others})" if name.startswith("other_lab") else ""
            yield f"| {title}{n} | {one.mean:.3f} | {one.low:.3f} to {one.high:.3f} |"
    yield ""
    yield "Accuracy of the surest cells, by the share of cells that are decided:"
    yield ""
    yield "| decided | " + " | ".join(f"{share:.0%}" for share in report.curve) + " |"
    yield "|---|" + "---|" * len(report.curve)
    yield "| right | " + " | ".join(f"{one.mean:.3f}" for one in report.curve.values()) + " |"
    yield ""


def _limits(config: ShapeConfig) -> Iterator[str]:
    yield "## Limits"
    yield ""
    yield "- It is asked of mononuclear cells only: a granulocyte's shape says nothing of leukemia."
    yield "- Size needs a scale: from calibration, or from the red cells of the case's images."
    yield (
        "- Healthy people whose lymphocytes are large, reactive ones first of all, look leukemic to it; small blasts "
        "look healthy."
    )
    yield "- Three healthy people of one lab are few; the extremes of the dealings say how much one person moves."
    if config.lymphocytes is not None:
        yield (
            f"- Healthy lymphocytes of {config.lymphocytes.name} stand beside blasts of another lab: their weight is "
            f"{config.lymphocytes.share:.0%} of the healthy cells', so that lab does not become label."
        )
