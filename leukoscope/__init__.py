"""LeukoScope: offline, explained decision support for white blood cells under a lab's own microscope."""

__version__ = "0.1.0"
