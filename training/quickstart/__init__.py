"""From a folder of cells as it comes to a configuration that trains on it, and words about what it holds."""
