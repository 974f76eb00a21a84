"""Daily quality control: measure control slides, keep the runs, say what broke which rule."""
