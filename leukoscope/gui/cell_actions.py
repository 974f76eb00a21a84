"""The actions of the menus Cell, View and Help."""

from __future__ import annotations

from leukoscope.domain.cell_classes import CELL_CLASSES
from leukoscope.gui.action_spec import CELL, CLASS_CODES, HELP, VIEW, Needs, Spec, marked
from leukoscope.gui.class_words import CLASS_WORDS

CELL_ACTIONS: tuple[Spec, ...] = (
    Spec("label_leukemic", CELL, marked("Label leukemic"), marked("You say: leukemic"), ("L",), "", Needs.CELL),
    Spec("label_healthy", CELL, marked("Label healthy"), marked("You say: healthy"), ("H",), "", Needs.CELL),
    Spec("label_unsure", CELL, marked("Label unsure"), marked("You say: unsure"), ("U",), "", Needs.CELL),
    *(
        Spec(f"class_{code}", CELL, words.action, words.tip, (CELL_CLASSES[code].key,), "", Needs.CELL)
        for code, words in ((code, CLASS_WORDS[code]) for code in CLASS_CODES)
    ),
    Spec(
        "label_none",
        CELL,
        marked("Take your label back"),
        marked("The program’s label counts again"),
        ("Backspace",),
        "",
        Needs.CELL,
    ),
    Spec(
        "add_cell",
        CELL,
        marked("Draw a cell"),
        marked("Draw a box around a cell that was missed; it is judged like the others"),
        ("D",),
        "draw",
        Needs.FRAME,
        separated=True,
    ),
    Spec(
        "remove_cell",
        CELL,
        marked("Remove cell"),
        marked("Take out what is no white cell; can be undone"),
        ("Del",),
        "remove",
        Needs.CELL,
    ),
    Spec(
        "next_cell",
        CELL,
        marked("Next cell"),
        marked("Go to the next cell of the gallery"),
        ("Space",),
        "next",
        Needs.CELL,
        separated=True,
    ),
    Spec(
        "previous_cell",
        CELL,
        marked("Previous cell"),
        marked("Go back one cell"),
        ("Shift+Space",),
        "previous",
        Needs.CELL,
    ),
    Spec(
        "next_unsure",
        CELL,
        marked("Next unsure cell"),
        marked("Go to the next cell that needs a person"),
        ("N",),
        "",
        Needs.CELL,
    ),
    Spec(
        "next_image",
        CELL,
        marked("Next image"),
        marked("Show the next image of the case"),
        ("PgDown",),
        "next",
        Needs.FRAME,
    ),
    Spec(
        "previous_image",
        CELL,
        marked("Previous image"),
        marked("Show the image before"),
        ("PgUp",),
        "previous",
        Needs.FRAME,
    ),
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
    Spec("zoom_in", VIEW, marked("Zoom in"), marked("Larger"), ("+", "="), "zoom-in", Needs.FRAME, separated=True),
    Spec("zoom_out", VIEW, marked("Zoom out"), marked("Smaller"), ("-",), "zoom-out", Needs.FRAME),
    Spec("zoom_fit", VIEW, marked("Fit image"), marked("Show the whole image"), ("F",), "fit", Needs.FRAME),
    Spec(
        "zoom_actual",
        VIEW,
        marked("Actual pixels"),
        marked("One image pixel for one screen pixel"),
        ("A",),
        "actual",
        Needs.FRAME,
    ),
    Spec("zoom_cell", VIEW, marked("Zoom to cell"), marked("Bring the chosen cell close"), ("Z",), "", Needs.CELL),
    Spec(
        "toggle_boxes",
        VIEW,
        marked("Boxes"),
        marked("Show or hide the boxes around cells"),
        ("B",),
        "boxes",
        Needs.FRAME,
        True,
        True,
    ),
    Spec(
        "toggle_map",
        VIEW,
        marked("Map"),
        marked("Show or hide why the models think so"),
        ("M",),
        "map",
        Needs.CELL,
        True,
    ),
    Spec(
        "toggle_contour", VIEW, marked("Contour lines"), marked("Heat or contour lines"), ("C",), "", Needs.CELL, True
    ),
    Spec(
        "swap_evidence",
        VIEW,
        marked("Evidence for the other side"),
        marked("What speaks against the label"),
        ("E",),
        "",
        Needs.CELL,
    ),
    Spec(
        "toggle_grid",
        VIEW,
        marked("Gallery only"),
        marked("Give the whole page to the cells"),
        ("G",),
        "grid",
        Needs.FRAME,
        True,
    ),
    Spec("next_map", VIEW, marked("Next map"), marked("Show the next map of the cell"), (".",), "", Needs.CELL),
    Spec("previous_map", VIEW, marked("Previous map"), marked("Show the map before"), (",",), "", Needs.CELL),
    *(
        Spec(
            f"map_{number}",
            VIEW,
            marked(f"Map {number}"),
            marked(f"Show map {number}"),
            (f"Alt+{number}",),
            "",
            Needs.CELL,
            separated=number == 1,
        )
        for number in range(1, 10)
    ),
    Spec(
        "toggle_theme",
        VIEW,
        marked("Dark or light"),
        marked("Switch between dark and light"),
        ("Ctrl+T",),
        separated=True,
    ),
    Spec("full_screen", VIEW, marked("Full screen"), marked("Use the whole screen"), ("F11",)),
    Spec("help", HELP, marked("Keys"), marked("Every key on one page"), ("F1", "?"), "help"),
    Spec("tour", HELP, marked("Tour"), marked("The program in one minute"), (), "tour"),
    Spec(
        "save_report",
        HELP,
        marked("Save fault report…"),
        marked("For your support; without patient data"),
        (),
        "warning",
    ),
    Spec("about", HELP, marked("About LeukoScope"), marked("What it is and is not for"), (), "info", separated=True),
)
