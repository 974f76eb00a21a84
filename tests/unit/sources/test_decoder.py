"""Foreign files in a process with limits: the same pixels, a sentence for each refusal, and the next file opens."""

from __future__ import annotations

import io
import os
import signal
import struct
import sys
import threading
import zlib
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

import numpy as np
import psutil
import pydicom
import pytest
import tifffile
from PIL import Image

from leukoscope.domain.errors import ImageError
from leukoscope.sources import decoder_child
from leukoscope.sources.cameras.motion_jpeg import declared_pixels, decoded
from leukoscope.sources.decoder import Decoder
from leukoscope.sources.decoder_child import BLOCK_BYTES
from leukoscope.sources.decoder_limits import Allowance, before_size, impose, of_size
from leukoscope.sources.decoding import SMALL_PIXELS, decode_image
from leukoscope.sources.page_count import count_pages
from leukoscope.workflow.export.letterhead import load_logo

POSIX = pytest.mark.skipif(os.name == "nt", reason="Windows has no such signals")


@pytest.fixture(scope="module")
def decoder() -> Iterator[Decoder]:
    one = Decoder()
    yield one
    one.close()


def chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png(width: int, height: int, depth: int, color: int, raw: bytes, extra: bytes = b"") -> bytes:
    head = struct.pack(">IIBBBBB", width, height, depth, color, 0, 0, 0)
    body = extra + chunk(b"IDAT", zlib.compress(raw, 9)) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + body


def grain(width: int, height: int, kind: type = np.uint8) -> np.ndarray:
    return np.random.default_rng(2).integers(0, np.iinfo(kind).max, (height, width, 3), kind)


def encoded(pixels: np.ndarray, kind: str, **options: object) -> bytes:
    stream = io.BytesIO()
    Image.fromarray(pixels).save(stream, kind, **options)
    return stream.getvalue()


def tiff(pixels: np.ndarray, **options: object) -> bytes:
    stream = io.BytesIO()
    tifffile.imwrite(stream, pixels, photometric="rgb", **options)  # type: ignore[arg-type]
    return stream.getvalue()


@cache
def files() -> dict[str, bytes]:
    small = grain(320, 200)
    return {
        **{kind.lower(): encoded(small, kind) for kind in ("PNG", "JPEG", "BMP", "TIFF", "GIF", "WEBP")},
        "deep.tif": tiff(grain(200, 120, np.uint16), compression="zlib", predictor=True),
        "turned.jpg": encoded(small, "JPEG", exif=turned()),
        "larger than the block": encoded(grain(3400, 2600), "BMP"),
    }


def turned() -> bytes:
    exif = Image.Exif()
    exif[0x0112] = 6
    return exif.tobytes()


FILES = ("bmp", "deep.tif", "gif", "jpeg", "larger than the block", "png", "tiff", "turned.jpg", "webp")


@pytest.mark.parametrize("name", FILES)
def test_the_same_pixels_as_in_this_process(decoder: Decoder, name: str) -> None:
    assert set(files()) == set(FILES)
    data = files()[name]
    there, here = decoder.image(data, name), decode_image(data, name)
    np.testing.assert_array_equal(there.pixels, here.pixels)
    assert (there.pixels.dtype, there.um_per_px) == (here.pixels.dtype, here.um_per_px)

    if name.startswith("larger"):
        assert there.pixels.nbytes > BLOCK_BYTES


def test_pixels_stay_when_the_next_file_is_decoded(decoder: Decoder) -> None:
    first = decoder.image(encoded(grain(64, 64), "PNG"), "a").pixels
    kept = first.copy()
    decoder.image(encoded(np.zeros((64, 64, 3), np.uint8), "PNG"), "b")
    np.testing.assert_array_equal(first, kept)


def test_pages_are_counted_there_too(decoder: Decoder, tmp_path: Path) -> None:
    with tifffile.TiffWriter(tmp_path / "two.tif") as writer:
        for _ in range(2):
            writer.write(grain(40, 30), photometric="rgb", metadata=None)
    assert decoder.count_pages(tmp_path / "two.tif", "two.tif") == count_pages(tmp_path / "two.tif")
    assert count_pages(tmp_path / "two.tif") == ((0, 1), 0, 0, False, ())
    page = decoder.page((tmp_path / "two.tif").read_bytes(), "two.tif#page=2", 1)
    np.testing.assert_array_equal(page.pixels, grain(40, 30))


@cache
def packed_nothing() -> bytes:
    """Three hundred megabytes, packed when a test needs them: that takes a second."""
    return zlib.compress(bytes(300_000_000), 9)


