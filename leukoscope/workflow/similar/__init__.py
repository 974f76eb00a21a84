"""Cells compared with those that people of the lab have decided."""
