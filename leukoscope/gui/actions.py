"""One table of everything a person can do: menus, shortcuts, tooltips, the help overlay and the tests read it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum

from PySide6.QtCore import QT_TRANSLATE_NOOP, QCoreApplication
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QMainWindow, QMenu

from leukoscope.domain import cell_classes
from leukoscope.domain.cell_classes import CELL_CLASSES
from leukoscope.gui.icons import icon


class Needs(StrEnum):
    """What must be there for an action to make sense."""

    NOTHING = "nothing"
    BENCH = "bench"
    CASE = "case"
    FRAME = "frame"
    CELL = "cell"


@dataclass(frozen=True)
class Spec:
    """One action.

    Parameters
    ----------
    id
        Stable name.
    menu
        Which menu it is in; also its group in the help overlay.
    text, tip
        Its words, and what it does in one short sentence.
    keys
        Its shortcuts, the first one is shown in the menu.
    icon
        Name of its icon, or empty.
    needs
        What must be there.
    checkable
        Whether it is a switch.
    separated
        Whether a line stands above it in the menu.
    """

    id: str
    menu: str
    text: str
    tip: str
    keys: tuple[str, ...] = ()
    icon: str = ""
    needs: Needs = Needs.NOTHING
    checkable: bool = False
    separated: bool = False


def _t(text: str) -> str:
    return str(QT_TRANSLATE_NOOP("Actions", text))


CASE, EDIT, CELL, VIEW, HELP = _t("Case"), _t("Edit"), _t("Cell"), _t("View"), _t("Help")
MENUS = (CASE, EDIT, CELL, VIEW, HELP)
MAP_KEYS = tuple(f"map_{number}" for number in range(1, 10))
CLASS_CODES = tuple(CELL_CLASSES)
CLASS_KEYS = tuple(f"class_{code}" for code in CLASS_CODES)
_CLASS_WORDS = {
    cell_classes.NEUTROPHIL: (_t("Neutrophil"), _t("You say: neutrophil")),
    cell_classes.LYMPHOCYTE: (_t("Lymphocyte"), _t("You say: lymphocyte")),
    cell_classes.MONOCYTE: (_t("Monocyte"), _t("You say: monocyte")),
    cell_classes.EOSINOPHIL: (_t("Eosinophil"), _t("You say: eosinophil")),
    cell_classes.BASOPHIL: (_t("Basophil"), _t("You say: basophil")),
    cell_classes.IMMATURE_GRANULOCYTE: (_t("Immature granulocyte"), _t("You say: immature granulocyte")),
    cell_classes.BLAST: (_t("Blast"), _t("You say: blast")),
    cell_classes.ERYTHROBLAST: (_t("Erythroblast"), _t("You say: erythroblast")),
    cell_classes.SMUDGE: (_t("Smudge cell"), _t("You say: smudge cell")),
    cell_classes.ARTIFACT: (_t("Artifact"), _t("You say: artifact")),
    cell_classes.NO_WHITE_CELL: (_t("No white cell"), _t("You say: no white cell")),
}

SPECS: tuple[Spec, ...] = (
    Spec("new_case", CASE, _t("New case"), _t("Start a new case"), ("Ctrl+N",), "add", Needs.BENCH),
    Spec("open_images", CASE, _t("Open images…"), _t("Add image files to the case"), ("Ctrl+O",), "open", Needs.BENCH),
    Spec(
        "open_folder",
        CASE,
        _t("Open folder…"),
        _t("Add all images of a folder"),
        ("Ctrl+Shift+O",),
        "folder",
        Needs.BENCH,
    ),
    Spec("paste", CASE, _t("Paste image"), _t("Add the image or files you copied"), ("Ctrl+V",), "paste", Needs.BENCH),
    Spec(
        "edit_header", CASE, _t("Edit case header"), _t("Write number, patient, stain …"), ("F2",), "edit", Needs.CASE
    ),
    Spec(
        "export_pdf",
        CASE,
        _t("Export PDF report…"),
        _t("Write the case report as PDF"),
        ("Ctrl+E",),
        "pdf",
        Needs.CASE,
        separated=True,
    ),
    Spec(
        "export_table",
        CASE,
        _t("Export table…"),
        _t("Write one row for each cell as CSV"),
        ("Ctrl+Shift+E",),
        "table",
        Needs.CASE,
    ),
    Spec(
        "export_fhir",
        CASE,
        _t("Export FHIR…"),
        _t("Write the case as FHIR R4 for other systems"),
        ("Ctrl+Alt+F",),
        "",
        Needs.CASE,
    ),
    Spec(
        "export_hl7",
        CASE,
        _t("Export HL7…"),
        _t("Write the case as HL7 v2 result message"),
        ("Ctrl+Alt+H",),
        "",
        Needs.CASE,
    ),
    Spec(
        "export_dicom",
        CASE,
        _t("Export DICOM…"),
        _t("Write images, boxes and report as DICOM"),
        ("Ctrl+Alt+D",),
        "",
        Needs.CASE,
    ),
    Spec(
        "export_zip",
        CASE,
        _t("Export everything…"),
        _t("Write one zip with all formats and the images"),
        ("Ctrl+Alt+E",),
        "",
        Needs.CASE,
    ),
    Spec(
        "export_deidentified",
        CASE,
        _t("Export without the patient’s data…"),
        _t("Write one zip without names, numbers and true dates; look at the images yourself"),
        (),
        "",
        Needs.CASE,
    ),
    Spec(
        "send_hl7",
        CASE,
        _t("Send to the hospital’s system"),
        _t("Send the result as HL7 message; the outbox shows how it goes"),
        ("Ctrl+Shift+H",),
        "send",
        Needs.CASE,
    ),
    Spec(
        "send_dicom",
        CASE,
        _t("Send to the DICOM archive"),
        _t("Send images, boxes and report; the outbox shows how it goes"),
        ("Ctrl+Shift+D",),
        "send",
        Needs.CASE,
    ),
    Spec(
        "count",
        CASE,
        _t("Count table"),
        _t("Cells of each class, and another case beside"),
        ("T",),
        "count",
        Needs.CASE,
    ),
    Spec(
        "mark_reviewed",
        CASE,
        _t("Mark reviewed"),
        _t("Say that every cell has been looked at"),
        ("Ctrl+Shift+R",),
        "check",
        Needs.CASE,
    ),
    Spec(
        "sign", CASE, _t("Sign…"), _t("Stand for the case; it is read-only then"), ("Ctrl+Shift+S",), "sign", Needs.CASE
    ),
    Spec(
        "amend",
        CASE,
        _t("Amend…"),
        _t("Open a signed case again, with a reason"),
        ("Ctrl+Shift+A",),
        "edit",
        Needs.CASE,
    ),
    Spec(
        "audit",
        CASE,
        _t("Audit trail"),
        _t("Who changed what, when and why"),
        ("Ctrl+Shift+T",),
        "worklist",
        Needs.BENCH,
    ),
    Spec(
        "lock", CASE, _t("Lock screen"), _t("Nobody goes on without a password"), ("Ctrl+Alt+L",), "lock", Needs.BENCH
    ),
    Spec(
        "cancel",
        CASE,
        _t("Stop work"),
        _t("Stop judging images; what is done stays, the others wait"),
        ("Ctrl+.",),
        "stop",
        Needs.BENCH,
        separated=True,
    ),
    Spec("quit", CASE, _t("Quit"), _t("Close LeukoScope; everything is saved"), ("Ctrl+Q",), "exit", separated=True),
    Spec("undo", EDIT, _t("Undo"), _t("Take the last step back"), ("Ctrl+Z",), "undo"),
    Spec("redo", EDIT, _t("Redo"), _t("Do the step again"), ("Ctrl+Shift+Z", "Ctrl+Y"), "redo"),
    Spec(
        "remove_image",
        EDIT,
        _t("Remove image"),
        _t("Take the shown image out of the case; can be undone"),
        ("Ctrl+Del",),
        "remove",
        Needs.FRAME,
        separated=True,
    ),
    Spec(
        "judge_again",
        EDIT,
        _t("Judge image again"),
        _t("Judge the shown image again with the models of now; your labels stay"),
        ("J",),
        "again",
        Needs.FRAME,
        separated=True,
    ),
    Spec(
        "judge_case_again",
        EDIT,
        _t("Judge case again"),
        _t("Judge all images of the case again with the models of now; your labels stay"),
        ("Ctrl+J",),
        "again",
        Needs.CASE,
    ),
    Spec(
        "judge_failed",
        EDIT,
        _t("Judge failed images again"),
        _t("Try again with the images of the case that could not be judged"),
        ("Ctrl+Alt+J",),
        "again",
        Needs.CASE,
    ),
    Spec(
        "resume_waiting",
        EDIT,
        _t("Go on judging"),
        _t("Judge the stopped images of the case"),
        ("Ctrl+Shift+J",),
        "next",
        Needs.CASE,
    ),
    Spec(
        "remove_waiting",
        EDIT,
        _t("Remove stopped images"),
        _t("Take images that are stopped and not judged out of the case; can be undone"),
        (),
        "remove",
        Needs.CASE,
    ),
    Spec(
        "set_scale",
        EDIT,
        _t("Set scale…"),
        _t("Measure a stage micrometer, or name objective and camera"),
        ("Ctrl+L",),
        "ruler",
        Needs.BENCH,
    ),
    Spec(
        "remove_case",
        EDIT,
        _t("Put case away"),
        _t("Take the case off the list; it can be brought back"),
        ("Ctrl+Shift+Del",),
        "remove",
        Needs.CASE,
    ),
    Spec(
        "erase_case",
        EDIT,
        _t("Erase case for good…"),
        _t("Remove the patient’s data from this computer; nobody can bring it back"),
        (),
        "",
        Needs.BENCH,
    ),
    Spec("label_leukemic", CELL, _t("Label leukemic"), _t("You say: leukemic"), ("L",), "", Needs.CELL),
    Spec("label_healthy", CELL, _t("Label healthy"), _t("You say: healthy"), ("H",), "", Needs.CELL),
    Spec("label_unsure", CELL, _t("Label unsure"), _t("You say: unsure"), ("U",), "", Needs.CELL),
    *(
        Spec(f"class_{code}", CELL, *_CLASS_WORDS[code], (CELL_CLASSES[code].key,), "", Needs.CELL)
        for code in CLASS_CODES
    ),
    Spec(
        "label_none",
        CELL,
        _t("Take your label back"),
        _t("The program’s label counts again"),
        ("Backspace",),
        "",
        Needs.CELL,
    ),
    Spec(
        "add_cell",
        CELL,
        _t("Draw a cell"),
        _t("Draw a box around a cell that was missed; it is judged like the others"),
        ("D",),
        "draw",
        Needs.FRAME,
        separated=True,
    ),
    Spec(
        "remove_cell",
        CELL,
        _t("Remove cell"),
        _t("Take out what is no white cell; can be undone"),
        ("Del",),
        "remove",
        Needs.CELL,
    ),
    Spec(
        "next_cell",
        CELL,
        _t("Next cell"),
        _t("Go to the next cell of the gallery"),
        ("Space",),
        "next",
        Needs.CELL,
        separated=True,
    ),
    Spec(
        "previous_cell",
        CELL,
        _t("Previous cell"),
        _t("Go back one cell"),
        ("Shift+Space",),
        "previous",
        Needs.CELL,
    ),
    Spec(
        "next_unsure",
        CELL,
        _t("Next unsure cell"),
        _t("Go to the next cell that needs a person"),
        ("N",),
        "",
        Needs.CELL,
    ),
    Spec("next_image", CELL, _t("Next image"), _t("Show the next image of the case"), ("PgDown",), "next", Needs.FRAME),
    Spec("previous_image", CELL, _t("Previous image"), _t("Show the image before"), ("PgUp",), "previous", Needs.FRAME),
    Spec("show_worklist", VIEW, _t("Worklist"), _t("All cases"), ("Ctrl+1",), "worklist"),
    Spec("show_live", VIEW, _t("Capture"), _t("The live camera; Space holds, Enter takes"), ("Ctrl+2",), "live"),
    Spec("show_review", VIEW, _t("Review"), _t("Images and cells of the case"), ("Ctrl+3",), "review"),
    Spec("show_report", VIEW, _t("Report"), _t("The case report as it prints"), ("Ctrl+4",), "report"),
    Spec("show_models", VIEW, _t("Models"), _t("What judges, and how well"), ("Ctrl+5",), "models"),
    Spec("show_settings", VIEW, _t("Settings"), _t("Theme, names and defaults"), ("Ctrl+6", "Ctrl+,"), "settings"),
    Spec("zoom_in", VIEW, _t("Zoom in"), _t("Larger"), ("+", "="), "zoom-in", Needs.FRAME, separated=True),
    Spec("zoom_out", VIEW, _t("Zoom out"), _t("Smaller"), ("-",), "zoom-out", Needs.FRAME),
    Spec("zoom_fit", VIEW, _t("Fit image"), _t("Show the whole image"), ("F",), "fit", Needs.FRAME),
    Spec(
        "zoom_actual",
        VIEW,
        _t("Actual pixels"),
        _t("One image pixel for one screen pixel"),
        ("A",),
        "actual",
        Needs.FRAME,
    ),
    Spec("zoom_cell", VIEW, _t("Zoom to cell"), _t("Bring the chosen cell close"), ("Z",), "", Needs.CELL),
    Spec(
        "toggle_boxes",
        VIEW,
        _t("Boxes"),
        _t("Show or hide the boxes around cells"),
        ("B",),
        "boxes",
        Needs.FRAME,
        True,
        True,
    ),
    Spec("toggle_map", VIEW, _t("Map"), _t("Show or hide why the models think so"), ("M",), "map", Needs.CELL, True),
    Spec("toggle_contour", VIEW, _t("Contour lines"), _t("Heat or contour lines"), ("C",), "", Needs.CELL, True),
    Spec(
        "swap_evidence",
        VIEW,
        _t("Evidence for the other side"),
        _t("What speaks against the label"),
        ("E",),
        "",
        Needs.CELL,
    ),
    Spec(
        "toggle_grid",
        VIEW,
        _t("Gallery only"),
        _t("Give the whole page to the cells"),
        ("G",),
        "grid",
        Needs.FRAME,
        True,
    ),
    Spec("next_map", VIEW, _t("Next map"), _t("Show the next map of the cell"), (".",), "", Needs.CELL),
    Spec("previous_map", VIEW, _t("Previous map"), _t("Show the map before"), (",",), "", Needs.CELL),
    *(
        Spec(
            f"map_{number}",
            VIEW,
            _t(f"Map {number}"),
            _t(f"Show map {number}"),
            (f"Alt+{number}",),
            "",
            Needs.CELL,
            separated=number == 1,
        )
        for number in range(1, 10)
    ),
    Spec("toggle_theme", VIEW, _t("Dark or light"), _t("Switch between dark and light"), ("Ctrl+T",), separated=True),
    Spec("full_screen", VIEW, _t("Full screen"), _t("Use the whole screen"), ("F11",)),
    Spec("help", HELP, _t("Keys"), _t("Every key on one page"), ("F1", "?"), "help"),
    Spec("tour", HELP, _t("Tour"), _t("The program in one minute"), (), "tour"),
    Spec("save_report", HELP, _t("Save fault report…"), _t("For your support; without patient data"), (), "warning"),
    Spec("about", HELP, _t("About LeukoScope"), _t("What it is and is not for"), (), "info", separated=True),
)


PAGES = tuple(spec.id.removeprefix("show_") for spec in SPECS if spec.id.startswith("show_"))
"""Names of the pages, in the order of their keys."""


def words(text: str) -> str:
    """A text of the table in the person's language."""
    return QCoreApplication.translate("Actions", text)


