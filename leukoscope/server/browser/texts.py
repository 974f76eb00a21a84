"""Every word of the pages by its key: those of the window are the window's own entries in the catalogs."""

from __future__ import annotations

from leukoscope.domain.cell_classes import CELL_CLASSES
from leukoscope.domain.findings import UnsureReason
from leukoscope.domain.morphology import SHOWN

PURPOSE = "Decision support for research and evaluation, not a medical device."
_SHORT = {
    "neutrophil": "NEU", "lymphocyte": "LYM", "monocyte": "MON", "eosinophil": "EOS", "basophil": "BAS",
    "immature-granulocyte": "IG", "blast": "BLA", "erythroblast": "NRBC", "smudge": "SMU", "artifact": "ART",
    "no-white-cell": "NWC",
}  # fmt: skip
_BRIEF = {
    UnsureReason.IMAGE_QUALITY: "image not good enough",
    UnsureReason.FOREIGN: "unlike anything known",
    UnsureReason.NOVELTY: "unlike its training cells",
    UnsureReason.DISAGREEMENT: "models disagree",
    UnsureReason.BAND: "inside the unsure band",
    UnsureReason.PRECURSOR: "a precursor",
    UnsureReason.NO_WHITE_CELL: "no white cell",
    UnsureReason.UNNAMED: "not named",
}


_ATTRIBUTES = {
    "cell size": "Cell size", "cell shape": "Cell shape", "nucleus shape": "Nucleus",
    "nuclear cytoplasmic ratio": "Nucleus to cytoplasm", "chromatin density": "Chromatin",
    "cytoplasm vacuole": "Vacuoles", "cytoplasm texture": "Cytoplasm", "cytoplasm colour": "Color of the cytoplasm",
    "granule type": "Kind of granules", "granule colour": "Color of the granules", "granularity": "Granules",
}  # fmt: skip
_VALUES = {
    "big": "big", "small": "small", "round": "round", "irregular": "irregular", "unsegmented-band": "band",
    "unsegmented-round": "round, one piece", "unsegmented-indented": "indented",
    "segmented-multilobed": "segmented, many lobes", "segmented-bilobed": "two lobes", "low": "low", "high": "high",
    "densely": "dense", "loosely": "loose", "yes": "yes", "no": "no", "nil": "none", "clear": "clear",
    "frosted": "frosted", "light blue": "light blue", "blue": "blue", "purple blue": "purple blue",
    "coarse": "coarse", "pink": "pink", "purple": "purple", "red": "red",
}  # fmt: skip


def own(text: str) -> tuple[str, str]:
    """A text that stands on the pages alone."""
    return "Browser", text


