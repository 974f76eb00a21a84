"""Bundles, safe loading, compiling, the engine process, calibration, decision.

Only modules that run in the engine's own process import Keras, TensorFlow or OpenVINO, and only inside functions.
"""
