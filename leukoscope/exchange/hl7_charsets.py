"""The character sets of HL7 v2 (table 0211): which codec reads a message, and what does not fit it."""

from __future__ import annotations

import codecs
import re

_BOMS = (
    (codecs.BOM_UTF32_LE, "utf-32-le"), (codecs.BOM_UTF32_BE, "utf-32-be"), (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"),
)  # fmt: skip
_NAMED = {
    "ASCII": "ascii", "USASCII": "ascii", "ISOIR6": "ascii", "ISO646": "ascii",
    "UTF8": "utf-8", "UNICODE": "utf-8", "UNICODEUTF8": "utf-8", "UNICODEUTF16": "utf-8", "UNICODEUTF32": "utf-8",
    "ISO10646": "utf-8", "ISOIR192": "utf-8", "UTF16": "utf-8",
    "GBK": "gb18030", "CP936": "gb18030", "GB2312": "gb18030", "GB23121980": "gb18030", "EUCCN": "gb18030",
    "BIG5": "cp950", "CP950": "cp950",
    "KSX1001": "cp949", "KSC5601": "cp949", "EUCKR": "cp949", "CP949": "cp949", "ISOIR149": "cp949",
    "ISOIR13": "iso2022_jp_ext", "ISOIR14": "iso2022_jp_ext", "ISOIR87": "iso2022_jp_ext", "ISOIR159": "iso2022_jp_ext",
    "JISX0201": "iso2022_jp_ext", "JISX0208": "iso2022_jp_ext", "JISX0212": "iso2022_jp_ext",
    "ISO2022JP": "iso2022_jp_ext",
    "SHIFTJIS": "cp932", "SJIS": "cp932", "CP932": "cp932", "WINDOWS31J": "cp932", "EUCJP": "euc_jp",
    "ISOIR100": "cp1252", "ISOIR101": "iso8859_2", "ISOIR109": "iso8859_3", "ISOIR110": "iso8859_4",
    "ISOIR144": "iso8859_5", "ISOIR127": "iso8859_6", "ISOIR126": "iso8859_7", "ISOIR138": "iso8859_8",
    "ISOIR148": "iso8859_9", "ISOIR166": "tis_620", "ISOIR203": "iso8859_15", "TIS620": "tis_620",
    "KOI8R": "koi8_r", "LATIN1": "cp1252", "LATIN2": "iso8859_2", "LATIN9": "iso8859_15",
}  # fmt: skip
_SHIFTS = re.compile(rb"\x1b\$\)[A-C]|\x1b\([BJ]|\x1b-A")
"""ISO 2022 announcements of sets whose bytes tell themselves apart by their eighth bit."""


def codec_of(name: str) -> str | None:
    """Python's codec for a name in MSH-18, in the spellings that are met; ``None`` when it is not known."""
    bare = re.sub(r"[^A-Z0-9]", "", name.upper())
    if bare in _NAMED:
        return _NAMED[bare]
    if bare.startswith("GB18030"):
        return "gb18030"
    windows = re.fullmatch(r"(?:WINDOWS|WIN|CP)?(125[0-8])", bare)
    if windows:
        return f"cp{windows[1]}"
    part = re.fullmatch(r"(?:ISO|ISOIEC)?8859(\d{1,2})", bare)
    if part and int(part[1]) in {*range(1, 12), 13, 14, 15, 16}:
        # Who says 8859/1 and writes its control characters means their letters in Windows-1252.
        return "cp1252" if int(part[1]) == 1 else f"iso8859_{int(part[1])}"
    return None


def unwrapped(data: bytes) -> tuple[bytes, str]:
    """A file's bytes, and the codec that the file itself tells.

    Files in UTF-16 or UTF-32, with a byte order mark or without, come back in UTF-8.

    Returns
    -------
    bytes, str
        Bytes in which ASCII is one byte a letter, and their codec; empty when the file does not tell.
    """
    for mark, codec in _BOMS:
        if data.startswith(mark):
            rest = data[len(mark) :]
            return (rest, codec) if codec == "utf-8" else (_as_utf8(rest, codec), "utf-8")
    head = data[:4096]
    for place, codec in ((1, "utf-16-le"), (0, "utf-16-be")):
        half = head[place::2]
        if len(half) >= 4 and half.count(0) > 0.4 * len(half) and head[1 - place :: 2].count(0) < 0.1 * len(half):
            return _as_utf8(data, codec), "utf-8"
    return data, ""


def _as_utf8(data: bytes, codec: str) -> bytes:
    # What is damaged becomes U+FFFD, which no text that is taken may hold.
    return data.decode(codec, "replace").encode("utf-8", "replace").removeprefix(codecs.BOM_UTF8)


def decoded(data: bytes, codec: str) -> str:
    """Text of bytes; a byte that does not fit becomes a lone surrogate, for :func:`is_readable` to find."""
    if codec in {"cp949", "gb18030", "cp950"}:
        data = _SHIFTS.sub(b"", data)
    try:
        return data.decode(codec, "surrogateescape")
    except UnicodeDecodeError:
        # A set of two bytes a letter that is cut off in the middle of one.
        return data.decode(codec, "replace")


def is_readable(text: str) -> bool:
    """Whether every character of a text was understood."""
    return not any("\ud800" <= one <= "\udfff" or "\x80" <= one < "\xa0" or one in "\ufffd\x1b" for one in text)


def chosen_codec(names: list[str], data: bytes) -> tuple[str, str]:
    """The codec of one message.

    Parameters
    ----------
    names
        Repetitions of MSH-18; the first is the set of the message, further ones are switched to inside.
    data
        The message.

    Returns
    -------
    codec, sentence
        The sentence says why letters beyond ASCII cannot be read, should there be some.
    """
    said = [name for name in names if name]
    known = [codec for name in said if (codec := codec_of(name)) is not None]
    if any(codec == "iso2022_jp_ext" for codec in known) and b"\x1b" in data:
        return "iso2022_jp_ext", _misfit(said[0])
    beyond = [codec for codec in known if codec != "ascii"]
    if beyond:
        return beyond[0], _misfit(said[0])
    if data.isascii() and b"\x1b" not in data:
        return "ascii", ""
    if said and not known:
        return "ascii", f"The character set “{said[0][:40]}” of MSH-18 is not known; ask for UNICODE UTF-8."
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return "ascii", "MSH-18 names no character set and the letters are no UTF-8; ask for UNICODE UTF-8 in MSH-18."
    return "utf-8", ""


def _misfit(name: str) -> str:
    return f"The letters do not fit the character set “{name[:40]}” that MSH-18 names; ask who made the file."
