"""What trying a foreign model's maps showed, in plain sentences."""

from __future__ import annotations

from collections.abc import Iterator

from leukoscope.inference.manifest import ExplanationLayer, Manifest
from leukoscope.inference.map_schema import MapTrial

ALIKE = 0.5
"""Rank correlation from which on a map with shuffled weights counts as the same: half of the way to identical."""


def map_sentences(manifest: Manifest) -> tuple[str, ...]:
    """What is to be known of an imported model's maps; empty for models that were not tried."""
    if manifest.source != "imported" or manifest.kind != "network":
        return ()
    if not manifest.explanations and manifest.container != "keras":
        return ("No map found: this model takes one image at a time, so parts of a cell cannot be covered to try it.",)
    if not manifest.explanations:
        return (
            "No map found: nothing in this model keeps places apart before its head, or no map of it can be computed "
            "here. It judges without showing why.",
        )
    return tuple(sentence for layer in manifest.explanations for sentence in _of_layer(layer))


def map_warning(manifest: Manifest) -> str:
    """The one thing that a person must know before going by the maps; empty where there is none."""
    sentences = map_sentences(manifest)
    if sentences and not manifest.explanations:
        return sentences[0]
    trials = [layer.trial for layer in manifest.explanations if layer.trial is not None]
    if any(_is_doubtful(trial) for trial in trials):
        return "Read what trying its maps showed before you go by them: at least one does not show why it judges."
    return ""


def _is_doubtful(trial: MapTrial) -> bool:
    same = trial.random_weights is not None and abs(trial.random_weights) >= ALIKE
    blind = trial.deletion is not None and 2 * trial.deletion.chance < trial.cells
    beside = trial.on_cell is not None and trial.on_cell < trial.filled
    return same or blind or beside or 2 * trial.empty >= trial.cells


def _of_layer(layer: ExplanationLayer) -> Iterator[str]:
    trial, title = layer.trial, layer.title
    if trial is None:
        return
    if trial.empty:
        yield f"“{title}” is empty on {trial.empty} of {trial.cells} cells: there it shows nothing for the answer."
    if trial.on_cell is not None:
        on_cell, filled = f"{100 * trial.on_cell:.0f}", f"{100 * trial.filled:.0f}"
        yield f"“{title}” has {on_cell} % of its evidence on the cell, which fills {filled} % of the image."
    if trial.random_weights is not None:
        figure = f"{trial.random_weights:.2f}"
        if abs(trial.random_weights) >= ALIKE:
            yield f"“{title}” looks the same with shuffled weights (correlation {figure}): it does not show the model."
        else:
            yield f"“{title}” changes when the weights are shuffled (correlation {figure}), as it must."
    if trial.deletion is None or trial.insertion is None:
        yield f"“{title}” could not be tried by taking pixels away: the answer hardly depends on the cell."
        return
    out, back, cells = trial.deletion, trial.insertion, trial.cells
    yield (
        f"Taken away in the order of “{title}”, pixels change the answer sooner than in a random order on {out.chance} "
        f"of {cells} cells, sooner than from the middle outward on {out.disc}."
    )
    yield (
        f"Given back in the order of “{title}”, pixels restore the answer sooner than in a random order on "
        f"{back.chance} of {cells} cells, sooner than from the middle outward on {back.disc}."
    )
