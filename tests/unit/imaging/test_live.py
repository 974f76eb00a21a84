"""Figures of a live picture: monotone in focus, true about clipping."""

from __future__ import annotations

import cv2
import numpy as np

from leukoscope.imaging.live import BINS, live_figures
from leukoscope.sources.demo import demo_field


def test_sharpness_falls_with_every_bit_of_blur() -> None:
    pixels = demo_field().pixels
    seen = [live_figures(pixels).sharpness]
    seen += [live_figures(cv2.GaussianBlur(pixels, (0, 0), sigma)).sharpness for sigma in (1, 2, 4, 8)]
    assert seen == sorted(seen, reverse=True)
    assert seen[0] > 1.2 * seen[2] > 1.5 * seen[3]


def test_noise_alone_does_not_look_sharp() -> None:
    rng = np.random.default_rng(1)
    flat = np.clip(rng.normal(200, 2, (600, 600, 3)), 0, 255).astype(np.uint8)
    assert live_figures(flat).sharpness < 0.1 * live_figures(demo_field().pixels).sharpness


def test_the_histogram_holds_every_sample_and_clipping_is_seen() -> None:
    figures = live_figures(demo_field().pixels)
    assert figures.histogram.shape == (3, BINS)
    np.testing.assert_allclose(figures.histogram.sum(axis=1), 1.0)
    assert (figures.dark, figures.bright) == (0.0, 0.0)
    half = np.zeros((100, 100, 3), np.uint8)
    half[:50] = 255
    clipped = live_figures(half)
    assert clipped.dark == 0.5
    assert clipped.bright == 0.5
    assert live_figures(np.zeros((1, 1, 3), np.uint8)).dark == 1.0