def key_text(spec: Spec) -> str:
    """All shortcuts of an action as they are written on this system."""
    native = QKeySequence.SequenceFormat.NativeText
    return ", ".join(QKeySequence(key).toString(native) for key in spec.keys)


def tooltip(spec: Spec) -> str:
    """What the action does, and its keys."""
    keys = key_text(spec)
    return f"{words(spec.tip)} ({keys})" if keys else words(spec.tip)


def reserved_keys() -> dict[str, str]:
    """Single keys that do something else than name a class -> the name of the action, in the person's language."""
    others = (spec for spec in SPECS if spec.id not in CLASS_KEYS)
    return {key: words(spec.text).rstrip("…") for spec in others for key in spec.keys if len(key) == 1}


def with_class_keys(keys: Mapping[str, str]) -> tuple[Spec, ...]:
    """The actions that name a class, with the keys that are in force: code -> key, empty for none."""
    found = {spec.id: spec for spec in SPECS}
    return tuple(replace(found[f"class_{code}"], keys=(keys[code],) if keys[code] else ()) for code in CLASS_CODES)


def build_actions(window: QMainWindow) -> dict[str, QAction]:
    """Make the actions of the table and give them to a window; they do nothing yet."""
    actions: dict[str, QAction] = {}
    for spec in SPECS:
        action = QAction(words(spec.text), window)
        action.setObjectName(spec.id)
        show_keys(action, spec)
        action.setStatusTip(words(spec.tip))
        action.setCheckable(spec.checkable)
        window.addAction(action)
        actions[spec.id] = action
    refresh_icons(actions)
    return actions


