"""Shares are written alike in the window and on paper."""

from __future__ import annotations

from leukoscope.domain.percent import percent_of, percent_text


def test_what_rounds_to_nothing_or_to_all_says_so() -> None:
    shares = (0.0, 0.004, 0.29, 0.997, 1.0, 1.4)
    assert [percent_text(one) for one in shares] == ["0 %", "<1 %", "29 %", ">99 %", "100 %", "140 %"]


def test_a_share_stands_with_its_wilson_interval() -> None:
    # 95 % interval of 6 in 21: 0.138 to 0.500 (Newcombe 1998, method 3).
    assert percent_of(6, 21) == "29 % (14–50)"
    assert percent_of(1, 1000) == "<1 % (0–1)"
    assert percent_of(0, 0) == "–"
