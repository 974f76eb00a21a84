"""What files say of when and with what they were taken comes along; what cannot be true does not."""

from __future__ import annotations

import io
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import pytest
import tifffile
from PIL import Image

from leukoscope.domain.microscopes import Microscope
from leukoscope.sources.decoder import decoder
from leukoscope.sources.decoding import decode_image
from leukoscope.sources.moments import moment_of
from tests.unit.sources.tiff_files import smear

AT = datetime(2024, 3, 5, 10, 11, 12, tzinfo=UTC)


def tiff(description: str = "", tags: list[tuple[Any, ...]] | None = None, **options: Any) -> bytes:
    stream = io.BytesIO()
    more = {"metadata": None, "description": description or None, "extratags": tags or [], **options}
    tifffile.imwrite(stream, smear(), photometric="rgb", **more)
    return stream.getvalue()


def photo(kind: str, exif: dict[int, str], inner: dict[int, str]) -> bytes:
    head = Image.Exif()
    for code, text in exif.items():
        head[code] = text
    head.get_ifd(0x8769).update(inner)
    stream = io.BytesIO()
    Image.fromarray(smear()).save(stream, kind, exif=head)
    return stream.getvalue()


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "AVIF"])
def test_exif_says_when(kind: str) -> None:
    data = photo(kind, {306: "2025:01:01 00:00:00"}, {36867: "2024:03:05 12:11:12", 36881: "+02:00"})
    assert decode_image(data, "a").taken_at == AT
    assert decoder().image(data, "a").taken_at == AT, "through the process for foreign files"
    local = decode_image(photo(kind, {306: "2024:03:05 10:11:12"}, {}), "a").taken_at
    assert local is not None and local.replace(tzinfo=UTC) == AT


def test_a_file_of_a_microscope_program_says_when_and_with_what() -> None:
    aperio = (
        "Aperio Image Library v11|AppMag = 40|ScanScope ID = SS1302|Date = 03/05/24|Time = 05:11:12|"
        "Time Zone = GMT-05:00|MPP = 0.25"
    )
    decoded = decode_image(tiff(aperio), "a.svs")
    assert (decoded.taken_at, decoded.microscope) == (AT, Microscope("Aperio SS1302", "40x"))
    assert decoded.um_per_px == pytest.approx(0.25)
    said = {
        "Camera": "HamamatsuHam_DCAM", "TINosepiece-Label": "100x oil", "ReceivedTime": "2024-03-05 11:11:12.345 +0100",
        "PixelSizeUm": 0.11,
    }  # fmt: skip
    text = json.dumps(said).encode()
    decoded = decode_image(tiff(tags=[(51123, 2, len(text) + 1, text + b"\0", True)]), "a.tif")
    assert (decoded.taken_at, decoded.microscope) == (AT, Microscope("HamamatsuHam_DCAM", "100x oil"))
    assert decoded.um_per_px == pytest.approx(0.11)
    xml = (
        '<OME xmlns="http://www.openmicroscopy.org/Schemas/OME/2016-06"><Image ID="Image:0">'
        "<AcquisitionDate>2024-03-05T10:11:12Z</AcquisitionDate>"
        '<Pixels ID="Pixels:0" DimensionOrder="XYCZT" Type="uint8" SizeX="117" SizeY="83" SizeC="3" '
        'SizeZ="1" SizeT="1">'
        '<Channel ID="Channel:0" SamplesPerPixel="3"/><TiffData/></Pixels></Image></OME>'
    )
    assert decode_image(tiff(xml), "a.ome.tif").taken_at == AT
    plain = decode_image(tiff(datetime="2024:03:05 10:11:12"), "a.tif").taken_at
    assert plain is not None and plain.replace(tzinfo=UTC) == AT


@pytest.mark.parametrize(
    "text",
    ["", None, "1970:01:01 00:00:00", "2024:13:05 10:11:12", "0000:00:00 00:00:00", "tomorrow", b"\xff\xfe",
     # Named: workers collect in different seconds, and must collect the same.
     pytest.param((datetime.now(UTC) + timedelta(days=3)).strftime("%Y:%m:%d %H:%M:%S"), id="the day after tomorrow")],
)  # fmt: skip
def test_what_cannot_be_the_time_is_left_out(text: object) -> None:
    assert moment_of(text) is None
    shown = text if isinstance(text, str) else "?"
    assert decode_image(photo("JPEG", {306: shown}, {}), "a").taken_at is None


def test_odd_metadata_costs_no_image() -> None:
    odd = tiff(tags=[(51123, 2, 6, b"[1,2]\0", True), (306, 2, 4, b"????", True)])
    np.testing.assert_array_equal(decode_image(odd, "a.tif").pixels, smear())
