"""A smudge: the nucleus of a burst cell, smeared over the glass."""

from __future__ import annotations

import cv2
import numpy as np

from leukoscope.sources.smear import NUCLEUS, Density, Generator, noise, polar


def smudge(rng: Generator, px_per_um: float) -> Density:
    """Stain dragged along a line, pale, in strands, without outline or cytoplasm; 12 to 20 µm long."""
    radius = float(rng.uniform(5.0, 7.5)) * px_per_um
    side = int(3.4 * radius) | 1
    distance = polar(rng, side, radius, 0.45, float(rng.uniform(0.1, 0.4)))
    spread = np.clip(1.15 - distance, 0, 1) ** float(rng.uniform(0.5, 0.9))
    strands = np.clip(0.85 + 0.5 * noise(rng, side, 0.8 * px_per_um) + 0.4 * noise(rng, side, 2.5 * px_per_um), 0, 2)
    length = max(3, round(2.5 * px_per_um)) | 1
    line = np.zeros((length, length), np.float32)
    line[length // 2] = 1 / length
    middle = (length - 1) / 2
    turned = cv2.warpAffine(line, cv2.getRotationMatrix2D((middle, middle), rng.uniform(0, 180), 1), (length, length))
    dragged = cv2.filter2D((spread * strands).astype(np.float32), -1, turned / turned.sum())
    density: Density = (dragged[:, :, None] * NUCLEUS * np.float32(rng.uniform(0.45, 0.75))).astype(np.float32)
    return density
