"""The steps of the tour."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication

from leukoscope.gui.widgets.tour import TourStep, TourTask

if TYPE_CHECKING:
    from leukoscope.gui.chrome.rail import Rail
    from leukoscope.gui.review.page import ReviewPage
    from leukoscope.gui.session import Session


def _t(text: str) -> str:
    return QCoreApplication.translate("Tour", text)


def tour_steps(session: Session, review: ReviewPage, rail: Rail) -> tuple[TourStep, ...]:
    """What to show, in the order of the work."""
    case, navigation = session.case, session.navigation

    def show_review() -> None:
        navigation.show("review")

    return (
        TourStep(
            lambda: review.canvas,
            _t("The picture"),
            _t(
                "This is the demo case, drawn by the program. Every white cell is found and boxed. "
                "Zoom with the wheel, drag to move, click a cell. Drop your own images anywhere."
            ),
            show_review,
        ),
        TourStep(
            lambda: review.inspector,
            _t("A name, opinions, and why"),
            _t(
                "The program first says what a cell is. Whether a mononuclear cell is leukemic is asked of two "
                "networks and of its figures of shape, each on its own. The key M shows what an opinion rests on, "
                "period and comma go to the next map. The amber band is where the program is unsure."
            ),
            show_review,
        ),
        TourStep(
            lambda: review.gallery,
            _t("All cells at a glance"),
            _t(
                "Unsure cells wait for you. Walk with the arrows or Space; L, H and U set your label, "
                "the digits say what the cell is, as on a bench counter; Settings can give them other keys. "
                "Everything can be undone with Ctrl+Z."
            ),
            show_review,
        ),
        *((_label_one(session, review),) if case.cell_count else ()),
        TourStep(
            lambda: rail.button("report"),
            _t("The report"),
            _t("See the case as it prints, and export it as PDF with Ctrl+E. Everything is saved as you work."),
        ),
        TourStep(
            lambda: rail.button("models"),
            _t("The models"),
            _t("What judges, how well, and on which cells that was measured. F1 shows all keys."),
        ),
    )


def _label_one(session: Session, review: ReviewPage) -> TourStep:
    """A task: the person labels the next unsure cell."""
    case, navigation = session.case, session.navigation

    def is_labeled(cell_id: int) -> bool:
        cell = case.cell(cell_id)
        return cell is not None and cell.decision is not None

    def show_unsure() -> None:
        navigation.show("review")
        review.next_unsure()
        navigation.focus()

    return TourStep(
        lambda: review.inspector.keys,
        _t("Your turn: name this cell"),
        _t(
            "Look at the cell and say what it is: press one of these buttons, or its key. Nothing can break here: "
            "Backspace takes your label back."
        ),
        show_unsure,
        TourTask(
            case.cell_changed,
            is_labeled,
            _t("That was it: your label counts from now on, and what the program said stays beside it, as its own."),
        ),
    )
