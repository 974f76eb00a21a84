"""Slides made by the tests: one picture as scanners and programs write it, with labels that must never be seen."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import cv2
import numpy as np
import tifffile
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.encaps import encapsulate
from pydicom.sequence import Sequence
from pydicom.uid import JPEGBaseline8Bit, VLWholeSlideMicroscopyImageStorage, generate_uid

from leukoscope.domain.frames import Pixels

TILE = 256
SECRET = (255, 0, 255)
"""Color of labels and macro images, which no picture of cells has."""


def halved(pixels: Pixels) -> Pixels:
    """The next smaller level."""
    size = pixels.shape[1] // 2, pixels.shape[0] // 2
    return np.asarray(cv2.resize(pixels, size, interpolation=cv2.INTER_AREA), np.uint8)


def pyramid(pixels: Pixels, levels: int) -> list[Pixels]:
    """The picture and its smaller levels."""
    found = [pixels]
    for _ in range(levels - 1):
        found.append(halved(found[-1]))
    return found


def label_picture(width: int = 400, height: int = 300) -> Pixels:
    """What must never be shown."""
    return np.full((height, width, 3), SECRET, np.uint8)


def write_svs(path: Path, pixels: Pixels, *, levels: int = 3, um_per_px: float = 0.25, **options: Any) -> Path:
    """As Aperio's scanners write: pyramid pages, a thumbnail after the first, label and macro at the end."""
    height, width = pixels.shape[:2]
    path.parent.mkdir(parents=True, exist_ok=True)
    say = f"Aperio Image Library v11.2.1 \r\n{width}x{height}"
    options = {"compression": "none", "tile": (TILE, TILE), "photometric": "rgb", "metadata": None, **options}
    with tifffile.TiffWriter(path, bigtiff=True) as tif:
        for number, level in enumerate(pyramid(pixels, levels)):
            text = f"{say}|AppMag = 40|MPP = {um_per_px}|ScanScope ID = SS1" if number == 0 else say
            tif.write(level, description=text, **options)
            if number == 0:
                thumb = cv2.resize(pixels, (256, max(256 * height // width, 1)))
                tif.write(thumb, description=say, photometric="rgb", metadata=None, rowsperstrip=16)
        tif.write(
            label_picture(), description="Aperio Image Library v11.2.1 \r\nlabel 400x300", photometric="rgb",
            metadata=None, subfiletype=1, compression="lzw", rowsperstrip=300,
        )  # fmt: skip
        tif.write(
            label_picture(800, 300), description="Aperio Image Library v11.2.1 \r\nmacro 800x300", photometric="rgb",
            metadata=None, subfiletype=9, rowsperstrip=300,
        )  # fmt: skip
    return path


def write_tiled(path: Path, pixels: Pixels, *, levels: int = 3, um_per_px: float = 0.25, **options: Any) -> Path:
    """A pyramid of pages, the smaller ones marked so, as libvips and others write."""
    options = {"compression": "none", "tile": (TILE, TILE), "photometric": "rgb", "metadata": None, **options}
    with tifffile.TiffWriter(path, bigtiff=True) as tif:
        for number, level in enumerate(pyramid(pixels, levels)):
            scale = 10_000 / um_per_px / 2**number
            tif.write(
                level, subfiletype=int(number > 0), resolution=(scale, scale), resolutionunit="CENTIMETER", **options
            )
    return path


def write_ome(path: Path, pixels: Pixels, *, levels: int = 3, um_per_px: float = 0.25, **options: Any) -> Path:
    """An OME-TIFF whose smaller levels lie below its page (tag 330), with an image called label."""
    options = {"compression": "none", "tile": (TILE, TILE), "photometric": "rgb", **options}
    said = {"axes": "YXS", "PhysicalSizeX": um_per_px, "PhysicalSizeXUnit": "µm"}
    said |= {"PhysicalSizeY": um_per_px, "PhysicalSizeYUnit": "µm"}
    with tifffile.TiffWriter(path, ome=True, bigtiff=True) as tif:
        first, *smaller = pyramid(pixels, levels)
        tif.write(first, subifds=len(smaller), metadata=said, **options)
        for level in smaller:
            tif.write(level, subfiletype=1, **options)
        tif.write(label_picture(), photometric="rgb", metadata={"axes": "YXS", "Name": "label image"})
    return path


def write_dicom(path: Path, pixels: Pixels, *, levels: int = 3, um_per_px: float = 0.25) -> Path:
    """A DICOM whole slide: one file for each level in one folder, tiles of JPEG, one after the other."""
    series, study, place = (generate_uid() for _ in range(3))
    for number, level in reversed(list(enumerate(pyramid(pixels, levels)))):
        made = _dicom_level(level, number, um_per_px * 2**number)
        made.SeriesInstanceUID, made.StudyInstanceUID, made.FrameOfReferenceUID = series, study, place
        made.save_as(path if number == 0 else path.with_name(f"level{number}.dcm"), enforce_file_format=True)
    return path


def _dicom_level(pixels: Pixels, number: int, um_per_px: float) -> Dataset:
    made, head = Dataset(), FileMetaDataset()
    head.MediaStorageSOPClassUID = made.SOPClassUID = VLWholeSlideMicroscopyImageStorage
    head.MediaStorageSOPInstanceUID = made.SOPInstanceUID = generate_uid()
    head.TransferSyntaxUID = JPEGBaseline8Bit
    made.file_meta = head
    height, width = pixels.shape[:2]
    made.Modality, made.PatientName, made.PatientID = "SM", "Doe^Jane", "17"
    made.ImageType = ["DERIVED" if number else "ORIGINAL", "PRIMARY", "VOLUME", "RESAMPLED" if number else "NONE"]
    made.Rows = made.Columns = TILE
    made.TotalPixelMatrixColumns, made.TotalPixelMatrixRows = width, height
    made.DimensionOrganizationType, made.TotalPixelMatrixFocalPlanes = "TILED_FULL", 1
    made.NumberOfOpticalPaths, made.SamplesPerPixel, made.PlanarConfiguration = 1, 3, 0
    made.PhotometricInterpretation, made.LossyImageCompression = "YBR_FULL_422", "01"
    made.BitsAllocated, made.BitsStored, made.HighBit, made.PixelRepresentation = 8, 8, 7, 0
    made.ImagedVolumeWidth, made.ImagedVolumeHeight = width * um_per_px / 1000, height * um_per_px / 1000
    made.ImagedVolumeDepth = 0.001
    optics, measures, shared = Dataset(), Dataset(), Dataset()
    optics.OpticalPathIdentifier = "1"
    measures.PixelSpacing, measures.SliceThickness = [um_per_px / 1000] * 2, 0.001
    shared.PixelMeasuresSequence = Sequence([measures])
    made.OpticalPathSequence, made.SharedFunctionalGroupsSequence = Sequence([optics]), Sequence([shared])
    tiles = [_jpeg_tile(pixels, x, y) for y in range(0, height, TILE) for x in range(0, width, TILE)]
    made.NumberOfFrames, made.PixelData = len(tiles), encapsulate(tiles)
    made["PixelData"].is_undefined_length = True
    return made


def _jpeg_tile(pixels: Pixels, x: int, y: int) -> bytes:
    tile, part = np.full((TILE, TILE, 3), 255, np.uint8), pixels[y : y + TILE, x : x + TILE]
    tile[: part.shape[0], : part.shape[1]] = part
    return bytes(cv2.imencode(".jpg", tile[:, :, ::-1], [cv2.IMWRITE_JPEG_QUALITY, 95])[1].tobytes())
