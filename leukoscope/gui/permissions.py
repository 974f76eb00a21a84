"""What is shown of what a person may do: every answer comes from the table of acts and roles below the window."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING

from PySide6.QtGui import QAction
from PySide6.QtWidgets import QWidget

from leukoscope.domain.errors import LeukoScopeError
from leukoscope.gui.action_spec import CLASS_KEYS
from leukoscope.gui.case_actions import CASE_ACTIONS
from leukoscope.gui.image_actions import COPYING
from leukoscope.gui.language import said
from leukoscope.workflow.permissions import Act

if TYPE_CHECKING:
    from leukoscope.gui.bridge import Bridge
    from leukoscope.workflow.workbench import Workbench

logger = logging.getLogger(__name__)

_TIP = "tip while allowed"

ACTS: Mapping[str, Act] = MappingProxyType(
    {
        "new_case": Act.NEW_CASE,
        **dict.fromkeys(("open_images", "open_folder", "paste"), Act.ADD_IMAGES),
        "edit_header": Act.HEADER,
        "print_report": Act.EXPORT,
        **{spec.id: Act.EXPORT for spec in CASE_ACTIONS if spec.id.startswith("export_")},
        **dict.fromkeys(COPYING, Act.EXPORT),
        **dict.fromkeys(("send_hl7", "send_dicom", "send_fhir"), Act.SEND),
        "mark_reviewed": Act.REVIEW,
        "sign": Act.SIGN,
        "amend": Act.AMEND,
        "cancel": Act.QUEUE,
        "remove_image": Act.IMAGES,
        **dict.fromkeys(("judge_again", "judge_case_again", "judge_failed", "set_scale"), Act.JUDGE_AGAIN),
        "resume_waiting": Act.QUEUE,
        "remove_waiting": Act.IMAGES,
        "remove_case": Act.PUT_AWAY,
        "erase_case": Act.ERASE,
        **dict.fromkeys(("label_leukemic", "label_healthy", "label_unsure", "label_none", *CLASS_KEYS), Act.LABEL),
        **dict.fromkeys(("keep_example", "comment_cell"), Act.LABEL),
        **dict.fromkeys(("add_cell", "change_box", "split_cell", "merge_cells", "remove_cell"), Act.CELLS),
        "toggle_theme": Act.LOOK,
        "audit": Act.SEE_TRAIL,
    }
)
"""Which act an action of the window is; all others change nothing that is kept."""


def hold_actions(bridge: Bridge, actions: Mapping[str, QAction]) -> None:
    """Let nobody choose an action that they may not do; what else disables it stays."""
    if not bridge.is_open:
        return
    operator = bridge.bench.operator
    for name, act in ACTS.items():
        if not operator.may(act):
            actions[name].setEnabled(False)


def hold(bridge: Bridge, act: Act, *widgets: QWidget) -> str:
    """Let nobody use parts of the window for an act that they may not do; their tooltips say why.

    Returns
    -------
    str
        Why not, in the window's language; empty when they may.
    """
    why = said(bridge.bench.operator.why_not(act)) if bridge.is_open else ""
    for widget in widgets:
        if widget.property(_TIP) is None:
            widget.setProperty(_TIP, widget.toolTip())
        widget.setEnabled(not why)
        widget.setToolTip(why or str(widget.property(_TIP)))
    return why


def kept(bridge: Bridge, change: Callable[[Workbench], object]) -> bool:
    """Change settings at once; whether they were: a refusal is told by the bridge's ``failed``."""
    try:
        change(bridge.bench)
    except LeukoScopeError as error:
        logger.info("settings not changed: %s (%s)", type(error).__name__, error.detail)
        bridge.failed.emit(error.message)
        return False
    return True
