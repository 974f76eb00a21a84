"""Settings of USB cameras: a device that keeps what OpenCV would tell it, as the drivers of Linux and Windows do."""

from __future__ import annotations

import cv2
import pytest

from leukoscope.sources.cameras.camera import AUTOMATIC, CameraSetting, SettingName
from leukoscope.sources.cameras.usb_settings import UsbSettings, exposure_figure, exposure_ms


class Device:
    """Takes every property that it has, and takes the nearest size, as a driver does."""

    def __init__(self, **has: float) -> None:
        self.has = {getattr(cv2, f"CAP_PROP_{name.upper()}"): value for name, value in has.items()}

    def get(self, propId: int, /) -> float:  # noqa: N803
        return self.has.get(propId, 0.0)

    def set(self, propId: int, value: float, /) -> bool:  # noqa: N803
        if propId in self.has:
            self.has[propId] = value
        return propId in self.has


def device(**more: float) -> Device:
    return Device(**{"frame_width": 1280, "frame_height": 720, "fps": 30, **more})


def named(settings: UsbSettings) -> dict[SettingName, CameraSetting]:
    return {one.name: one for one in settings.settings()}


@pytest.mark.parametrize(("system", "figure", "ms"), [("linux", 156.0, 15.6), ("win32", -6.0, 15.625)])
def test_exposure_is_in_milliseconds_whatever_the_driver_counts_in(system: str, figure: float, ms: float) -> None:
    assert exposure_ms(figure, system) == pytest.approx(ms)
    assert exposure_figure(ms, system) == figure
    camera = device(exposure=figure, auto_exposure=1)
    settings = UsbSettings(camera, system)
    shown = named(settings)[SettingName.EXPOSURE]
    assert (shown.unit, shown.value) == ("ms", pytest.approx(ms))
    settings.change(SettingName.EXPOSURE, 2 * ms)
    assert named(settings)[SettingName.EXPOSURE].value == pytest.approx(2 * ms)


@pytest.mark.parametrize(("system", "auto", "by_hand"), [("linux", 3, 1), ("win32", 1, 0)])
def test_exposure_is_left_to_the_camera_and_taken_back(system: str, auto: float, by_hand: float) -> None:
    camera = device(exposure=-6.0 if system == "win32" else 156.0, auto_exposure=by_hand)
    settings = UsbSettings(camera, system)
    assert named(settings)[SettingName.EXPOSURE].automatic is False
    settings.change(SettingName.EXPOSURE, AUTOMATIC)
    assert camera.get(cv2.CAP_PROP_AUTO_EXPOSURE) == auto
    assert named(settings)[SettingName.EXPOSURE].automatic is True
    settings.change(SettingName.EXPOSURE, 20.0)
    assert camera.get(cv2.CAP_PROP_AUTO_EXPOSURE) == by_hand


def test_white_is_balanced_by_the_camera_or_by_hand() -> None:
    camera = device(wb_temperature=4600, auto_wb=1)
    settings = UsbSettings(camera, "linux")
    assert named(settings)[SettingName.WHITE_BALANCE].automatic is True
    settings.change(SettingName.WHITE_BALANCE, 99_000)
    white = named(settings)[SettingName.WHITE_BALANCE]
    assert (white.value, white.automatic, white.unit) == (6500, False, "K")
    settings.change(SettingName.WHITE_BALANCE, AUTOMATIC)
    assert named(settings)[SettingName.WHITE_BALANCE].automatic is True


def test_size_and_rate_are_chosen_and_an_odd_one_is_in_the_list() -> None:
    camera = Device(frame_width=1366, frame_height=1010, fps=27)
    settings = UsbSettings(camera, "linux")
    found = named(settings)
    assert set(found) == {SettingName.RESOLUTION, SettingName.RATE}, "what the driver knows not is not offered"
    size, rate = found[SettingName.RESOLUTION], found[SettingName.RATE]
    assert size.choices[round(size.value)] == "1366 × 1010"
    assert rate.choices[round(rate.value)] == "27 / s"
    settings.change(SettingName.RESOLUTION, size.choices.index("640 × 480"))
    settings.change(SettingName.RATE, named(settings)[SettingName.RATE].choices.index("15 / s"))
    assert (camera.get(cv2.CAP_PROP_FRAME_WIDTH), camera.get(cv2.CAP_PROP_FPS)) == (640, 15)


def test_a_camera_that_tells_nothing_offers_no_more_than_size_and_rate() -> None:
    silent = UsbSettings(Device(), "linux")
    assert [one.name for one in silent.settings()] == [SettingName.RESOLUTION, SettingName.RATE]
    silent.change(SettingName.GAIN, 3.0)
