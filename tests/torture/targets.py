"""What reads inputs from outside: each with small whole ones to begin with, and what it may raise."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import imagecodecs
import numpy as np
from PIL import Image

from leukoscope.domain.errors import LeukoScopeError
from leukoscope.domain.frames import FrameOrigin, OriginKind
from leukoscope.exchange.hl7_ack import acknowledgements, judge
from leukoscope.exchange.hl7_files import looks_like_hl7
from leukoscope.exchange.hl7_orders import read_orders
from leukoscope.exchange.order_table import read_table
from leukoscope.inference.manifest import MANIFEST_FILE, read_manifest
from leukoscope.reports.words import load_words
from leukoscope.sources.decoding import decode_image, decode_page, decode_part
from leukoscope.sources.files import decode_frame
from leukoscope.sources.page_count import count_pages
from leukoscope.sources.pages import page_loss
from leukoscope.sources.slides.opener import SlideOpener
from leukoscope.workflow.app_dirs import AppDirs
from leukoscope.workflow.case_place import database_address
from leukoscope.workflow.delivery.outbox import Outbox
from leukoscope.workflow.export import formats
from leukoscope.workflow.export.ownership import Owner
from leukoscope.workflow.settings import SETTINGS_FILE, Settings, load_settings
from tests.torture import model_files
from tests.torture.giving_up import given_up
from tests.torture.mutating import png_again
from tests.unit.exchange import builders
from tests.unit.sources.vendors.seeds import small_files

REPOSITORY = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Target:
    """One reader.

    Parameters
    ----------
    seeds
        Makes whole inputs.
    take
        Is given an input and a folder of its own; may raise LeukoScopeError.
    wanted
        So many inputs are to be tried in all, over all runs.
    repair
        Makes checksums right again.
    guard
        The program lets a process of its own take such inputs, which may be ended amid one; tells what is lost by that.
    """

    seeds: Callable[[], list[bytes]]
    take: Callable[[bytes, Path], None]
    wanted: int = 100_000
    repair: Callable[[bytearray], bytes] = bytes
    guard: Callable[[bytes], str | None] | None = None


def _images() -> list[bytes]:
    rng = np.random.default_rng(1)
    made = []
    for mode in ("RGB", "L", "RGBA", "P", "1", "I;16", "CMYK", "LA"):
        deep = 65535 if mode == "I;16" else 255
        base = rng.integers(0, deep, (14, 18), np.uint16 if mode == "I;16" else np.uint8)
        image = Image.fromarray(base) if mode in {"L", "I;16"} else Image.fromarray(base).convert("RGB").convert(mode)
        for kind in ("PNG", "JPEG", "BMP", "TIFF", "WEBP", "GIF"):
            buffer = io.BytesIO()
            try:
                image.save(buffer, kind)
            except (OSError, ValueError):
                continue
            made.append(buffer.getvalue())
    for compression in ("tiff_lzw", "tiff_adobe_deflate", "packbits", "jpeg", "group4"):
        buffer = io.BytesIO()
        picture = Image.fromarray(rng.integers(0, 255, (20, 24, 3), np.uint8))
        picture = picture.convert("1") if compression == "group4" else picture
        picture.save(buffer, "TIFF", compression=compression, resolution=300.0)
        made.append(buffer.getvalue())
    pixels = rng.integers(0, 255, (20, 24, 3), np.uint8)
    made += [bytes(imagecodecs.jpegxl_encode(pixels, lossless=True, usecontainer=boxed)) for boxed in (False, True)]
    return made


def _take_image(data: bytes, folder: Path) -> None:
    decode_image(data, "field.png")


def _take_guarded(data: bytes, folder: Path) -> None:
    """As the program does it: in the process with limits, which goes on after whatever ended it."""
    decode_frame(data, FrameOrigin(OriginKind.FILE, "field.png"))


def _take_pages(data: bytes, folder: Path) -> None:
    path = folder / "pages.tif"
    path.write_bytes(data)
    for page in count_pages(path)[0][:3]:
        page_loss(path, page)
        with suppress(LeukoScopeError):
            decode_page(data, "pages.tif", page)


def _tiffs() -> list[bytes]:
    made = []
    for count in (1, 2, 3):
        pages = [Image.new("L", (10 + page, 9), page * 40) for page in range(count)]
        buffer = io.BytesIO()
        pages[0].save(buffer, "TIFF", save_all=True, append_images=pages[1:])
        made.append(buffer.getvalue())
    return made


def _orders() -> list[bytes]:
    head = r"MSH|^~\&|KIS|WARD|LAB|LAB|20261128101500||ORM^O01|1|P|2.5.1||||||"
    pid = "PID|1||4711^^^HOSP^PI||Müster^Maria||19800101|F"
    made = []
    for charset, codec in (("UNICODE UTF-8", "utf-8"), ("8859/1", "latin-1"), ("GB 18030-2000", "gb18030")):
        body = (
            head + charset,
            pid,
            "ORC|NW|A-1^L|B-2",
            r"OBR|1|A-1||57021-8^CBC^LN|||||||||\H\x\N\\X41\|BLD",
            "NTE|1||n",
        )
        made.append("\r".join(body).encode(codec))
        made.append(b"\x0b" + "\r".join([*body, *body[2:]]).encode(codec) + b"\x1c\r")
    return [*made, b"FHS|^~\\&|A\rBHS|^~\\&\r" + made[0] + b"\rBTS|1\rFTS|1\r"]


def _take_orders(data: bytes, folder: Path) -> None:
    looks_like_hl7(data)
    read_orders(data)


def _acks() -> list[bytes]:
    head = "MSH|^~\\&|R|R|S|S|20261128||ACK|9|P|2.5.1"
    return [f"\x0b{head}\rMSA|{code}|77|why\rERR|||207|E||||no\r\x1c\r".encode() for code in ("AA", "AE", "AR", "CA")]


def _take_ack(data: bytes, folder: Path) -> None:
    judge(acknowledgements(data), "77")


def _tables() -> list[bytes]:
    text = "Number;Patient;Patient ID;Specimen;Priority\n" + "".join(
        f'A-{n};"Nú;ñez {n}";{n};Blood;urgent\n' for n in range(5)
    )
    comma = text.replace('"Nú;ñez', '"Nú,ñez').replace(";", ",").replace("\n", "\r\n")
    return [text.encode("utf-8-sig"), comma.encode("cp1252"), text.replace(";", "\t").encode("utf-16"), text.encode()]


def _take_table(data: bytes, folder: Path) -> None:
    read_table(data)


def _manifests() -> list[bytes]:
    return [path.read_bytes() for path in sorted((REPOSITORY / "models").glob("*/manifest.json"))]


def _take_manifest(data: bytes, folder: Path) -> None:
    (folder / MANIFEST_FILE).write_bytes(data)
    read_manifest(folder)


def _settings() -> list[bytes]:
    from dataclasses import asdict

    full = asdict(Settings(operator="Ana", people=("Ana", "Ben"), database="postgresql://a@b/c", window={"a": "b"}))
    full["objectives"] = [{"name": "100x", "um_per_px": 0.07, "way": "given"}]
    return [json.dumps(full, indent=2).encode(), json.dumps(asdict(Settings())).encode()]


def _take_settings(data: bytes, folder: Path) -> None:
    (folder / SETTINGS_FILE).write_bytes(data)
    load_settings(folder)
    database_address(AppDirs(folder / "data", folder, folder, folder))


def _catalogs() -> list[bytes]:
    text = '<?xml version="1.0" encoding="utf-8"?><!DOCTYPE TS><TS version="2.1" language="de">'
    text += "<context><name>Report</name>"
    text += "".join(
        f"<message><source>{source}</source><translation>{target}</translation></message>"
        for source, target in (
            ("Cells", "Zellen"),
            ("{n} cells", "{n} Zellen"),
            ("Page {page} of {all}", "{page}/{all}"),
        )
    )
    return [(text + "</context></TS>").encode()]


def _take_catalog(data: bytes, folder: Path) -> None:
    (folder / "leukoscope_de.ts").write_bytes(data)
    words = load_words("de", folder)
    words.counted(3, "{n} cell", "{n} cells")
    words("Page {page} of {all}", page="1", all="2")


def _dicom() -> list[bytes]:
    import tempfile

    from leukoscope.domain.progress import CancelToken
    from leukoscope.exchange.dicom_files import write_dicom

    with tempfile.TemporaryDirectory() as name:
        exported = builders.exported(builders.case(2))
        files = write_dicom(exported, builders.read_frame, builders.read_file, Path(name), CancelToken())
        return [path.read_bytes()[:20_000] for path in files]


def _take_dicom(data: bytes, folder: Path) -> None:
    (folder / "x-dicom").mkdir(exist_ok=True)
    (folder / "x-dicom" / "report.dcm").write_bytes(data)
    Owner(builders.case(2), ()).refuse_foreign(folder / "x-dicom", formats.DICOM)


def _exports() -> list[bytes]:
    zipped = io.BytesIO()
    with zipfile.ZipFile(zipped, "w") as archive:
        archive.writestr("report.fhir.json", json.dumps({"identifier": {"value": "urn:uuid:x"}}))
    rows = json.dumps([{"case": "2026-0417", "sha256": ""}]).encode()
    return [
        zipped.getvalue(),
        rows,
        b"case,sha256\n2026-0417,\n",
        b'{"identifier": {"value": "urn:uuid:x"}}',
        b"^Base64^QUJD",
    ]


def _take_export(data: bytes, folder: Path) -> None:
    owner = Owner(builders.case(2), ())
    for kind in (formats.TABLE, formats.FINDINGS, formats.FHIR, formats.HL7, formats.ZIP):
        path = folder / f"earlier{kind.suffix}"
        path.write_bytes(data)
        try:
            owner.refuse_foreign(path, kind)
        except LeukoScopeError:
            continue


def _items() -> list[bytes]:
    moment = "2026-11-28T10:00:00+00:00"
    item = {"id": "x", "channel": "hl7", "case_id": 1, "case_number": "1", "state": "waiting", "made_at": moment}
    return [json.dumps({**item, "sentence": "", "tries": 1, "next_at": moment, "settled_at": None}).encode()]


def _take_item(data: bytes, folder: Path) -> None:
    (folder / "outbox" / "x").mkdir(parents=True, exist_ok=True)
    (folder / "outbox" / "x" / "item.json").write_bytes(data)
    box = Outbox(folder / "outbox")
    box.messages()
    box.next_at()
    box.due()


def _vendor_files() -> list[bytes]:
    return small_files()


def _take_vendor_file(data: bytes, folder: Path) -> None:
    path = folder / "scan.czi"
    path.write_bytes(data)
    with suppress(LeukoScopeError):
        SlideOpener().open(str(path), "scan.czi")
    for page in count_pages(path)[0][:3]:
        with suppress(LeukoScopeError):
            decode_page(data, "scan.czi", page)
        with suppress(LeukoScopeError):
            decode_part(str(path), "scan.czi", page, join=True)


TARGETS: dict[str, Target] = {
    "images": Target(_images, _take_image, 1_000_000, png_again),
    "images, guarded": Target(_images, _take_guarded, 10_000, png_again),
    "pages of TIFF": Target(_tiffs, _take_pages),
    "model containers": Target(
        model_files.containers, model_files.take_container, model_files.WANTED["model containers"], guard=given_up
    ),
    "model configurations": Target(
        model_files.configurations, model_files.take_config, model_files.WANTED["model configurations"]
    ),
    "model descriptions": Target(
        model_files.descriptions, model_files.take_description, model_files.WANTED["model descriptions"]
    ),
    "models of other programs": Target(
        model_files.others, model_files.take_other, model_files.WANTED["models of other programs"]
    ),
    "HL7 orders": Target(_orders, _take_orders),
    "HL7 answers": Target(_acks, _take_ack),
    "tables of orders": Target(_tables, _take_table),
    "manifests": Target(_manifests, _take_manifest),
    "settings": Target(_settings, _take_settings),
    "translations": Target(_catalogs, _take_catalog),
    "DICOM": Target(_dicom, _take_dicom),
    "files of microscope makers": Target(_vendor_files, _take_vendor_file, 20_000),
    "earlier exports": Target(_exports, _take_export),
    "outbox items": Target(_items, _take_item),
}
