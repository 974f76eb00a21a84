"""How the page Quality is joined to the rest: what is taught, which site profile speaks, and daily control."""

from __future__ import annotations

from leukoscope.gui.composition import Composition


def connect_quality(made: Composition) -> None:
    """Connect teaching, site profiles, control runs and examples."""
    teaching, profiles = made.controllers.teaching, made.controllers.site_profiles
    teaching.taught.connect(profiles.taught)
    teaching.looked.connect(profiles.locked_seen)
    teaching.source_changed.connect(profiles.show_locked)
    profiles.speaking_changed.connect(made.pages.models.refresh)
    profiles.speaking_changed.connect(made.pages.capture.judging.begin_again)
    made.session.navigation.shown.connect(profiles.show_page)
    made.session.navigation.shown.connect(made.controllers.control_charts.show_page)
    made.session.navigation.shown.connect(made.controllers.rereads.show_page)
    made.session.navigation.shown.connect(made.controllers.examples.show_page)
    made.controllers.similar.examples_changed.connect(made.controllers.examples.refresh)
    made.window.closed.connect(made.pages.quality.examples.thumbnails.stop)
    camera = made.pages.quality.control.measuring.camera
    camera.look = made.pages.capture.view_transform
    made.window.closed.connect(camera.close_camera)
