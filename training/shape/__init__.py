"""Figures of shape and the logistic regression on them: measured, fitted, judged, written as a bundle."""
