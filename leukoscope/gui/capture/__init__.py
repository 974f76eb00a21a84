"""The live camera."""
