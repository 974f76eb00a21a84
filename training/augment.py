"""Random changes to training cells, so that another lab's stain, optics and camera hurt less.

Only cells of the training part come here, and only after the split. The background of a cell is black and stays
exactly black: every change of color is made to the pixels of the cell alone.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from leukoscope.domain.frames import Pixels
from training.config import AugmentConfig

Samples = NDArray[np.float32]

BACKGROUND = 12
"""A pixel whose largest sample is at most this is background; see ``layers.CellStandardization``."""
_LEAST_PIXELS = 800
"""A cell with fewer pixels keeps its rim."""

# Optical-density directions of azure-eosin stains in RGB, unit length: thiazin (azure B) absorbs red most, eosin
# green, and what is left. After Ruifrok and Johnston (2001), Anal. Quant. Cytol. Histol. 23, Giemsa vectors.
STAINS: Samples = np.array([[0.834750, 0.513556, 0.195963], [0.092789, 0.954111, 0.283111]], dtype=np.float32)
_DYES: Samples = np.linalg.pinv(STAINS).astype(np.float32)


def augment(cell: Pixels, size: tuple[int, int], config: AugmentConfig, rng: np.random.Generator) -> Pixels:
    """Make one random variant of one cell.

    Parameters
    ----------
    cell
        Shape (side, side, 3), uint8, RGB, background black.
    size
        Height and width of the network's input.
    config
        Ranges.
    rng
        The only source of chance.

    Returns
    -------
    ndarray
        Shape (*size, 3), uint8, background black.
    """
    if config.rim:
        cell = without_rim(cell, config.rim, rng)
    moved = _move(cell, size, config, rng)
    mask = cell_mask(moved)
    x = np.zeros(moved.shape, np.float32)
    if mask.any():
        samples = stain(moved[mask].astype(np.float32), *_dye_changes(config, rng))
        x[mask] = _color(samples, config, rng)
    x = _coarse(x, mask, config, rng)
    if config.blur and rng.random() < 0.5:
        x = cv2.GaussianBlur(x, (0, 0), rng.uniform(0.2, max(0.21, config.blur))).astype(np.float32)
    x = _camera(x, mask, config, rng)
    out = np.clip(np.rint(x), 0, 255).astype(np.uint8)
    if rng.random() < config.jpeg:
        out = jpeg_noise(out, int(rng.integers(50, 96)))
    return np.asarray(out * mask[..., None], dtype=np.uint8)


def without_rim(cell: Pixels, most: int, rng: np.random.Generator) -> Pixels:
    """Let the mask of a cell, (side, side, 3), end up to ``most`` pixels further in, as other localizers' masks do."""
    off = int(rng.integers(0, most + 1))
    mask = cell_mask(cell).astype(np.uint8)
    if not off or mask.sum() <= _LEAST_PIXELS:
        return cell
    disk = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * off + 1, 2 * off + 1))
    return np.asarray(cell * cv2.erode(mask, disk)[:, :, None], np.uint8)


def cell_mask(pixels: Pixels) -> NDArray[np.bool_]:
    """Which pixels show the cell: (height, width, 3) -> (height, width)."""
    largest = np.maximum(np.maximum(pixels[..., 0], pixels[..., 1]), pixels[..., 2])
    return np.asarray(largest > BACKGROUND)


def _dye_changes(config: AugmentConfig, rng: np.random.Generator) -> tuple[Samples, Samples]:
    """How strongly each dye took, and how much of it lies everywhere; the second matters less in a washed smear."""
    strength = rng.uniform(-config.stain, config.stain, 2)
    return strength.astype(np.float32), (rng.uniform(-config.stain, config.stain, 2) / 4).astype(np.float32)


def _move(cell: Pixels, size: tuple[int, int], config: AugmentConfig, rng: np.random.Generator) -> Pixels:
    """Rotate about the middle, zoom, flip and resize in one interpolation; what comes in from outside is black."""
    height, width = size
    side = cell.shape[0]
    angle = rng.uniform(-config.rotation, config.rotation) * 360.0
    zoom = rng.uniform(1 - config.zoom, 1 + config.zoom) if config.zoom else 1.0
    if min(size) < side:
        # Averages first: bilinear sampling alone would alias when it shrinks.
        cell = np.asarray(cv2.resize(cell, (width, height), interpolation=cv2.INTER_AREA), dtype=np.uint8)
    center = ((cell.shape[1] - 1) / 2, (cell.shape[0] - 1) / 2)
    matrix = cv2.getRotationMatrix2D(center, angle, zoom * width / cell.shape[1])
    matrix[:, 2] += ((width - cell.shape[1]) / 2, (height - cell.shape[0]) / 2)
    out = cv2.warpAffine(cell, matrix, (width, height), flags=cv2.INTER_LINEAR, borderValue=(0, 0, 0))
    if config.flip:
        out = out[:, ::-1] if rng.random() < 0.5 else out
        out = out[::-1] if rng.random() < 0.5 else out
    return np.ascontiguousarray(out, dtype=np.uint8)


