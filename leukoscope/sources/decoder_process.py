"""The process that decodes foreign files, one after the other, within limits. What its libraries print goes nowhere."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from multiprocessing.connection import Connection
from multiprocessing.shared_memory import SharedMemory
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from leukoscope.domain.compression import Compression
from leukoscope.domain.errors import LeukoScopeError
from leukoscope.domain.microscopes import UNKNOWN_MICROSCOPE, Microscope
from leukoscope.domain.slides import SlideInfo
from leukoscope.domain.stage import StagePosition
from leukoscope.domain.stated import StatedHeader
from leukoscope.sources.decoder_limits import (
    OF_SLIDE,
    STREAM_S,
    Allowance,
    before_size,
    impose,
    of_size,
    of_video,
    write_nothing,
)
from leukoscope.system.child_processes import leave_interrupts_to_parent

if TYPE_CHECKING:
    from leukoscope.sources.slides.opener import SlideOpener
    from leukoscope.sources.video_decoding import Player

IDLE_S = 300.0
"""Without work for so long the process ends; the next file starts another one."""


class Task(StrEnum):
    """What is asked for."""

    IMAGE = "image"
    PAGE = "page"
    PAGES = "pages"
    LOGO = "logo"
    STUDY = "study"
    HEADER = "header"
    PICTURE = "picture of a stream"
    VIDEO = "film"
    NEXT = "next picture of a film"
    SLIDE = "slide"
    PART = "part of a slide"


_OF_HEADS = frozenset({Task.PAGES, Task.STUDY, Task.HEADER})
VIDEO_TASKS = frozenset({Task.VIDEO, Task.NEXT})
"""Of a film that stays open from one order to the next."""
SLIDE_TASKS = frozenset({Task.SLIDE, Task.PART})
"""Of a slide that stays open from one order to the next."""


@dataclass(frozen=True)
class Order:
    """Parent to child.

    Parameters
    ----------
    task
        What to do.
    name
        What a person calls the file, for messages.
    size
        Bytes of the file, which lie in the shared block, or come next through the pipe.
    shared
        Whether they lie in the shared block.
    max_pixels
        Larger images are refused.
    page
        Which one.
    path
        Of the file whose pages are counted, or whose study or patient is told: only its head is read. Of the film.
    pixels
        How many a picture of a stream says that it has.
    part
        Of a slide: level, and left, top, width and height in its pixels.
    join
        Whether depths of focus are joined.
    """

    task: Task
    name: str
    size: int
    shared: bool
    max_pixels: int
    page: int = 0
    path: str = ""
    pixels: int = 0
    part: tuple[int, ...] = ()
    join: bool = False


@dataclass(frozen=True)
class Started:
    """Child to parent: orders can come."""


@dataclass(frozen=True)
class Sized:
    """Child to parent: the file declares this size, and is decoded now."""

    width: int
    height: int


@dataclass(frozen=True)
class Decoded:
    """Child to parent: pixels of this shape lie in the shared block, or come next through the pipe."""

    shape: tuple[int, ...]
    um_per_px: float | None
    shared: bool
    microscope: Microscope = UNKNOWN_MICROSCOPE
    stage: StagePosition | None = None
    taken_at: datetime | None = None
    compression: Compression | None = None


@dataclass(frozen=True)
class Counted:
    """Child to parent: what :class:`leukoscope.sources.pages.Pages` says of a file."""

    numbers: tuple[int, ...]
    left_out: int
    layers: int
    private: bool
    stacks: tuple[int, ...] = ()


@dataclass(frozen=True)
class Named:
    """Child to parent: the study that a DICOM file is of; empty where it does not say so."""

    study: str


@dataclass(frozen=True)
class Stated:
    """Child to parent: what a DICOM file says of patient and specimen."""

    header: StatedHeader


@dataclass(frozen=True)
class Opened:
    """Child to parent: a film is open, and has so many seconds between its pictures."""

    seconds: float


@dataclass(frozen=True)
class SlideOpened:
    """Child to parent: a slide is open; ``None`` where the file is none."""

    info: SlideInfo | None


@dataclass(frozen=True)
class Short:
    """Child to parent: the system gave no more memory, or the limit was reached."""

    detail: str


@dataclass(frozen=True)
class Held:
    """What stays open from one order to the next."""

    player: Player
    slides: SlideOpener

    def is_open(self, path: str) -> bool:
        """Whether a film or slide is open."""
        return self.player.is_open(path) or self.slides.is_open(path)


def first_allowance(order: Order, data: bytes) -> Allowance:
    """What may be taken before the file has said its size; a picture of a stream has said it already."""
    if order.task in VIDEO_TASKS:
        return of_video(0)
    if order.task in SLIDE_TASKS:
        return OF_SLIDE
    if order.task is Task.PICTURE:
        return replace(of_size(len(data), order.pixels, 1, tiff=False), seconds=STREAM_S)
    return before_size(len(data), tiff=is_tiff(order, data))


def sized_allowance(order: Order, data: bytes, width: int, height: int) -> Allowance:
    """What may be taken from then on."""
    if order.task in VIDEO_TASKS:
        return of_video(width * height)
    return of_size(len(data), width, height, tiff=is_tiff(order, data))


def is_tiff(order: Order, data: bytes) -> bool:
    """Whether a file needs the memory in which pages are compared."""
    return order.task in {Task.PAGE, Task.PAGES} or data[:2] in (b"II", b"MM")


def view(block: SharedMemory) -> memoryview:
    """The bytes of a block."""
    assert block.buf is not None
    return block.buf


def main(connection: Connection, block: str | None) -> None:
    """Entry of the process."""
    leave_interrupts_to_parent()
    _say_nothing()
    shared = SharedMemory(block) if block is not None else None
    from leukoscope.sources import decoding, page_count  # noqa: F401 - takes its time and memory before the limits
    from leukoscope.sources.slides.opener import SlideOpener
    from leukoscope.sources.video_decoding import Player

    held = Held(Player(), SlideOpener())
    write_nothing()
    try:
        connection.send(Started())
        while connection.poll(IDLE_S):
            order: Order = connection.recv()
            answer(connection, order, shared, held)
    except (EOFError, OSError):
        return


def _say_nothing() -> None:
    nowhere = os.open(os.devnull, os.O_WRONLY)
    for descriptor in (1, 2):
        os.dup2(nowhere, descriptor)
    os.close(nowhere)
    logging.getLogger().addHandler(logging.NullHandler())
    import cv2

    cv2.setNumThreads(1)  # each further thread reserves memory that no file asked for


def answer(connection: Connection, order: Order, shared: SharedMemory | None, held: Held) -> None:
    """Do one order; whatever the file does, there is an answer."""
    data = b""
    if order.size:
        data = bytes(view(shared)[: order.size]) if order.shared and shared else connection.recv_bytes()
    # What is open keeps the memory that it was allowed at first, however much of it is read.
    impose(first_allowance(order, data), memory=not held.is_open(order.path))

    def sized(width: int, height: int) -> None:
        connection.send(Sized(width, height))
        impose(sized_allowance(order, data, width, height))

    try:
        _do(connection, order, data, shared, sized, held)
    except LeukoScopeError as error:
        connection.send(error)
    except MemoryError as error:
        connection.send(Short(repr(error)))


def _said_by_head(task: Task, path: Path) -> Counted | Named | Stated:
    """What a file says without its pixels being decoded."""
    from leukoscope.sources.dicom_head import header_of, study_of
    from leukoscope.sources.page_count import count_pages

    if task is Task.PAGES:
        return Counted(*count_pages(path))
    return Named(study_of(path)) if task is Task.STUDY else Stated(header_of(path))


def _do(
    connection: Connection,
    order: Order,
    data: bytes,
    shared: SharedMemory | None,
    sized: Callable[[int, int], object],
    held: Held,
) -> None:
    from leukoscope.sources import decoding
    from leukoscope.sources.decoded_image import DecodedImage

    if order.task in _OF_HEADS:
        connection.send(_said_by_head(order.task, Path(order.path)))
        return
    decoding.MAX_PIXELS = order.max_pixels
    if order.task is Task.SLIDE:
        connection.send(SlideOpened(held.slides.open(order.path, order.name)))
        return
    if order.task is Task.VIDEO:
        connection.send(Opened(held.player.open(order.path, order.name, sized)))
        return
    if order.task is Task.NEXT:
        decoded = DecodedImage(held.player.next(order.path, order.name, sized), None)
    elif order.task is Task.PART:
        decoded = DecodedImage(held.slides.read(order.path, order.name, order.part), None)
    elif order.task is Task.PICTURE:
        from leukoscope.sources.video_decoding import image_of

        decoded = DecodedImage(image_of(data, order.name), None)
    elif order.task is Task.PAGE and order.path:
        decoded = decoding.decode_part(order.path, order.name, order.page, sized, join=order.join)
    elif order.task is Task.PAGE:
        decoded = decoding.decode_page(data, order.name, order.page, sized, join=order.join)
    elif order.task is Task.LOGO:
        decoded = decoding.decode_logo(data, order.name, sized)
    else:
        decoded = decoding.decode_image(data, order.name, sized)
    pixels = np.ascontiguousarray(decoded.pixels)
    fits = shared is not None and pixels.nbytes <= shared.size
    if fits and shared is not None:
        np.frombuffer(view(shared), np.uint8, pixels.nbytes)[:] = pixels.reshape(-1)
    said = decoded.microscope, decoded.stage, decoded.taken_at, decoded.compression
    connection.send(Decoded(pixels.shape, decoded.um_per_px, fits, *said))
    if not fits:
        connection.send_bytes(pixels.data.cast("B"))
