"""Titles of maps that come from the names of layers."""

from __future__ import annotations

import pytest

from leukoscope.inference.explained_layers import _title


@pytest.mark.parametrize(
    ("name", "title"),
    [
        ("conv2d_1", "Conv2D 1"),
        ("depthwise_conv2d", "Depthwise Conv2D"),
        ("mobilenetv2", "MobileNetV2"),
        ("efficientnetb3", "EfficientNetB3"),
        ("convnext_tiny", "ConvNeXt Tiny"),
    ],
)
def test_a_layer_is_titled_as_its_field_spells_it(name: str, title: str) -> None:
    assert _title(name) == title