def stain(x: Samples, strength: Samples, shift: Samples) -> Samples:
    """Change how strongly each of two dyes took, in optical density (after Tellez et al. 2018).

    Parameters
    ----------
    x
        Shape (n, 3), float32, 0..255: pixels of the cell.
    strength, shift
        Two numbers each: the density of dye ``i`` becomes ``density * (1 + strength[i]) + shift[i]``.
    """
    # density + ((density @ dyes) * strength + shift) @ STAINS, as one matrix and one offset.
    matrix = np.eye(3, dtype=np.float32) + (_DYES * strength) @ STAINS
    density = np.log(np.float32(256.0) / (x + np.float32(1.0))) @ matrix + shift @ STAINS
    return np.asarray(np.exp(-density) * np.float32(256.0) - np.float32(1.0), dtype=np.float32)


def _color(x: Samples, config: AugmentConfig, rng: np.random.Generator) -> Samples:
    """Contrast about the cell's own mean, brightness, and a gain for each channel; (n, 3) pixels of the cell."""
    mean = x.mean(axis=0)
    contrast = np.float32(1 + rng.uniform(-config.contrast, config.contrast))
    brightness = np.float32(255.0 * rng.uniform(-config.brightness, config.brightness) / 2)
    gain = 1 + rng.uniform(-config.color, config.color, 3).astype(np.float32)
    changed = ((x - mean) * contrast + (mean + brightness)) * gain
    if config.hue:
        changed = turn_hue(changed, rng.uniform(-config.hue, config.hue))
    if config.gamma:
        exponent = np.float32(np.exp(rng.uniform(-config.gamma, config.gamma)))
        changed = np.float32(255) * (np.clip(changed, 0, 255) / np.float32(255)) ** exponent
    # A pixel of the cell must not fall to black: it would count as background.
    return np.asarray(np.clip(changed, BACKGROUND + 1, 255), dtype=np.float32)


def turn_hue(x: Samples, degrees: float) -> Samples:
    """Turn colors about the gray axis, red to green to blue; gray stays as it is. (n, 3) to (n, 3), float32."""
    angle = np.deg2rad(degrees)
    # Rodrigues' rotation about (1, 1, 1) / sqrt(3).
    cross = np.array([[0, -1, 1], [1, 0, -1], [-1, 1, 0]]) / np.sqrt(3)
    matrix = np.eye(3) * np.cos(angle) + cross * np.sin(angle) + (1 - np.cos(angle)) / 3
    return np.asarray(x @ matrix.T.astype(np.float32), dtype=np.float32)


def _filled(x: Samples, mask: NDArray[np.bool_]) -> Samples:
    """The picture with the cell's mean around it, so that a filter does not draw the black into the rim."""
    return np.asarray(np.where(mask[..., None], x, x[mask].mean(axis=0)), dtype=np.float32)


def _coarse(x: Samples, mask: NDArray[np.bool_], config: AugmentConfig, rng: np.random.Generator) -> Samples:
    """What a camera with fewer pixels for a cell sees: shrunk and enlarged again; (height, width, 3)."""
    if not config.scale or not mask.any():
        return x
    factor = rng.uniform(1 - config.scale, 1)
    height, width = x.shape[:2]
    small = (max(1, round(width * factor)), max(1, round(height * factor)))
    coarse = cv2.resize(_filled(x, mask), small, interpolation=cv2.INTER_AREA)
    enlarged = cv2.resize(coarse, (width, height), interpolation=cv2.INTER_LINEAR)
    return np.asarray(enlarged * mask[..., None], dtype=np.float32)


def _camera(x: Samples, mask: NDArray[np.bool_], config: AugmentConfig, rng: np.random.Generator) -> Samples:
    """Unsharp masking, as optics and cameras differ in, and noise; (height, width, 3)."""
    if not (config.sharpen or config.noise) or not mask.any():
        return x
    if config.sharpen:
        whole = _filled(x, mask)
        soft = cv2.GaussianBlur(whole, (0, 0), 1.5).astype(np.float32)
        x = x + np.float32(rng.uniform(0, config.sharpen)) * (whole - soft)
    if config.noise:
        sigma = np.float32(rng.uniform(0, config.noise))
        x = x + sigma * rng.standard_normal(x.shape, dtype=np.float32)
    # A pixel of the cell must not fall to black: it would count as background.
    return np.asarray(np.clip(x, BACKGROUND + 1, 255) * mask[..., None], dtype=np.float32)


def jpeg_noise(pixels: Pixels, quality: int) -> Pixels:
    """Encode and decode once; ``quality`` 1..100."""
    _, data = cv2.imencode(".jpg", cv2.cvtColor(pixels, cv2.COLOR_RGB2BGR), [cv2.IMWRITE_JPEG_QUALITY, quality])
    decoded = np.asarray(cv2.imdecode(data, cv2.IMREAD_COLOR), dtype=np.uint8)
    return np.asarray(cv2.cvtColor(decoded, cv2.COLOR_BGR2RGB), dtype=np.uint8)
