"""What an archive says of each object of a message, in words."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication

from leukoscope.workflow.delivery.message import Message, Standing

SHOWN = 6
"""So many objects are named; those that are not kept first."""


def instance_lines(message: Message) -> list[str]:
    """One line for each object while the archive has not said of all that it keeps them, and a count of the rest."""
    if not message.objects or message.is_kept:
        return []
    translate = QCoreApplication.translate
    order = (Standing.NOT_KEPT, Standing.SENT, Standing.KEPT)
    objects = sorted(message.objects, key=lambda one: order.index(one.standing))
    words = {
        Standing.SENT: translate("InstanceLines", "{0}: sent"),
        Standing.KEPT: translate("InstanceLines", "{0}: kept by the archive"),
        Standing.NOT_KEPT: translate("InstanceLines", "{0}: not kept, reason {1}"),
    }
    lines = [words[one.standing].format(one.file, f"{one.reason:04X}H") for one in objects[:SHOWN]]
    if len(objects) > SHOWN:
        lines.append(translate("InstanceLines", "and {0} more objects").format(len(objects) - SHOWN))
    return lines
