"""Charts of a report as SVG to be put into the page: colors are CSS variables, so they follow light, dark and paper.

The series colors are those of Okabe and Ito (2008), which people with color-vision deficiency tell apart; every series
also has its own dash or marker.
"""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, cast

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from training.report.robustness import UNALTERED

INK, MUTED, GRID = "#111213", "#717273", "#d1d2d3"
SERIES = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9")
DASHES = ("-", "--", "-.", ":", (0, (5, 1, 1, 1, 1, 1)), (0, (1, 1)))
MARKERS = ("o", "s", "^", "D", "v", "P")
_VARIABLES = {INK: "--ink", MUTED: "--muted", GRID: "--grid"} | {
    color: f"--series-{number}" for number, color in enumerate(SERIES, start=1)
}
_STYLE = {
    "svg.fonttype": "none",
    "svg.hashsalt": "report",
    "font.family": "sans-serif",
    "font.size": 9,
    "axes.titlesize": 9.5,
    "axes.titlelocation": "left",
    "axes.edgecolor": MUTED,
    "axes.labelcolor": INK,
    "axes.titlecolor": INK,
    "axes.linewidth": 0.8,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "axes.axisbelow": True,
    "grid.color": GRID,
    "grid.linewidth": 0.6,
    "xtick.color": MUTED,
    "ytick.color": MUTED,
    "xtick.labelcolor": INK,
    "ytick.labelcolor": INK,
    "text.color": INK,
    "legend.frameon": False,
    "legend.fontsize": 8.5,
    "lines.linewidth": 1.6,
    "lines.markersize": 4,
}
HALF = (3.5, 3.1)


@contextmanager
def _figure(size: tuple[float, float]) -> Iterator[Figure]:
    with mpl.rc_context(cast(Any, _STYLE)):
        yield Figure(figsize=size, layout="constrained")


def _svg(figure: Figure, name: str) -> str:
    """Inline SVG: no prolog, its own ids, colors as CSS variables, the page's own font."""
    stream = io.StringIO()
    nothing = dict.fromkeys(("Date", "Creator", "Format", "Type"))
    figure.savefig(stream, format="svg", transparent=True, metadata=nothing)
    text = stream.getvalue()
    text = text[text.index("<svg") :]
    text = re.sub(r"<metadata>.*?</metadata>", "", text, flags=re.DOTALL)
    text = re.sub(r' xmlns(:xlink)?="[^"]*"', "", text)
    text = re.sub(r'\bid="', f'id="{name}-', text)
    text = text.replace("url(#", f"url(#{name}-").replace('xlink:href="#', f'href="#{name}-')
    text = re.sub(r"font-family: [^;\"]*", "font-family: inherit", text)
    for color, variable in _VARIABLES.items():
        text = text.replace(color, f"var({variable})")
    opening = rf'<svg viewBox="\1" role="img" class="{name}">'
    return re.sub(r'<svg [^>]*?viewBox="([^"]*)"[^>]*>', opening, text, count=1)


def _drawn(name: str, size: tuple[float, float], draw: Callable[[Axes], None]) -> str:
    with _figure(size) as figure:
        draw(figure.subplots())
        return _svg(figure, name)


def _unit(axes: Axes, x: str, y: str) -> None:
    axes.set(xlabel=x, ylabel=y, xlim=(-0.01, 1.01), ylim=(-0.01, 1.01))
    axes.set_xticks([0, 0.25, 0.5, 0.75, 1], ["0", "0.25", "0.5", "0.75", "1"])
    axes.set_yticks([0, 0.25, 0.5, 0.75, 1], ["0", "0.25", "0.5", "0.75", "1"])


def _fold_lines(axes: Axes, curves: dict[str, list[list[float]]]) -> None:
    folds = [name for name in curves if name != "pooled"]
    for index, name in enumerate(folds):
        x, y = zip(*curves[name], strict=True)
        place = index % len(SERIES)
        axes.plot(x, y, color=SERIES[place], linestyle=DASHES[place], label=f"fold {name}", linewidth=1.3)
    if len(folds) > 1:
        x, y = zip(*curves["pooled"], strict=True)
        axes.plot(x, y, color=INK, label="all cells", linewidth=1.9)


