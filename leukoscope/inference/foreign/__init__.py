"""Models that are not Keras files: what OpenVINO reads by itself."""
