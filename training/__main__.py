"""``python -m training``: fit, cross-validate, calibrate, evaluate, compare and export."""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from leukoscope.domain.errors import LeukoScopeError, SettingsError
from leukoscope.system.console import make_output_safe
from training.quickstart.command import add_verb as add_quickstart
from training.quickstart.command import quickstart

_STOPPED = dict.fromkeys(("quickstart", "check-data", "preview"), "Nothing was written.")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m training", description="Train the networks of LeukoScope on a lab's own cells."
    )
    verbs = parser.add_subparsers(dest="verb", required=True, metavar="VERB")
    for verb, text in (
        ("fit", "train every fold and then, on all cells, the weights that ship; goes on where it stopped"),
        ("cross-validate", "train the folds only"),
    ):
        sub = verbs.add_parser(verb, help=text, description=text)
        sub.add_argument("config", type=Path, metavar="CONFIG", help="TOML file, as in training/configs")
        sub.add_argument("--data", type=Path, required=True, metavar="DIR", help="folder of cells")
        sub.add_argument("--out", type=Path, required=True, metavar="RUN", help="the run's folder")
        sub.add_argument("--folds", metavar="N,N", help="only these folds, counted from 0")
        sub.add_argument("--seed", type=int, metavar="N", help="in place of the configuration's seed")
        sub.add_argument("--deal", type=_count, metavar="N", help="the Nth of different ways to deal people into folds")
        _lymphocytes_argument(sub)
        sub.add_argument(
            "--activations", type=Path, metavar="DIR", help="keep what frozen layers give, for runs of the same recipe"
        )
        sub.add_argument("--force", action="store_true", help="replace a run of another configuration")
    add_quickstart(verbs)
    _data_verbs(verbs)
    _shape_verb(verbs)
    _combine_verb(verbs)
    text = "learn from cells without labels; writes backbone weights for network.weights_files"
    sub = verbs.add_parser("pretrain", help=text, description=text)
    sub.add_argument("config", type=Path, metavar="CONFIG", help="TOML file, as in training/configs")
    sub.add_argument("--data", type=Path, required=True, metavar="DIR", help="folder of cells, labels not needed")
    sub.add_argument("--out", type=Path, required=True, metavar="DIR", help="folder for the weights")
    sub.add_argument("--force", action="store_true", help="replace weights that are there")
    for verb, what in (
        ("calibrate", "fit temperature, bias and unsure band on the held-out cells of the folds"),
        ("evaluate", "figures on held-out cells and trials of the network, written to RUN/report"),
        ("export", "write a bundle: model.keras, manifest.json, novelty.npz, card.md"),
    ):
        sub = verbs.add_parser(verb, help=what, description=what)
        sub.add_argument("run", type=Path, metavar="RUN", help="the run's folder")
        if verb == "evaluate":
            _evaluate_arguments(sub)
        if verb == "export":
            sub.add_argument("--to", type=Path, required=True, metavar="DIR", help="for example models/hybrid")
            sub.add_argument(
                "--combination", type=Path, metavar="FILE.json", help="what combine --out wrote, for the card"
            )
            sub.add_argument("--force", action="store_true", help="replace a bundle that is there")
    text = "runs side by side: settings that differ, figures, paired differences"
    sub = verbs.add_parser("compare", help=text, description=text)
    sub.add_argument("runs", type=Path, nargs="+", metavar="RUN", help="the runs' folders; the first is the measure")
    sub.add_argument("--average", action="store_true", help="also the average of the runs' calibrated probabilities")
    sub.add_argument("--out", type=Path, metavar="FILE.html", help="also write the tables as a page")
    return parser