def show_keys(action: QAction, spec: Spec) -> None:
    """Give an action its keys, and say them in its tooltip."""
    action.setToolTip(tooltip(spec))
    action.setShortcuts([QKeySequence(key) for key in spec.keys])


def connect_actions(actions: Mapping[str, QAction], handlers: Mapping[str, Callable[[], object]]) -> None:
    """Let each action of the table do what it is for; each needs its handler."""
    for spec in SPECS:
        handler = handlers[spec.id]
        actions[spec.id].triggered.connect(lambda _checked=False, run=handler: run())


def refresh_icons(actions: Mapping[str, QAction]) -> None:
    """Draw the icons again, in the colors of the theme in use."""
    for spec in SPECS:
        if spec.icon:
            actions[spec.id].setIcon(icon(spec.icon))


def fill_menus(window: QMainWindow, actions: Mapping[str, QAction]) -> None:
    """Give the window its menu bar."""
    bar = window.menuBar()
    titles = _with_letters([words(name) for name in MENUS])
    menus: dict[str, QMenu] = {name: bar.addMenu(title) for name, title in zip(MENUS, titles, strict=True)}
    maps, classes = QMenu(words(_t("Show map")), window), QMenu(words(_t("Name the class")), window)
    for spec in SPECS:
        menu = menus[spec.menu]
        if spec.separated:
            menu.addSeparator()
        inner = maps if spec.id in MAP_KEYS else classes if spec.id in CLASS_KEYS else None
        if inner is not None:
            inner.addAction(actions[spec.id])
            if spec.id in {MAP_KEYS[0], CLASS_KEYS[0]}:
                menu.addMenu(inner)
            continue
        menu.addAction(actions[spec.id])


def _with_letters(titles: list[str]) -> list[str]:
    """Give each menu a letter of its own, so that Alt and the letter open it in any language."""
    taken: set[str] = set()
    result = []
    for title in titles:
        free = (place for place, one in enumerate(title) if one.isalpha() and one.casefold() not in taken)
        place = next(free, len(title))
        taken.add(title[place : place + 1].casefold())
        result.append(f"{title[:place]}&{title[place:]}" if place < len(title) else title)
    return result