BOMBS: dict[str, tuple[Callable[[], bytes], str]] = {
    "three kilobytes that claim 24 megapixels": (
        lambda: png(5000, 4900, 1, 0, bytes(626 * 4900)),
        "holds next to nothing",
    ),
    "a size and no pixels": (lambda: png(10900, 11000, 16, 2, bytes(100_000)), "holds next to nothing"),
    "too many pixels": (lambda: png(30_000, 30_000, 8, 2, bytes(1000)), "more than the 120"),
    "text": (lambda: png(8, 8, 8, 2, bytes(25 * 8), chunk(b"zTXt", b"k\0\0" + packed_nothing())), ""),
    "profile": (lambda: png(8, 8, 8, 2, bytes(25 * 8), chunk(b"iCCP", b"k\0\0" + packed_nothing())), ""),
    "deep text": (lambda: png(8, 8, 16, 2, bytes(49 * 8), chunk(b"iTXt", b"k\0\1\0\0\0" + packed_nothing())), ""),
}


@pytest.mark.parametrize("name", sorted(BOMBS))
def test_a_bomb_takes_no_memory(decoder: Decoder, name: str) -> None:
    make, sentence = BOMBS[name]
    data = make()
    decoder.image(encoded(grain(8, 8), "PNG"), "warm")
    assert decoder._child is not None
    process = psutil.Process(decoder._child.process.pid)
    try:
        decoder.image(data, "bomb.png")
        refused = ""
    except ImageError as error:
        refused = error.message
    assert sentence in refused
    assert refused == "" or ("bomb.png" in refused and refused.count(". ") == 0 and refused.endswith("."))
    peak = int(next(line for line in Path(f"/proc/{process.pid}/status").read_text().splitlines() if "VmHWM" in line).split()[1]) if sys.platform.startswith("linux") else 0  # fmt: skip # noqa: E501
    assert peak < 450_000, "kilobytes at the most"
    np.testing.assert_array_equal(decoder.image(encoded(grain(9, 9), "PNG"), "next").pixels, grain(9, 9))


def test_an_animation_of_many_frames_is_refused_before_they_are_decoded(decoder: Decoder) -> None:
    frames = [Image.new("L", (8, 8), shade) for shade in range(200)]
    stream = io.BytesIO()
    frames[0].save(stream, "PNG", save_all=True, append_images=frames[1:])
    with pytest.raises(ImageError, match="animation"):
        decoder.image(stream.getvalue(), "film.png")


def test_an_empty_large_picture_of_a_camera_opens(decoder: Decoder) -> None:
    flat = np.full((2600, 2600, 3), 200, np.uint8)
    assert flat.shape[0] * flat.shape[1] > SMALL_PIXELS
    np.testing.assert_array_equal(decoder.image(encoded(flat, "PNG"), "flat.png").pixels, flat)


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="the system limits memory on Linux only")
def test_what_takes_more_than_its_size_allows_is_refused() -> None:
    # Few bytes that become many: they arrive, and there is no room for what they say.
    flat = np.full((1500, 2000, 3), 128, np.uint8)
    data = encoded(flat, "PNG")
    one = Decoder()
    try:
        one.image(data, "fits.png")
        # A limit that the picture cannot keep, as an administrator may set one.
        assert one._child is not None
        here = psutil.Process(one._child.process.pid)
        here.rlimit(psutil.RLIMIT_AS, (here.memory_info().vms + (4 << 20),) * 2)
        with pytest.raises(ImageError, match=r"“big\.png” takes more memory than an image of its size may"):
            one.image(data, "big.png")
        np.testing.assert_array_equal(one.image(data, "again.png").pixels, flat)
    finally:
        one.close()


@POSIX
def test_a_file_that_takes_too_long_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    one = Decoder()
    try:
        one.image(encoded(grain(8, 8), "PNG"), "warm")
        assert one._child is not None
        stopped = one._child.process.pid
        os.kill(stopped or 0, signal.SIGSTOP)
        monkeypatch.setattr(decoder_child, "first_allowance", lambda *_, **__: Allowance(1 << 30, 1.0))
        with pytest.raises(ImageError, match=r"“slow\.png” takes too long to open"):
            one.image(encoded(grain(8, 8), "PNG"), "slow.png")
        monkeypatch.undo()
        assert one.image(encoded(grain(8, 8), "PNG"), "next.png").pixels.shape == (8, 8, 3)
    finally:
        one.close()


