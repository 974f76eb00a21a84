"""No table that leaves runs as a formula, and every text can be had back as it was."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leukoscope.cases.store import CaseStore
from leukoscope.domain.cases import CaseHeader
from leukoscope.reports.spreadsheets import safe_text, unguarded
from leukoscope.workflow.export.audit_trail import write_trail_csv

FORMULAS = [
    "=1+1",
    "+1",
    "-1+cmd|' /C calc'!A0",
    "@SUM(A1)",
    "\t=1",
    "\r=1",
    "\n=1",
    " =1+1",
    "\ufeff=1",
    "\u200b=1",
    "＝1",
    "＋1",
    "－1",
    "＠x",
    "﹦1",
    "\u22121",
    "'=1",
]


@pytest.mark.parametrize("text", FORMULAS)
def test_what_might_run_is_guarded(text: str) -> None:
    assert safe_text(text) == f"'{text}"


@pytest.mark.parametrize("text", ["", "2026-0417", "O'Neill", "'s-Gravenhage", "a=b", "Doe, Jane"])
def test_what_cannot_run_stays(text: str) -> None:
    assert safe_text(text) == text


@given(st.one_of(st.text(), st.text("'=+-@＝ \ta", max_size=6)))
def test_every_text_comes_back(text: str) -> None:
    assert unguarded(safe_text(text)) == text


@pytest.mark.parametrize("number", FORMULAS)
def test_the_audit_trail_runs_nothing_and_can_be_sealed_again(number: str, tmp_path: Path) -> None:
    store = CaseStore(tmp_path / "cases")
    case_id = store.create(CaseHeader(number, "=patient"))
    store.update_header(case_id, CaseHeader(number, "@patient", notes="+note"))
    entries = store.trail.entries()[::-1]
    store.close()
    write_trail_csv(entries, tmp_path / "trail.csv")
    text = (tmp_path / "trail.csv").read_bytes().decode("utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(text, newline="")))
    assert len(rows) == len(entries) >= 3
    for row, entry in zip(rows, entries, strict=True):
        assert not any(
            value.lstrip("\ufeff\u200b \t\r\n")[:1] in tuple("=+-@＝＋－＠﹦\u2212") for value in row.values()
        )
        assert [unguarded(row[name]) for name in ("subject", "old", "new", "reason", "seal")] == [
            entry.subject, entry.old, entry.new, entry.reason, entry.seal,
        ]  # fmt: skip
