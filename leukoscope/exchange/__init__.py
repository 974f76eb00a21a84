"""How a Case leaves for other systems."""
