"""HEIC and HEIF, the photos of phones: decoded by libheif, as a format of Pillow.

The decoder is loaded with the first such file: most laboratories never have one.
"""

from __future__ import annotations

FORMAT = "HEIF"
"""What Pillow calls them."""


def register() -> None:
    """Let Pillow open them: the main image, upright, with 8 bits a sample; its thumbnails are no images."""
    import pi_heif

    pi_heif.register_heif_opener(thumbnails=False)
