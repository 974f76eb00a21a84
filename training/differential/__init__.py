"""Training of the differential: what a cell is, and eleven attributes of it. ``python -m training.differential``."""
