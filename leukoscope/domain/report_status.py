"""How much a report of a Case counts: decided in one place, so that no two outputs can disagree."""

from __future__ import annotations

from enum import StrEnum

from leukoscope.domain.cases import Amendment, Case, CaseState, Signature


class ReportStatus(StrEnum):
    """How much a report counts.

    ``PRELIMINARY``: nobody has ever signed it. ``FINAL``: signed as it is. ``CORRECTED``: amended and signed again as
    it is. ``REOPENED``: it was signed, then amended, and nobody has signed it since.
    """

    PRELIMINARY = "preliminary"
    FINAL = "final"
    CORRECTED = "corrected"
    REOPENED = "reopened"

    @property
    def is_signed(self) -> bool:
        """Whether somebody stands for the Case exactly as it is."""
        return self in {ReportStatus.FINAL, ReportStatus.CORRECTED}


def report_status_of(
    state: CaseState, signatures: tuple[Signature, ...], amendments: tuple[Amendment, ...]
) -> ReportStatus:
    """How much a report counts, from the state and the history of its Case.

    A case that was amended can be *reviewed* again before it is signed: its state alone does not say that there is an
    earlier signed report.
    """
    if not signatures:
        return ReportStatus.PRELIMINARY
    if state is not CaseState.SIGNED:
        return ReportStatus.REOPENED
    return ReportStatus.CORRECTED if amendments else ReportStatus.FINAL


def case_report_status(case: Case) -> ReportStatus:
    """How much a report of this Case counts."""
    return report_status_of(case.state, case.signatures, case.amendments)


def valid_signature(case: Case) -> Signature | None:
    """The signature that stands for the Case as it is; ``None`` while there is none."""
    return case.signatures[-1] if case_report_status(case).is_signed else None


def history_lines(case: Case) -> tuple[str, ...]:
    """Who signed and who opened the Case again, in the order it happened, and what that makes of the report.

    For outputs in English that other systems read; each amendment follows the signature it takes the force from.
    """
    lines: list[str] = []
    for place, one in enumerate(case.signatures):
        lines.append(f"{one.meaning}: {one.name}, {one.at.astimezone().isoformat(timespec='seconds')}.")
        if place < len(case.amendments):
            gone = case.amendments[place]
            moment = gone.at.astimezone().isoformat(timespec="seconds")
            lines.append(f"Amended by {gone.by}, {moment}: {gone.reason}.")
    if case_report_status(case) is ReportStatus.REOPENED:
        lines.append("Preliminary: amended, and not signed since.")
    return tuple(lines)


def manual_edit_line(case: Case) -> str:
    """How many cells people drew and took out, and who; empty where nobody did."""
    drawn = [cell.added for cell in case.cells if cell.added is not None]
    gone = [cell.removed for frame in case.frames for cell in frame.removed_cells if cell.removed is not None]
    parts = [
        f"Cells {word}: {len(work)} ({', '.join(dict.fromkeys(one.by or 'not recorded' for one in work))})."
        for word, work in (("drawn by a person", drawn), ("taken out by a person", gone))
        if work
    ]
    return " ".join(parts)
