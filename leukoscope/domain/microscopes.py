"""Which microscope an image was taken with: camera and objective."""

from __future__ import annotations

from dataclasses import dataclass, replace

LONGEST_MICROSCOPE = 80


@dataclass(frozen=True)
class Microscope:
    """Camera and objective, as the laboratory or the camera calls them; a part that nobody knows is empty.

    Parameters
    ----------
    camera
        What a person calls it, or model and maker as the image file has them.
    objective
        Name of the objective.
    """

    camera: str = ""
    objective: str = ""

    @property
    def name(self) -> str:
        """Both in one line, as a control run names them: "Basler 100x"; empty where nothing is known."""
        return plain_name(f"{self.camera} {self.objective}")

    def differs(self, other: Microscope) -> bool:
        """Whether a part is known of both and is not the same."""
        pairs = (self.camera, other.camera), (self.objective, other.objective)
        return any(one and two and one.casefold() != two.casefold() for one, two in pairs)

    def completed(self, other: Microscope) -> Microscope:
        """What it does not know is taken from another one."""
        return replace(self, camera=self.camera or other.camera, objective=self.objective or other.objective)


UNKNOWN_MICROSCOPE = Microscope()


def plain_name(text: str) -> str:
    """A name as it is kept: printable, with single spaces, not too long."""
    printable = "".join(one if one.isprintable() else " " for one in text)
    return " ".join(printable.split())[:LONGEST_MICROSCOPE].rstrip()