_OF_WINDOW: dict[str, dict[str, str]] = {
    "Purpose": {"purpose": PURPOSE},
    "Verdicts": {
        "leukemic": "Leukemic", "healthy": "Healthy", "unsure": "Unsure", "not_named": "not named",
        "leans": "leans {0}", "program": "Program: {0}.", "you_nothing": "You: –", "you": "You: {0}.",
        **{f"reason_{why.value}": why.sentence for why in UnsureReason},
        **{f"brief_{why.value}": brief for why, brief in _BRIEF.items()},
    },
    "CellClasses": {
        "group_none": "Not named", "leuk": "LEUK",
        **{f"class_{code}": one.title for code, one in CELL_CLASSES.items()},
        **{f"group_{code}": one.plural.capitalize() for code, one in CELL_CLASSES.items()},
        **{f"short_{code}": short for code, short in _SHORT.items()},
    },
    "SignInSheet": {"sign_in": "Sign in", "your_name": "Your name", "your_password": "Your password"},
    "NameBar": {"cancel": "Cancel"},
    "Sheet": {"close": "Close"},
    "WorklistPage": {
        "worklist": "Worklist", "find": "Find a case", "find_hint": "Find number, patient, specimen or notes",
    },
    "StateChoice": {"state": "State", "all_states": "All states"},
    "CaseList": {
        "case": "Case", "patient": "Patient", "specimen_stain": "Specimen, stain", "images": "Images", "cells": "Cells",
        "shares": "Unsure · leukemic · healthy", "changed": "Changed", "priority": "Priority",
        "shares_told": "{0} unsure, {1} leukemic, {2} healthy", "waiting": "{0} waiting", "failed": "{0} failed",
        "today": "today {0}", "priority_routine": "routine", "priority_urgent": "urgent", "priority_stat": "stat",
        "state_open": "open", "state_reviewed": "reviewed", "state_signed": "signed", "state_amended": "amended",
    },
    "CaseBar": {"case_n": "Case {0}", "export_pdf": "Export PDF…", "no_patient": "no patient named"},
    "Actions": {
        "edit_header": "Edit case header", "edit_told": "Write number, patient, stain …",
        "mark_reviewed": "Mark reviewed", "sign_case": "Sign…", "amend_case": "Amend…", "undo": "Undo",
        "theme": "Dark or light", "zoom_in": "Zoom in", "zoom_out": "Zoom out",
        "fit": "Fit image", "actual": "Actual pixels", "zoom_cell": "Zoom to cell", "boxes": "Boxes",
        "next_image": "Next image", "previous_image": "Previous image", "next_unsure": "Next unsure cell",
        "take_back": "Take your label back", "advance": "Go on after a label", "keys": "Keys", "review": "Review",
        "advance_told": "Show the next cell without a label as soon as one is given, unsure ones first",
        "next_map": "Next map", "previous_map": "Previous map",
    },
    "ImageBar": {"image_of": "Image {0} of {1}", "not_calibrated": "not calibrated", "not_read": "could not be read"},
    "FieldStrip": {"images_of_case": "Images of the case"},
    "CellGallery": {
        "all": "All {0}", "group_of_cells": "Group of cells", "cells_label": "Cells",
        "none_in_choice": "No cell of this case is in this choice: choose another one, or show all.",
        "cells_appear": "Cells appear here as they are found.", "show_all_cells": "Show all cells",
        "which_cells": "Which cells", "order_of_cells": "Order of cells", "cells_shown": "{0} of {1} cells",
        "only_all": "All cells", "only_undecided": "Not labeled by a person", "only_decided": "Labeled by a person",
        "only_disagree": "Models disagree", "only_unlike": "Unlike the training data",
        "only_quality": "Image quality in doubt", "only_at-border": "Cut off by the edge",
        "only_cluster": "Clusters of cells", "only_drawn": "Drawn by a person", "order_reading": "Reading order",
        "order_doubt": "Most doubtful first", "order_spread": "Largest disagreement first",
        "order_leukemic-first": "Leukemic first", "order_healthy-first": "Healthy first",
        "order_novelty": "Most unusual first", "order_largest": "Largest first", "order_smallest": "Smallest first",
    },
    "CellList": {"labeled_by": "labeled by {0}", "a_person": "a person", "remarks": "{0} remarks: {1}"},
    "GroupHeading": {"group_told": "{0}, {1}", "fold": "Fold these cells away", "unfold": "Show these cells"},
    "HeaderForm": {
        "header_number": "Case number", "header_patient": "Patient", "header_patient_id": "Patient number",
        "header_birth_date": "Date of birth", "header_sex": "Sex", "header_specimen": "Specimen",
        "header_stain": "Stain", "header_operator": "Operator", "header_notes": "Notes", "sex_female": "female",
        "sex_male": "male", "sex_other": "other", "sex_unknown": "unknown", "needs_number": "A case needs a number.",
        "wrong_date": "Write the date as 1960-12-24.",
    },
    "Inspector": {
        "inspector": "Inspector", "previous_cell": "Previous cell", "next_cell": "Next cell",
        "choose_cell": "Choose a cell to see what the models say of it, and why.", "cell_of": "Cell {0} of {1}",
        "no_maps": "This cell was judged without maps.", "map_for": "{0}: for {1}",
        "map_looked": "{0}: where it looked", "map": "Map", "weak": "Weak evidence. {0}", "shape": "Shape",
    },
    "VerdictPanel": {
        "probability_told": "Probability of leukemic, all opinions combined",
        "was_unsure": "The program was unsure: {0}", "labeled": "Labeled by {0}.", "drawn": "Drawn by {0}.",
        "not_asked": "Not a mononuclear cell: the leukemia models were not asked.", "one_asked": "One model was asked.",
        "both_agree": "Both models agree.", "all_agree": "All {0} models agree.",
        "lean_apart": "The models lean to different sides.",
    },
    "Figures": {
        "all_usual": "All figures are as in healthy lymphocytes.", "more": "{0} more", "usual": "usual {0} to {1}",
        "level_low": "low", "level_high": "high", "outside_low": "{0} {1}, low", "outside_high": "{0} {1}, high",
        **{f"figure_{code}": one.title for code, one in SHOWN.items()},
    },
    "Attributes": {
        **{f"attribute_{name}": title for name, title in _ATTRIBUTES.items()},
        **{f"value_{name}": word for name, word in _VALUES.items()},
    },
    "ShapeTable": {
        "all_figures": "All figures", "fewer_figures": "Fewer figures",
        "no_figures": "No figures of shape were measured on this cell; judge it again to measure them.",
        "figures_told": "The band of each bar is where 90 % of the healthy lymphocytes of the training cells lie.",
        "read_off": "Read off the cell by the differential model",
    },
    "MapPair": {"surroundings": "In its surroundings", "as_seen": "As the models saw it", "max": "max"},
    "MapOptions": {
        "show_map": "Show the map (M)", "drawn_as": "Drawn as", "heat": "Heat", "contour": "Contour",
        "colors": "Colors", "inferno": "Inferno", "cividis": "Cividis",
        "no_side": "This map speaks neither for leukemic nor for healthy.",
        "evidence": "Evidence for", "its_side": "Its side", "opacity": "Opacity",
        "opacity_told": "Opacity of the map",
    },
    "OpinionCard": {
        "unsure_leans": "Unsure, leans to {0}", "version": "version {0}", "too_far": "too far",
        "distance": "Distance from the training cells: {0} of the limit",
    },
    "NamingCard": {"most_like": "Not named, most like: {0}", "else": "Else: {0}"},
    "CommentField": {
        "comment": "Comment on the cell",
        "comment_told": "It stands in the report beside the cell; Enter keeps it, Escape takes it back",
    },
    "LabelKeys": {"label_key": "Label this cell “{0}” (key {1})", "label_plain": "Label this cell “{0}”"},
    "SigningController": {
        "signed": "The case is signed; the report is kept as it is.", "amended": "The case can be changed again.",
        "reviewed": "The case is reviewed.", "nevertheless": "Sign nevertheless", "show_cell": "Show the cell",
    },
    "SignSheet": {
        "sign_title": "Sign the case", "sign": "Sign", "meaning": "What your signature means",
        "sign_told": "The report is kept as you sign it, and the case is read-only from then on.",
        "released": "Reviewed and released",
    },
    "AmendSheet": {
        "amend_title": "Amend the signed case", "amend": "Amend", "reason": "Reason",
        "amend_told": "The signed report stays. Your reason stands on the next one, which must be signed again.",
    },
    "Checklist": {
        "show": "Show", "well": "well", "look": "look at it", "stops": "in the way",
        "no_cells": "No cell was judged in this case.", "cells_well": "No unsure cell waits for a person.",
        "cells_stop": "{0} of {1} cells are unsure and wait for a person.",
        "images_wait": "{0} of {1} images are not judged yet.", "images_well": "All images are judged.",
        "images_failed": "{0} of {1} images could not be judged.",
        "quality_look": "{0} of {1} images are of poor quality.", "quality_well": "The quality of all images is good.",
        "control_well": "Daily control reports nothing.", "somebody_else": "Somebody else must sign.",
        "nobody_decided": "No person has decided on a cell: the program's labels count.",
        "decided_by": "{0} of {1} cells were decided by a person: {2}.",
    },
}  # fmt: skip

