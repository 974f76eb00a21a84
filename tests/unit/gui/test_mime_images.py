"""What was copied: encoded images are taken as the bytes that they are, and Qt decodes none of them."""

from __future__ import annotations

import struct
import zlib
from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import QMimeData, QUrl
from PySide6.QtGui import QImage
from pytestqt.qtbot import QtBot

from leukoscope.domain.errors import ImageError
from leukoscope.gui.controllers.importing import DroppedContent, ImportController, dropped_content, holds_images
from leukoscope.gui.mime_images import ENCODED
from leukoscope.sources.files import decode_pasted
from tests.unit.gui.harness import Stage, a_case

OF_QT = "application/x-qt-image"


class Foreign(QMimeData):
    """As another program's clipboard: it can give an image, and Qt would decode the bytes for it."""

    def __init__(self, kinds: dict[str, bytes]) -> None:
        super().__init__()
        for kind, data in kinds.items():
            self.setData(kind, data)

    def formats(self) -> list[str]:
        return [*super().formats(), OF_QT]

    def hasFormat(self, kind: str) -> bool:
        return kind in self.formats()

    def retrieveData(self, kind: str, wanted: Any) -> Any:
        assert kind != OF_QT, "Qt was asked to decode it"
        return super().retrieveData(kind, wanted)


def bomb() -> bytes:
    """Three kilobytes that claim 24 megapixels."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = chunk(b"IHDR", struct.pack(">IIBBBBB", 5000, 4900, 1, 0, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + head + chunk(b"IDAT", zlib.compress(bytes(626 * 4900), 9)) + chunk(b"IEND", b"")


@pytest.mark.parametrize("kind", ENCODED)
def test_encoded_images_are_taken_as_they_are(kind: str, qtbot: QtBot) -> None:
    mime = Foreign({kind: b"bytes of a file", "text/html": b"<img>"})
    assert holds_images(mime)
    taken = dropped_content(mime)
    assert (taken.encoded, taken.pixels, taken.paths) == (b"bytes of a file", None, ())


def test_one_without_loss_is_taken_first(qtbot: QtBot) -> None:
    assert dropped_content(Foreign({"image/jpeg": b"lossy", "image/png": b"whole"})).encoded == b"whole"


def test_a_kind_that_is_not_opened_is_not_decoded_by_qt_either(qtbot: QtBot) -> None:
    assert dropped_content(Foreign({"image/x-xpixmap": b"/* XPM */"})).empty


def test_files_come_first(qtbot: QtBot) -> None:
    mime = Foreign({"image/png": b"bytes"})
    mime.setUrls([QUrl.fromLocalFile("/somewhere/x.png")])
    taken = dropped_content(mime)
    assert [path.name for path in taken.paths] == ["x.png"]
    assert not taken.encoded


def test_pixels_of_this_program_are_taken_as_pixels(qtbot: QtBot) -> None:
    pixels = np.full((4, 5, 3), 7, np.uint8)
    mime = QMimeData()
    mime.setImageData(QImage(pixels.data, 5, 4, 15, QImage.Format.Format_RGB888).copy())
    taken = dropped_content(mime)
    assert taken.pixels is not None
    np.testing.assert_array_equal(taken.pixels, pixels)


def test_the_bytes_go_to_the_workbench_and_a_refusal_is_said(qtbot: QtBot) -> None:
    stage = Stage(a_case())
    adding = ImportController(stage.session)
    stage.bench.capture.add_pasted.side_effect = ImageError("“Pasted” is damaged or incomplete.")
    adding.take(DroppedContent(encoded=b"bytes"))
    stage.answer()
    assert stage.bench.capture.add_pasted.call_args.args[:2] == (7, b"bytes")
    assert stage.warned == "“Pasted” is damaged or incomplete."
    stage.bench.capture.add_pixels.assert_not_called()


def test_a_bomb_that_was_copied_is_refused_by_its_size() -> None:
    with pytest.raises(ImageError, match="holds next to nothing"):
        decode_pasted(bomb(), "Pasted")
    with pytest.raises(ImageError, match="“Pasted” is a text file"):
        decode_pasted(b"not an image at all, only words", "Pasted")
