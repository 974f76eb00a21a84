"""Draw the program's mark into a folder: PNG for Linux, .ico for Windows, .icns for macOS."""

from __future__ import annotations

import sys
from pathlib import Path

from PIL import Image
from PySide6.QtWidgets import QApplication

from leukoscope.gui.icons import mark

SIDES = (16, 24, 32, 48, 64, 128, 256, 512, 1024)


def main(target: Path) -> None:
    """Draw every size on its own, so that small ones stay sharp."""
    app = QApplication([])
    target.mkdir(parents=True, exist_ok=True)
    for side in SIDES:
        if not mark(side).save(str(target / f"{side}.png")):
            raise SystemExit(f"The icon cannot be written to {target}.")
    pictures = [Image.open(target / f"{side}.png").convert("RGBA") for side in SIDES]
    small = [picture for picture in pictures if picture.width <= 256]
    small[-1].save(target / "leukoscope.ico", append_images=small[:-1], sizes=[one.size for one in small])
    pictures[-1].save(target / "leukoscope.icns", append_images=pictures[:-1])
    app.quit()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
