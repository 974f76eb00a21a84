"""LeukoScope: offline, explained decision support for white blood cells under a lab's own microscope."""

from leukoscope.domain.offline import keep_to_this_computer

__version__ = "0.1.0"

# Before any other library is imported, in every process.
keep_to_this_computer()