def _data_verbs(verbs: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Verbs that look at the cells before hours are spent."""
    text = "a contact sheet of what the network sees: cells as they are and as training changes them"
    sub = verbs.add_parser("preview", help=text, description=text)
    sub.add_argument("config", type=Path, metavar="CONFIG", help="TOML file, as in training/configs")
    sub.add_argument("--data", type=Path, required=True, metavar="DIR", help="folder of cells")
    sub.add_argument("--out", type=Path, required=True, metavar="FILE.png", help="the picture")
    sub.add_argument("--cells", type=_count, default=12, metavar="N", help="how many cells, of both classes (12)")
    sub.add_argument("--force", action="store_true", help="replace a picture that is there")
    text = "look at every cell as a run would: counts, split, duplicates, and all that is wrong"
    sub = verbs.add_parser("check-data", help=text, description=text)
    sub.add_argument("config", type=Path, metavar="CONFIG", help="TOML file, as in training/configs")
    sub.add_argument("--data", type=Path, required=True, metavar="DIR", help="folder of cells")
    sub.add_argument("--manifest", type=Path, metavar="FILE", help="fold, name and SHA-256 of C-NMC's own files")


def _shape_verb(verbs: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    text = "measure cells, fit a logistic regression on figures of shape, judge it, and write its bundle"
    sub = verbs.add_parser("shape", help=text, description=text)
    sub.add_argument("config", type=Path, metavar="CONFIG", help="TOML file, as training/configs/shape/morphology.toml")
    sub.add_argument("--data", type=Path, required=True, metavar="DIR", help="folder of cells on black")
    _lymphocytes_argument(sub)
    sub.add_argument("--to", type=Path, required=True, metavar="DIR", help="for example models/morphology")
    sub.add_argument("--measured", type=Path, metavar="FILE.json", help="keep what was measured for the next fit")
    sub.add_argument("--force", action="store_true", help="replace a bundle that is there")


def _combine_verb(verbs: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    text = "networks and figures of shape together, over several dealings: figures, and how much each weighs"
    sub = verbs.add_parser("combine", help=text, description=text)
    sub.add_argument(
        "--runs", type=Path, nargs="+", action="append", required=True, metavar="RUN", help="one network's runs"
    )
    sub.add_argument("--shape", type=Path, required=True, metavar="CONFIG", help="TOML file of the figures of shape")
    sub.add_argument("--data", type=Path, required=True, metavar="DIR", help="folder of cells on black")
    _lymphocytes_argument(sub)
    sub.add_argument("--measured", type=Path, metavar="FILE.json", help="keep what was measured for the next time")
    sub.add_argument("--out", type=Path, metavar="FILE.json", help="also write the figures as JSON")


def _combine(arguments: argparse.Namespace) -> None:
    from training.combination.command import combine
    from training.combination.evaluation import as_text

    report = combine(
        arguments.runs,
        arguments.shape,
        arguments.data,
        arguments.lymphocytes,
        measured=arguments.measured,
        out=arguments.out,
        say=lambda _: None,
    )
    print(as_text(report))


def _lymphocytes_argument(sub: argparse.ArgumentParser) -> None:
    sub.add_argument(
        "--lymphocytes", type=Path, nargs="*", default=[], metavar="DIR", help="another lab's, one in each picture"
    )


def _shape(arguments: argparse.Namespace) -> None:
    from training.shape.export import make_bundle

    make_bundle(
        arguments.config,
        arguments.data,
        arguments.lymphocytes,
        arguments.to,
        memory=arguments.measured,
        force=arguments.force,
        say=_say,
    )
    _say(f"wrote {arguments.to}")


def _evaluate_arguments(sub: argparse.ArgumentParser) -> None:
    sub.add_argument("--data", type=Path, metavar="DIR", help="folder of cells, where the run's own is not there")
    sub.add_argument(
        "--cells-per-subject", type=_count, default=40, metavar="N", help="cells that are altered for robustness (40)"
    )
    sub.add_argument(
        "--maps-per-subject", type=_count, default=6, metavar="N", help="cells on which the maps are tried (6)"
    )


def _count(text: str) -> int:
    if not text.isdigit() or not int(text):
        raise argparse.ArgumentTypeError(f"{text!r} is no number; give 1 or more")
    return int(text)


def _say(text: str) -> None:
    print(f"{time.strftime('%H:%M:%S')} {text}", flush=True)


def _train(arguments: argparse.Namespace) -> None:
    from training.pipeline import RunParts, run_parts

    try:
        folds = [int(part) for part in arguments.folds.split(",")] if arguments.folds else None
    except ValueError as error:
        raise SettingsError(f"--folds {arguments.folds}: give numbers with commas, such as 0,2.") from error
    final = arguments.verb == "fit"
    wanted = RunParts(
        folds,
        final=final,
        seed=arguments.seed,
        force=arguments.force,
        deal=arguments.deal,
        lymphocytes=arguments.lymphocytes,
        activations=arguments.activations,
    )
    run_parts(arguments.config, arguments.data, arguments.out, wanted, _say)


def _pretrain(arguments: argparse.Namespace) -> None:
    from training.pretrain import pretrain

    files = pretrain(arguments.config, arguments.data, arguments.out, force=arguments.force, say=_say)
    _say("to start from these weights, put into the configuration:")
    print("[network.weights_files]")
    for name, file in files.items():
        print(f'{name} = "{file.as_posix()}"')


def _preview(arguments: argparse.Namespace) -> None:
    from training.preview import write_preview

    shown = write_preview(arguments.config, arguments.data, arguments.out, cells=arguments.cells, force=arguments.force)
    _say(f"wrote {arguments.out}: {shown} cells")


def _check_data(arguments: argparse.Namespace) -> int:
    from training.check import as_text, check_data

    report = check_data(arguments.config, arguments.data, arguments.manifest)
    print(as_text(report))
    return 2 if report.problems else 0


def _after(arguments: argparse.Namespace) -> None:
    from training.run import open_run

    run = open_run(arguments.run)
    if arguments.verb == "calibrate":
        from training.calibrate import calibrate

        calibration, band = calibrate(run)
        _say(
            f"temperature {calibration.temperature:.3f}, bias {calibration.bias:+.3f}; "
            f"unsure between {band.low:.3f} and {band.high:.3f}"
        )
    elif arguments.verb == "evaluate":
        from training.evaluate import Trials, evaluate
        from training.report.reading import report_folder

        trials = Trials(arguments.data, arguments.cells_per_subject, arguments.maps_per_subject)
        report = evaluate(run, trials, _say)
        for name, value in report["mean_of_folds"].items():
            spread = f"({value['low']:.4f} to {value['high']:.4f})"
            _say(f"{name}: mean of {len(report['folds'])} folds {value['value']:.4f} {spread}")
        _say(f"wrote {report_folder(run) / 'index.html'}" + ("; " + report["left_out"] if "left_out" in report else ""))
    else:
        from training.export import export

        manifest = export(run, arguments.to, force=arguments.force, combination=arguments.combination)
        _say(f"wrote {arguments.to}: {manifest.name} {manifest.version}, {manifest.parameters:,} parameters")


def _compare(arguments: argparse.Namespace) -> None:
    from training.report.comparison import compare
    from training.report.comparison_table import as_text, write_comparison
    from training.run import open_run

    rows = compare([open_run(path) for path in arguments.runs], average=arguments.average)
    print(as_text(rows))
    if arguments.out:
        write_comparison(arguments.out, rows)


def main(argv: Sequence[str] | None = None) -> int:
    """Run one verb: 0 when it worked, 2 when something was wrong with what it was given, 130 after Ctrl-C."""
    make_output_safe()
    arguments = _parser().parse_args(argv)
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    try:
        verbs = {"fit": _train, "cross-validate": _train, "pretrain": _pretrain, "compare": _compare}
        verbs |= {"preview": _preview, "shape": _shape, "combine": _combine}
        if arguments.verb == "quickstart":
            return quickstart(arguments, print)
        if arguments.verb == "check-data":
            return _check_data(arguments)
        verbs.get(arguments.verb, _after)(arguments)
    except LeukoScopeError as error:
        print(error, file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        rest = _STOPPED.get(arguments.verb, "Start the same command again; it goes on after the last finished epoch.")
        print(f"Stopped. {rest}", file=sys.stderr)
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
