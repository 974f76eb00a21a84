"""Rebuild in Keras 3 what Keras 2.0 to 2.15 saved: from the configuration, without running code of the file."""
