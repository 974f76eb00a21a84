"""``leukoscope cameras list`` and ``leukoscope cameras snap``."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any


def add_cameras(commands: Any) -> None:
    """Describe the commands; ``commands`` is argparse's own collection of subparsers."""
    cameras = commands.add_parser("cameras", help="list cameras, take one picture")
    verbs = cameras.add_subparsers(dest="verb", required=True)
    verbs.add_parser("list", help="cameras that can be opened now")
    take = verbs.add_parser("snap", help="take one picture")
    take.add_argument("--source", required=True, metavar="ID", help="from the list, a video file, or an address")
    take.add_argument("--out", required=True, type=Path, metavar="FILE", help="PNG or TIFF to write")


def run_cameras(args: argparse.Namespace) -> int:
    """Carry one out; returns the exit code."""
    # The window's start must not wait for what only a camera needs.
    from leukoscope.workflow.capture import camera_list, snap

    if args.verb == "list":
        for info in camera_list():
            print(f"{info.id:<44} {info.kind.value:<6} {info.name}")
        return 0
    frame = snap(args.source, args.out)
    scale = f", {frame.um_per_px:.3g} µm/px" if frame.um_per_px else ""
    print(f"{frame.width} x {frame.height} pixels{scale}. Written to {args.out}")
    return 0
