"""``leukoscope cameras list``, ``leukoscope cameras snap`` and ``leukoscope cameras scan``."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from leukoscope.cli import exit_codes

if TYPE_CHECKING:
    from leukoscope.workflow.app_dirs import AppDirs


def add_parsers(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the subcommand."""
    cameras = commands.add_parser("cameras", help="list cameras, take one picture, scan fields")
    verbs = cameras.add_subparsers(dest="verb", required=True)
    verbs.add_parser("list", help="cameras that can be opened now")
    take = verbs.add_parser("snap", help="take one picture")
    take.add_argument("--source", required=True, metavar="ID", help="from the list, a video file, or an address")
    take.add_argument("--out", required=True, type=Path, metavar="FILE", help="PNG or TIFF to write")
    _add_scan(verbs)
    cameras.set_defaults(run=_cameras)


def _add_scan(verbs: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    scan = verbs.add_parser("scan", help="take fields side by side with a motorized stage")
    scan.add_argument("--source", required=True, metavar="ID", help="mm:FILE.cfg, mm:demo, or demo:1")
    scan.add_argument("--out", required=True, type=Path, metavar="FOLDER", help="where to write OME-TIFF files")
    scan.add_argument("--fields", type=int, default=9, help="how many (9)")
    scan.add_argument("--shape", choices=("rows", "spiral"), default="rows", help="in which order (rows)")
    scan.add_argument("--overlap", type=float, default=20.0, metavar="PERCENT", help="what neighbors share (20)")
    scan.add_argument(
        "--focus-every", type=int, default=3, metavar="N", help="search focus at each Nth field; 0 never (3)"
    )
    scan.add_argument(
        "--focus-reach", type=float, default=8.0, metavar="UM", help="how far the focus may go to each side, in µm (8)"
    )
    scan.add_argument("--um-per-px", type=float, metavar="NUMBER", help="scale where the camera does not know it")


def _scan(args: argparse.Namespace) -> int:
    from leukoscope.sources.scan_plan import ScanShape
    from leukoscope.workflow.scan_files import scan_to
    from leukoscope.workflow.scanning import ScanOrder, ScanStep

    order = ScanOrder(args.fields, ScanShape(args.shape), args.overlap / 100, args.focus_every, args.focus_reach)

    def show(step: ScanStep) -> None:
        if sys.stderr.isatty():
            doing = "finding focus" if step.is_focusing else "fields"
            print(f"\r\033[K{step.taken} of {step.fields} {doing}", end="", file=sys.stderr, flush=True)

    try:
        done = scan_to(args.source, order, args.out, args.um_per_px, show)
    finally:
        if sys.stderr.isatty():
            print("\r\033[K", end="", file=sys.stderr)
    unsharp = f" At {done.unfocused} of them no plane was sharper than others." if done.unfocused else ""
    print(f"{done.taken} fields written to {args.out}.{unsharp}")
    return exit_codes.OK


def _cameras(args: argparse.Namespace, _home: AppDirs) -> int:
    # The window's start must not wait for what only a camera needs.
    from leukoscope.workflow.capture import camera_list, snap

    if args.verb == "list":
        for info in camera_list():
            print(f"{info.id:<44} {info.kind.value:<6} {info.name}")
        return exit_codes.OK
    if args.verb == "scan":
        return _scan(args)
    frame = snap(args.source, args.out)
    scale = f", {frame.um_per_px:.3g} µm/px" if frame.um_per_px else ""
    print(f"{frame.width} x {frame.height} pixels{scale}. Written to {args.out}")
    return exit_codes.OK
