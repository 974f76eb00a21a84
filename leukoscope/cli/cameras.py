"""``leukoscope cameras list`` and ``leukoscope cameras snap``."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from leukoscope.cli import exit_codes

if TYPE_CHECKING:
    from leukoscope.workflow.app_dirs import AppDirs


def add_parsers(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the subcommand."""
    cameras = commands.add_parser("cameras", help="list cameras, take one picture")
    verbs = cameras.add_subparsers(dest="verb", required=True)
    verbs.add_parser("list", help="cameras that can be opened now")
    take = verbs.add_parser("snap", help="take one picture")
    take.add_argument("--source", required=True, metavar="ID", help="from the list, a video file, or an address")
    take.add_argument("--out", required=True, type=Path, metavar="FILE", help="PNG or TIFF to write")
    cameras.set_defaults(run=_cameras)


def _cameras(args: argparse.Namespace, _home: AppDirs) -> int:
    # The window's start must not wait for what only a camera needs.
    from leukoscope.workflow.capture import camera_list, snap

    if args.verb == "list":
        for info in camera_list():
            print(f"{info.id:<44} {info.kind.value:<6} {info.name}")
        return exit_codes.OK
    frame = snap(args.source, args.out)
    scale = f", {frame.um_per_px:.3g} µm/px" if frame.um_per_px else ""
    print(f"{frame.width} x {frame.height} pixels{scale}. Written to {args.out}")
    return exit_codes.OK
