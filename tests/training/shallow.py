"""A shallow EfficientNet-Lite for tests of fitting.

Building and tracing sixteen blocks takes most of the time of such a test, and fitting is the same with four. The whole
backbones are fitted in test_pipeline, test_quickstart_run, test_resume and test_offline, in full size in
test_reference.
"""

from __future__ import annotations

from training.efficientnet_lite import Stage

STAGES = (Stage(1, 3, 2, 1, 16), Stage(1, 3, 2, 6, 24), Stage(2, 5, 4, 6, 192))
TAIL = '[fit.train_from]\nefficientnet-lite0 = "block3b_add"\n'
"""What trains behind the head: the last convolution, 1 MB of weights; before it lie 2 MB that never change."""
