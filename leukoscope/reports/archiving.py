"""What makes a PDF one for the archive (PDF/A-2, ISO 19005-2): metadata as XMP, and what its colors mean."""

from __future__ import annotations

from xml.sax.saxutils import escape

from reportlab.pdfbase import pdfdoc

from leukoscope.reports.color_profile import srgb_profile

PART, LEVEL = "2", "U"
"""Level U: what it looks like is kept, and all its text can be read out as Unicode. Its structure is tagged too."""
_PROFILE = "sRGB IEC61966-2.1"


def add_archive_parts(document: pdfdoc.PDFDocument) -> None:
    """Add metadata and output intent to a document that is about to be finished."""
    info = document.info
    metadata = pdfdoc.PDFStream(
        pdfdoc.PDFDictionary({"Type": pdfdoc.PDFName("Metadata"), "Subtype": pdfdoc.PDFName("XML")}),
        _xmp(info, _moment(document)).encode("utf-8", "replace"),
    )
    catalog = document.Catalog
    catalog.Metadata = metadata
    profile = pdfdoc.PDFStream(pdfdoc.PDFDictionary({"N": 3}), srgb_profile(), [pdfdoc.PDFZCompress])
    intent = pdfdoc.PDFDictionary(
        {
            "Type": pdfdoc.PDFName("OutputIntent"),
            "S": pdfdoc.PDFName("GTS_PDFA1"),
            "OutputConditionIdentifier": pdfdoc.PDFString(_PROFILE),
            "Info": pdfdoc.PDFString(_PROFILE),
            "DestOutputProfile": document.Reference(profile, "colorProfile"),
        }
    )
    catalog.OutputIntents = pdfdoc.PDFArray([intent])
    catalog.__NoDefault__ = [*catalog.__NoDefault__, "OutputIntents"]


def _moment(document: pdfdoc.PDFDocument) -> str:
    """The moment that stands in the document's information, as XMP writes it."""
    stamp = document._timeStamp
    year, month, day, hour, minute, second = stamp.YMDhms
    return f"{year:04d}-{month:02d}-{day:02d}T{hour:02d}:{minute:02d}:{second:02d}{stamp.dhh:+03d}:{abs(stamp.dmm):02d}"


def _xmp(info: pdfdoc.PDFInfo, moment: str) -> str:
    title, author, subject, keywords, producer, creator = (
        escape(str(text))
        for text in (info.title, info.author, info.subject, info.keywords, info.producer, info.creator)
    )
    return f"""<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>
<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
<rdf:Description rdf:about="" xmlns:pdfaid="http://www.aiim.org/pdfa/ns/id/"
 xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:xmp="http://ns.adobe.com/xap/1.0/"
 xmlns:pdf="http://ns.adobe.com/pdf/1.3/">
<pdfaid:part>{PART}</pdfaid:part><pdfaid:conformance>{LEVEL}</pdfaid:conformance>
<dc:format>application/pdf</dc:format>
<dc:title><rdf:Alt><rdf:li xml:lang="x-default">{title}</rdf:li></rdf:Alt></dc:title>
<dc:creator><rdf:Seq><rdf:li>{author}</rdf:li></rdf:Seq></dc:creator>
<dc:description><rdf:Alt><rdf:li xml:lang="x-default">{subject}</rdf:li></rdf:Alt></dc:description>
<pdf:Keywords>{keywords}</pdf:Keywords><pdf:Producer>{producer}</pdf:Producer>
<xmp:CreatorTool>{creator}</xmp:CreatorTool>
<xmp:CreateDate>{moment}</xmp:CreateDate><xmp:ModifyDate>{moment}</xmp:ModifyDate>
</rdf:Description></rdf:RDF></x:xmpmeta>
<?xpacket end="w"?>"""
