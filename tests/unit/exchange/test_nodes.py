from __future__ import annotations

import pytest

from leukoscope.domain.errors import SettingsError
from leukoscope.exchange.nodes import Node, dicom_node, hl7_node


def test_addresses_are_read() -> None:
    assert hl7_node(" lis.hospital:2575 ") == Node("lis.hospital", 2575)
    assert hl7_node("[::1]:2575") == Node("::1", 2575)
    assert dicom_node("MAIN ARCHIVE@10.0.0.7:104") == Node("10.0.0.7", 104, "MAIN ARCHIVE")


def test_a_word_before_the_address_encrypts_the_line() -> None:
    assert hl7_node("TLS://lis.hospital:2575") == Node("lis.hospital", 2575, encrypted=True)
    assert dicom_node(" tls://ARCHIVE@pacs:2762") == Node("pacs", 2762, "ARCHIVE", encrypted=True)


@pytest.mark.parametrize("text", ["", "lis", "lis:", ":2575", "lis:0", "lis:65536", "lis:٣", "a b:1", "lis:2575:x"])
def test_what_is_no_address_says_how_one_looks(text: str) -> None:
    with pytest.raises(SettingsError, match="computer:port"):
        hl7_node(text)


@pytest.mark.parametrize("text", ["pacs:104", "@pacs:104", f"{'X' * 17}@pacs:104", "É@pacs:104", "A@pacs"])
def test_a_dicom_node_needs_a_title(text: str) -> None:
    with pytest.raises(SettingsError, match="TITLE"):
        dicom_node(text)
