"""A reportlab canvas that writes each page to the file when it is finished, so that memory does not grow with pages."""

from __future__ import annotations

from typing import BinaryIO

from reportlab import rl_config
from reportlab.pdfbase import pdfdoc
from reportlab.pdfgen.canvas import Canvas

from leukoscope.reports.archiving import add_archive_parts
from leukoscope.reports.tagging import StreamedElement, StreamedParents, Tags

# Streams as bytes instead of letters: a quarter smaller, and nothing to encode.
rl_config.useA85 = 0

_IMAGE_PREFIX = "I"
_VERSION = (1, 7)
"""The version of PDF that archives are made of (ISO 32000-1)."""


class StreamedImage(pdfdoc.PDFStream):
    """A picture that is compressed already."""

    def __init__(self, data: bytes, width: int, height: int, encoding: str) -> None:
        entries = {
            "Type": pdfdoc.PDFName("XObject"),
            "Subtype": pdfdoc.PDFName("Image"),
            "Width": width,
            "Height": height,
            "BitsPerComponent": 8,
            "ColorSpace": pdfdoc.PDFName("DeviceRGB"),
            "Filter": pdfdoc.PDFName(encoding),
        }
        super().__init__(pdfdoc.PDFDictionary(entries), data)


class StreamedDocument(pdfdoc.PDFDocument):
    """reportlab's document, but pages and pictures leave memory as soon as they are complete."""

    stream: BinaryIO

    def start(self, stream: BinaryIO) -> None:
        """Write the head of the file."""
        self.stream = stream
        self._offset = 0
        self._done: set[int] = set()
        self._next = 1
        self.page_count, self.last_page = 0, ""
        self._write("%PDF-{}.{}\n".format(*self._pdfVersion).encode() + b"%\223\214\213\236\n")

    def _write(self, data: bytes) -> int:
        position = self._offset
        self.stream.write(data)
        self._offset += len(data)
        return position

    def addPage(self, page: pdfdoc.PDFPage) -> None:
        """Take a page, and let it know its place in the structure."""
        super().addPage(page)
        page.StructParents, page.Tabs = self.page_count, pdfdoc.PDFName("S")
        page.__NoDefault__ = [*page.__NoDefault__, "StructParents", "Tabs"]
        self.page_count += 1
        self.last_page = str(page.__InternalName__)

    def flush_pages(self) -> None:
        """Write what is complete: pages, their content and their pictures."""
        while self._next <= self.objectcounter:
            number, self._next = self._next, self._next + 1
            name = self.numberToId[number]
            item = self.idToObject[name]
            if isinstance(item, pdfdoc.PDFPage):
                self._write_object(number, name)
                # The tree of pages still refers to it, by name only.
                item.stream = item.Contents = item.Resources = item.XObjects = None
            elif isinstance(item, pdfdoc.PDFStream | StreamedElement | StreamedParents):
                self._write_object(number, name)
                del self.idToObject[name]

    def _write_object(self, number: int, name: str) -> None:
        item = pdfdoc.PDFIndirectObject(name, self.idToObject[name])
        self.idToOffset[name] = self._write(item.format(self))
        self._done.add(number)

    def format(self) -> bytes:
        """Write all that is left, the cross-reference table and the trailer; nothing remains to be written."""
        self.Reference(self.Catalog)
        self.Reference(self.info)
        number = 0
        while number < self.objectcounter:
            number += 1
            if number not in self._done:
                self._write_object(number, self.numberToId[number])
        table = pdfdoc.PDFCrossReferenceTable()
        table.addsection(0, [self.numberToId[one] for one in range(1, number + 1)])
        position = self._write(table.format(self))
        trailer = pdfdoc.PDFTrailer(
            startxref=position,
            Size=number + 1,
            Root=self.Reference(self.Catalog),
            Info=self.Reference(self.info),
            ID=self.ID(),
        )
        self._write(trailer.format(self))
        return b""


class StreamedCanvas(Canvas):
    """A canvas on a :class:`StreamedDocument`.

    Parameters
    ----------
    stream
        Open for writing; the caller closes it.
    size
        Width and height of the pages in points.
    language
        Of the text, for screen readers.
    """

    def __init__(self, stream: BinaryIO, size: tuple[float, float], language: str) -> None:
        super().__init__(stream, pagesize=size, pageCompression=1, lang=language)
        self._doc: StreamedDocument = StreamedDocument(compression=1, lang=language, pdfVersion=_VERSION)
        self._doc.start(stream)
        self._images = 0
        self.tags = Tags(self._doc)

    def _make_preamble(self) -> None:
        # reportlab's own would name a font that is not embedded.
        self._preamble = "1 0 0 1 0 0 cm"

    def draw_image(
        self, data: bytes, pixels: tuple[int, int], encoding: str, x: float, y: float, width: float, height: float
    ) -> None:
        """Draw a picture that is compressed already (``DCTDecode`` or ``FlateDecode``) with (x, y) its lower left."""
        self._images += 1
        name = f"{_IMAGE_PREFIX}{self._images}"
        self._doc.Reference(StreamedImage(data, *pixels, encoding), self._doc.getXObjectName(name))
        self._formsinuse.append(name)
        code = f"q {width:.2f} 0 0 {height:.2f} {x:.2f} {y:.2f} cm /{self._doc.getXObjectName(name)} Do Q"
        self.add_code(f"{self.tags.figure()} {code} EMC")

    def add_code(self, code: str) -> None:
        """Append drawing operators to the page."""
        self._code.append(code)

    def showPage(self) -> None:
        """Finish the page and write it."""
        super().showPage()
        self.tags.end_page(self._doc.last_page)
        self._doc.flush_pages()

    def finish_archive(self) -> None:
        """Add what only the whole document can have: its structure, its metadata, and what its colors mean."""
        self.tags.finish()
        add_archive_parts(self._doc)

    def add_font(self, name: str, font: pdfdoc.PDFDictionary) -> None:
        """Put a font under a name into the resources that all pages share."""
        self._doc.idToObject["BasicFonts"].dict[name] = font

    @property
    def document(self) -> StreamedDocument:
        """The document under the canvas."""
        return self._doc