def roc(curves: dict[str, list[list[float]]]) -> str:
    """Sensitivity against 1 - specificity."""

    def draw(axes: Axes) -> None:
        axes.plot([0, 1], [0, 1], color=MUTED, linewidth=0.8, linestyle=":")
        _fold_lines(axes, curves)
        _unit(axes, "1 − specificity", "sensitivity")
        axes.legend(loc="lower right")

    return _drawn("roc", HALF, draw)


def precision_recall(curves: dict[str, list[list[float]]], prevalence: float) -> str:
    """Precision against sensitivity; the dotted line is what chance reaches."""

    def draw(axes: Axes) -> None:
        axes.axhline(prevalence, color=MUTED, linewidth=0.8, linestyle=":")
        _fold_lines(axes, curves)
        _unit(axes, "sensitivity", "precision")
        axes.legend(loc="lower left")

    return _drawn("precision-recall", HALF, draw)


def reliability(before: Sequence[dict[str, Any]], after: Sequence[dict[str, Any]]) -> str:
    """Share that is leukemic against the probability that was said, with 95 % intervals."""

    def draw(axes: Axes) -> None:
        axes.plot([0, 1], [0, 1], color=MUTED, linewidth=0.8, linestyle=":")
        for index, (rows, label) in enumerate(((before, "before calibration"), (after, "after"))):
            x = [row["predicted"] for row in rows]
            y = [row["observed"]["value"] for row in rows]
            if label == "after":
                low, high = ([row["observed"][edge] for row in rows] for edge in ("low", "high"))
                axes.vlines(x, low, high, color=SERIES[index], linewidth=0.9, alpha=0.6)
            axes.plot(x, y, color=SERIES[index], linestyle=DASHES[index], marker=MARKERS[index], label=label)
        _unit(axes, "probability that was said", "share that is leukemic")
        axes.legend(loc="upper left")

    return _drawn("reliability", HALF, draw)


def risk_coverage(rows: Sequence[dict[str, Any]]) -> str:
    """Accuracy of the most certain cells."""

    def draw(axes: Axes) -> None:
        x = [row["coverage"] for row in rows]
        low, high = ([row["accuracy"][edge] for row in rows] for edge in ("low", "high"))
        axes.fill_between(x, low, high, color=SERIES[0], alpha=0.15, linewidth=0)
        axes.plot(x, [row["accuracy"]["value"] for row in rows], color=SERIES[0], marker=MARKERS[0])
        axes.set(xlabel="share of cells that is decided, most certain first", ylabel="accuracy of these")
        axes.set(xlim=(0, 1.02), ylim=(max(0.0, min(low) - 0.02), 1.005))

    return _drawn("risk-coverage", HALF, draw)


def subjects(rows: Sequence[dict[str, Any]], classes: Sequence[str]) -> str:
    """Share of right cells of every held-out subject, with Wilson intervals."""

    def draw(axes: Axes) -> None:
        names = [f"{row['subject']}  (n = {row['accuracy']['n']})" for row in rows]
        for label, name in enumerate(classes):
            own = [(i, row["accuracy"]) for i, row in enumerate(rows) if row["label"] == label]
            places = [i for i, _ in own]
            axes.hlines(places, [a["low"] for _, a in own], [a["high"] for _, a in own], color=SERIES[label])
            axes.plot([a["value"] for _, a in own], places, MARKERS[label], color=SERIES[label], label=name)
        axes.set_yticks(range(len(rows)), names)
        axes.set(xlabel="share of cells right at 0.5", xlim=(-0.01, 1.02))
        axes.invert_yaxis()
        axes.grid(visible=False, axis="y")
        axes.legend(loc="lower left", bbox_to_anchor=(0, 1.0), ncols=2)

    return _drawn("subjects", (7.2, 0.9 + 0.22 * len(rows)), draw)


