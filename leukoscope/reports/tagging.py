"""Structure of a PDF, so that programs read it aloud in its order: headings, texts, figures with what they show."""

from __future__ import annotations

from dataclasses import dataclass, field

from reportlab.pdfbase import pdfdoc

TEXT, HEADING, TITLE = "P", "H2", "H1"
_ROOT, _WHOLE, _PARENTS = "structureRoot", "structureDocument", "structureParents"


class StreamedElement(pdfdoc.PDFDictionary):
    """A part of the structure that leaves memory with its page."""


class StreamedParents(pdfdoc.PDFArray):
    """Which part of the structure each piece of a page's content belongs to."""


@dataclass
class _Part:
    """What is drawn one after the other and read as one: texts, and the pictures among them."""

    tag: str
    shown: str
    texts: list[int] = field(default_factory=list)
    pictures: list[int] = field(default_factory=list)


class Tags:
    """Numbers the pieces of each page, and writes what they are when the page is finished.

    Parameters
    ----------
    document
        The document.
    """

    def __init__(self, document: pdfdoc.PDFDocument) -> None:
        self._document = document
        self._pages = 0
        self._pieces = 0
        self._parts: list[_Part] = []
        self._root, self._whole = pdfdoc.PDFDictionary({}), pdfdoc.PDFDictionary({})
        document.Reference(self._root, _ROOT)
        document.Reference(self._whole, _WHOLE)

    def begin(self, tag: str = TEXT, shown: str = "") -> None:
        """Begin a part; ``shown`` says what its pictures show."""
        self._parts.append(_Part(tag, shown))

    def text(self) -> str:
        """The operator before a text of the part; ``EMC`` stands behind it."""
        part = self._part()
        part.texts.append(self._piece())
        return f"/{part.tag} <</MCID {part.texts[-1]}>> BDC"

    def figure(self) -> str:
        """The operator before a picture of the part; one that nobody has described is an ornament."""
        part = self._part()
        if not part.shown:
            return "/Artifact BMC"
        part.pictures.append(self._piece())
        return f"/Figure <</MCID {part.pictures[-1]}>> BDC"

    def _part(self) -> _Part:
        if not self._parts:
            self.begin()
        return self._parts[-1]

    def _piece(self) -> int:
        self._pieces += 1
        return self._pieces - 1

    def end_page(self, page: str) -> None:
        """Write the structure of a page, given its name in the document; nothing of it stays in memory."""
        name = pdfdoc.PDFName
        section, number = f"structure{self._pages}", self._pages
        kids, owners = [], {}
        for place, part in enumerate(self._parts):
            for tag, pieces in ((part.tag, part.texts), ("Figure", part.pictures)):
                if not pieces:
                    continue
                entries = {
                    "S": name(tag), "P": pdfdoc.PDFObjectReference(section), "Pg": pdfdoc.PDFObjectReference(page),
                    "K": pdfdoc.PDFArray(pieces),
                }  # fmt: skip
                if tag == "Figure":
                    entries["Alt"] = pdfdoc.PDFString(part.shown)
                made = self._document.Reference(StreamedElement(entries), f"{section}.{place}.{tag}")
                kids.append(made)
                owners.update(dict.fromkeys(pieces, made))
        entries = {
            "S": name("Sect"), "P": pdfdoc.PDFObjectReference(_WHOLE), "K": pdfdoc.PDFArray(kids),
        }  # fmt: skip
        self._document.Reference(StreamedElement(entries), section)
        parents = StreamedParents([owners[piece] for piece in range(self._pieces)])
        self._document.Reference(parents, f"{_PARENTS}{number}")
        self._pages, self._pieces, self._parts = number + 1, 0, []

    def finish(self) -> None:
        """Join the pages' parts."""
        name, numbers = pdfdoc.PDFName, range(self._pages)
        sections = [pdfdoc.PDFObjectReference(f"structure{number}") for number in numbers]
        self._whole.dict.update(
            {"S": name("Document"), "P": pdfdoc.PDFObjectReference(_ROOT), "K": pdfdoc.PDFArray(sections)}
        )
        tree = [part for number in numbers for part in (number, pdfdoc.PDFObjectReference(f"{_PARENTS}{number}"))]
        self._root.dict.update(
            {
                "Type": name("StructTreeRoot"),
                "K": pdfdoc.PDFObjectReference(_WHOLE),
                "ParentTree": pdfdoc.PDFDictionary({"Nums": pdfdoc.PDFArray(tree)}),
                "ParentTreeNextKey": self._pages,
            }
        )
        catalog = self._document.Catalog
        catalog.StructTreeRoot = self._root
        catalog.MarkInfo = pdfdoc.PDFDictionary({"Marked": "true"})
