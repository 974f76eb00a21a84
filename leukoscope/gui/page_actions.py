"""How each page of the window is called, reached and drawn in rail and menu; in the order of the rail."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from leukoscope.gui.action_spec import VIEW, Spec, marked

PAGE_ACTIONS: tuple[Spec, ...] = (
    Spec("show_worklist", VIEW, marked("Worklist"), marked("All cases"), ("Ctrl+1",), "worklist"),
    Spec(
        "show_live", VIEW, marked("Capture"), marked("The live camera; Space holds, Enter takes"), ("Ctrl+2",), "live"
    ),
    Spec("show_review", VIEW, marked("Review"), marked("Images and cells of the case"), ("Ctrl+3",), "review"),
    Spec("show_report", VIEW, marked("Report"), marked("The case report as it prints"), ("Ctrl+4",), "report"),
    Spec(
        "show_quality", VIEW, marked("Quality"), marked("Teach the program your own microscope"), ("Ctrl+5",), "quality"
    ),
    Spec("show_models", VIEW, marked("Models"), marked("What judges, and how well"), ("Ctrl+6",), "models"),
    Spec(
        "show_settings", VIEW, marked("Settings"), marked("Theme, names and defaults"), ("Ctrl+7", "Ctrl+,"), "settings"
    ),
)
"""One for each page: ``show_NAME``."""

PAGE_SHAPES: Mapping[str, str] = MappingProxyType(
    {
        "worklist": '<path d="M4 6h16M4 12h16M4 18h10"/>',
        "live": '<path d="M4 8h3l2-3h6l2 3h3v11H4z"/><circle cx="12" cy="13" r="3.500"/>',
        "review": '<circle cx="11" cy="11" r="7"/><circle cx="11" cy="11" r="2.6"/><path d="m16.2 16.2 4.3 4.3"/>',
        "report": '<path d="M6 3h8l4 4v14H6z"/><path d="M14 3v4h4M9 12h6M9 16h6"/>',
        "models": '<circle cx="6" cy="6" r="2.5"/><circle cx="6" cy="18" r="2.5"/><circle cx="18" cy="12" r="2.5"/>'
        '<path d="m8.3 7.2 7.4 3.6M8.3 16.8l7.4-3.6"/>',
        "quality": '<path d="M4 4v16h16"/><path d="m7 14 4-4 3 3 5-6"/><circle cx="19" cy="7" r="1.5"/>',
        "settings": '<path d="M4 7h9M19 7h1M4 17h1M11 17h9"/><circle cx="16" cy="7" r="2.5"/>'
        '<circle cx="8" cy="17" r="2.5"/>',
    }
)
"""Icon -> its drawing; see :mod:`leukoscope.gui.icons`."""