@POSIX
def test_a_process_that_somebody_ends_costs_nothing_and_a_file_that_ends_it_itself(
    decoder: Decoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    decoder.image(encoded(grain(8, 8), "PNG"), "warm")
    assert decoder._child is not None
    os.kill(decoder._child.process.pid or 0, signal.SIGKILL)
    assert decoder.image(encoded(grain(8, 8), "PNG"), "a").pixels.shape == (8, 8, 3)
    send = decoder_child.DecoderChild._send

    def end_it(child: decoder_child.DecoderChild, *rest: object) -> None:
        os.kill(child.process.pid or 0, signal.SIGSEGV)
        send(child, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr(decoder_child.DecoderChild, "_send", end_it)
    with pytest.raises(ImageError, match=r"“crash\.png” makes the program that opens images fail"):
        decoder.image(encoded(grain(8, 8), "PNG"), "crash.png")
    monkeypatch.undo()
    assert decoder.image(encoded(grain(8, 8), "PNG"), "b").pixels.shape == (8, 8, 3)


@POSIX
def test_the_system_holds_a_process_to_its_limits() -> None:
    pid = os.fork()
    if pid == 0:
        try:
            impose(Allowance(64 << 20, 1.0))
            try:
                np.ones(400 << 20, np.uint8)
                os._exit(3)
            except MemoryError:
                os._exit(0 if sys.platform.startswith("linux") else 3)
        finally:
            os._exit(4)
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == (0 if sys.platform.startswith("linux") else 3)


def test_limits_grow_with_the_declared_size_and_nothing_else() -> None:
    assert before_size(1000, tiff=False).memory < 300 << 20
    assert of_size(1000, 1280, 1024, tiff=False).memory < 400 << 20
    assert of_size(1000, 12_000, 10_000, tiff=False).memory > 5 << 30
    assert of_size(0, 12_000, 10_000, tiff=False).seconds > of_size(0, 100, 100, tiff=False).seconds


def test_several_threads_get_their_own_pictures(decoder: Decoder) -> None:
    found: dict[int, np.ndarray] = {}

    def work(shade: int) -> None:
        found[shade] = decoder.image(encoded(np.full((50, 50, 3), shade, np.uint8), "PNG"), f"{shade}").pixels

    threads = [threading.Thread(target=work, args=(shade,)) for shade in range(0, 200, 20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert all((pixels == shade).all() for shade, pixels in found.items()) and len(found) == 10


def test_what_libraries_say_of_a_file_reaches_nobody(decoder: Decoder, capfd: pytest.CaptureFixture[str]) -> None:
    noise = bytearray(encoded(grain(64, 64), "JPEG"))
    noise[400:600] = bytes(200)
    broken = encoded(grain(64, 64), "TIFF", compression="tiff_lzw")
    for name, data in {
        "Müller.jpg": bytes(noise),
        "Müller.tif": broken[:-2000],
        "Müller.png": png(99, 99, 16, 2, b""),
    }.items():
        try:
            decoder.image(data, name)
        except ImageError as error:
            assert name in error.message
    assert capfd.readouterr() == ("", "")


def test_a_logo_is_opened_there_on_white_and_small(decoder: Decoder) -> None:
    clear = np.zeros((1200, 2400, 4), np.uint8)
    clear[:600, :, 0] = clear[:600, :, 3] = 255
    pixels = decoder.logo(encoded(clear, "PNG"), "logo.png").pixels
    assert pixels.shape == (500, 1000, 3)
    assert tuple(pixels[0, 0]) == (255, 0, 0)
    assert tuple(pixels[-1, 0]) == (255, 255, 255)


def test_a_logo_that_is_a_bomb_is_none_and_the_program_lives(tmp_path: Path) -> None:
    """It was opened in the program's own process, at any size."""
    path = tmp_path / "logo.png"
    path.write_bytes(png(30_000, 30_000, 8, 2, b"\0" * 5000))
    before = psutil.Process().memory_info().rss
    assert load_logo(str(path)) is None
    assert load_logo(str(tmp_path / "none.png")) is None
    assert psutil.Process().memory_info().rss - before < 100 << 20


def test_the_study_of_a_dicom_file_is_read_there(decoder: Decoder, tmp_path: Path) -> None:
    data = pydicom.Dataset()
    data.SOPClassUID, data.SOPInstanceUID = pydicom.uid.EncapsulatedPDFStorage, "2.25.5"
    data.StudyInstanceUID = "2.25.4711"
    data.file_meta = pydicom.dataset.FileMetaDataset()
    data.file_meta.TransferSyntaxUID = pydicom.uid.ExplicitVRLittleEndian
    whole = tmp_path / "whole.dcm"
    data.save_as(whole, enforce_file_format=True)
    assert decoder.study(whole, "whole.dcm") == "2.25.4711"
    for number, damage in enumerate((b"", b"no DICOM", whole.read_bytes()[:170], bytes(128) + b"DICM" + b"\xff" * 90)):
        (tmp_path / f"{number}.dcm").write_bytes(damage)
        assert decoder.study(tmp_path / f"{number}.dcm", "damaged") == ""


def test_a_camera_s_picture_says_its_size_before_it_is_opened() -> None:
    usual = encoded(grain(64, 48), "JPEG", exif=b"Exif\0\0" + bytes(60_000))
    assert declared_pixels(usual) == 64 * 48
    assert (picture := decoded(usual)) is not None and picture.shape == (48, 64, 3)
    at = usual.index(b"\xff\xc0\x00\x11") + 5
    huge = usual[:at] + b"\xff\xdc\xff\xdc" + usual[at + 4 :]
    assert declared_pixels(huge) == 65_500 * 65_500
    before = psutil.Process().memory_info().rss
    assert decoded(huge) is None
    assert decoded(b"\xff\xd8\xff\xd9") is None
    assert psutil.Process().memory_info().rss - before < 50 << 20
