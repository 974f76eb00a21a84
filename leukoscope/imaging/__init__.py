"""Pure functions on arrays: quality, localizing cells, cutting out CellImages, overlays."""
