"""What the Review page says of a case in which no image is judged yet."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QCoreApplication

from leukoscope.domain.waiting import WaitingImage, WaitState
from leukoscope.gui.language import said


def waiting_words(images: Sequence[WaitingImage], trouble: str) -> tuple[str, str, str, str]:
    """Title, text, words of the button, and the action that it stands for."""
    translate = QCoreApplication.translate
    one, many = translate("Waiting", "1 image waits"), translate("Waiting", "{0} images wait")
    title = one if len(images) == 1 else many.format(len(images))
    if all(image.state is WaitState.STOPPED for image in images):
        text = translate("Waiting", "They are stopped, and stay in the case.")
        return title, text, translate("Waiting", "Go on judging"), "resume_waiting"
    text = translate(
        "Waiting", "They are judged one after the other, and appear here. You can close the program meanwhile."
    )
    return title, said(trouble) if trouble else text, translate("Waiting", "Open images…"), "open_images"
