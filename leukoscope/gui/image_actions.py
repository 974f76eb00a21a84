"""What a person can do with the image that is shown: look at it otherwise, and take it along."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from leukoscope.gui.action_spec import VIEW, Needs, Spec, marked

COPYING = ("copy_view", "copy_image", "save_view", "save_image")
"""What lets an image leave; also in the menu of the image."""

IMAGE_ACTIONS: tuple[Spec, ...] = (
    Spec(
        "adjust_display",
        VIEW,
        marked("Adjust the display"),
        marked("Brightness, contrast, gamma and white of what you see; what is judged stays as it is"),
        ("Ctrl+B",),
        "display",
        Needs.BENCH,
        checkable=True,
        separated=True,
    ),
    Spec(
        "measure",
        VIEW,
        marked("Measure"),
        marked("Draw a line, an ellipse or an outline: its length in µm and its area in µm²"),
        ("Ctrl+M",),
        "measure",
        Needs.FRAME,
        checkable=True,
    ),
    Spec(
        "side_by_side",
        VIEW,
        marked("Side by side"),
        marked("Show another image of the case beside this one; a click in the strip chooses it"),
        ("Ctrl+D",),
        "beside",
        Needs.FRAME,
        checkable=True,
    ),
    Spec(
        "overview",
        VIEW,
        marked("Overview"),
        marked("Where on the slide the images were taken: a map, where the stage of the microscope told their places"),
        ("Ctrl+K",),
        "overview",
        Needs.CASE,
        checkable=True,
    ),
    Spec(
        "copy_view",
        VIEW,
        marked("Copy what is in view"),
        marked("Put the part of the image that is in view into the clipboard, with boxes, maps and scale bar"),
        ("Ctrl+Shift+C",),
        "copy",
        Needs.FRAME,
        separated=True,
    ),
    Spec(
        "copy_image",
        VIEW,
        marked("Copy the whole image"),
        marked("Put the whole image into the clipboard, with its scale bar and without boxes"),
        ("Ctrl+Alt+C",),
        "",
        Needs.FRAME,
    ),
    Spec(
        "save_view",
        VIEW,
        marked("Save what is in view…"),
        marked("Write the part of the image that is in view as PNG or JPEG, with boxes, maps and scale bar"),
        ("Ctrl+Alt+V",),
        "",
        Needs.FRAME,
    ),
    Spec(
        "save_image",
        VIEW,
        marked("Save the whole image…"),
        marked("Write the whole image as PNG or JPEG, with its scale bar and without boxes"),
        ("Ctrl+Alt+I",),
        "",
        Needs.FRAME,
    ),
)

IMAGE_SHAPES: Mapping[str, str] = MappingProxyType(
    {
        "display": '<circle cx="12" cy="12" r="8"/><path d="M12 4v16M12 8h6.800M12 12h8M12 16h6.800"/>',
        "measure": '<path d="M5 19 19 5M4 15l5 5M15 4l5 5"/><path d="m10 11 1.500 1.500M13 8l1.500 1.500"/>',
        "beside": '<path d="M4 5h16v14H4zM12 5v14"/>',
        "overview": '<path d="M3 6h18v12H3z"/><path d="M6 9h4v3H6zM12 8h4v3h-4zM14 13h4v3h-4z"/>',
        "copy": '<path d="M9 9h11v11H9z"/><path d="M6 15H4V4h11v2"/>',
    }
)
"""Icon -> its drawing; see :mod:`leukoscope.gui.icons`."""
