"""``python -m training.differential``: cells, fit, assess, export, figures."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

from leukoscope.domain.errors import LeukoScopeError, SettingsError
from training.config import CONFIG_FOLDER
from training.differential.attributes import read_attributes
from training.differential.cells import load_cells, save_cells
from training.differential.recipe import Recipe, read_recipe


def say(text: str) -> None:
    """One line for the person who waits."""
    print(text, flush=True)


def cells(options: argparse.Namespace, recipe: Recipe) -> None:
    """Cut out all labeled cells."""
    from training.differential.sources import cut_all, list_jobs

    table = read_attributes(options.wbcatt)
    jobs = list(list_jobs(options.pbc, options.cnmc, options.bccd, recipe, table.parts))
    if not jobs:
        raise SettingsError("There is no cell in the given folders; check --pbc, --c-nmc and --bccd.")
    pixels, facts = zip(*cut_all(jobs, options.processes, say), strict=True)
    save_cells(options.run / "cells", pixels, facts)
    say(f"{len(facts):,} cells of {len(jobs):,} files")


def fit(options: argparse.Namespace, recipe: Recipe) -> None:
    """Run the frozen part, then train the wanted networks."""
    from training.differential.activations import Material, compute_activations
    from training.differential.fold_network import ACTIVATIONS, train_part
    from training.differential.network import build_network

    table = read_attributes(options.wbcatt)
    material = Material(load_cells(options.run / "cells"), recipe)
    compute_activations(material, build_network(recipe, table.heads), recipe, options.run / ACTIVATIONS, say)
    values = table.labels(material.facts)
    for name in options.part or [*(f"fold-{number}" for number in range(recipe.folds)), "final"]:
        train_part(name, material.facts, values, table.heads, recipe, options.run, say)


def assess(options: argparse.Namespace, recipe: Recipe) -> None:
    """Set temperature and thresholds, print all figures, keep them in the run's folder."""
    from training.differential.assess import assess_run

    say(assess_run(options.run, recipe, read_attributes(options.wbcatt)))


def export(options: argparse.Namespace, recipe: Recipe) -> None:
    """Write the bundle."""
    from training.differential.bundle import export_run

    manifest = export_run(options.run, recipe, read_attributes(options.wbcatt), options.to)
    say(f"{manifest.name} {manifest.version}: {manifest.parameters:,} parameters in “{options.to}”")


def figures(options: argparse.Namespace, recipe: Recipe) -> None:  # noqa: ARG001
    """Print what the bundle reaches beside what was to be reached."""
    from leukoscope.inference.manifest import read_manifest
    from training.differential.goals import goals_text

    say(goals_text(read_manifest(options.to)))


def main(words: Sequence[str] | None = None) -> int:
    """Entry; the exit code."""
    parser = argparse.ArgumentParser(prog="python -m training.differential", description=__doc__)
    parser.add_argument("verb", choices=("cells", "fit", "assess", "export", "figures"))
    parser.add_argument("--run", type=Path, help="folder of the run")
    parser.add_argument("--config", type=Path, default=CONFIG_FOLDER / "differential" / "differential.toml")
    parser.add_argument("--wbcatt", type=Path, help="folder of WBCAtt's three tables")
    parser.add_argument("--pbc", type=Path, nargs="*", default=[], help="folders with one folder for each class")
    parser.add_argument("--c-nmc", dest="cnmc", type=Path, help="folder of C-NMC's cells")
    parser.add_argument("--bccd", type=Path, help="folder of BCCD")
    parser.add_argument("--processes", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--part", nargs="*", help="fold-0 … or final; all when not given")
    parser.add_argument("--to", type=Path, default=Path("models/differential"), help="folder of the bundle")
    options = parser.parse_args(words)
    verbs = {"cells": cells, "fit": fit, "assess": assess, "export": export, "figures": figures}
    if options.verb != "figures" and (options.run is None or options.wbcatt is None):
        parser.error("--run and --wbcatt are needed, for all but figures")
    try:
        verbs[options.verb](options, read_recipe(options.config))
    except LeukoScopeError as error:
        print(error.message, file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("Stopped; the same command goes on with what is done.", file=sys.stderr)
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
