"""The profile that speaks wherever cells are judged: in the window, live, and in ``leukoscope analyze``."""

from __future__ import annotations

from collections.abc import Sequence

from leukoscope.inference.library import BundleLibrary, InstalledBundle
from leukoscope.inference.site_profile import LoadedProfile
from leukoscope.workflow.app_dirs import AppDirs, shipped_models
from leukoscope.workflow.site.profile_library import (
    FOLDER,
    ProfileLibrary,
    refuse_other_bundles,
)


def library_of(home: AppDirs) -> ProfileLibrary:
    """The profiles of a workstation."""
    return ProfileLibrary(home.data / FOLDER)


def profile_in_force(home: AppDirs, bundles: Sequence[InstalledBundle]) -> LoadedProfile | None:
    """The active profile, for these bundles; ``None`` while the shipped heads speak.

    Raises
    ------
    SiteError
        When it is damaged or gone, or was taught with other models: nobody is to believe that it speaks.
    """
    profile = library_of(home).active
    if profile is not None:
        refuse_other_bundles(profile, bundles, BundleLibrary(shipped_models(), home.models).list())
    return profile
