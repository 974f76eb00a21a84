"""A site profile's head in the place of a network's own."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from leukoscope.inference.manifest import Calibration, Manifest
from leukoscope.inference.opinions import FEATURES, LOGIT
from leukoscope.inference.runner import Runner, SiteOutputs
from leukoscope.inference.site_heads import SiteClassHead, SiteHead
from leukoscope.inference.site_profile import SiteProfile, TaughtBundle, pack, unpack
from tests.unit.site.builders import manifests


@pytest.fixture
def hybrid() -> Manifest:
    calibration = Calibration(temperature=2.0, bias=0.5)
    return manifests()["hybrid"].model_copy(update={"calibration": calibration})


def test_the_shipped_logit_is_calibrated_before_it_enters_the_new_head(hybrid: Manifest) -> None:
    outputs = {LOGIT: np.array([3.0], np.float32), FEATURES: np.array([[1.0, 2.0]], np.float32)}
    head = SiteHead(np.array([0.5, 0.5]), np.array([2.0, -1.0]), 0.1, 0.25)
    said = SiteOutputs(hybrid, head).instead(outputs)
    assert said[LOGIT] == pytest.approx([0.1 * 2.0 + 0.5 * 2 - 1.5 + 0.25])
    assert outputs[LOGIT] == pytest.approx([3.0])
    assert said[FEATURES] is outputs[FEATURES]
    assert SiteOutputs(hybrid, None).instead(outputs) is outputs


def test_the_same_for_classes() -> None:
    shipped = manifests()["differential"].model_copy(update={"calibration": Calibration(temperature=2.0)})
    outputs = {LOGIT: np.array([[2.0, 4.0]], np.float32), FEATURES: np.array([[1.0]], np.float32)}
    head = SiteClassHead(np.array([0.0]), np.array([[1.0, 0.0]]), np.array([0.0, 1.0]), 2.0)
    assert SiteOutputs(shipped, head).instead(outputs)[LOGIT] == pytest.approx(np.array([[1.0, 1.5]]))


def test_a_bundle_that_the_profile_does_not_change_speaks_as_ever(hybrid: Manifest) -> None:
    bundle = TaughtBundle(name="another", version="1", model_sha256="0" * 64, kind="network")
    profile = SiteProfile(
        name="our-lab", number=1, created="2026-01-01", program="1", wanted_accuracy=0.95, bundles=(bundle,), cells={},
        patients={}, proof={}, verdict="better", arrays_sha256="0" * 64,
    )  # fmt: skip
    runner = Runner(hybrid, None, None, Path("graph.xml"))
    loaded = unpack(pack(profile, {}))
    assert runner.taught(loaded) is runner
    assert loaded.taught(hybrid) is hybrid
