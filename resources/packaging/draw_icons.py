"""Draw the program's mark into a folder: PNG for Linux, .ico for Windows, .icns for macOS, a picture for the setup."""

from __future__ import annotations

import sys
from pathlib import Path

from PIL import Image
from PySide6.QtWidgets import QApplication

from leukoscope.gui.icons import mark

SETUP_SIZE, SETUP_MARK = (164, 314), 96
"""Pixels of the picture beside the last page of Windows' setup, and of the mark in it."""
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
    setup_picture(pictures[SIDES.index(256)]).save(target / "setup.bmp")
    app.quit()


def setup_picture(mark_picture: Image.Image) -> Image.Image:
    """The mark on its own dark ground, as wide and high as the setup has room."""
    small = mark_picture.resize((SETUP_MARK, SETUP_MARK), Image.Resampling.LANCZOS)
    ground = small.getpixel((SETUP_MARK // 2, 4))
    picture = Image.new("RGBA", SETUP_SIZE, ground)
    picture.alpha_composite(small, ((SETUP_SIZE[0] - SETUP_MARK) // 2, (SETUP_SIZE[1] - SETUP_MARK) // 2))
    return picture.convert("RGB")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
