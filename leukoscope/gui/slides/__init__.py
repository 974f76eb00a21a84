"""A whole slide in the window: looked at, searched, and a region of it taken."""