_OWN: dict[str, tuple[str, str]] = {
    "skip": own("Skip to the content"),
    "sign_out": own("Sign out"),
    "signed_out": own("You are signed out."),
    "went_idle": own("You were signed out because nothing was done for a while; sign in again."),
    "again": own("You were signed out; sign in again."),
    "language": own("Language"),
    "previous_page": own("Previous page"),
    "next_page": own("Next page"),
    "cases_from_to": own("Cases {0} to {1}"),
    "no_case": own("No case fits; write less, or choose all states."),
    "field": own("Field with cells"),
    "field_told": own(
        "Plus and minus zoom, F shows the whole image, Z the cell, arrow keys move it; with the mouse: wheel and drag."
    ),
    "gallery_told": own("Arrow keys go from cell to cell, N to the next unsure one."),
    "your_label": own("Your label"),
    "said": own("Cell {0}: {1}."),
    "taken_back": own("Cell {0}: your label is taken back."),
    "commented": own("The comment is kept."),
    "undone": own("Undone: cell {0}."),
    "nothing_to_undo": own("There is nothing to undo."),
    "meanwhile": own("Somebody else was faster"),
    "meanwhile_label": own("Cell {0}: {1} says “{2}” meanwhile. You wanted “{3}”. Nothing of it is lost: choose."),
    "meanwhile_comment": own("Cell {0}: {1} has written “{2}” meanwhile. Yours is “{3}”. Nothing of it is lost."),
    "chosen_many": own("{0} cells are chosen: what you say now is said of all of them."),
    "said_many": own("{0} cells: {1}."),
    "taken_back_many": own("{0} labels are taken back."),
    "undone_many": own("Undone: {0} cells."),
    "meanwhile_many": own(
        "{0} of {1} cells were labeled by somebody else meanwhile; the others have your label. "
        "Mark where yours shall stand."
    ),
    "mine_of_many": own("Cell {0}: {1} says “{2}”. Say “{3}”."),
    "mine_where_marked": own("Say mine where marked"),
    "keep_all_theirs": own("Keep all of theirs"),
    "choose_all": own("Choose all cells shown"),
    "choose_more": own("Choose several cells"),
    "choose_one": own("Choose one cell only"),
    "save": own("Save"),
    "header_kept": own("The header is saved."),
    "header_meanwhile": own("{0}: somebody else wrote “{1}” meanwhile, you wrote “{2}”."),
    "header_choose": own("Somebody else has written into the same fields. Say for each which one stands, then save."),
    "theirs": own("Theirs"),
    "mine": own("Mine"),
    "keep_theirs": own("Keep “{0}”"),
    "say_mine": own("Say “{0}”"),
    "keep_their_text": own("Keep theirs"),
    "write_mine": own("Write mine"),
    "no_label": own("no label"),
    "changed_by_other": own("Somebody else has changed this case; what you see is up to date again."),
    "case_changed": own("The case has changed since you looked at it. Look at it again, then sign."),
    "case_gone": own("This case is no longer in the list."),
    "not_reached": own("The server cannot be reached. What you said last is not saved yet: try it again."),
    "try_again": own("Try again"),
    "too_often": own("Too many calls at once; wait a moment, then go on."),
    "fault": own("Something unexpected happened; what was saved is there. Try again."),
    "all_done": own("Every cell has a label."),
    "no_unsure": own("No unsure cell is left."),
    "labels_left": own("{0} of {1} cells have a person’s label"),
    "read_only": own("The case is signed: nothing can be changed."),
    "may_not": own("Your account may look, not decide."),
    "signed_line": own("{0}, {1}: {2}"),
    "patient_search": own("Cases"),
    "back": own("Back to the worklist"),
    "keys_title": own("Keys of the review"),
    "no_accounts": own("Nobody can sign in here: accounts are off. An administrator turns them on."),
    "probability": own("Probability of leukemic"),
    "loading": own("Loading…"),
}

TEXTS: dict[str, tuple[str, str]] = {
    **{key: (context, text) for context, texts in _OF_WINDOW.items() for key, text in texts.items()},
    **_OWN,
}
"""Key -> context in the catalogs and English text."""