def learning(curves: dict[str, list[dict[str, Any]]]) -> str:
    """Loss and accuracy (or, with validation, its AUROC) of every part by epoch."""
    watched = any("val_auroc" in row for rows in curves.values() for row in rows)
    with _figure((7.2, 2.7)) as figure:
        panels = figure.subplots(1, 2)
        for axes, key, title in zip(
            panels, ("loss", "val_auroc" if watched else "accuracy"),
            ("training loss", "AUROC on validation subjects" if watched else "training accuracy"), strict=True,
        ):  # fmt: skip
            for index, (name, rows) in enumerate(curves.items()):
                points = [(epoch, row[key]) for epoch, row in enumerate(rows, start=1) if key in row]
                if points:
                    x, y = zip(*points, strict=True)
                    place = index % len(SERIES)
                    axes.plot(x, y, color=SERIES[place], linestyle=DASHES[place], marker=MARKERS[place], label=name)
            axes.set(title=title, xlabel="epoch (head, then top layers)")
            axes.xaxis.get_major_locator().set_params(integer=True)
        panels[0].legend()
        return _svg(figure, "learning")


def robustness(levels: Sequence[dict[str, Any]]) -> str:
    """AUROC and accuracy against the level, one panel for each kind of change."""
    plain = levels[0]
    kinds = list(dict.fromkeys(row["kind"] for row in levels if row["kind"] != UNALTERED))
    columns = 5
    lines = -(-len(kinds) // columns)
    with _figure((7.4, 1.75 * lines + 0.3)) as figure:
        panels = figure.subplots(lines, columns, sharey=True, squeeze=False)
        for axes, kind in zip(panels.flat, kinds, strict=False):
            rows = [row for row in levels if row["kind"] == kind]
            x = range(len(rows))
            for index, (key, label) in enumerate((("auroc", "AUROC"), ("accuracy", "accuracy"))):
                axes.axhline(plain[key]["value"], color=SERIES[index], linewidth=0.8, linestyle=":")
                axes.plot(
                    x, [row[key]["value"] for row in rows], color=SERIES[index], linestyle=DASHES[index],
                    marker=MARKERS[index], label=label,
                )  # fmt: skip
            axes.set(title=kind)
            axes.set_xticks(list(x), [_short(row) for row in rows], fontsize=7.5)
            axes.margins(x=0.12)
        for axes in list(panels.flat)[len(kinds) :]:
            axes.set_axis_off()
        handles, names = panels.flat[0].get_legend_handles_labels()
        figure.legend(handles, [f"{name} (dotted: unaltered)" for name in names], loc="outside upper left", ncols=2)
        return _svg(figure, "robustness")


def _short(row: dict[str, Any]) -> str:
    amount = float(row["amount"])
    relative = {"brightness", "cell size", "white balance"}
    return (
        f"{100 * amount:+.0f}%".replace("-", "−") if row["kind"] in relative or "dye" in row["kind"] else f"{amount:g}"
    )


def faithfulness(report: dict[str, Any]) -> str:
    """Mean deletion and insertion curves of every map."""
    with _figure((7.2, 3.0)) as figure:
        panels = figure.subplots(1, 2, sharey=True)
        for axes, way in zip(panels, ("deletion", "insertion"), strict=True):
            for index, row in enumerate(report["maps"]):
                place = index % len(SERIES)
                color = MUTED if row["name"] == "random" else SERIES[place]
                curve = row[f"{way}_curve"]
                axes.plot(report["shares"], curve, color=color, linestyle=DASHES[place], label=row["title"])
            axes.set(title=way, xlabel=f"share of the cell's pixels {'removed' if way == 'deletion' else 'given back'}")
        panels[0].set(ylabel="probability of the class that was said")
        handles, names = panels[0].get_legend_handles_labels()
        figure.legend(handles, names, loc="outside upper left", ncols=3)
        return _svg(figure, "faithfulness")
