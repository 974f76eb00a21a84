"""The demo smear as a camera: it moves, rests, blurs and can be set."""

from __future__ import annotations

import numpy as np
import pytest

from leukoscope.sources.cameras.camera import AUTOMATIC, SettingName
from leukoscope.sources.cameras.demo_camera import HEIGHT, RATE, WIDTH, DemoCamera, blur, stage
from leukoscope.sources.cameras.watchdog import glance


def test_the_demo_smear_moves_rests_and_blurs() -> None:
    now = [0.0]
    camera = DemoCamera(lambda: now[0], lambda seconds: now.__setitem__(0, now[0] + seconds))
    first, second = camera.read(), camera.read()
    assert first.shape == (HEIGHT, WIDTH, 3)
    assert glance(first) != glance(second), "noise makes every picture another"
    assert now[0] == pytest.approx(2 / RATE, abs=1 / RATE)
    assert stage(25.0) == stage(29.9), "at rest"
    assert stage(5.0) != stage(6.0)
    assert {blur(t / 4) > 0.3 for t in range(80)} == {True, False}
    again = DemoCamera(lambda: 0.0, lambda _s: None)
    assert np.array_equal(again.frame_at(3.0, 7), camera.frame_at(3.0, 7))


def test_the_demo_smear_can_be_set() -> None:
    camera = DemoCamera(clock=lambda: 0.0, wait=lambda _seconds: None)
    exposure, gain, white, resolution, rate = camera.settings()
    normal = camera.frame_at(1.0, 1).mean()
    camera.change(SettingName.EXPOSURE, exposure.value / 2)
    assert camera.frame_at(1.0, 1).mean() == pytest.approx(normal / 2, rel=0.05)
    camera.change(SettingName.GAIN, 99.0)
    assert camera.settings()[1].value == gain.high
    camera.change(SettingName.RESOLUTION, 1)
    assert camera.frame_at(1.0, 1).shape == (HEIGHT // 2, WIDTH // 2, 3)
    assert camera.um_per_px == pytest.approx(0.2)
    assert len(resolution.choices) == 2 and rate.choices[0] == "30 / s"
    camera.change(SettingName.RESOLUTION, 0)
    camera.change(SettingName.WHITE_BALANCE, white.low)
    warm = camera.frame_at(1.0, 1).mean(axis=(0, 1))
    camera.change(SettingName.WHITE_BALANCE, AUTOMATIC)
    neutral = camera.frame_at(1.0, 1).mean(axis=(0, 1))
    assert warm[0] / warm[2] < 0.7 * neutral[0] / neutral[2], "set too warm, the picture is blue"
    assert camera.settings()[2].automatic is True
    camera.change(SettingName.EXPOSURE, AUTOMATIC)
    assert camera.frame_at(1.0, 1).mean() == pytest.approx(normal, rel=0.05), "gain is made up for"
    camera.change(SettingName.EXPOSURE, 30.0)
    assert (camera.settings()[0].value, camera.settings()[0].automatic) == (30.0, False)


def test_the_demo_smear_keeps_its_rate() -> None:
    now = [0.0]
    camera = DemoCamera(lambda: now[0], lambda seconds: now.__setitem__(0, now[0] + seconds))
    camera.read()
    camera.change(SettingName.RATE, 2)
    camera.read()
    start = now[0]
    for _ in range(5):
        camera.read()
    assert now[0] - start == pytest.approx(1.0)
