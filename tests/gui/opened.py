"""The whole program as the tests drive it: the real window, with its parts by their names."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

from leukoscope.gui.bridge import Bridge
from leukoscope.gui.compose import compose
from leukoscope.gui.composition import Composition


def opened_window(bridge: Bridge, paths: tuple[Path, ...] = ()) -> Any:
    """The window of a composed program, with the parts that it knows nothing of itself for the tests to reach."""
    return composed(bridge, paths).window


def composed(bridge: Bridge, paths: tuple[Path, ...] = ()) -> Composition:
    """A composed program whose window has its parts by their names."""
    made = compose(bridge, paths)
    for name, part in _parts(made).items():
        setattr(made.window, name, part)
    return made


def _parts(program: Composition) -> dict[str, object]:
    session, chrome, pages, sheets = program.session, program.chrome, program.pages, program.sheets
    all_of = program.controllers
    parts: dict[str, object] = {
        "session": session,
        "bridge": session.bridge,
        "case": session.case,
        "undo_stack": session.undo_stack,
        "usable": session.usable,
        "message": session.messages,
        "show_page": session.navigation.show,
        "export_queue": program.export_queue,
        "actions_by_id": program.actions,
        "action_state": program.action_state,
        "pages": {page.name: page for page in pages.all},
        "help_sheet": sheets.help,
        "about_sheet": sheets.about,
        "drop_hint": sheets.drop_hint,
        "slides": all_of.slides,
        "status": chrome.status,
        "rail": chrome.rail,
        "case_bar": chrome.case_bar,
        "name_bar": chrome.name_bar,
        "importing": all_of.importing,
        "cell_editing": all_of.cell_editing,
        "cell_changes": all_of.cell_changes,
        "calibration": all_of.calibration,
        "display": all_of.display,
        "side_by_side": all_of.side_by_side,
        "overview": all_of.overview,
        "live_map": all_of.live_map,
        "scanning": all_of.scanning,
        "measuring": all_of.measuring,
        "decisions": all_of.decisions,
        "exporting": all_of.exporting,
        "waiting": all_of.judging_queue,
        "closing": all_of.closing,
        "fault_reports": all_of.fault_reports,
        "encryption": all_of.encryption,
        "order_import": all_of.order_import,
        "orders_in": all_of.orders_in,
        "teaching": all_of.teaching,
        "site_profiles": all_of.site_profiles,
        "control_charts": all_of.control_charts,
        "rereads": all_of.rereads,
        "commands": SimpleNamespace(
            label=all_of.labeling.label,
            open_case=all_of.case_commands.open_case,
            new_case=all_of.case_commands.new_case,
            remove_image=all_of.case_commands.remove_image,
            handlers=program.handlers,
        ),
        "operator": SimpleNamespace(
            sign_sheet=all_of.signing.sign_sheet,
            amend_sheet=all_of.signing.amend_sheet,
            sign_in_sheet=all_of.screen_lock.sign_in_sheet,
            erase_sheet=all_of.erasing.erase_sheet,
            lock=all_of.screen_lock.lock,
            audit_sheet=all_of.audit_trail.audit_sheet,
            count_sheet=all_of.counting.count_sheet,
            rules_changed=all_of.screen_lock.rules_changed,
            sign=all_of.signing.sign,
            amend=all_of.signing.amend,
            mark_reviewed=all_of.signing.mark_reviewed,
            audit=all_of.audit_trail.audit,
            export_audit_to=all_of.audit_trail.export_audit_to,
            count=all_of.counting.count,
        ),
    }
    for page in pages.all:
        parts[page.name] = page
    return parts
