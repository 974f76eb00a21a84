"""The page that shows a report: one self-contained HTML file, readable on screen, in the dark and on paper."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape
from markupsafe import Markup

from leukoscope.domain.frames import Pixels
from training.report import charts
from training.report.robustness import worst
from training.report.words import BY_IMAGE, LIMITS, TITLES, key_figures, percent, shown, signed, spread
from training.run import RunFolder

_TABLE = (
    "auroc", "auprc", "accuracy", "balanced_accuracy", "sensitivity", "specificity", "precision",
    "negative_predictive_value", "f1", "weighted_f1", "mcc", "brier_uncalibrated", "brier", "ece_uncalibrated", "ece",
    "decided_share", "decided_accuracy",
)  # fmt: skip


def environment() -> Environment:
    """Templates that escape everything and refuse what is not given."""
    made = Environment(
        loader=PackageLoader("training.report"),
        autoescape=select_autoescape(default=True, default_for_string=True),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters |= {"figure": shown, "spread": spread, "percent": percent, "signed": signed}
    return made


def write_page(path: Path, run: RunFolder, report: dict[str, Any]) -> None:
    """Write ``index.html``, whole or not at all."""
    page = (
        environment()
        .get_template("index.html.j2")
        .render(
            run=run.path.name,
            config=run.config,
            config_text=(run.path / "config.toml").read_text(encoding="utf-8"),
            facts=run.facts(),
            report=report,
            leaky=report["split"] == "image-leaky",
            unnamed=None if run.config.data.knows_people else BY_IMAGE,
            keys=key_figures(report),
            titles=TITLES,
            table=_TABLE,
            limits=LIMITS,
            charts=_charts(report, run.config.data.classes),
            pictures=[[image_tag(one) for one in row] for row in report.get("pictures", [])],
            worst=worst(report["robustness"]) if "robustness" in report else None,
        )
    )
    part = path.with_suffix(".part")
    part.write_text(page, encoding="utf-8")
    part.replace(path)


def _charts(report: dict[str, Any], classes: Sequence[str]) -> dict[str, Markup]:
    curves = report["curves"]
    confusion = report["confusion"]
    leukemic = confusion["leukemic_called_leukemic"] + confusion["leukemic_called_healthy"]
    drawn = {
        "roc": charts.roc(curves["roc"]),
        "precision_recall": charts.precision_recall(curves["precision_recall"], leukemic / report["cells"]),
        "reliability": charts.reliability(curves["reliability"]["before"], curves["reliability"]["after"]),
        "risk_coverage": charts.risk_coverage(curves["risk_coverage"]),
    }
    if report["per_subject"]:
        drawn["subjects"] = charts.subjects(report["per_subject"], classes)
    if report["learning"]:
        drawn["learning"] = charts.learning(report["learning"])
    if "robustness" in report:
        drawn["robustness"] = charts.robustness(report["robustness"]["levels"])
        drawn["faithfulness"] = charts.faithfulness(report["faithfulness"])
    # Drawn by us from numbers and fixed words; subject names inside were escaped when the SVG was written.
    return {name: Markup(svg) for name, svg in drawn.items()}


def image_tag(pixels: Pixels) -> str:
    """A picture as an address that holds the picture itself."""
    bgr = np.asarray(cv2.cvtColor(pixels, cv2.COLOR_RGB2BGR))
    _, data = cv2.imencode(".jpg", bgr, [cv2.IMWRITE_JPEG_QUALITY, 88])
    return "data:image/jpeg;base64," + base64.b64encode(data.tobytes()).decode("ascii")
