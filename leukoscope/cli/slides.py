"""Slides on the command line: which part of one is judged."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from leukoscope.domain.errors import LeukoScopeError

if TYPE_CHECKING:
    from leukoscope.domain.progress import Progress
    from leukoscope.sources.slide import Slide
    from leukoscope.workflow.slide_fields import SlideFieldSource


WHICH = "Give --region X,Y,WIDTH,HEIGHT, or --monolayer."


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What says which part of a slide is meant, and its scale."""
    parser.add_argument(
        "--region", type=_region, metavar="X,Y,WIDTH,HEIGHT", help="part of a slide, in pixels of its largest size"
    )
    parser.add_argument("--monolayer", action="store_true", help="part of a slide where cells lie apart best")
    parser.add_argument(
        "--um-per-px", type=float, metavar="NUMBER", help="scale of a slide that does not state its own, in micrometers"
    )


def _region(text: str) -> tuple[int, int, int, int]:
    try:
        x, y, width, height = (int(one) for one in text.split(","))
    except ValueError:
        raise argparse.ArgumentTypeError("write four whole numbers: X,Y,WIDTH,HEIGHT") from None
    if width <= 0 or height <= 0:
        raise argparse.ArgumentTypeError("width and height must be more than 0")
    return x, y, width, height


@contextmanager
def slide_parts(args: argparse.Namespace) -> Iterator[tuple[SlideFieldSource, ...]]:
    """The fields with cells of the part that is asked for; none where the paths are no slide.

    Raises
    ------
    LeukoScopeError
        When the part does not fit the paths, a slide has no part, or the part has no cells.
    """
    slide = _only_slide(args.paths)
    wanted = args.region is not None or args.monolayer
    if slide is None:
        if wanted:
            raise LeukoScopeError("--region and --monolayer are for one slide; give its file alone.")
        yield ()
        return
    try:
        if not wanted:
            raise LeukoScopeError(f"“{slide.info.name}” is a slide; say which part of it. {WHICH}")
        yield _parts(slide, args)
    finally:
        slide.close()


def _only_slide(paths: Sequence[Path]) -> Slide | None:
    from leukoscope.sources.slide import open_slide

    return open_slide(paths[0]) if len(paths) == 1 else None


def _parts(slide: Slide, args: argparse.Namespace) -> tuple[SlideFieldSource, ...]:
    from leukoscope.domain.cells import Box
    from leukoscope.workflow.slide_fields import fields_of, monolayers_of, scale_of

    def show(progress: Progress) -> None:
        if sys.stderr.isatty():
            print(f"\r\033[K{progress.done} of {progress.total} parts", end="", file=sys.stderr, flush=True)

    scale = scale_of(slide, args.um_per_px)
    region = Box(*args.region) if args.region is not None else None
    if region is None:
        region = monolayers_of(slide, scale, show)[0].region
        print(f"Region: {region.x},{region.y},{region.width},{region.height}", file=sys.stderr)
    found = [source for source, cells in fields_of(slide, region, scale, on_progress=show) if cells.centers]
    if sys.stderr.isatty():
        print("\r\033[K", end="", file=sys.stderr)
    if not found:
        raise LeukoScopeError("No white cells were found in this part of the slide; choose another part.")
    return tuple(found)
